//! The learned workload file.

use std::fmt::Write as _;

use crate::engine::{Allocator, EngineVersion};
use crate::measurement::Stamp;
use crate::model::memory::Layout;
use crate::spec::{PlanSpec, SpecError, parse};
use crate::units::{Bytes, num};

use super::back_test::{BackTest, Sampled};
use super::classes::{Class, Classes, classes};
use super::families::Families;
use super::gathered::Gathered;
use super::laws::Content;
use super::locust::LocustRequests;
use super::mix::{Asked, Mix, mix};
use super::watched::Watched;
use super::words::{in_comment, percent, quoted, signed_percent, thousands, underscored};

/// Keys that a run of the learned file seeds, at most, and their memory.
const MOST_SEEDED: f64 = 400_000.0;
const MOST_SEEDED_BYTES: Bytes = Bytes::from_gib(1);
/// Seconds of a run as it is without settings: 23 levels of 5 s; and with one trial, levels of 1 s.
const USUAL_RUN_SECS: u64 = 115;
const LEVELS_OF_ONE_TRIAL: u64 = 15;
/// The engine whose memory laws are to meet where the source names none.
const ASSUMED_ENGINE: EngineVersion = EngineVersion::valkey(8, 1);

/// Where the keys came from and what else is known of it.
#[derive(Debug, Clone, Default)]
pub struct Source {
    /// In a word or two, for the first line: an address, a file. Never a secret.
    pub name: String,
    /// When; `None` leaves it out.
    pub at: Option<Stamp>,
    /// Keys there are; `None` where all were seen.
    pub keys: Option<u64>,
    /// The servers; empty where there are none to compare with.
    pub servers: Vec<Sampled>,
    /// Whether their allocator is assumed: then others are tried as well.
    pub is_build_assumed: bool,
    /// What was asked of them; `None`: not collected.
    pub watched: Option<Watched>,
    /// What was asked by names that may be those of classes.
    pub named: Vec<LocustRequests>,
    /// Why skew was not collected, where it was not.
    pub without_skew: Option<String>,
    /// What was not collected, and why.
    pub not_collected: Vec<(String, String)>,
    /// What else there is to say, a line each.
    pub notes: Vec<String>,
}

/// A workload file that was learned.
#[derive(Debug, Clone)]
pub struct Learned {
    /// The file.
    pub text: String,
    /// What it says.
    pub plan: PlanSpec,
    /// How well it meets the servers; `None` without servers.
    pub back_test: Option<BackTest>,
    /// Keys of which only the name was seen or more.
    pub keys_seen: u64,
    /// Keys whose value was looked at.
    pub looked_at: u64,
}

/// Why there is no file.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LearnError {
    /// Nothing was seen.
    #[error("no key was seen whose type a workload file can say")]
    NoKeys,
    /// A saved reply lacks what is needed.
    #[error("INFO does not tell {0}")]
    NoInfo(&'static str),
    /// The file would not be read.
    #[error("the learned file is not valid: {0}")]
    Invalid(SpecError),
}

impl LearnError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NoKeys => {
                "name the database that holds the keys, as in redis://host:6379/1; of files, one that \
                 tells what is stored: --rdb, --payloads, or a --monitor in which strings are written"
            }
            Self::NoInfo(_) => "save the reply of `INFO everything` as it is printed",
            Self::Invalid(_) => "tell the authors what the line says",
        }
    }
}

/// The workload file of what was seen.
///
/// # Errors
/// When no key was seen that a workload file can say.
pub fn learn(gathered: Gathered, source: &Source) -> Result<Learned, LearnError> {
    let families = Families::of(gathered);
    let keys = source.keys.unwrap_or(families.keys);
    let layout = layout(&source.servers);
    let used: u64 = source.servers.iter().map(|server| server.used_memory.get()).sum();
    let of_bytes = MOST_SEEDED_BYTES.float() / num::float(used.max(1));
    let share_seeded = (MOST_SEEDED / num::float(keys.max(1))).min(of_bytes).min(1.0);
    let is_used = source.watched.as_ref().is_none_or(|watched| watched.total > 0);
    let mut found = classes(&families, keys, &layout, (share_seeded, is_used));
    found.assign(&source.named);
    if found.all.is_empty() {
        return Err(LearnError::NoKeys);
    }
    let file = File { families: &families, found: &found, keys, source };
    let text = file.text(&[]);
    let plan = parse("the learned file", &text).map_err(LearnError::Invalid)?;
    let bytes = found.left_out.iter().filter_map(|left| left.bytes).sum();
    let back_test = BackTest::of(&plan, &source.servers, bytes);
    let mut said: Vec<String> = back_test.as_ref().map(of_back_test).into_iter().collect();
    if source.is_build_assumed {
        said.extend(other_builds(&plan, &source.servers, bytes));
    }
    let text = file.text(&said);
    let (keys_seen, looked_at) = (families.keys, families.looked_at);
    Ok(Learned { text, plan, back_test, keys_seen, looked_at })
}

