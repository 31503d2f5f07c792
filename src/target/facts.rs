//! Asks a target what it is.

use crate::engine::Allocator;
use crate::measurement::{AllocatorEvidence, Info, TargetFacts};

use super::{Control, TargetError, host};

/// Reads engine, version, allocator and limits.
///
/// # Errors
/// When the target is gone, or its INFO names no engine this program knows.
pub async fn read_facts(control: &Control, is_private: bool) -> Result<TargetFacts, TargetError> {
    let info = control.info().await?;
    let engine = info.engine().ok_or_else(|| TargetError::Unexpected {
        endpoint: control.endpoint().to_owned(),
        command: "INFO",
        message: "no redis_version or valkey_version that this program can read".into(),
    })?;
    // Refused by some services; INFO's name of the allocator has to do then.
    let stats: Option<String> =
        control.ask("MEMORY MALLOC-STATS", redis::cmd("MEMORY").arg("MALLOC-STATS")).await.ok();
    let (allocator, allocator_evidence) = allocator(&info, stats.as_deref());
    Ok(TargetFacts {
        engine,
        version: info.version_text().unwrap_or_default().to_owned(),
        allocator,
        allocator_evidence,
        maxmemory_bytes: info.bytes("maxmemory"),
        maxmemory_policy: info.text("maxmemory_policy").map(str::to_owned),
        mode: info.text("redis_mode").or_else(|| info.text("server_mode")).map(str::to_owned),
        is_private,
        host: host(),
    })
}

/// The allocator from `INFO` and, where answered, the quantum from `MEMORY MALLOC-STATS`.
fn allocator(info: &Info, malloc_stats: Option<&str>) -> (Allocator, AllocatorEvidence) {
    let name = info.text("mem_allocator").unwrap_or_default();
    if !name.starts_with("jemalloc") {
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
    }
}
