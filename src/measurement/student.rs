//! Student's t, for means of few values.

use crate::units::num;

/// 97.5th percentiles of Student's t with 1, 2, 3 … degrees of freedom.
/// Source: Student (1908); any table, as NIST/SEMATECH e-Handbook §1.3.6.7.2.
const T: [f64; 20] = [
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160,
    2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
];

/// The 97.5th percentile for so many degrees of freedom; beyond the table the first two terms of
/// its expansion in 1/df (Abramowitz & Stegun 26.7.5), good to 0.001 there.
pub fn student(df: usize) -> f64 {
    const Z: f64 = 1.959_964;
    let n = num::float_len(df);
    let first = (Z.powi(3) + Z) / 4.0;
    let second = (5.0 * Z.powi(5) + 16.0 * Z.powi(3) + 3.0 * Z) / 96.0;
    let beyond = Z + first / n + second / n.powi(2);
    T.get(df.saturating_sub(1)).copied().unwrap_or(beyond)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_expansion_meets_the_table() {
        assert!((student(20) - 2.086).abs() < 1e-9);
        assert!((student(21) - 2.080).abs() < 1e-3, "{}", student(21));
        assert!((student(60) - 2.000).abs() < 1e-3);
    }
}
