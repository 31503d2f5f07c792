//! What a workload needs to know of how a cache was used.

use std::collections::BTreeMap;

use crate::spec::Profile;
use crate::units::num;

use super::export::MetricsError;
use super::grid::{Nodes, largest, plus, total};
use super::metric::{Family, Metric, Statistic};
use super::trend::Trend;
use super::usage::Usage;

const DAY_SECS: u64 = 86_400;
const HOUR_SECS: u64 = 3_600;
const HOURS: usize = 24;
/// Replicas that answer less of the reads than this are taken to answer none.
const READS_OF_REPLICAS: f64 = 0.05;

/// What was asked of a cache and what it held. `None`: not collected. Counts are those of the whole time
/// unless they say otherwise, on the primaries, and reads of replicas besides.
#[derive(Debug, Clone, PartialEq)]
pub struct Demand {
    /// Seconds from the first period to the end of the last.
    pub secs: f64,
    /// When it was fullest in its last day.
    pub fullest: Fullest,
    /// Of its keys then, those that expire, 0 to 1.
    pub volatile: Option<f64>,
    /// The busiest period; `None` where commands were not counted.
    pub busiest: Option<Busiest>,
    /// Load by hour of the day in UTC; `None` where not every hour was seen.
    pub profile: Option<Profile>,
    /// Growth of the number of keys; `None` from less than a week.
    pub growth: Option<Trend>,
    /// Most client connections to the nodes of one shard.
    pub connections: Option<f64>,
    /// Commands by family.
    pub families: BTreeMap<Family, f64>,
    /// Commands that only read, of all nodes.
    pub reads: Option<f64>,
    /// Commands that write.
    pub writes: Option<f64>,
    /// Whether replicas answer reads.
    pub reads_of_replicas: bool,
    /// What the primaries alone did, for the lengths of what they stored.
    pub primaries: Counted,
    /// Keys that were evicted.
    pub evicted: Option<f64>,
    /// Keys that expired.
    pub expired: Option<f64>,
    /// Share of the time in which ElastiCache slowed traffic down.
    pub slowed: Option<f64>,
}

/// Counts of the primaries over the whole time.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Counted {
    /// Commands that only read.
    pub reads: Option<f64>,
    /// Commands that write.
    pub writes: Option<f64>,
    /// Reads that found their key.
    pub hits: Option<f64>,
    /// Reads that did not.
    pub misses: Option<f64>,
    /// Bytes into their hosts.
    pub bytes_in: Option<f64>,
    /// Bytes out of their hosts to clients: replication is taken off.
    pub bytes_out: Option<f64>,
}

/// The fullest moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fullest {
    /// Keys of all shards.
    pub keys: u64,
    /// `used_memory` of all primaries, bytes.
    pub used: f64,
    /// That of the fullest, bytes.
    pub used_of_one: f64,
}

/// The busiest period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Busiest {
    /// Commands per second of all clients.
    pub rate: f64,
    /// The busiest primary's engine thread, 0 to 1.
    pub engine_cpu: Option<f64>,
    /// Bytes per second into that primary's host.
    pub network_in: Option<f64>,
    /// Out of it.
    pub network_out: Option<f64>,
}

