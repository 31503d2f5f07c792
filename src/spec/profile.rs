//! How load runs through a day: `profile` of `[objective]`.

use serde::{Deserialize, Serialize};
use toml::Spanned;
use toml::de::DeValue;

use crate::units::{Fraction, num};

use super::reader::Table;

/// Hours of a day.
const HOURS: usize = 24;

/// Load in each hour of a day as a share of the peak; the greatest is 1.
///
/// Within an hour load is taken as steady, and every day as like the next.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<f64>", into = "Vec<f64>")]
pub struct Profile([f64; HOURS]); // from hour 0 on; each 0 to 1, one of them 1

impl Profile {
    /// The peak all day.
    pub const FLAT: Self = Self([1.0; HOURS]);

    /// Shares of the peak from hour 0 on; `None` when one lies outside 0 to 1, or none is 1.
    pub fn new(shares: [f64; HOURS]) -> Option<Self> {
        let within = shares.iter().all(|share| (0.0..=1.0).contains(share));
        let has_peak = shares.iter().any(|share| share.total_cmp(&1.0).is_eq());
        (within && has_peak).then_some(Self(shares))
    }

    /// The share of each hour, from hour 0 on.
    pub const fn shares(&self) -> &[f64; HOURS] {
        &self.0
    }

    /// Mean load as a share of the peak; above 0.
    ///
    /// # Panics
    /// Never: a mean of shares is a share.
    pub fn mean(&self) -> Fraction {
        let mean = self.0.iter().sum::<f64>() / num::float_len(HOURS);
        Fraction::new(mean.min(1.0)).expect("a mean of shares is a share")
    }

    /// Whether every hour has the peak.
    pub fn is_flat(&self) -> bool {
        *self == Self::FLAT
    }

    /// Hours of the day with at least that share of the peak.
    pub fn hours_at(&self, share: Fraction) -> u32 {
        self.0.iter().fold(0, |hours, of_hour| hours + u32::from(*of_hour >= share.get()))
    }

    /// The longest run of such hours, midnight being no end; 24 when all are such.
    pub fn longest_run_at(&self, share: Fraction) -> u32 {
        let mut run = 0;
        let mut longest = 0;
        for of_hour in self.0.iter().chain(&self.0) {
            run = if *of_hour >= share.get() { run + 1 } else { 0 };
            longest = run.max(longest);
        }
        longest.min(self.hours_at(Fraction::ZERO))
    }
}

impl Default for Profile {
    fn default() -> Self {
        Self::FLAT
    }
}

impl From<Profile> for Vec<f64> {
    fn from(profile: Profile) -> Self {
        profile.0.to_vec()
    }
}

impl TryFrom<Vec<f64>> for Profile {
    type Error = &'static str;
    fn try_from(shares: Vec<f64>) -> Result<Self, Self::Error> {
        let shares = shares.try_into().map_err(|_| "a profile has 24 shares")?;
        Self::new(shares).ok_or("a profile has shares from 0 to 1, the greatest 1")
    }
}

/// The profile of `[objective]`; flat without one.
pub(super) fn profile(table: &Table<'_, '_>) -> Option<Profile> {
    let Some(value) = table.get("profile") else { return Some(Profile::FLAT) };
    let Some(items) = value.get_ref().as_array() else {
        return table.word("profile", value, &[("flat", Profile::FLAT)]);
    };
    let shares: Vec<Option<f64>> = items.iter().map(|item| share(table, item)).collect();
    let shares: Vec<f64> = shares.into_iter().collect::<Option<_>>()?;
    let count = shares.len();
    let Ok(shares) = <[f64; HOURS]>::try_from(shares) else {
        let message = format!("`profile` has a share for each of 24 hours, found {count}");
        table.problem(&value.span(), message);
        return None;
    };
    let profile = Profile::new(shares);
    if profile.is_none() {
        let message = "the greatest share of `profile` must be 1: `peak` is the load of that hour";
        table.problem(&value.span(), message);
    }
    profile
}

fn share(table: &Table<'_, '_>, item: &Spanned<DeValue<'_>>) -> Option<f64> {
    let number = match item.get_ref() {
        DeValue::Integer(n) if n.radix() == 10 => n.as_str().parse::<f64>().ok(),
        DeValue::Float(x) => x.as_str().parse::<f64>().ok(),
        _ => None,
    };
    let share = number.filter(|x| (0.0..=1.0).contains(x));
    if share.is_none() {
        table.problem(&item.span(), "shares of `profile` are numbers from 0 to 1, as in 0.35");
    }
    share
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn share(x: f64) -> Fraction {
        Fraction::new(x).unwrap()
    }

    /// Busy from 22 to 2 o'clock.
    fn night() -> Profile {
        let mut shares = [0.1; HOURS];
        for hour in [22, 23, 0, 1] {
            shares[hour] = 1.0;
        }
        shares[12] = 0.5;
        Profile::new(shares).unwrap()
    }

    #[test]
    fn a_day_has_a_mean_and_busy_hours() {
        assert!((night().mean().get() - (4.0 + 0.5 + 19.0 * 0.1) / 24.0).abs() < 1e-12);
        assert_eq!((night().hours_at(share(1.0)), night().hours_at(share(0.5))), (4, 5));
        assert_eq!(night().longest_run_at(share(0.5)), 4, "over midnight");
        assert_eq!(Profile::FLAT.longest_run_at(share(1.0)), 24);
        assert!(Profile::FLAT.is_flat() && !night().is_flat());
        assert_eq!(Profile::FLAT.mean(), Fraction::ONE);
    }

    #[test]
    fn no_share_is_beyond_the_peak_and_one_is_the_peak() {
        assert_eq!(Profile::new([0.9; HOURS]), None);
        assert_eq!(Profile::new([1.1; HOURS]), None);
        assert_eq!(Profile::new([f64::NAN; HOURS]), None);
        assert!(serde_json::from_str::<Profile>("[1.0, 0.5]").is_err());
    }

    proptest! {
        #[test]
        fn a_profile_survives_an_artifact(mut shares in prop::array::uniform24(0.0..=1.0)) {
            shares[7] = 1.0;
            let profile = Profile::new(shares).unwrap();
            let text = serde_json::to_string(&profile).unwrap();
            prop_assert_eq!(serde_json::from_str::<Profile>(&text).unwrap(), profile);
            prop_assert!(profile.mean() > Fraction::ZERO);
        }
    }
}
