//! What layouts cost, and which of those that fit comes first.

use std::cmp::Reverse;

use crate::catalog::Price;
use crate::units::Usd;

use super::{Bill, Candidate, Layout};

/// All nodes of a layout by the hour.
pub(super) fn bill(layout: Layout, price: Price) -> Bill {
    let hourly = price.hourly * u64::from(layout.nodes);
    Bill { hourly, monthly: hourly.monthly(), price }
}

/// Cheapest first; of equals, fewer shards, then the newer generation, then the name, then the
/// engine that the plan lists first.
pub(super) type Rank<'a> = (Usd, u32, Reverse<u32>, &'a str, usize);

/// Where a candidate stands among those that fit; `None` for one that does not, or has no price.
pub(super) fn rank<'a>(
    candidate: &'a Candidate,
    family: &str,
    engine_index: usize,
) -> Option<Rank<'a>> {
    let monthly = candidate.bill()?.monthly;
    let shards = candidate.layout()?.shards;
    Some((monthly, shards, Reverse(generation(family)), &candidate.node_type, engine_index))
}

/// The number in a family's name: 7 of `r7g`.
fn generation(family: &str) -> u32 {
    let digits: String = family
        .chars()
        .skip_while(|letter| !letter.is_ascii_digit())
        .take_while(char::is_ascii_digit)
        .collect();
    digits.parse().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generations_are_read_off_family_names() {
        let cases = [("r7g", 7), ("c7gn", 7), ("m5", 5), ("t4g", 4), ("r6gd", 6), ("x", 0)];
        for (family, expected) in cases {
            assert_eq!(generation(family), expected, "{family}");
        }
    }
}
