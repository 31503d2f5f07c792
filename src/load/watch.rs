//! What is read beside the generators during a level: the servers' own counters, what a virtual machine's
//! host took away, and what waits in sockets.

use std::time::Instant;

use crate::measurement::{Info, ServerDelta};
use crate::target::{Control, ProcessorTime, SocketDiag, SocketPair, SocketQueues};
use crate::units::Fraction;

use super::LoadError;
use super::lanes::Node;

/// How often sockets are looked at.
const LOOKS: u32 = 16;

/// What was seen over a span of a level.
#[derive(Default)]
pub(super) struct Watched {
    /// Counters of all primaries together.
    pub all: ServerDelta,
    /// Of each server, where there are several.
    pub each: Vec<(Node, ServerDelta)>,
    /// Of this machine's processors, what its host gave to others meanwhile.
    pub stolen: Option<Fraction>,
    /// The most that waited in the generators' sockets at a look; `None` where the system does not tell.
    pub queues: Option<SocketQueues>,
}

/// Watches the span; the primaries come first among `controls`, as among `nodes`.
///
/// # Errors
/// When a server by itself does not answer. One of several that does not is not collected: the level
/// says what became of it.
pub(super) async fn watch(
    controls: &[Control],
    nodes: Vec<Node>,
    sockets: &[SocketPair],
    from: Instant,
    to: Instant,
) -> Result<Watched, LoadError> {
    tokio::time::sleep_until(from.into()).await;
    let (before, began) = (readings(controls).await?, Instant::now());
    let time_before = ProcessorTime::now();
    let queues = longest_queues(sockets, from, to).await;
    let (after, ended) = (readings(controls).await?, Instant::now());
    let time = time_before.zip(ProcessorTime::now());
    let stolen = time.and_then(|(before, after)| after.stolen_since(before));
    let span = (ended - began).into();
    let both = before.iter().zip(&after).map(|(before, after)| before.as_ref().zip(after.as_ref()));
    let both: Vec<Option<(&Info, &Info)>> = both.collect();
    let delta = |servers: &[(&Info, &Info)]| ServerDelta::over(servers, span);
    let primaries = both.iter().zip(&nodes).filter(|(_, node)| !node.is_replica);
    let primaries: Option<Vec<(&Info, &Info)>> = primaries.map(|(both, _)| *both).collect();
    let untold = || ServerDelta { span_us: span, ..ServerDelta::default() };
    let all = primaries.map_or_else(untold, |primaries| delta(&primaries));
    let each = |both: &Option<_>| both.map_or_else(untold, |both| delta(&[both]));
    let each: Vec<ServerDelta> =
        if nodes.len() > 1 { both.iter().map(each).collect() } else { Vec::new() };
    Ok(Watched { all, each: nodes.into_iter().zip(each).collect(), stolen, queues })
}

/// Looks at the sockets until `to`, which is when this ends.
async fn longest_queues(
    sockets: &[SocketPair],
    from: Instant,
    to: Instant,
) -> Option<SocketQueues> {
    let diag = SocketDiag::open();
    let step = (to - from) / LOOKS;
    let mut longest: Option<SocketQueues> = None;
    for look in 1..LOOKS {
        tokio::time::sleep_until((from + step * look).into()).await;
        let now = diag.as_ref().and_then(|diag| diag.queues(sockets));
        longest = match (longest, now) {
            (Some(longest), Some(now)) => Some(longest.max(now)),
            (longest, now) => longest.or(now),
        };
    }
    tokio::time::sleep_until(to.into()).await;
    longest
}

/// What each server says of itself; `None` for one of several that does not answer.
async fn readings(controls: &[Control]) -> Result<Vec<Option<Info>>, LoadError> {
    if let [only] = controls {
        return Ok(vec![Some(only.info().await?)]);
    }
    let mut all = Vec::new();
    for control in controls {
        all.push(control.info().await.ok());
    }
    Ok(all)
}
