//! One level of offered load, and the record of all of them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::units::{Bytes, Fraction, Micros, OpsPerSec, num};

use super::{Histogram, Inflation, Info, NodeLevel, Slice, Stamp, VoidReason};

/// The record of load, artifact `03-steps`. Levels are appended as they finish.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Steps {
    /// When the first level began.
    pub started: Stamp,
    /// Throughput of a short closed-loop probe with every connection busy; sets the levels.
    pub saturation_probe: Option<OpsPerSec>,
    /// Round trip of a PING on an idle connection, median.
    pub round_trip_us: Micros,
    /// Different loads the run began with; the others follow from what those showed.
    #[serde(default)]
    pub began_with: usize,
    /// Offered load the run still had to measure when it ended early; empty for a whole run.
    pub unmeasured: Vec<OpsPerSec>,
    /// In the order they were measured: ascending offered load, then what was added to it.
    pub levels: Vec<Level>,
    /// The closed loop, where the plan asks for one. No verdict rests on it.
    #[serde(default)]
    pub closed: Option<Level>,
}

/// One level: operations due at a fixed rate for a fixed time.
///
/// Histograms and counts are of the operations due within the window, wherever they completed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Level {
    /// When it began; `None` in runs of an earlier version.
    #[serde(default)]
    pub began: Option<Stamp>,
    /// Rate at which operations were due.
    pub offered: OpsPerSec,
    /// Operations completed per second of the window.
    pub achieved: OpsPerSec,
    /// Cut off at the start, before the window: found where response times settle, a tenth of the
    /// level at least.
    pub warm_up_us: Micros,
    /// Length of the measured window.
    pub window_us: Micros,
    /// Each line of the mix, in the plan's order.
    pub commands: Vec<CommandRecord>,
    /// Operations of the window that were given up; their time so far counts as response time.
    pub unfinished: u64,
    /// Equal slices of the whole level, warm-up included, in order; empty in runs of an earlier
    /// version.
    #[serde(default)]
    pub course: Vec<Slice>,
    /// Response times kept growing through the window ([`super::is_rising`]): more was offered than
    /// the server takes.
    #[serde(default)]
    pub is_rising: bool,
    /// What correlation makes of the sample size at the quoted percentiles; empty in runs of an
    /// earlier version, whose samples count as independent.
    #[serde(default)]
    pub inflation: Vec<Inflation>,
    /// Enqueued − due: the generator's fault.
    pub dispatch_lag: Histogram,
    /// Sent − enqueued: no connection was free.
    pub connection_wait: Histogram,
    /// Most operations that waited for a connection at once.
    pub longest_queue: u64,
    /// Of the generator threads, during the window.
    pub generator_cpu_us: Option<Micros>,
    /// Of that, what went by looking at the clock shortly before operations were due: precision, not
    /// load. `None` in runs of an earlier version.
    #[serde(default)]
    pub spinning_us: Option<Micros>,
    /// Of the processors' time on the generator's machine, what a virtual machine's host gave to others;
    /// `None` where the system does not tell.
    #[serde(default)]
    pub stolen: Option<Fraction>,
    /// The most bytes in the send buffers of all connections together at a look: written and not yet
    /// acknowledged. `None` where the system does not tell, and in runs of an earlier version.
    #[serde(default)]
    pub send_queue_bytes: Option<Bytes>,
    /// The same of the receive buffers: replies that the generator had not read yet.
    #[serde(default)]
    pub receive_queue_bytes: Option<Bytes>,
    /// What the server's own counters say of a span like the window; of all primaries together.
    pub server: ServerDelta,
    /// Each server that load was sent to, where there is more than one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nodes: Vec<NodeLevel>,
    /// Operations that a server of the cluster sent elsewhere, warm-up included.
    #[serde(default)]
    pub redirected: u64,
    /// Why the level does not count; empty for a valid one.
    pub void: Vec<VoidReason>,
}

/// What became of one line of the mix.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CommandRecord {
    /// As in `claims get`.
    pub label: String,
    /// Replies received, errors included.
    pub replies: u64,
    /// Of those, errors.
    pub errors: u64,
    /// Keys asked for by commands that read.
    pub keys_asked: u64,
    /// Of those, missing.
    pub keys_missed: u64,
    /// Bytes of requests, RESP framing included.
    pub request_bytes: Bytes,
    /// Bytes of replies, RESP framing included.
    pub reply_bytes: Bytes,
    /// Done − due: what users feel.
    pub response: Histogram,
    /// Done − sent.
    pub service: Histogram,
}

/// Differences of the server's counters over a span that ends with the window and begins after a
/// fifth of the level.
/// What it does not tell is `None`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ServerDelta {
    /// Time between the two readings.
    pub span_us: Micros,
    /// Commands processed, the two readings' own excluded.
    pub commands: Option<u64>,
    /// CPU time of the thread that executes commands.
    pub main_thread_cpu_us: Option<Micros>,
    /// Bytes received.
    pub net_input_bytes: Option<Bytes>,
    /// Bytes sent.
    pub net_output_bytes: Option<Bytes>,
    /// Reads that found their key.
    pub keyspace_hits: Option<u64>,
    /// Reads that did not.
    pub keyspace_misses: Option<u64>,
    /// Keys dropped for memory.
    pub evicted_keys: Option<u64>,
    /// Keys that outlived their lifetime.
    pub expired_keys: Option<u64>,
    /// Client connections at the first reading, this program's own included.
    #[serde(default)]
    pub connected_clients: Option<u64>,
    /// `used_memory` at the end.
    pub used_memory_bytes: Option<Bytes>,
    /// Execution time per call of each command, by name, ascending.
    pub usec_per_call: Vec<(String, Micros)>,
}