impl Usage {
    /// What follows for a workload.
    ///
    /// # Errors
    /// When memory or the number of keys was not collected, or primaries cannot be told from replicas.
    pub fn demand(&self) -> Result<Demand, MetricsError> {
        if self.nodes.is_empty() {
            return Err(MetricsError::Lacks("nodes"));
        }
        if !self.has_roles() {
            return Err(MetricsError::NoRoles(self.nodes.len()));
        }
        let level = |metric| self.sum(metric, Statistic::Average, Nodes::Primaries);
        let count = |metric, nodes| self.sum(metric, Statistic::Sum, nodes);
        let keys = level(Metric::CurrItems);
        let (slot, fullest) = self.fullest(&keys)?;
        let at_fullest = |metric| level(metric).get(slot).copied().flatten();
        let volatile = at_fullest(Metric::CurrVolatileItems)
            .map(|n| (n / num::float(fullest.keys)).clamp(0.0, 1.0));
        let own_reads = count(Metric::GetTypeCmds, Nodes::Primaries);
        let all_reads = count(Metric::GetTypeCmds, Nodes::All);
        let writes = count(Metric::SetTypeCmds, Nodes::Primaries);
        let reads_of_replicas = total(&own_reads)
            .zip(total(&all_reads))
            .is_some_and(|(own, all)| all - own > READS_OF_REPLICAS * all);
        let reads = if reads_of_replicas { &all_reads } else { &own_reads };
        let commands = plus(reads, &writes);
        let total_of = |metric| self.total(metric, Nodes::Primaries);
        let replicated = total_of(Metric::ReplicationBytes).unwrap_or(0.0);
        let primaries = Counted {
            reads: total(&own_reads),
            writes: total(&writes),
            hits: total_of(Metric::CacheHits),
            misses: total_of(Metric::CacheMisses),
            bytes_in: total_of(Metric::NetworkBytesIn),
            bytes_out: total_of(Metric::NetworkBytesOut).map(|out| (out - replicated).max(0.0)),
        };
        let active = level(Metric::TrafficManagementActive);
        let known = num::float_len(active.iter().flatten().count());
        Ok(Demand {
            secs: num::float_len(self.slots()) * num::float(self.period_secs),
            fullest,
            volatile,
            busiest: self.busiest(&commands),
            profile: self.profile(&commands),
            growth: Trend::of(&keys, self.period_secs),
            connections: self.connections(),
            families: self.families(),
            reads: total(reads),
            writes: primaries.writes,
            reads_of_replicas,
            primaries,
            evicted: total_of(Metric::Evictions),
            expired: total_of(Metric::Reclaimed),
            slowed: total(&active).filter(|_| known > 0.0).map(|sum| (sum / known).min(1.0)),
        })
    }

    /// The fullest period of the last day in which both were collected.
    fn fullest(&self, keys: &[Option<f64>]) -> Result<(usize, Fullest), MetricsError> {
        let of = (Metric::BytesUsedForCache, Statistic::Average);
        let used = self.sum(of.0, of.1, Nodes::Primaries);
        let has_both = |slot: usize| keys.get(slot).copied().flatten().is_some_and(|n| n >= 1.0);
        let both: Vec<Option<f64>> =
            used.iter().enumerate().map(|(slot, used)| used.filter(|_| has_both(slot))).collect();
        let missing = if total(&used).is_none() { "BytesUsedForCache" } else { "CurrItems" };
        let last = both.iter().rposition(Option::is_some).ok_or(MetricsError::Lacks(missing))?;
        let day = num::index((DAY_SECS / self.period_secs).max(1));
        let first = (last + 1).saturating_sub(day);
        let (at, used) = largest(&both[first..=last]).ok_or(MetricsError::Lacks(missing))?;
        let slot = first + at;
        let each = self.at(slot, of, Nodes::Primaries).unwrap_or_default();
        let used_of_one = each.iter().map(|(_, used)| *used).fold(0.0, f64::max);
        let keys = num::round(keys[slot].unwrap_or(0.0));
        Ok((slot, Fullest { keys, used, used_of_one }))
    }

    fn busiest(&self, commands: &[Option<f64>]) -> Option<Busiest> {
        let (slot, most) = largest(commands).filter(|(_, most)| *most > 0.0)?;
        let period = num::float(self.period_secs);
        let cpu =
            self.at(slot, (Metric::EngineCPUUtilization, Statistic::Average), Nodes::Primaries);
        let busiest = cpu.and_then(|all| all.into_iter().max_by(|a, b| a.1.total_cmp(&b.1)));
        let only = || self.at(slot, (Metric::NetworkBytesIn, Statistic::Sum), Nodes::Primaries);
        let node = busiest
            .map(|(node, _)| node)
            .or_else(|| only().filter(|all| all.len() == 1).map(|all| all[0].0));
        let per_sec = |metric| {
            let values = node?.value(metric, Statistic::Sum)?;
            Some(values.get(slot).copied()?? / period)
        };
        Some(Busiest {
            rate: most / period,
            engine_cpu: busiest.map(|(_, percent)| (percent / 100.0).clamp(0.0, 1.0)),
            network_in: per_sec(Metric::NetworkBytesIn),
            network_out: per_sec(Metric::NetworkBytesOut),
        })
    }

