//! One price: what is bought, what it costs, and how well that is known.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::engine::Product;
use crate::units::{Usd, UsdPerHour};

use super::date::Date;

/// What one node costs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Price {
    /// The engine it is for.
    pub product: Product,
    /// How it is bought.
    pub purchase: Purchase,
    /// Per hour, with what is paid upfront spread over the term.
    #[serde(rename = "hourly_nano_usd_per_hour")]
    pub hourly: UsdPerHour,
    /// What is paid upfront. `None`: the split of a partial-upfront price is not known.
    #[serde(rename = "upfront_nano_usd")]
    pub upfront: Option<Usd>,
    /// How well it is known.
    pub grade: PriceGrade,
}

/// Read off a price list, or calculated from what was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PriceGrade {
    /// A reading.
    Published(Published),
    /// A published rule applied to another price.
    Calculated {
        /// The rule.
        rule: Rule,
        /// What it was applied to; itself published or calculated.
        from: Box<Price>,
    },
}

/// Where and when a figure was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    /// Keys of sources.csv.
    pub source: Vec<String>,
    /// The day of the reading. `None`: it bears no date, sources.csv has an estimate.
    pub date: Option<Date>,
    /// How sure the reading is.
    pub confidence: Confidence,
}

/// How sure a reading is; more sure compares greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// One old or secondary source.
    Low,
    /// One good source, or an old reading that agrees with newer ones where both exist.
    Medium,
    /// Recent, and confirmed by a second source or the price list itself.
    High,
}

/// A ratio between two prices. Source: instance-catalog/limits.csv, the row of the rule's name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// The row's name.
    pub name: String,
    /// The calculated price in percent of the other, 0…100.
    pub percent: u8,
    /// Keys of sources.csv.
    pub source: Vec<String>,
}

/// How a node is bought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Purchase {
    /// By the hour.
    OnDemand,
    /// For a term.
    Reserved(Term, Payment),
}

/// How long a reservation runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Term {
    /// 8,760 hours.
    #[serde(rename = "1y")]
    OneYear,
    /// 26,280 hours.
    #[serde(rename = "3y")]
    ThreeYears,
}

/// How a reservation is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Payment {
    /// By the hour.
    NoUpfront,
    /// About half at once.
    PartialUpfront,
    /// At once.
    AllUpfront,
}

impl Price {
    /// The reading this price rests on: its own, or the one its rule was applied to.
    pub fn reading(&self) -> &Published {
        match &self.grade {
            PriceGrade::Published(published) => published,
            PriceGrade::Calculated { from, .. } => from.reading(),
        }
    }

    /// Whether it was read off a price list rather than calculated.
    pub const fn is_published(&self) -> bool {
        matches!(self.grade, PriceGrade::Published(_))
    }
}

impl Term {
    /// Hours a reservation runs.
    pub const fn hours(self) -> u64 {
        match self {
            Self::OneYear => 365 * 24,
            Self::ThreeYears => 3 * 365 * 24,
        }
    }
}

impl Purchase {
    /// Every way to buy a node: on demand, then by term and payment.
    pub const ALL: [Self; 7] = [
        Self::OnDemand,
        Self::Reserved(Term::OneYear, Payment::NoUpfront),
        Self::Reserved(Term::OneYear, Payment::PartialUpfront),
        Self::Reserved(Term::OneYear, Payment::AllUpfront),
        Self::Reserved(Term::ThreeYears, Payment::NoUpfront),
        Self::Reserved(Term::ThreeYears, Payment::PartialUpfront),
        Self::Reserved(Term::ThreeYears, Payment::AllUpfront),
    ];

    /// As the price files write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OnDemand => "on_demand",
            Self::Reserved(Term::OneYear, Payment::NoUpfront) => "reserved_1y_no_upfront",
            Self::Reserved(Term::OneYear, Payment::PartialUpfront) => "reserved_1y_partial_upfront",
            Self::Reserved(Term::OneYear, Payment::AllUpfront) => "reserved_1y_all_upfront",
            Self::Reserved(Term::ThreeYears, Payment::NoUpfront) => "reserved_3y_no_upfront",
            Self::Reserved(Term::ThreeYears, Payment::PartialUpfront) => {
                "reserved_3y_partial_upfront"
            }
            Self::Reserved(Term::ThreeYears, Payment::AllUpfront) => "reserved_3y_all_upfront",
        }
    }

    /// Reads what [`Self::name`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purchase| purchase.name() == text)
    }
}

impl fmt::Display for Purchase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl From<Purchase> for String {
    fn from(purchase: Purchase) -> String {
        purchase.name().to_owned()
    }
}

impl TryFrom<String> for Purchase {
    type Error = String;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
            .ok_or_else(|| format!("`{text}` is not a purchase option: write it like on_demand"))
    }
}