impl ServerDelta {
    /// The differences between two `INFO` replies read `span` apart.
    ///
    /// A counter that went backwards (`CONFIG RESETSTAT`, a restart) is not collected.
    pub fn between(before: &Info, after: &Info, span: Micros) -> Self {
        Self::over(&[(before, after)], span)
    }

    /// The same of several servers together, each with its two replies; what one of them does not tell
    /// is not collected.
    pub fn over(servers: &[(&Info, &Info)], span: Micros) -> Self {
        let sum = |count: &dyn Fn(&Info, &Info) -> Option<u64>| -> Option<u64> {
            servers.iter().map(|(before, after)| count(before, after)).sum()
        };
        let counted =
            |name| sum(&|before, after| after.count(name)?.checked_sub(before.count(name)?));
        let cpu = |(before, after): &(&Info, &Info)| {
            Some(after.main_thread_cpu()?.get() - before.main_thread_cpu()?.get())
        };
        let mut calls: BTreeMap<String, (u64, f64)> = BTreeMap::new();
        for (before, after) in servers {
            let calls_before = before.command_calls();
            for (command, (n, spent)) in after.command_calls() {
                let (earlier, earlier_spent) =
                    calls_before.get(&command).copied().unwrap_or((0, Micros::ZERO));
                let n = n.checked_sub(earlier).filter(|n| *n > 0);
                let spent = Micros::new(spent.get() - earlier_spent.get());
                if let (Some(n), Some(spent)) = (n, spent) {
                    let sum = calls.entry(command).or_default();
                    *sum = (sum.0 + n, sum.1 + spent.get());
                }
            }
        }
        let per_call = |(command, (n, spent))| (command, Micros::of(spent / num::float(n)));
        Self {
            span_us: span,
            // Of the two INFO commands one falls between the readings.
            commands: sum(&|before, after| {
                let name = "total_commands_processed";
                Some(after.count(name)?.checked_sub(before.count(name)?)?.saturating_sub(1))
            }),
            main_thread_cpu_us: servers.iter().map(cpu).sum::<Option<f64>>().and_then(Micros::new),
            net_input_bytes: counted("total_net_input_bytes").map(Bytes::new),
            net_output_bytes: counted("total_net_output_bytes").map(Bytes::new),
            keyspace_hits: counted("keyspace_hits"),
            keyspace_misses: counted("keyspace_misses"),
            evicted_keys: counted("evicted_keys"),
            expired_keys: counted("expired_keys"),
            connected_clients: sum(&|before, _| before.count("connected_clients")),
            used_memory_bytes: sum(&|_, after| Some(after.bytes("used_memory")?.get()))
                .map(Bytes::new),
            usec_per_call: calls.into_iter().map(per_call).collect(),
        }
    }
}

impl Level {
    /// Whether conclusions may be drawn from it.
    pub fn is_valid(&self) -> bool {
        self.void.is_empty()
    }

    /// Response time over all commands.
    pub fn response(&self) -> Histogram {
        self.merged(|command| &command.response)
    }

    /// Service time over all commands.
    pub fn service(&self) -> Histogram {
        self.merged(|command| &command.service)
    }

    /// Response time at quantile `q`: an interval that holds it with 95 %, for correlated samples.
    /// `None` when there are too few.
    pub fn response_interval(&self, q: f64) -> Option<(Micros, Micros)> {
        let known = self.inflation.iter().find(|known| (known.q - q).abs() < 1e-9);
        self.response().quantile_interval(q, known.map_or(1.0, |known| known.factor))
    }

    /// Operations that completed.
    pub fn completed(&self) -> u64 {
        self.commands.iter().map(|command| command.replies).sum()
    }

    fn merged(&self, pick: impl Fn(&CommandRecord) -> &Histogram) -> Histogram {
        let mut all = Histogram::new();
        self.commands.iter().for_each(|command| all.merge(pick(command)));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_of_what_both_readings_tell() {
        let before = Info::parse(
            "total_commands_processed:100\r\nevicted_keys:5\r\nkeyspace_hits:9\r\n\
             used_cpu_sys_main_thread:1.0\r\nused_cpu_user_main_thread:1.0\r\n\
             cmdstat_get:calls=10,usec=20\r\n",
        );
        let after = Info::parse(
            "total_commands_processed:301\r\nevicted_keys:2\r\nexpired_keys:1\r\n\
             used_cpu_sys_main_thread:1.5\r\nused_cpu_user_main_thread:1.25\r\n\
             cmdstat_get:calls=110,usec=220\r\ncmdstat_info:calls=1,usec=90\r\n",
        );
        let delta = ServerDelta::between(&before, &after, Micros::of(1e6));
        assert_eq!(delta.commands, Some(200));
        assert_eq!(delta.evicted_keys, None, "a counter that went backwards");
        assert_eq!(delta.keyspace_hits, None, "printed once only");
        assert_eq!(delta.main_thread_cpu_us, Micros::new(750_000.0));
        assert_eq!(delta.usec_per_call[0], ("get".into(), Micros::of(2.0)));
        let both = ServerDelta::over(&[(&before, &after), (&before, &after)], Micros::of(1e6));
        assert_eq!(both.commands, Some(400));
        assert_eq!(both.main_thread_cpu_us, Micros::new(1_500_000.0));
        assert_eq!(both.usec_per_call, delta.usec_per_call);
        let silent = Info::parse("");
        let one_tells = ServerDelta::over(&[(&before, &after), (&silent, &silent)], Micros::ZERO);
        assert_eq!((one_tells.commands, one_tells.main_thread_cpu_us), (None, None));
    }
}