    /// Mean load of each hour of the day, all days together, against the busiest of them; rounded up to
    /// hundredths.
    fn profile(&self, commands: &[Option<f64>]) -> Option<Profile> {
        let mut hours = [(0.0, 0.0); HOURS];
        for (slot, value) in commands.iter().enumerate() {
            let Some(value) = value else { continue };
            let at = self.start.unix_secs + num::count(slot) * self.period_secs;
            let (sum, n) = &mut hours[num::index(at / HOUR_SECS % num::count(HOURS))];
            (*sum, *n) = (*sum + value, *n + 1.0);
        }
        if hours.iter().any(|(_, n)| *n == 0.0) {
            return None;
        }
        let means = hours.map(|(sum, n)| sum / n);
        let most = means.iter().copied().fold(0.0, f64::max);
        if most <= 0.0 {
            return None;
        }
        Profile::new(means.map(|mean| ((mean / most * 100.0).ceil() / 100.0).min(1.0)))
    }

    /// Most connections to all nodes of one shard at a time.
    fn connections(&self) -> Option<f64> {
        let mut most: Option<f64> = None;
        let of = (Metric::CurrConnections, Statistic::Maximum);
        for slot in 0..self.slots() {
            let mut shards: BTreeMap<&str, f64> = BTreeMap::new();
            for (node, open) in self.at(slot, of, Nodes::All).unwrap_or_default() {
                *shards.entry(node.shard()).or_default() += open;
            }
            for open in shards.into_values() {
                most = Some(most.unwrap_or(0.0).max(open));
            }
        }
        most
    }

