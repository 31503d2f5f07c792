//! How much a burstable node may compute: credits over the day. Source: MODEL.md §2.3.

use crate::catalog::CpuCredits;
use crate::units::num;

/// Minutes in an hour: a credit is one vCPU at 100 % for one minute.
const MINUTES: f64 = 60.0;
/// Days that a drain of the balance may last: longer ones are decided by the mean.
const DAYS: usize = 2;

/// The cores that a node may be busy with at the peak of a day, for ever, without running out of
/// credits.
///
/// * `shares`: of the peak, in each hour of the day.
///
/// The balance holds 24 hours of earnings. It never runs out when a day spends no more than it
/// earns and no run of hours drains more than the full balance beside what these hours earn:
/// `P · 60 · Σ shares ≤ earned · hours + balance` for every run of hours, and without the balance
/// for whole days. A day that is flat leaves the baseline.
pub(super) fn sustained_cores(credits: CpuCredits, shares: &[f64]) -> f64 {
    let earned = f64::from(credits.earned_per_hour);
    let hours = shares.len();
    let day: f64 = shares.iter().sum();
    let mut most = earned * num::float_len(hours) / (MINUTES * day);
    for start in 0..hours {
        let mut drawn = 0.0;
        for length in 1..=DAYS * hours {
            drawn += shares[(start + length - 1) % hours];
            let held = earned * num::float_len(length) + f64::from(credits.balance_max);
            most = most.min(held / (MINUTES * drawn));
        }
    }
    most
}

/// Hours until a full balance is gone when `cores` are busy all the time; `None` when it never is.
pub(super) fn hours_until_empty(credits: CpuCredits, cores: f64) -> Option<f64> {
    let drained = MINUTES * cores - f64::from(credits.earned_per_hour);
    (drained > 0.0).then(|| f64::from(credits.balance_max) / drained)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Fraction;
    use proptest::prelude::*;

    /// cache.t4g.small: 24 an hour, at most 576.
    fn small() -> CpuCredits {
        let baseline = Fraction::from_percent(20).expect("a percentage");
        CpuCredits { baseline_per_vcpu: baseline, earned_per_hour: 24, balance_max: 576 }
    }

    /// Whether the balance stays above zero over some weeks, minute by minute, from empty.
    fn survives(credits: CpuCredits, shares: &[f64], peak: f64) -> bool {
        let mut balance = f64::from(credits.balance_max);
        for _ in 0..30 {
            for share in shares {
                balance += f64::from(credits.earned_per_hour) - MINUTES * share * peak;
                if balance < -1e-6 {
                    return false;
                }
                balance = balance.min(f64::from(credits.balance_max));
            }
        }
        true
    }

    #[test]
    fn a_flat_day_leaves_the_baseline() {
        let found = sustained_cores(small(), &[1.0; 24]);
        assert!((found - 0.4).abs() < 1e-12, "20 % of each of two vCPUs: {found}");
    }

    /// One busy hour: `(24 + 576) / 60` = 10 cores would be paid for, but a day earns 576 = 9.6 hours.
    #[test]
    fn one_busy_hour_is_paid_by_the_rest_of_the_day() {
        let mut shares = [0.0; 24];
        shares[9] = 1.0;
        assert!((sustained_cores(small(), &shares) - 9.6).abs() < 1e-12);
    }

    #[test]
    fn a_full_balance_lasts_as_long_as_it_is_overdrawn() {
        // 36 credits an hour, 12 more than earned.
        assert_eq!(hours_until_empty(small(), 0.6), Some(48.0));
        assert_eq!(hours_until_empty(small(), 0.4), None);
    }

    proptest! {
        #[test]
        fn what_is_sustained_survives_and_a_little_more_does_not(
            shares in prop::collection::vec(0.0..1.0, 24), busiest in 0usize..24,
        ) {
            let mut shares = shares;
            shares[busiest] = 1.0;
            let most = sustained_cores(small(), &shares);
            prop_assert!(survives(small(), &shares, most * 0.999_999));
            prop_assert!(!survives(small(), &shares, most * 1.05));
        }
    }
}
