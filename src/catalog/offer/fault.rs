//! What can be wrong with a price list, and where.

use std::fmt;

use crate::catalog::problem::line_by_line;

/// Why there is no offer: everything that is wrong, in the order it was found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct OfferError {
    /// At least one.
    pub problems: Vec<OfferProblem>,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferProblem {
    /// The file, or the call that answered.
    pub file: String,
    /// The line, from 1, where the form has lines that say something.
    pub line: Option<u64>,
    /// The product, by the key that the list gives it.
    pub sku: Option<String>,
    /// What is wrong there.
    pub fault: Fault,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The text ends early, or is neither the JSON nor the CSV of a price list.
    #[error("not readable as a price list: {reason}")]
    Unreadable {
        /// The reader's words.
        reason: String,
    },
    /// It is the list of another service.
    #[error("it is the price list of {found}, not of AmazonElastiCache")]
    OtherService {
        /// As the list names itself.
        found: String,
    },
    /// Nothing of it is a price that was looked for.
    #[error("it holds no price of a node type that the catalog has, in the Regions asked for")]
    Nothing,
    /// A field or column that is needed is not there.
    #[error("{what} is missing")]
    Missing {
        /// Its name.
        what: &'static str,
    },
    /// A field holds something else than it should.
    #[error("{what} is `{found}`, not {expected}")]
    Invalid {
        /// Its name.
        what: &'static str,
        /// What it holds.
        found: String,
        /// What it should hold.
        expected: &'static str,
    },
    /// A price that nobody can pay.
    #[error("{what} is `{found}`: a price above zero was expected")]
    NotAPrice {
        /// Which.
        what: String,
        /// As it stands there.
        found: String,
    },
    /// The price is not in US dollars.
    #[error("{what} is not in US dollars")]
    NotUsd {
        /// Which.
        what: String,
    },
    /// The product has no price at all.
    #[error("the price on demand is missing")]
    NoPrice,
    /// A part of a reservation is not there.
    #[error("{what} has no price in {unit}")]
    NoPart {
        /// The reservation.
        what: String,
        /// The part's unit.
        unit: &'static str,
    },
    /// The same price is given twice.
    #[error("{what} is given twice")]
    Twice {
        /// Which.
        what: String,
    },
    /// Two products claim different prices for the same thing.
    #[error("{what} differs from that of {other}")]
    Contradicts {
        /// Which.
        what: String,
        /// The other product.
        other: String,
    },
}

impl fmt::Display for OfferError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        line_by_line(&self.problems, f)
    }
}

impl fmt::Display for OfferProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, sku, fault } = self;
        write!(f, "{file}")?;
        if let Some(line) = line {
            write!(f, ":{line}")?;
        }
        f.write_str(": ")?;
        if let Some(sku) = sku {
            write!(f, "SKU {sku}: ")?;
        }
        write!(f, "{fault}")
    }
}
