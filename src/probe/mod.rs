//! Samples the keys of a running server for [`learn`](crate::learn), without writing and within limits.
//!
//! Others are watched first, with nothing sent; then names are read by SCAN and some of the keys looked
//! at, at a rate that follows from what others ask. A server that answers slower than before is left
//! alone. Every command is one of those in `ask.rs`, beside INFO, DBSIZE, MEMORY MALLOC-STATS and what connecting
//! takes.

mod ask;
mod link;
mod look;
mod node;
mod pace;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::learn::{Gathered, Sampled, Watched};
use crate::measurement::Info;
use crate::target::{Control, Endpoint, Target, TargetError};
use crate::units::{Fraction, OpsPerSec, num};

use node::{Node, busy};
use pace::{LOOK, Pace, Verdict, Watch};

pub use pace::Limits;

/// What a target told.
#[derive(Debug)]
pub struct Probed {
    /// The keys that were seen.
    pub gathered: Gathered,
    /// Keys there are in the selected database of all servers.
    pub keys: u64,
    /// The servers, as far as they tell their memory.
    pub servers: Vec<Sampled>,
    /// What others asked while nothing was sent; `None`: not collected.
    pub watched: Option<Watched>,
    /// Commands that were refused, with the server's reason.
    pub refused: BTreeMap<String, String>,
    /// What this program's own commands were.
    pub own: OwnLoad,
    /// Whether a server keeps how often keys are used instead of when.
    pub counts_uses: bool,
    /// Why it ended.
    pub ended: Ended,
    /// Keys of other databases, which were not sampled.
    pub keys_elsewhere: u64,
}

/// What this program asked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OwnLoad {
    /// Commands to all servers.
    pub commands: u64,
    /// To the server that was asked the most, per second while keys were sampled.
    pub per_sec: OpsPerSec,
    /// What that server allowed.
    pub allowed: OpsPerSec,
    /// What others asked of it meanwhile; `None`: not collected.
    pub others: Option<OpsPerSec>,
    /// How busy its engine thread was while others were watched and nothing was asked, and while keys were
    /// sampled; `None`: not collected.
    pub busy: Option<(Fraction, Fraction)>,
    /// By how much `used_memory` of the servers differs from what it was, in bytes; the largest.
    /// `None`: not collected.
    pub memory_change: Option<f64>,
}

/// Why sampling ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Every key was seen.
    AllSeen,
    /// As many were looked at as was wanted.
    Enough,
    /// Its time was over.
    Time,
    /// The server answered slower: at first, and then.
    Slower(Duration, Duration),
}

/// Samples a target.
///
/// * `tell`: takes what happens, in lines.
///
/// # Errors
/// When a server is gone, loading, or refuses SCAN or INFO.
pub async fn probe(
    entry: &Endpoint,
    limits: &Limits,
    mut tell: impl FnMut(&str),
) -> Result<Probed, TargetError> {
    let mut nodes = Vec::new();
    for (endpoint, slots) in places(entry).await? {
        let node = Node::connect(endpoint, slots).await?;
        tell(&node.described());
        nodes.push(node);
    }
    tell(&format!("watching what others ask for {:.0?}", limits.interval));
    watch_others(&mut nodes, limits.interval).await?;
    let began = Instant::now();
    let mut before = Vec::new();
    for node in &mut nodes {
        let at_first = node.response_time().await?;
        node.watch = Watch::new(at_first);
        let rate = node.watched.as_ref().map_or(0.0, Watched::rate);
        node.pace = Pace::new(limits.allowed(rate), began.elapsed());
        node.next_look = began.elapsed() + LOOK;
        before.push((node.link.control.info().await?, node.link.sent));
    }
    let allowed = nodes.iter().map(|node| limits.allowed(rate_of(node)));
    let most = allowed.fold(0.0, f64::max);
    tell(&format!("sampling keys with at most {most:.0} commands per second and server"));
    let mut gathered = Gathered::new();
    let sampling = Instant::now();
    let ended = sample(&mut nodes, limits, began, &mut gathered).await?;
    finish(nodes, limits, before, sampling.elapsed(), gathered, ended).await
}

fn rate_of(node: &Node) -> f64 {
    node.watched.as_ref().map_or(0.0, Watched::rate)
}

/// The servers to sample with their slots: the one that is named, or those of its role in its cluster.
async fn places(
    entry: &Endpoint,
) -> Result<Vec<(Endpoint, Vec<crate::engine::SlotRange>)>, TargetError> {
    let is_replica = {
        let info = Control::connect(entry).await?.info().await?;
        info.text("role") == Some("slave")
    };
    let target = Target::connect(entry).await?;
    if !target.is_cluster() {
        return Ok(vec![(entry.clone(), Vec::new())]);
    }
    let place = |shard: &crate::target::Shard| {
        let replica = shard.replicas.iter().find(|replica| **replica == *entry);
        let replica = replica.or(shard.replicas.first()).filter(|_| is_replica);
        (replica.unwrap_or(&shard.endpoint).clone(), shard.slots.clone())
    };
    Ok(target.shards().iter().map(place).collect())
}

