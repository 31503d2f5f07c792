//! Asks a target what it is.

use std::time::{Duration, Instant};

use crate::engine::Allocator;
use crate::measurement::{AllocatorEvidence, Info, TargetFacts, TargetState, Traffic};

use super::{Control, TargetError, host};

/// How long a target is watched for what others ask of it.
const OBSERVATION: Duration = Duration::from_secs(1);

/// Reads engine, version, allocator, limits and what the target holds. Writes nothing.
///
/// `address` names a target that is not a private engine of this program's own.
///
/// # Errors
/// When the target is gone, refuses INFO, or names no engine this program knows.
pub async fn read_facts(
    control: &Control,
    address: Option<String>,
) -> Result<TargetFacts, TargetError> {
    let text: String = control.greet("INFO", redis::cmd("INFO").arg("everything")).await?;
    let info = Info::parse(&text);
    let engine = info.engine().ok_or_else(|| TargetError::Unexpected {
        endpoint: control.endpoint().to_owned(),
        command: "INFO",
        message: "no redis_version or valkey_version that this program can read".into(),
    })?;
    let mut state = TargetState::of(&info, text.contains("# Keyspace"));
    let malloc_stats: Result<String, TargetError> =
        control.ask("MEMORY MALLOC-STATS", redis::cmd("MEMORY").arg("MALLOC-STATS")).await;
    let malloc_stats = match malloc_stats {
        Ok(text) => Some(text),
        // A server that loads refuses it too, for a while.
        Err(TargetError::Denied { .. } | TargetError::Unexpected { .. }) => {
            state.refused.push("MEMORY MALLOC-STATS".into());
            None
        }
        Err(TargetError::Loading { .. }) => None,
        Err(error) => return Err(error),
    };
    let (allocator, allocator_evidence) = allocator(&info, malloc_stats.as_deref());
    Ok(TargetFacts {
        engine,
        version: info.version_text().unwrap_or_default().to_owned(),
        allocator,
        allocator_evidence,
        maxmemory_bytes: info.bytes("maxmemory"),
        maxmemory_policy: info.text("maxmemory_policy").map(str::to_owned),
        mode: info.text("redis_mode").or_else(|| info.text("server_mode")).map(str::to_owned),
        is_private: address.is_none(),
        address,
        state,
        host: host(),
    })
}

/// Watches for a second what others ask of the target; `None` where it counts no commands.
///
/// # Errors
/// When the target is gone.
pub async fn observe(control: &Control) -> Result<Option<Traffic>, TargetError> {
    let before = control.info().await?;
    let began = Instant::now();
    tokio::time::sleep(OBSERVATION).await;
    let after = control.info().await?;
    Ok(Traffic::between(&before, &after, began.elapsed().into()))
}

/// The allocator from `INFO` and, where answered, the quantum from `MEMORY MALLOC-STATS`.
fn allocator(info: &Info, malloc_stats: Option<&str>) -> (Allocator, AllocatorEvidence) {
    // An allocator that is not named is taken for that of an official build.
    if info.text("mem_allocator").is_some_and(|name| !name.starts_with("jemalloc")) {
        return (Allocator::Libc, AllocatorEvidence::InfoOnly);
    }
    let quantum = malloc_stats.and_then(|stats| {
        let line = stats.lines().find_map(|line| line.strip_prefix("Quantum size:"))?;
        line.trim().parse::<u32>().ok()
    });
    match quantum {
        Some(16) => (Allocator::JemallocQ16, AllocatorEvidence::MallocStats),
        Some(_) => (Allocator::JemallocQ8, AllocatorEvidence::MallocStats),
        None => (Allocator::JemallocQ8, AllocatorEvidence::InfoOnly),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quantum_decides_between_jemallocs() {
        let info = Info::parse("mem_allocator:jemalloc-5.3.0\r\n");
        let q16 = "___ Begin jemalloc statistics ___\nQuantum size: 16\nPage size: 4096\n";
        assert_eq!(
            allocator(&info, Some(q16)),
            (Allocator::JemallocQ16, AllocatorEvidence::MallocStats)
        );
        assert_eq!(allocator(&info, None), (Allocator::JemallocQ8, AllocatorEvidence::InfoOnly));
        let libc = Info::parse("mem_allocator:libc\r\n");
        assert_eq!(allocator(&libc, None).0, Allocator::Libc);
        let untold = Info::parse("");
        assert_eq!(allocator(&untold, None), (Allocator::JemallocQ8, AllocatorEvidence::InfoOnly));
    }
}
