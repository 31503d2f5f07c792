//! AWS Regions by name.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The name of an AWS Region, as in `us-east-1`. Says nothing about whether a price is known there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Region(String);

impl Region {
    /// Reads a Region's name: lower-case words and a number, joined by dashes; `None` otherwise.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.rsplit('-');
        let number = parts.next()?;
        let words: Vec<&str> = parts.collect();
        let is_region = !number.is_empty()
            && number.len() <= 2
            && number.bytes().all(|b| b.is_ascii_digit())
            && words.len() >= 2
            && words.iter().all(|w| !w.is_empty() && w.bytes().all(|b| b.is_ascii_lowercase()));
        is_region.then(|| Self(text.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Region> for String {
    fn from(region: Region) -> String {
        region.0
    }
}

impl TryFrom<String> for Region {
    type Error = String;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
            .ok_or_else(|| format!("`{text}` is not a Region: write it like us-east-1"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_regions() {
        for good in ["us-east-1", "us-gov-west-1", "ap-southeast-3", "eu-isoe-west-1"] {
            assert_eq!(Region::parse(good).map(String::from), Some(good.to_owned()));
        }
        for bad in ["", "us-east", "us-east-1a", "US-EAST-1", "useast-1", "us--1", "../us-east-1"] {
            assert_eq!(Region::parse(bad), None, "{bad}");
        }
    }
}
