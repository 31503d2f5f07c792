//! Which offered loads to measure.

use crate::units::OpsPerSec;

/// Shares of the saturation throughput, from light load to beyond what the server follows.
/// Dense where response time bends. As many as a plan counts on (`spec::plan::AUTO_LEVELS`).
const SHARES: [f64; 8] = [0.05, 0.15, 0.30, 0.50, 0.70, 0.85, 0.95, 1.10];

/// Eight offered loads, ascending, around a saturation throughput found by a closed-loop probe.
///
/// The objective's peak is one of them whenever it lies in their range, because the verdict needs
/// a measurement right there.
pub fn auto_levels(saturation: OpsPerSec, peak: OpsPerSec) -> Vec<OpsPerSec> {
    let mut levels: Vec<OpsPerSec> =
        SHARES.iter().map(|share| saturation.scale(*share).max(OpsPerSec::of(1.0))).collect();
    let last = SHARES.len() - 1;
    if peak >= levels[0].scale(0.5) && peak < levels[last] {
        // The level that is nearest by ratio; never the one that shows saturation.
        let distance = |level: OpsPerSec| (level.per_sec() / peak.per_sec()).ln().abs();
        let nearest = (0..last)
            .min_by(|a, b| distance(levels[*a]).total_cmp(&distance(levels[*b])))
            .expect("there are eight levels");
        levels[nearest] = peak;
        levels.sort();
    }
    levels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_is_measured_when_it_is_within_reach() {
        let of = |x| OpsPerSec::of(x);
        let levels = auto_levels(of(60_000.0), of(5_000.0));
        assert_eq!(levels.len(), 8);
        assert!(levels.contains(&of(5_000.0)) && levels.is_sorted());
        assert!(levels[7] > of(60_000.0));
        assert!(!auto_levels(of(60_000.0), of(500_000.0)).contains(&of(500_000.0)));
        assert!(!auto_levels(of(60_000.0), of(10.0)).contains(&of(10.0)));
    }
}
