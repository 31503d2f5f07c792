//! What files tell, as it stands in the learned file.

use crate::measurement::Stamp;
use crate::monitor::Malformed;
use crate::units::num;

use super::Source;
use super::captured::{Captured, KeysFrom};
use super::locust::LocustStats;
use super::payloads::Recorded;
use super::snapshot::SnapshotRead;
use super::words::{percent, thousands};

/// Names of requests that are listed.
const LISTED: usize = 10;

impl Source {
    /// Adds a snapshot: what it was written by, to compare with, and what it cannot tell.
    ///
    /// * `name`: of the file.
    pub fn add_snapshot(&mut self, name: &str, read: &SnapshotRead) {
        let about = &read.about;
        self.add_name("snapshot", name);
        if let Some(unix_secs) = about.created_s {
            let at = Stamp { unix_secs };
            self.at = Some(self.at.map_or(at, |known| known.max(at)));
        }
        let engine = read.engine().map_or("an engine it does not name".into(), |e| e.to_string());
        let checked = if about.is_checked { "its checksum is right" } else { "without a checksum" };
        self.notes.push(format!("{name}: RDB version {} of {engine}; {checked}.", about.version));
        if about.begins_aof {
            self.notes
                .push(format!("{name}: what was written after it, as commands, was not read."));
        }
        if about.n_functions > 0 {
            let (n, bytes) = (about.n_functions, about.function_bytes);
            self.notes.push(format!(
                "{name}: {n} libraries of functions, {bytes}; `functions` of [capacity] can say them."
            ));
        }
        match read.server() {
            Some(server) => self.servers.push(server),
            None => self.add_not_collected(
                "back-test",
                &format!("{name} does not tell the engine and its used_memory"),
            ),
        }
    }

    /// Says what `n` snapshots do not tell. Call it after the last.
    pub fn end_snapshots(&mut self, n: usize) {
        // Part of the memory is nothing to compare all keys with.
        if self.servers.len() < n {
            self.servers.clear();
        }
        self.is_build_assumed = true;
        self.without_skew.get_or_insert_with(|| "a snapshot alone does not tell".into());
    }

    /// Adds records of values.
    pub fn add_records(&mut self, name: &str, recorded: Recorded) {
        self.add_name("records", name);
        if !recorded.has_keys {
            self.add_not_collected("names of keys", "the records have no `key` and `value`");
        }
        self.notes.push(format!(
            "The number of keys is that of the records, {}: set `keys` of [capacity].",
            thousands(recorded.n_records)
        ));
        self.without_skew.get_or_insert_with(|| "records do not tell".into());
    }

    /// Adds a capture of commands.
    pub fn add_capture(&mut self, name: &str, keys: KeysFrom, captured: &Captured) {
        self.add_name("capture", name);
        self.watched = captured.watched().or(self.watched.take());
        let totals = &captured.totals;
        self.notes.push(format!(
            "{name}: {} commands on {} lines, {} of the busiest second.",
            thousands(totals.calls()),
            thousands(captured.n_lines),
            thousands(totals.busiest_second),
        ));
        if totals.from_scripts > 0 {
            self.notes.push(format!(
                "{name}: {} commands were of scripts; the mix has the calls of the scripts instead.",
                thousands(totals.from_scripts)
            ));
        }
        if captured.malformed.count > 0 {
            self.notes.push(format!("{name}: {}.", of_malformed(&captured.malformed)));
        }
        if self.watched.is_none() {
            self.add_not_collected("command mix and rate", "the capture is of a single moment");
        }
        if keys == KeysFrom::Capture {
            self.notes.push(
                "Keys are those that were asked for while it was captured; there may be more. Sizes are \
                 those of strings that were written meanwhile."
                    .into(),
            );
        }
        self.without_skew = Some("too few commands met on a key".into());
    }

    /// Adds a Locust run.
    pub fn add_locust(&mut self, name: &str, stats: LocustStats) {
        self.add_name("Locust run", name);
        self.watched = stats.watched().or(self.watched.take());
        if self.watched.is_none() {
            let why = "no name says a command, or no rate was written";
            self.add_not_collected("command mix and rate", why);
        }
        let total: u64 = stats.requests.iter().map(|requests| requests.count).sum();
        let share = |count: u64| percent(num::float(count) / num::float(total.max(1)));
        let unknown = stats.requests.iter().filter(|requests| requests.command.is_none());
        for requests in unknown.take(LISTED) {
            let why =
                format!("{} of the requests, whose name says no command", share(requests.count));
            self.add_not_collected(&format!("requests `{}`", requests.label), &why);
        }
        for requests in stats.requests.iter().filter(|requests| requests.failures > 0).take(LISTED)
        {
            let failed = thousands(requests.failures);
            self.notes.push(format!("`{}`: {failed} requests failed.", requests.label));
        }
        for requests in stats.requests.iter().take(LISTED) {
            if let Some(bytes) = requests.mean_bytes {
                self.notes.push(format!("`{}`: {bytes:.1} B came on average.", requests.label));
            }
        }
        self.add_not_collected(
            "keys of one mget or mset",
            "Locust counts requests; two are taken for an mset, one for an mget",
        );
        self.without_skew.get_or_insert_with(|| "Locust does not tell".into());
        self.named = stats.requests;
    }

    fn add_name(&mut self, kind: &str, name: &str) {
        if !self.name.is_empty() {
            self.name.push_str(", ");
        }
        self.name.extend([kind, " ", name]);
    }

    fn add_not_collected(&mut self, what: &str, why: &str) {
        self.not_collected.push((what.to_owned(), why.to_owned()));
    }
}

/// `3 lines could not be read: line 7: it names no command`.
pub fn of_malformed(malformed: &Malformed) -> String {
    if malformed.count == 0 {
        return "no line holds a command".into();
    }
    let first: Vec<String> =
        malformed.first.iter().take(3).map(|(line, why)| format!("line {line}: {why}")).collect();
    let plural = if malformed.count == 1 { "" } else { "s" };
    let more = if malformed.count > 3 { "; …" } else { "" };
    format!("{} line{plural} could not be read: {}{more}", malformed.count, first.join("; "))
}