fn layout(servers: &[Sampled]) -> Layout {
    let usual = Layout::on_elasticache(servers.first().map_or(ASSUMED_ENGINE, |one| one.engine));
    servers.first().map_or(usual, |one| Layout {
        allocator: one.allocator,
        shares_integers: one.shares_integers,
        ..usual
    })
}

/// Everything that is written.
struct File<'a> {
    families: &'a Families,
    found: &'a Classes,
    keys: u64,
    source: &'a Source,
}

impl File<'_> {
    /// * `back_test`: what is said of it.
    fn text(&self, back_test: &[String]) -> String {
        let mut lines = self.head(back_test);
        lines.push(format!("name = {}", quoted("learned")));
        for class in &self.found.all {
            lines.push(String::new());
            lines.extend(class.lines());
        }
        lines.extend(self.traffic());
        lines.extend(self.wanted());
        lines.push(String::new());
        lines.join("\n")
    }

    fn head(&self, back_test: &[String]) -> Vec<String> {
        let Source { name, at, not_collected, notes, .. } = self.source;
        let at = at.map_or_else(String::new, |at| format!(" at {at}"));
        let mut said = vec![
            format!("Learned from {}{at}.", in_comment(name)),
            format!(
                "{} keys; the names of {} were seen, and {} of them looked at. Shares and means come \
                 with the half of their 95 % interval.",
                thousands(self.keys),
                thousands(self.families.keys),
                thousands(self.families.looked_at)
            ),
        ];
        if self.families.unknown > 0.0 {
            said.push(format!(
                "{} of the keys are of templates of which none was looked at: they are taken to be as \
                 the others.",
                percent(self.families.unknown)
            ));
        }
        said.extend_from_slice(back_test);
        said.extend(notes.iter().map(|note| in_comment(note)));
        for left in &self.found.left_out {
            let bytes = left.bytes.map_or_else(String::new, |bytes| format!(", {bytes} in memory"));
            let keys = thousands(left.keys);
            said.push(format!("Left out: {keys} keys{bytes}, {}.", left.what));
        }
        for (what, why) in not_collected {
            said.push(format!("Not collected: {}: {}", in_comment(what), in_comment(why)));
        }
        said.into_iter().map(|line| format!("# {line}")).collect()
    }

    fn traffic(&self) -> Vec<String> {
        let mut lines = vec![String::new()];
        let members: Vec<Option<String>> = self.found.all.iter().map(Class::first_member).collect();
        let asked: Vec<Asked<'_>> = self
            .found
            .all
            .iter()
            .zip(&members)
            .map(|(class, member)| asked(class, member.as_ref()))
            .collect();
        let watched = self.source.watched.as_ref();
        lines.extend(watched.iter().flat_map(|watched| of_watched(watched)));
        let learned = watched.and_then(|watched| mix(watched, &asked));
        lines.extend(match learned.filter(|mix| !mix.lines.is_empty()) {
            Some(mix) => self.of_mix(&mix),
            None => self.assumed_reads(),
        });
        lines
    }

    fn assumed_reads(&self) -> Vec<String> {
        let mut lines =
            vec!["# Command mix: not collected; reads of every class are assumed.".to_owned()];
        for class in &self.found.all {
            let said = vec![format!("command = {}", quoted(read_of(class)))];
            let share = num::float(class.keys) / num::float(self.keys.max(1));
            lines.extend(traffic_lines(class, said, share));
        }
        lines
    }

    fn of_mix(&self, mix: &Mix) -> Vec<String> {
        let mut lines = Vec::new();
        if !mix.is_by_class && self.found.all.len() > 1 {
            lines.push(
                "# Which class a command went to INFO does not say: each is divided by numbers of keys."
                    .into(),
            );
        }
        for (command, share) in &mix.left_out {
            let command = in_comment(command);
            lines.push(format!("# Left out: {command}, {} of the commands.", percent(*share)));
        }
        if self.found.all.iter().all(|class| class.skew.is_none()) {
            let why = self.source.without_skew.as_deref();
            let why = in_comment(why.unwrap_or("too few keys were used while it could be told"));
            lines.push(format!("# Skew of access: not collected ({why}); \"uniform\" is assumed."));
        }
        for line in &mix.lines {
            let class = &self.found.all[line.class];
            let mut said = vec![format!("command = {}", quoted(line.command))];
            said.extend(line.batch.map(|batch| format!("batch = {batch}")));
            said.extend(line.raw.as_ref().map(|raw| format!("raw = {}", quoted(raw))));
            lines.extend(traffic_lines(class, said, line.share));
        }
        lines
    }

    fn wanted(&self) -> Vec<String> {
        let mut lines = vec![String::new(), "[load]".into()];
        let shortest = self.found.all.iter().filter_map(|class| class.ttl_secs).min();
        if let Some(secs) = shortest.filter(|secs| *secs <= USUAL_RUN_SECS) {
            lines
                .push(format!("# Short, because keys live for {secs} s and must outlive the run."));
            lines.push("trials = 1".into());
            let step = secs.saturating_sub(1) / LEVELS_OF_ONE_TRIAL;
            lines.push(format!("step = \"{}s\"", step.max(1)));
        }
        let peak = self.source.watched.as_ref().map(Watched::rate).filter(|rate| *rate >= 1.0);
        lines.extend([String::new(), "[objective]".into()]);
        lines.push(match peak {
            Some(_) => {
                "# The rate while it was watched: raise it to the highest of your day.".into()
            }
            None => "# The rate: not collected. Set it to the highest of your day.".into(),
        });
        lines.push(format!("peak = \"{}/s\"", num::ceil(peak.unwrap_or(1_000.0))));
        lines.push("# Yours to set.".into());
        lines.push("p99 = \"5ms\"".into());
        lines.extend([String::new(), "[capacity]".into()]);
        let keys = self.found.all.iter();
        let keys: Vec<String> =
            keys.map(|class| format!("{} = {}", class.name, underscored(class.keys))).collect();
        lines.push(format!("keys = {{ {} }}", keys.join(", ")));
        lines.extend([String::new(), "[aws]".into(), "# Yours to set.".into()]);
        lines.push("region = \"us-east-1\"".into());
        lines.push("engines = [\"valkey-8.1\", \"redis-7.1\"]".into());
        lines
    }
}