    fn families(&self) -> BTreeMap<Family, f64> {
        let mut families = BTreeMap::new();
        for (metric, family) in Family::COUNTED {
            if let Some(n) = self.total(metric, Nodes::Primaries).filter(|n| *n > 0.0) {
                *families.entry(family).or_default() += n;
            }
        }
        families
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measurement::Stamp;

    /// Midnight.
    const START: u64 = 1_790_812_800;

    const GAP: f64 = f64::NAN;

    type Node = (&'static str, Vec<(Metric, Vec<f64>)>);

    fn usage(period_secs: u64, nodes: &[Node]) -> Usage {
        let mut usage = Usage::new(Stamp { unix_secs: START }, period_secs);
        for (node, metrics) in nodes {
            for (metric, values) in metrics {
                for (slot, value) in (0..).zip(values) {
                    let at = Stamp { unix_secs: START + slot * period_secs };
                    for statistic in metric.statistics() {
                        usage.add(node, (*metric, *statistic), at, *value);
                    }
                }
            }
        }
        usage
    }

    /// A node of a shard; the same of all but role, reads and CPU.
    fn node(name: &'static str, is_primary: bool, cpu: f64) -> Node {
        let share = if is_primary { 1.0 } else { 0.0 };
        let metrics = vec![
            (Metric::IsMaster, vec![share; 3]),
            (Metric::GetTypeCmds, vec![600.0 * share, 1_200.0 * share, 60.0 * share]),
            (Metric::SetTypeCmds, vec![60.0, 120.0, 6.0]),
            (Metric::CurrItems, vec![100.0, 120.0, 110.0]),
            (Metric::CurrVolatileItems, vec![25.0, 30.0, 0.0]),
            (Metric::BytesUsedForCache, vec![1e6, 2e6, 1.5e6]),
            (Metric::EngineCPUUtilization, vec![3.0, cpu, 1.0]),
            (Metric::CurrConnections, vec![7.0, 9.0, 8.0]),
            (Metric::NetworkBytesIn, vec![60.0, 600.0, 6.0]),
            (Metric::NetworkBytesOut, vec![60.0, 900.0, 6.0]),
            (Metric::ReplicationBytes, vec![6.0, 60.0, 0.0]),
        ];
        (name, metrics)
    }

    #[test]
    fn primaries_are_added_up_and_replicas_are_not() {
        let nodes = [
            node("o-0001-001", true, 20.0),
            node("o-0001-002", false, 40.0),
            node("o-0002-001", true, 25.0),
            node("o-0002-002", false, 40.0),
        ];
        let demand = usage(60, &nodes).demand().unwrap();
        assert_eq!(demand.fullest, Fullest { keys: 240, used: 4e6, used_of_one: 2e6 });
        assert_eq!(demand.volatile, Some(0.25));
        let busiest = demand.busiest.unwrap();
        assert!((busiest.rate - 2.0 * 1_320.0 / 60.0).abs() < 1e-9, "{busiest:?}");
        assert_eq!(busiest.engine_cpu, Some(0.25), "of the busiest of the primaries");
        assert_eq!((busiest.network_in, busiest.network_out), (Some(10.0), Some(15.0)));
        assert_eq!(demand.connections, Some(18.0), "of both nodes of a shard");
        assert_eq!((demand.reads, demand.writes), (Some(3_720.0), Some(372.0)));
        assert!(!demand.reads_of_replicas);
        assert_eq!(demand.primaries.bytes_out, Some(2.0 * (966.0 - 66.0)));
        assert_eq!((demand.growth, demand.profile, demand.evicted), (None, None, None));
    }

    /// The replica takes over in the second minute; in the third nobody says who is primary.
    #[test]
    fn who_is_primary_may_change() {
        let of = |name, role: [f64; 3], first: usize| -> Node {
            let metrics = [
                (Metric::IsMaster, role.to_vec()),
                (Metric::CurrItems, vec![10.0, 10.0, 999.0]),
                (Metric::BytesUsedForCache, vec![1e6, 2e6, 9e9]),
            ];
            (name, metrics[first..].to_vec())
        };
        let (a, b) = ([1.0, 0.0, GAP], [0.0, 1.0, GAP]);
        let demand = usage(60, &[of("x-001", a, 0), of("x-002", b, 0)]).demand().unwrap();
        assert_eq!(demand.fullest, Fullest { keys: 10, used: 2e6, used_of_one: 2e6 });
        let without = usage(60, &[of("x-001", a, 1), of("x-002", b, 1)]);
        assert!(matches!(without.demand(), Err(MetricsError::NoRoles(2))));
        let alone = usage(60, &[of("x-001", a, 1)]).demand().unwrap();
        assert_eq!(alone.fullest.keys, 999, "a single node is its own primary");
        let no_keys = usage(60, &[of("x-001", a, 2)]).demand();
        assert!(matches!(no_keys, Err(MetricsError::Lacks("CurrItems"))), "{no_keys:?}");
    }

    #[test]
    fn a_day_of_hours_is_a_profile() {
        let of = |hours: usize| {
            let commands = (0..hours).map(|hour| if hour % 24 == 20 { 400.0 } else { 99.0 });
            let metrics = vec![
                (Metric::CurrItems, vec![5.0; hours]),
                (Metric::BytesUsedForCache, vec![1e6; hours]),
                (Metric::GetTypeCmds, commands.collect()),
                (Metric::SetTypeCmds, vec![0.0; hours]),
            ];
            usage(3_600, &[("x", metrics)]).demand().unwrap().profile
        };
        let profile = of(48).expect("every hour was seen");
        assert!((profile.shares()[20] - 1.0).abs() < 1e-9, "{profile:?}");
        assert!((profile.shares()[3] - 0.25).abs() < 1e-9, "99 of 400, rounded up");
        assert_eq!(of(20), None);
    }
}
