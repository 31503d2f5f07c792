//! LZF, with which engines compress strings of more than 20 bytes in snapshots.
//!
//! A control byte below 32 begins a run of so many literal bytes and one more. Any other is a
//! reference: its upper three bits are the length less two (seven: the next byte is added), its
//! lower five with the byte after it the distance less one. Source: `src/lzf_d.c` of Valkey
//! 8.0.

/// The most that one compressed byte can come to: three of them make 264.
pub(super) const MOST_RATIO: u64 = 88;

/// Appends what `packed` comes to; `None` unless that is exactly `length` bytes.
///
/// `into` never grows by more than `length` bytes.
pub(super) fn unpack(packed: &[u8], length: usize, into: &mut Vec<u8>) -> Option<()> {
    let start = into.len();
    let mut rest = packed;
    let mut next = |n: usize| -> Option<&[u8]> {
        let (taken, left) = rest.split_at_checked(n)?;
        rest = left;
        Some(taken)
    };
    while let Some(&[control]) = next(1) {
        let control = usize::from(control);
        let room = length - (into.len() - start);
        if control < 32 {
            let literal = next(control + 1)?;
            if literal.len() > room {
                return None;
            }
            into.extend_from_slice(literal);
            continue;
        }
        let mut run = (control >> 5) + 2;
        if control >> 5 == 7 {
            run += usize::from(next(1)?[0]);
        }
        let distance = ((control & 31) << 8) + usize::from(next(1)?[0]) + 1;
        if run > room || distance > into.len() - start {
            return None;
        }
        // What is copied may be what this very copy has just written.
        for _ in 0..run {
            into.push(into[into.len() - distance]);
        }
    }
    (into.len() - start == length).then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(packed: &[u8], length: usize, expected: Option<&[u8]>) {
        let mut into = b"before".to_vec();
        let whole = unpack(packed, length, &mut into).is_some();
        assert!(into.len() <= 6 + length, "{} bytes", into.len());
        assert_eq!(whole.then_some(&into[6..]), expected);
    }

    #[test]
    fn runs_and_references() {
        check(&[2, b'a', b'b', b'c'], 3, Some(b"abc"));
        check(&[0, b'a', 0b0010_0000, 0], 4, Some(b"aaaa"));
        check(&[1, b'a', b'b', 0b1110_0000, 1, 1], 12, Some(b"abababababab"));
        check(&[], 0, Some(b""));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        check(&[2, b'a', b'b'], 3, None); // a literal that is cut off
        check(&[2, b'a', b'b', b'c'], 2, None); // longer than it says
        check(&[2, b'a', b'b', b'c'], 4, None); // shorter
        check(&[0, b'a', 0b0010_0000], 4, None); // no distance
        check(&[0, b'a', 0b0010_0000, 1], 4, None); // before the beginning, into another's bytes
        check(&[0, b'a', 0b1110_0000, 255, 0], 20, None); // a run beyond the end
    }
}
