//! Conversions between number types: the only place where `as` is used between them.

/// `n` as a float; exact up to 2^53, which no count, size or time of this program exceeds.
#[expect(clippy::cast_precision_loss, reason = "documented range")]
pub const fn float(n: u64) -> f64 {
    n as f64
}

/// A float of a length or an index.
#[expect(clippy::cast_precision_loss, reason = "lengths stay far below 2^53")]
pub const fn float_len(n: usize) -> f64 {
    n as f64
}

/// The nearest integer, 0 for anything negative or not a number, `u64::MAX` above the range.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "float casts saturate, which is the documented result"
)]
pub fn round(x: f64) -> u64 {
    x.round() as u64
}

/// The smallest integer not below `x`; saturates as [`round`] does.
pub fn ceil(x: f64) -> u64 {
    round(x.ceil())
}

/// A length as a 64-bit count.
pub const fn count(n: usize) -> u64 {
    n as u64
}

/// A count as an index.
///
/// # Panics
/// On a 32-bit machine, for counts that no collection there can hold.
pub fn index(n: u64) -> usize {
    usize::try_from(n).expect("a collection of this length cannot exist on this machine")
}

/// Counts in the proportions of `counts` whose sum is `to`; the counts themselves where that is their
/// sum. Zeros where all are.
pub fn in_proportion(counts: impl Iterator<Item = u64> + Clone, to: u64) -> Vec<u64> {
    let total = counts.clone().map(u128::from).sum::<u128>().max(1);
    let (mut sum, mut before) = (0, 0);
    let share = |count| {
        sum += u128::from(count);
        let upto = u64::try_from(sum * u128::from(to) / total).unwrap_or(u64::MAX);
        upto - std::mem::replace(&mut before, upto)
    };
    counts.map(share).collect()
}

/// A float as the 32-bit float that a chart or a style sheet wants.
#[expect(clippy::cast_possible_truncation, reason = "screen coordinates need no more precision")]
pub fn narrow(x: f64) -> f32 {
    x as f32
}

/// The whole pixel nearest to a coordinate; saturates far outside any picture.
#[expect(
    clippy::cast_possible_truncation,
    reason = "float casts saturate, which is the documented result"
)]
pub fn pixel(x: f64) -> i32 {
    x.round() as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proportions_keep_their_sum() {
        let of = |counts: &[u64], to| in_proportion(counts.iter().copied(), to);
        assert_eq!(of(&[5, 0, 7], 12), [5, 0, 7]);
        assert_eq!(of(&[1, 1, 1], 10), [3, 3, 4]);
        assert_eq!(of(&[u64::MAX / 2, u64::MAX / 2], 8), [4, 4]);
        assert_eq!(of(&[0, 0], 8), [0, 0]);
    }

    #[test]
    fn rounding_saturates_instead_of_wrapping() {
        assert_eq!(round(2.5), 3);
        assert_eq!(round(-1.0), 0);
        assert_eq!(round(f64::NAN), 0);
        assert_eq!(round(1e300), u64::MAX);
        assert_eq!(ceil(2.0001), 3);
    }
}