/// How well the file would meet servers of other builds.
fn other_builds(plan: &PlanSpec, servers: &[Sampled], left_out: Bytes) -> Option<String> {
    let builds = [
        (Allocator::JemallocQ16, "packages of Debian or Ubuntu"),
        (Allocator::Libc, "a build without jemalloc"),
    ];
    let tried: Vec<String> = builds
        .iter()
        .filter_map(|(allocator, name)| {
            let other = |server: &Sampled| Sampled { allocator: *allocator, ..server.clone() };
            let servers: Vec<Sampled> = servers.iter().map(other).collect();
            let test = BackTest::of(plan, &servers, left_out)?;
            Some(format!("{} for {name}", signed_percent(test.error())))
        })
        .collect();
    let assumed = "An official build (jemalloc, quantum 8) without clients is assumed";
    (!tried.is_empty()).then(|| format!("{assumed}; it would be {}.", tried.join(", ")))
}

fn of_back_test(test: &BackTest) -> String {
    let BackTest { predicted, rehashing, measured } = test;
    let mut said = format!(
        "Back-test: used_memory is {} B; the memory law says {} B of this file, {}.",
        thousands(measured.get()),
        thousands(predicted.get()),
        signed_percent(test.error())
    );
    if measured > predicted && measured <= rehashing && test.error().abs() > 0.02 {
        let most = thousands(rehashing.get());
        let _ = write!(said, " While keys move to a larger table it would be up to {most} B.");
    }
    said
}

fn of_watched(watched: &Watched) -> Vec<String> {
    let (span, rate) = (watched.span, watched.rate());
    let mut said = vec![format!("# Watched for {span}: {rate:.0} commands per second.")];
    if let Some(ratio) = watched.hit_ratio() {
        said.push(format!("# Hit ratio {}.", percent(ratio)));
    }
    if let Some((received, sent)) = watched.network {
        let per_sec = |bytes| Bytes::from_float(num::float(bytes) / span.secs());
        let [received, sent] = [received, sent].map(per_sec);
        said.push(format!("# Network {received} in and {sent} out per second."));
    }
    if let Some((evicted, expired)) = watched.gone {
        let [evicted, expired] = [evicted, expired].map(thousands);
        said.push(format!("# {evicted} keys evicted, {expired} expired."));
    }
    said
}

fn asked<'a>(class: &'a Class, member: Option<&'a String>) -> Asked<'a> {
    Asked {
        name: &class.name,
        collection: match &class.content {
            Content::Elements(elements) => Some(elements.kind),
            Content::Strings(_) | Content::Numbers => None,
        },
        is_number: class.content == Content::Numbers,
        expires: class.ttl_secs.is_some(),
        keys: class.keys,
        seeded: class.seeded,
        member: member.map(String::as_str),
        seen: &class.asked,
    }
}

/// The command that reads a whole key.
fn read_of(class: &Class) -> &'static str {
    use crate::engine::CollectionKind::{Hash, List, Set, SortedSet};
    match &class.content {
        Content::Strings(_) | Content::Numbers => "get",
        Content::Elements(elements) => match elements.kind {
            Hash => "hgetall",
            Set => "smembers",
            SortedSet => "zrange",
            List => "lrange",
        },
    }
}

fn traffic_lines(class: &Class, said: Vec<String>, share: f64) -> Vec<String> {
    let mut lines = vec![String::new(), "[[traffic]]".into()];
    lines.push(format!("class = {}", quoted(&class.name)));
    lines.extend(said);
    lines.push(format!("weight = {}", (share * 1e5).round().max(1.0) / 1e3));
    if let Some(skew) = class.skew {
        let (exponent, error) = (skew.exponent, skew.error);
        if exponent > error {
            lines.push(format!("access = {{ zipf = {exponent:.2} }} # ± {error:.2}"));
        } else {
            lines.push(format!("# Zipf exponent {exponent:.2} ± {error:.2}: as good as uniform"));
        }
    }
    lines
}

#[cfg(test)]
mod tests;