/// Lets the interval pass between two looks at each server.
async fn watch_others(nodes: &mut [Node], interval: Duration) -> Result<(), TargetError> {
    let mut began = Vec::new();
    for node in nodes.iter_mut() {
        node.before = node.link.control.info().await?;
        began.push(Instant::now());
    }
    tokio::time::sleep(interval).await;
    for (node, began) in nodes.iter_mut().zip(began) {
        let after = node.link.control.info().await?;
        node.watch_others(&after, began.elapsed());
    }
    Ok(())
}

/// Samples the servers by turns, the one that is behind first.
async fn sample(
    nodes: &mut [Node],
    limits: &Limits,
    began: Instant,
    gathered: &mut Gathered,
) -> Result<Ended, TargetError> {
    let end = began.elapsed() + limits.time;
    let all: u64 = nodes.iter().map(|node| node.keys).sum();
    let mut looked_at = 0;
    loop {
        let behind = nodes.iter_mut().filter(|node| !node.is_done).min_by(|a, b| {
            let seen = |node: &Node| num::float(node.names) / num::float(node.keys.max(1));
            seen(a).total_cmp(&seen(b))
        });
        let Some(node) = behind else { return Ok(Ended::AllSeen) };
        if looked_at >= limits.keys {
            return Ok(Ended::Enough);
        }
        let now = began.elapsed();
        if node.pace.due().max(now) >= end {
            return Ok(Ended::Time);
        }
        tokio::time::sleep(node.pace.due().saturating_sub(now)).await;
        let mut slowed = 1.0;
        let before = node.link.sent;
        if began.elapsed() >= node.next_look {
            node.next_look = began.elapsed() + LOOK;
            let took = node.ping().await?;
            match node.watch.look(took) {
                Verdict::Calm => {}
                Verdict::Slower => slowed = 4.0,
                Verdict::Stop => return Ok(Ended::Slower(node.watch.at_first(), took)),
            }
        }
        let share = num::float(node.keys) / num::float(all.max(1));
        let wanted = num::ceil(num::float(limits.keys) * share);
        looked_at += node.sample(wanted, gathered).await?;
        let sent = node.link.sent - before;
        node.pace.sent(sent, slowed, began.elapsed());
    }
}

/// A last look at the servers, and everything together.
async fn finish(
    nodes: Vec<Node>,
    limits: &Limits,
    before: Vec<(Info, u64)>,
    span: Duration,
    gathered: Gathered,
    ended: Ended,
) -> Result<Probed, TargetError> {
    let mut probed = Probed {
        gathered,
        keys: nodes.iter().map(|node| node.keys).sum(),
        servers: Vec::new(),
        watched: None,
        refused: BTreeMap::new(),
        own: OwnLoad {
            commands: 0,
            per_sec: OpsPerSec::ZERO,
            allowed: OpsPerSec::ZERO,
            others: None,
            busy: None,
            memory_change: None,
        },
        counts_uses: nodes.iter().any(Node::counts_uses),
        ended,
        keys_elsewhere: nodes.iter().map(Node::keys_elsewhere).sum(),
    };
    let secs = span.as_secs_f64().max(1e-3);
    for (mut node, (info, sent)) in nodes.into_iter().zip(before) {
        let after = node.link.control.info().await?;
        probed.servers.extend(node.sampled(&after));
        let own = node.link.sent - sent;
        probed.own.commands += node.link.sent;
        let per_sec = OpsPerSec::of(num::float(own) / secs);
        if per_sec >= probed.own.per_sec {
            let total = |info: &Info| info.count("total_commands_processed");
            let all =
                total(&after).zip(total(&info)).map(|(after, before)| after.saturating_sub(before));
            let others = all.map(|all| num::float(all.saturating_sub(own)) / secs);
            probed.own.per_sec = per_sec;
            probed.own.allowed = OpsPerSec::of(limits.allowed(rate_of(&node)));
            probed.own.others = others.map(OpsPerSec::of);
            probed.own.busy = node.busy.zip(busy(&info, &after, span));
        }
        let change = node.used_at_first().zip(after.bytes("used_memory"));
        let change = change.map(|(first, last)| last.float() - first.float());
        let most = probed.own.memory_change;
        probed.own.memory_change =
            change.or(most).map(|change| most.filter(|m| m.abs() > change.abs()).unwrap_or(change));
        let watched = node.watched.take();
        probed.watched = match (probed.watched, watched) {
            (Some(all), Some(one)) => Some(all.and(one)),
            (all, one) => all.or(one),
        };
        for (command, reason) in &node.link.refused {
            probed.refused.entry((*command).to_owned()).or_insert_with(|| reason.clone());
        }
    }
    Ok(probed)
}
