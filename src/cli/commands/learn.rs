//! `cachefit spec learn`: a workload file from what runs today.

use std::path::Path;
use std::time::Duration;

use serde::Serialize;

use crate::cli::Outcome;
use crate::cli::args::{Format, LearnArgs};
use crate::cli::failure::{Failure, MET};
use crate::cli::printer::Printer;
use crate::cli::signals::Stop;
use crate::learn::{
    BackTest, Gathered, KeysFrom, Learned, Payloads, Source, learn, learn_from_info,
    learn_from_metrics,
};
use crate::measurement::Info;
use crate::metrics::Usage;
use crate::probe::{Ended, Limits, OwnLoad, Probed, probe};
use crate::target::Endpoint;
use crate::units::Fraction;

use super::input::{now, parsed, spec};
use super::learn_files::take_files;
use super::plan::runtime;
use super::server::find;
use super::spec::write_new;
use super::stages::json;

/// Why access clocks are not what they were, where the server has no way to leave them alone.
const TOUCHES: &str = "the keys that were looked at count as used now (STRLEN, HLEN and their kin touch \
                       the clock that IDLETIME and LRU eviction read), and as hits in keyspace_hits";
const COUNTS: &str = "keys that were looked at count as hits in keyspace_hits";
/// Why OBJECT FREQ makes no exponent.
const COUNTERS: &str = "the policy is LFU, whose counters saturate and decay: what follows from them was \
                        a sixth too low in simulations";

/// Writes the file, and says what it rests on.
pub(super) fn learn_file(args: &LearnArgs, printer: &Printer) -> Outcome {
    let is_server = args.server.target.is_some() || args.server.elasticache.is_some();
    let learned = match (&args.info_before, &args.info_after, &args.metrics) {
        (Some(before), Some(after), _) => from_saved(before, after)?,
        (_, _, Some(metrics)) => from_metrics(metrics, args.classes.as_deref())?,
        _ if is_server => from_target(args, printer)?,
        _ => {
            let (mut gathered, mut source) = (Gathered::new(), Source::default());
            let taken = (&mut gathered, &mut source);
            take_files(&args.files, KeysFrom::Capture, taken, printer)?;
            learn(gathered, &source)?
        }
    };
    let text = learned.text.trim_end();
    if let Some(path) = &args.out {
        write_new(path, &learned.text)?;
        printer.step(&format!("wrote {}", path.display()));
    }
    if let Some(test) = &learned.back_test {
        printer.step(&said(test));
    }
    match (printer.format(), &args.out) {
        (Format::Json, _) => printer.result(&json(&Summary::of(&learned))),
        (Format::Text, None) => printer.result(text),
        (Format::Text, Some(_)) => {}
    }
    Ok(MET)
}

fn from_saved(before: &Path, after: &Path) -> Result<Learned, Failure> {
    let read = |path: &Path| {
        let text = std::fs::read_to_string(path);
        text.map_err(|cause| Failure::InfoUnreadable { path: path.to_owned(), cause })
    };
    let (before, after) = (Info::parse(&read(before)?), Info::parse(&read(after)?));
    Ok(learn_from_info(&before, &after)?)
}

/// The classes of a workload file, or invented ones, at what CloudWatch says of a cache.
fn from_metrics(path: &Path, payloads: Option<&Path>) -> Result<Learned, Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|cause| Failure::MetricsUnreadable { path: path.to_owned(), cause })?;
    let unusable = |cause| Failure::Metrics { path: path.to_owned(), cause };
    let usage = Usage::read(&text).map_err(unusable)?;
    let demand = usage.demand().map_err(unusable)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let Some(payloads) = payloads else {
        return Ok(learn_from_metrics(&name, &usage, &demand, None)?);
    };
    let plan = spec(Some(payloads))?;
    let text = std::fs::read_to_string(payloads)
        .map_err(|cause| Failure::SpecUnreadable { path: payloads.to_owned(), cause })?;
    let given = Payloads { text: &text, plan: &plan };
    let learned = learn_from_metrics(&name, &usage, &demand, Some(given))?;
    // Files that the classes name are looked for beside the workload file that names them.
    parsed(payloads, &learned.text)?;
    Ok(learned)
}

