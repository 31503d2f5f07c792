//! Allocator size classes: what a request for so many bytes really takes.

use crate::engine::Allocator;

/// From this size on the C library maps whole pages (its default `M_MMAP_THRESHOLD`).
const LIBC_MAPS_FROM: u64 = 128 << 10;
const PAGE: u64 = 4096;

/// The bytes `used_memory` grows by when the engine asks for `wanted` bytes.
///
/// * jemalloc: the smallest size class that holds `wanted`. Classes are a quantum apart at first,
///   then four per doubling, without end.
/// * libc: what `malloc_usable_size` reports, 24 at least.
///
/// Saturates near 2^64. Source: MODEL.md §1.2.
pub fn block(allocator: Allocator, wanted: u64) -> u64 {
    match allocator {
        Allocator::JemallocQ8 => size_class(wanted, 8),
        Allocator::JemallocQ16 => size_class(wanted, 16),
        Allocator::Libc => usable(wanted),
    }
}

fn size_class(wanted: u64, quantum: u64) -> u64 {
    // Both builds keep a class of 8, below the larger quantum.
    if wanted <= 8 {
        return 8;
    }
    let quarter_doubling = 1 << (wanted - 1).ilog2().saturating_sub(2);
    up_to(wanted, quantum.max(quarter_doubling))
}

fn usable(wanted: u64) -> u64 {
    let chunk = up_to(wanted.saturating_add(8), 16).max(32);
    if wanted < LIBC_MAPS_FROM { chunk - 8 } else { up_to(chunk.saturating_add(8), PAGE) - 16 }
}

/// The next multiple of `step`, or the largest number when there is none.
fn up_to(n: u64, step: u64) -> u64 {
    n.checked_next_multiple_of(step).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(allocator: Allocator, wanted: u64, expected: u64) {
        assert_eq!(block(allocator, wanted), expected, "{allocator} {wanted}");
    }

    #[test]
    fn official_builds_step_by_eight_up_to_64() {
        let classes = [(0, 8), (1, 8), (9, 16), (24, 24), (33, 40), (49, 56), (64, 64), (65, 80)];
        for (wanted, expected) in classes {
            check(Allocator::JemallocQ8, wanted, expected);
        }
    }

    #[test]
    fn system_builds_step_by_sixteen() {
        let classes = [(8, 8), (9, 16), (24, 32), (33, 48), (49, 64), (65, 80), (113, 128)];
        for (wanted, expected) in classes {
            check(Allocator::JemallocQ16, wanted, expected);
        }
    }

    #[test]
    fn larger_classes_are_four_per_doubling_all_the_way() {
        for allocator in [Allocator::JemallocQ8, Allocator::JemallocQ16] {
            check(allocator, 129, 160);
            check(allocator, 257, 320);
            check(allocator, 1341, 1536);
            check(allocator, (14 << 10) + 1, 16 << 10);
            check(allocator, (16 << 10) + 1, 20 << 10);
            check(allocator, (1 << 20) + 6, 1280 << 10);
            check(allocator, 8 << 20, 8 << 20);
            check(allocator, u64::MAX, u64::MAX);
        }
    }

    #[test]
    fn libc_blocks_end_eight_below_a_multiple_of_sixteen() {
        let blocks = [(0, 24), (24, 24), (25, 40), (41, 56), (309, 312), (1341, 1352)];
        for (wanted, expected) in blocks {
            check(Allocator::Libc, wanted, expected);
        }
        check(Allocator::Libc, 4 << 20, (4 << 20) + 4096 - 16);
        check(Allocator::Libc, u64::MAX, u64::MAX - 16);
    }
}
