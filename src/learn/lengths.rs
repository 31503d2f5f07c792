//! Lengths of keys and values from the bytes that a cache's hosts moved.
//!
//! With reads `r`, of which `h` found their key and `m` did not, and writes `w`:
//!
//! ```text
//! bytes out = h · W(bulk(v)) + (m + w) · W(5)
//! bytes in  = r · W(13 + bulk(k)) + w · W(13 + bulk(k) + bulk(v) + expiry)
//! bulk(l)   = 1 + digits(l) + 2 + l + 2        W(x) = x + 66 · packets of 1,448 bytes     (MODEL.md §7)
//! ```
//!
//! It holds where all commands are GET and SET, each in packets of its own and without TLS. Pipelines and
//! several keys per command make values look shorter or longer, TLS adds some 22 bytes and more a record.

use crate::metrics::Counted;
use crate::model::on_the_wire;

/// `*2`, `$3` and `GET` with their line ends: what stands before the key.
const BEFORE_KEY: f64 = 13.0;
/// `+OK` or `$-1` with its line end.
const SHORT_REPLY: f64 = 5.0;
/// `EX` and a lifetime of up to five digits.
const EXPIRY: f64 = 19.0;
/// Longest key and value that are looked for.
const LONGEST_KEY: f64 = 1_024.0;
const LONGEST_VALUE: f64 = 16_777_216.0;

/// Mean lengths of a key and a value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Lengths {
    /// Bytes of a key.
    pub key: f64,
    /// Bytes of a value.
    pub value: f64,
}

/// What moved, solved for the lengths; `None` where something was not counted, or they lie outside of what
/// is possible.
///
/// * `volatile`: share of the writes that give a lifetime.
pub(super) fn lengths(moved: &Counted, volatile: f64) -> Option<Lengths> {
    let Counted { reads, writes, hits, misses, bytes_in, bytes_out } = *moved;
    let (reads, writes, hits, misses) = (reads?, writes?, hits?, misses.unwrap_or(0.0));
    if hits <= 0.0 {
        return None;
    }
    let short = on_the_wire(SHORT_REPLY) * (misses + writes);
    let out = |value: f64| hits * on_the_wire(bulk(value)) + short;
    let value = solved(LONGEST_VALUE, bytes_out?, out)?;
    let written = bulk(value) + EXPIRY * volatile;
    let into = |key: f64| {
        let ask = BEFORE_KEY + bulk(key);
        reads * on_the_wire(ask) + writes * on_the_wire(ask + written)
    };
    let key = solved(LONGEST_KEY, bytes_in?, into)?;
    Some(Lengths { key, value })
}

/// `$`, the length, the bytes, and two line ends.
fn bulk(len: f64) -> f64 {
    let digits = len.max(1.0).log10().floor() + 1.0;
    len + digits + 5.0
}

/// Where a growing function meets `target`, from 1 to `most`; `None` outside.
fn solved(most: f64, target: f64, of: impl Fn(f64) -> f64) -> Option<f64> {
    if !(of(1.0)..=of(most)).contains(&target) {
        return None;
    }
    let (mut low, mut high) = (1.0, most);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        *(if of(middle) < target { &mut low } else { &mut high }) = middle;
    }
    Some(f64::midpoint(low, high))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 1,000 GETs of keys of 20 bytes, 900 of which find 812 bytes, and 100 SETs of the same; by hand: a
    /// bulk of 812 is 820, of 20 is 27; in packets 886 and 71 out, 106 and 926 in.
    #[test]
    fn lengths_that_made_the_bytes_are_found() {
        let moved = Counted {
            reads: Some(1_000.0),
            writes: Some(100.0),
            hits: Some(900.0),
            misses: Some(100.0),
            bytes_in: Some(1_000.0 * 106.0 + 100.0 * 926.0),
            bytes_out: Some(900.0 * 886.0 + 200.0 * 71.0),
        };
        let Lengths { key, value } = lengths(&moved, 0.0).unwrap();
        assert!((key - 20.0).abs() < 1e-6 && (value - 812.0).abs() < 1e-6, "{key} {value}");
        assert_eq!(lengths(&Counted { bytes_out: Some(7.0), ..moved }, 0.0), None);
        assert_eq!(lengths(&Counted { hits: None, ..moved }, 0.0), None);
        assert_eq!(lengths(&Counted { hits: Some(0.0), ..moved }, 0.0), None);
    }
}
