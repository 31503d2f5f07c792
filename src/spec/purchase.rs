//! How nodes are bought: `purchase` of `[aws]`.

use serde::{Deserialize, Serialize};

use super::reader::Table;

/// By which price layouts are ranked and shown first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Buying {
    /// By the hour.
    #[default]
    OnDemand,
    /// For one year, paid by the hour.
    #[serde(rename = "reserved-1y-no-upfront")]
    OneYearNoUpfront,
    /// For one year, about half paid at once.
    #[serde(rename = "reserved-1y-partial-upfront")]
    OneYearPartialUpfront,
    /// For one year, paid at once.
    #[serde(rename = "reserved-1y-all-upfront")]
    OneYearAllUpfront,
    /// For three years, paid by the hour.
    #[serde(rename = "reserved-3y-no-upfront")]
    ThreeYearsNoUpfront,
    /// For three years, about half paid at once.
    #[serde(rename = "reserved-3y-partial-upfront")]
    ThreeYearsPartialUpfront,
    /// For three years, paid at once.
    #[serde(rename = "reserved-3y-all-upfront")]
    ThreeYearsAllUpfront,
}

impl Buying {
    /// Every way, as files and command lines spell it.
    pub const WORDS: [(&'static str, Self); 7] = [
        ("on-demand", Self::OnDemand),
        ("reserved-1y-no-upfront", Self::OneYearNoUpfront),
        ("reserved-1y-partial-upfront", Self::OneYearPartialUpfront),
        ("reserved-1y-all-upfront", Self::OneYearAllUpfront),
        ("reserved-3y-no-upfront", Self::ThreeYearsNoUpfront),
        ("reserved-3y-partial-upfront", Self::ThreeYearsPartialUpfront),
        ("reserved-3y-all-upfront", Self::ThreeYearsAllUpfront),
    ];

    /// Reads one of [`Self::WORDS`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::WORDS.into_iter().find(|(word, _)| *word == text).map(|(_, buying)| buying)
    }
}

/// `purchase` of `[aws]`; on demand without one.
pub(super) fn buying(table: &Table<'_, '_>) -> Option<Buying> {
    table
        .get("purchase")
        .map_or(Some(Buying::OnDemand), |value| table.word("purchase", value, &Buying::WORDS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_artifacts() {
        for (word, buying) in Buying::WORDS {
            assert_eq!(serde_json::to_string(&buying).unwrap(), format!("\"{word}\""));
            assert_eq!(Buying::parse(word), Some(buying));
        }
        assert_eq!(Buying::parse("reserved"), None);
    }
}
