//! At which key counts memory is read while loading.

/// Ascending key counts up to and including `total`: quarters of it, and both sides (2 %) of the
/// last power of two below it, where the engine's tables double (MODEL.md §1).
pub(super) fn stops(total: u64) -> Vec<u64> {
    let mut keys: Vec<u64> =
        [total / 4, total / 2, total / 4 * 3, total].into_iter().filter(|n| *n > 0).collect();
    let reachable = total.saturating_sub(total / 50);
    if let Some(log) = reachable.checked_ilog2() {
        let power = 1u64 << log;
        keys.extend([power - power / 50, power + power / 50]);
    }
    keys.retain(|n| *n > 0 && *n <= total);
    keys.sort_unstable();
    keys.dedup();
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(total: u64, expected: &[u64]) {
        assert_eq!(stops(total), expected);
    }

    #[test]
    fn both_sides_of_the_last_doubling_are_read() {
        check(400_000, &[100_000, 200_000, 256_902, 267_386, 300_000, 400_000]);
        check(262_144, &[65_536, 128_451, 131_072, 133_693, 196_608, 262_144]);
        check(3, &[1, 2, 3]);
        check(1, &[1]);
    }
}
