//! The metrics that are read, by CloudWatch's names. Source: the ElastiCache user guide, "Metrics for
//! Valkey and Redis OSS" and "Host-level metrics".

use serde::{Deserialize, Serialize};

use crate::engine::CollectionKind;

macro_rules! metrics {
    ($($(#[$doc:meta])* $name:ident: $kind:ident,)*) => {
        /// A metric of namespace `AWS/ElastiCache`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Metric {
            $($(#[$doc])* $name,)*
        }

        impl Metric {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// CloudWatch's name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }

            /// Whether it counts what happened within a period; others are levels.
            pub const fn is_count(self) -> bool {
                match self { $(Self::$name => matches!(Kind::$kind, Kind::Count),)* }
            }
        }
    };
}

enum Kind {
    Count,
    Level,
}

metrics! {
    /// `used_memory`, bytes.
    BytesUsedForCache: Level,
    /// `used_memory` ÷ `maxmemory`, percent.
    DatabaseMemoryUsagePercentage: Level,
    /// Keys.
    CurrItems: Level,
    /// Keys with a time to live.
    CurrVolatileItems: Level,
    /// The engine's thread, percent of a core.
    EngineCPUUtilization: Level,
    /// The whole host, percent.
    CPUUtilization: Level,
    /// Into the host, with headers.
    NetworkBytesIn: Count,
    /// Out of the host, with headers and replication.
    NetworkBytesOut: Count,
    /// The busiest second's bytes in.
    NetworkMaxBytesIn: Level,
    /// The busiest second's bytes out.
    NetworkMaxBytesOut: Level,
    /// Client connections, replicas left out.
    CurrConnections: Level,
    /// Connections that were accepted.
    NewConnections: Count,
    /// Commands that only read.
    GetTypeCmds: Count,
    /// Commands that write.
    SetTypeCmds: Count,
    /// Commands on strings.
    StringBasedCmds: Count,
    /// Commands on hashes.
    HashBasedCmds: Count,
    /// Commands on lists.
    ListBasedCmds: Count,
    /// Commands on sets.
    SetBasedCmds: Count,
    /// Commands on sorted sets.
    SortedSetBasedCmds: Count,
    /// Commands on keys of any type: DEL, EXPIRE, EXISTS …
    KeyBasedCmds: Count,
    /// Commands on streams.
    StreamBasedCmds: Count,
    /// Commands on geospatial sets.
    GeoSpatialBasedCmds: Count,
    /// Commands on `HyperLogLogs`.
    HyperLogLogBasedCmds: Count,
    /// Commands on JSON documents.
    JsonBasedCmds: Count,
    /// Scripts.
    EvalBasedCmds: Count,
    /// Reads that found their key.
    CacheHits: Count,
    /// Reads that did not.
    CacheMisses: Count,
    /// Keys that were evicted.
    Evictions: Count,
    /// Keys that expired.
    Reclaimed: Count,
    /// What a primary sent to its replicas.
    ReplicationBytes: Count,
    /// 1 on a primary, 0 on a replica.
    IsMaster: Level,
    /// 1 where ElastiCache slows traffic down to keep the engine alive.
    TrafficManagementActive: Level,
}

impl Metric {
    /// The metric of that name, whatever its case.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|metric| metric.name().eq_ignore_ascii_case(name))
    }

    /// What is asked of CloudWatch: sums of counts, means and maxima of levels.
    pub const fn statistics(self) -> &'static [Statistic] {
        if self.is_count() { &[Statistic::Sum] } else { &[Statistic::Average, Statistic::Maximum] }
    }
}

/// How CloudWatch puts the readings of a period together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Statistic {
    /// Their mean.
    Average,
    /// The largest.
    Maximum,
    /// Their sum.
    Sum,
}

impl Statistic {
    /// CloudWatch's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Average => "Average",
            Self::Maximum => "Maximum",
            Self::Sum => "Sum",
        }
    }

    /// The statistic of that name or its beginning, as in `Max`, whatever its case.
    pub fn named(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        [Self::Average, Self::Maximum, Self::Sum]
            .into_iter()
            .find(|one| name.len() >= 3 && one.name().to_ascii_lowercase().starts_with(&name))
    }
}

/// Commands by what they work on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// Strings.
    String,
    /// Collections of a kind.
    Collection(CollectionKind),
    /// Keys of any type.
    Key,
    /// What a workload file cannot say: streams, scripts and others.
    Other,
}

impl Family {
    /// Families with the metrics that count them.
    pub(super) const COUNTED: [(Metric, Self); 11] = [
        (Metric::StringBasedCmds, Self::String),
        (Metric::HashBasedCmds, Self::Collection(CollectionKind::Hash)),
        (Metric::ListBasedCmds, Self::Collection(CollectionKind::List)),
        (Metric::SetBasedCmds, Self::Collection(CollectionKind::Set)),
        (Metric::SortedSetBasedCmds, Self::Collection(CollectionKind::SortedSet)),
        (Metric::KeyBasedCmds, Self::Key),
        (Metric::StreamBasedCmds, Self::Other),
        (Metric::GeoSpatialBasedCmds, Self::Other),
        (Metric::HyperLogLogBasedCmds, Self::Other),
        (Metric::JsonBasedCmds, Self::Other),
        (Metric::EvalBasedCmds, Self::Other),
    ];

    /// As it is printed.
    pub const fn label(self) -> &'static str {
        match self {
            Self::String => "strings",
            Self::Collection(CollectionKind::Hash) => "hashes",
            Self::Collection(CollectionKind::List) => "lists",
            Self::Collection(CollectionKind::Set) => "sets",
            Self::Collection(CollectionKind::SortedSet) => "sorted sets",
            Self::Key => "keys of any type",
            Self::Other => "streams, scripts and others",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cloudwatchs() {
        assert_eq!(Metric::named("enginecpuutilization"), Some(Metric::EngineCPUUtilization));
        assert_eq!(Metric::named("CacheHitRate"), None);
        assert_eq!(serde_json::to_string(&Metric::CurrItems).unwrap(), "\"CurrItems\"");
        assert_eq!(Statistic::named("max"), Some(Statistic::Maximum));
        assert_eq!((Statistic::named("m"), Statistic::named("p99")), (None, None));
        assert!(Metric::Reclaimed.is_count() && !Metric::IsMaster.is_count());
    }
}
