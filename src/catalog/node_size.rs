//! The last part of a node type's name.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A size within a family; sizes order from small to large.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum NodeSize {
    /// `micro`.
    Micro,
    /// `small`.
    Small,
    /// `medium`.
    Medium,
    /// `large`.
    Large,
    /// `xlarge` (1), `2xlarge` (2) and so on.
    Xlarge(u16),
}

impl NodeSize {
    /// Reads `micro`, `large`, `xlarge`, `16xlarge`; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "micro" => Some(Self::Micro),
            "small" => Some(Self::Small),
            "medium" => Some(Self::Medium),
            "large" => Some(Self::Large),
            "xlarge" => Some(Self::Xlarge(1)),
            _ => {
                let times = text.strip_suffix("xlarge")?.parse().ok()?;
                // `1xlarge` and `02xlarge` are no names of AWS.
                let size = Self::Xlarge(times);
                (times > 1 && size.to_string() == text).then_some(size)
            }
        }
    }
}

impl fmt::Display for NodeSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Micro => f.write_str("micro"),
            Self::Small => f.write_str("small"),
            Self::Medium => f.write_str("medium"),
            Self::Large => f.write_str("large"),
            Self::Xlarge(1) => f.write_str("xlarge"),
            Self::Xlarge(times) => write!(f, "{times}xlarge"),
        }
    }
}

impl From<NodeSize> for String {
    fn from(size: NodeSize) -> String {
        size.to_string()
    }
}

impl TryFrom<String> for NodeSize {
    type Error = String;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or_else(|| format!("`{text}` is not a size: write it like 2xlarge"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_order_as_they_grow() {
        let names =
            ["micro", "small", "medium", "large", "xlarge", "2xlarge", "4xlarge", "24xlarge"];
        let sizes: Vec<NodeSize> = names.iter().filter_map(|n| NodeSize::parse(n)).collect();
        assert_eq!(sizes.len(), names.len());
        assert!(sizes.is_sorted());
        assert!(names.iter().zip(&sizes).all(|(name, size)| size.to_string() == *name));
        for bad in ["", "nano", "1xlarge", "02xlarge", "0xlarge", "xxlarge", "+2xlarge"] {
            assert_eq!(NodeSize::parse(bad), None, "{bad}");
        }
    }
}
