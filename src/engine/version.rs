//! Engine names and versions.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The two engines this program knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Product {
    /// Redis, and Redis OSS as ElastiCache calls it.
    Redis,
    /// Valkey.
    Valkey,
}

/// An engine and the part of its version that decides how it spends memory, as in `valkey-8.1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EngineVersion {
    /// Which engine.
    pub product: Product,
    /// Major version.
    pub major: u16,
    /// Minor version.
    pub minor: u16,
}

impl EngineVersion {
    /// What ElastiCache offers for new node-based clusters with the string laws of this program.
    /// Source: instance-catalog/limits.csv, `engine_versions_redis` and `engine_versions_valkey`.
    pub const ON_ELASTICACHE: [Self; 9] = [
        Self::redis(6, 2),
        Self::redis(7, 0),
        Self::redis(7, 1),
        Self::valkey(7, 2),
        Self::valkey(8, 0),
        Self::valkey(8, 1),
        Self::valkey(8, 2),
        Self::valkey(9, 0),
        Self::valkey(9, 1),
    ];

    /// A Redis version.
    pub const fn redis(major: u16, minor: u16) -> Self {
        Self { product: Product::Redis, major, minor }
    }

    /// A Valkey version.
    pub const fn valkey(major: u16, minor: u16) -> Self {
        Self { product: Product::Valkey, major, minor }
    }

    /// Major and minor, for comparisons within one product.
    pub const fn number(self) -> (u16, u16) {
        (self.major, self.minor)
    }

    /// Whether single fields of a hash can have a time to live: from Redis 7.4 and Valkey 9.0 on, which
    /// of `ElastiCache`'s engines leaves Valkey 9.0 and later.
    ///
    /// Source: MODEL.md §1.10; instance-catalog/sources.csv, L7.
    pub fn expires_fields(self) -> bool {
        let from = if self.product == Product::Redis { (7, 4) } else { (9, 0) };
        self.number() >= from
    }

    /// Reads `valkey-8.1` or `valkey-8.1.1`; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let (name, number) = text.split_once('-')?;
        let product = match name {
            "redis" => Product::Redis,
            "valkey" => Product::Valkey,
            _ => return None,
        };
        let mut parts = number.split('.');
        let major = parts.next()?.parse().ok()?;
        let minor = parts.next()?.parse().ok()?;
        parts.all(|part| part.bytes().all(|b| b.is_ascii_digit())).then_some(Self {
            product,
            major,
            minor,
        })
    }
}

impl fmt::Display for Product {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Redis => "redis",
            Self::Valkey => "valkey",
        })
    }
}

impl fmt::Display for EngineVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}.{}", self.product, self.major, self.minor)
    }
}

impl From<EngineVersion> for String {
    fn from(engine: EngineVersion) -> String {
        engine.to_string()
    }
}

impl TryFrom<String> for EngineVersion {
    type Error = String;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
            .ok_or_else(|| format!("`{text}` is not an engine: write it like `valkey-8.1`"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_expire_from_redis_7_4_and_valkey_9_0_on() {
        let has = |text| EngineVersion::parse(text).unwrap().expires_fields();
        assert!(["redis-7.4", "redis-8.0", "valkey-9.0", "valkey-9.1"].into_iter().all(has));
        assert!(!["redis-6.2", "redis-7.2", "valkey-7.2", "valkey-8.2"].into_iter().any(has));
    }

    #[test]
    fn names_round_trip() {
        for engine in EngineVersion::ON_ELASTICACHE {
            assert_eq!(EngineVersion::parse(&engine.to_string()), Some(engine));
        }
        assert_eq!(EngineVersion::parse("redis-7.0.15"), Some(EngineVersion::redis(7, 0)));
        assert_eq!(EngineVersion::parse("redis-7"), None);
        assert_eq!(EngineVersion::parse("keydb-6.3"), None);
    }
}