fn from_target(args: &LearnArgs, printer: &Printer) -> Result<Learned, Failure> {
    let limits = Limits {
        share: args.share,
        floor: args.floor,
        interval: args.interval,
        time: args.time,
        keys: args.keys,
    };
    runtime()?.block_on(async {
        let mut stop = Stop::listen();
        let server = find(&args.server).await?;
        let endpoint = server.expect("the command line names one").endpoint;
        let work = async { Ok(probe(&endpoint, &limits, |line| printer.step(line)).await?) };
        let probed = stop.or(work, "nothing was written, neither a file nor to the target").await?;
        printer.step(&of_load(&probed.own));
        printer.step(&of_end(probed.ended));
        let (mut gathered, mut source) = (probed.gathered.clone(), source(&probed, &endpoint));
        take_files(&args.files, KeysFrom::Elsewhere, (&mut gathered, &mut source), printer)?;
        Ok(learn(gathered, &source)?)
    })
}

/// What a target told, as a source.
fn source(probed: &Probed, endpoint: &Endpoint) -> Source {
    let untouched = !probed.refused.contains_key("CLIENT NO-TOUCH");
    let mut notes = vec![of_load(&probed.own), of_end(probed.ended)];
    notes.push(format!("What it changed: {}.", if untouched { COUNTS } else { TOUCHES }));
    if probed.keys_elsewhere > 0 {
        notes.push(format!(
            "{} keys of other databases were not sampled; used_memory includes them.",
            probed.keys_elsewhere
        ));
    }
    let of_use = ["OBJECT IDLETIME", "OBJECT FREQ"]
        .into_iter()
        .find_map(|command| Some(format!("{command}: {}", probed.refused.get(command)?)))
        .or_else(|| probed.counts_uses.then(|| COUNTERS.to_owned()));
    Source {
        name: endpoint.to_string(),
        at: Some(now()),
        keys: Some(probed.keys),
        servers: probed.servers.clone(),
        watched: probed.watched.clone(),
        is_build_assumed: false,
        named: Vec::new(),
        without_skew: of_use,
        not_collected: probed.refused.clone().into_iter().collect(),
        notes,
    }
}

fn of_load(own: &OwnLoad) -> String {
    let OwnLoad { commands, per_sec, allowed, others, busy, memory_change } = own;
    let others = others.map_or_else(String::new, |others| format!(", while others sent {others}"));
    let busy = busy.map_or_else(String::new, |(before, meanwhile)| {
        let percent = |share: Fraction| share.get() * 100.0;
        let (before, meanwhile) = (percent(before), percent(meanwhile));
        format!(
            "; its engine thread was busy {before:.2} % of the time before, {meanwhile:.2} % then"
        )
    });
    let memory = memory_change.map_or_else(String::new, |change| {
        format!("; used_memory changed by {:+.0} kB", change / 1e3)
    });
    format!(
        "Own load: {commands} commands, {per_sec} to the server that was asked the most of {allowed} \
         allowed{others}{busy}{memory}."
    )
}

fn of_end(ended: Ended) -> String {
    match ended {
        Ended::AllSeen => "Sampling ended when every key had been seen.".into(),
        Ended::Enough => "Sampling ended when enough keys had been looked at.".into(),
        Ended::Time => "Sampling ended when its time was over.".into(),
        Ended::Slower(first, last) => format!(
            "Sampling stopped early: the server answered within {} at first and within {} then.",
            span(first),
            span(last)
        ),
    }
}

fn span(span: Duration) -> String {
    crate::units::Micros::from(span).to_string()
}

fn said(test: &BackTest) -> String {
    format!(
        "back-test: used_memory is {}, the memory law says {} of the learned file ({:+.2} %)",
        test.measured,
        test.predicted,
        test.error() * 100.0
    )
}

/// The result for programs.
#[derive(Serialize)]
struct Summary<'a> {
    classes: Vec<ClassSummary<'a>>,
    keys_seen: u64,
    keys_looked_at: u64,
    /// `None` where there is no server to compare with.
    used_memory_bytes: Option<u64>,
    predicted_bytes: Option<u64>,
    file: &'a str,
}

#[derive(Serialize)]
struct ClassSummary<'a> {
    name: &'a str,
    key: String,
    keys: u64,
    ttl_secs: Option<u64>,
}

impl<'a> Summary<'a> {
    fn of(learned: &'a Learned) -> Self {
        let plan = &learned.plan;
        let class = |(class, keys): (&'a crate::spec::Class, &u64)| ClassSummary {
            name: &class.name,
            key: class.key.to_string(),
            keys: *keys,
            ttl_secs: class.ttl_secs,
        };
        Self {
            classes: plan.classes.iter().zip(&plan.capacity.keys).map(class).collect(),
            keys_seen: learned.keys_seen,
            keys_looked_at: learned.looked_at,
            used_memory_bytes: learned.back_test.map(|test| test.measured.get()),
            predicted_bytes: learned.back_test.map(|test| test.predicted.get()),
            file: &learned.text,
        }
    }
}
