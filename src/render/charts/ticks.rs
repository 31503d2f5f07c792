//! Where an axis has its ticks: round numbers, few enough to read.

/// Which steps of a linear axis are round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Steps {
    /// 1, 2 and 5 times a power of ten.
    Decimal,
    /// Powers of two, for bytes.
    Binary,
}

/// A tick counts as in range when rounding alone puts it outside.
const SLACK: f64 = 1e-9;

/// Round values from `low` to `high`, ascending, at most about `at_most` of them.
pub(super) fn linear(low: f64, high: f64, at_most: f64, steps: Steps) -> Vec<f64> {
    let step = round_step((high - low) / at_most, steps);
    let mut ticks = Vec::new();
    let mut n = (low / step - SLACK).ceil();
    while n <= high / step + SLACK {
        ticks.push(n * step + 0.0); // plus zero: a tick is never "-0"
        n += 1.0;
    }
    ticks
}

/// The smallest round step that is at least `raw`, which is above zero.
fn round_step(raw: f64, steps: Steps) -> f64 {
    match steps {
        Steps::Binary => (raw.log2() - SLACK).ceil().exp2().max(1.0),
        Steps::Decimal => {
            let decade = 10f64.powf(raw.log10().floor());
            let step = [1.0, 2.0, 5.0].into_iter().find(|m| m * decade >= raw * (1.0 - SLACK));
            step.unwrap_or(10.0) * decade
        }
    }
}

/// Ticks of a logarithmic axis from `low` to `high`, both above zero: the densest of 1-2-5, 1-3 and
/// powers of `base`, then every second power and so on, that has at most `at_most` ticks.
pub(super) fn logarithmic(low: f64, high: f64, at_most: usize, base: f64) -> Vec<f64> {
    let within = |value: &f64| (low * (1.0 - SLACK)..=high * (1.0 + SLACK)).contains(value);
    let decimal: &[&[f64]] = &[&[1.0, 2.0, 5.0], &[1.0, 3.0], &[1.0]];
    let mantissas = if base < 10.0 { &decimal[2..] } else { decimal };
    let first = low.log(base).floor();
    let last = high.log(base).ceil();
    let every = |stride: f64, mantissas: &[f64]| {
        let mut ticks = Vec::new();
        let mut power = (first / stride).floor() * stride;
        while power <= last {
            ticks.extend(mantissas.iter().map(|m| m * base.powf(power)).filter(within));
            power += stride;
        }
        ticks
    };
    for set in mantissas {
        let ticks = every(1.0, set);
        if ticks.len() <= at_most {
            return ticks;
        }
    }
    let mut stride = 2.0;
    loop {
        let ticks = every(stride, &[1.0]);
        if ticks.len() <= at_most {
            return ticks;
        }
        stride += 1.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn near(found: &[f64], expected: &[f64]) {
        let same = found.len() == expected.len()
            && found.iter().zip(expected).all(|(a, b)| (a - b).abs() <= 1e-9 * b.abs());
        assert!(same, "{found:?} instead of {expected:?}");
    }

    #[test]
    fn linear_steps_are_one_two_five() {
        near(&linear(0.0, 10.0, 5.0, Steps::Decimal), &[0.0, 2.0, 4.0, 6.0, 8.0, 10.0]);
        near(&linear(0.0, 416e3, 6.0, Steps::Decimal), &[0.0, 1e5, 2e5, 3e5, 4e5]);
        near(&linear(0.0, 0.7, 5.0, Steps::Decimal), &[0.0, 0.2, 0.4, 0.6]);
        near(&linear(-0.3, 1.0, 6.0, Steps::Decimal), &[0.0, 0.5, 1.0]);
        near(&linear(17.0, 24.0, 5.0, Steps::Decimal), &[18.0, 20.0, 22.0, 24.0]);
    }

    #[test]
    fn steps_of_bytes_are_powers_of_two() {
        let mib = 1024.0 * 1024.0;
        near(
            &linear(0.0, 408.0 * mib, 6.0, Steps::Binary),
            &[0.0, 128.0 * mib, 256.0 * mib, 384.0 * mib],
        );
        near(&linear(0.0, 3.0, 6.0, Steps::Binary), &[0.0, 1.0, 2.0, 3.0]);
    }

    #[test]
    fn a_tick_is_never_minus_zero() {
        assert!(
            linear(-1.0, 1.0, 5.0, Steps::Decimal)
                .iter()
                .all(|t| !(*t == 0.0 && t.is_sign_negative()))
        );
    }

    #[test]
    fn few_decades_show_their_parts() {
        near(&logarithmic(8.0, 120.0, 8, 10.0), &[10.0, 20.0, 50.0, 100.0]);
        near(&logarithmic(12.0, 20e3, 8, 10.0), &[30.0, 1e2, 3e2, 1e3, 3e3, 1e4]);
        near(&logarithmic(50.0, 60e3, 4, 10.0), &[1e2, 1e3, 1e4]);
    }

    #[test]
    fn many_decades_are_thinned() {
        near(&logarithmic(1.0, 1e9, 4, 10.0), &[1.0, 1e3, 1e6, 1e9]);
        near(&logarithmic(1.0, 1024.0, 6, 2.0), &[1.0, 4.0, 16.0, 64.0, 256.0, 1024.0]);
        near(&logarithmic(3.0, 40.0, 8, 2.0), &[4.0, 8.0, 16.0, 32.0]);
    }
}
