//! Keys that come and expire: how many there are at a time. Reads `arrivals` of `[capacity]`.

use std::ops::Range;

use crate::units::{OpsPerSec, Parse, num};

use super::Class;
use super::reader::{Table, nearest};

/// Expired keys that still exist, as a share of those that have not: what it rises to, MODEL.md §1.14.
const STALE_SHARE: f64 = 0.22;
/// And besides, as arrivals of so many seconds.
const STALE_SECS: f64 = 1.5;

/// A rate of new keys and where the file gives it.
pub(super) type Arrival = (Range<usize>, OpsPerSec);

/// Keys that exist at a time when new ones arrive at a rate and each lives for `ttl_secs`, those
/// included that have expired and were not collected yet.
///
/// `⌈arrivals · (1.22 · ttl + 1.5 s)⌉`: Little's law, and an upper end of the overshoot that was
/// measured. Source: MODEL.md §1.14.
pub fn population(arrivals: OpsPerSec, ttl_secs: u64) -> u64 {
    let secs = num::float(ttl_secs) * (1.0 + STALE_SHARE) + STALE_SECS;
    num::ceil(arrivals.per_sec() * secs)
}

/// The rates under `arrivals`, by class; a class that `keys` counts already is a problem.
pub(super) fn arrivals(
    table: &Table<'_, '_>,
    classes: &[&str],
    keys: Option<&[u64]>,
) -> Option<Vec<Option<Arrival>>> {
    let mut rates = vec![None; classes.len()];
    let Some(value) = table.get("arrivals") else { return Some(rates) };
    let Some(entries) = value.get_ref().as_table() else {
        table.problem(&value.span(), "`arrivals` must be a table: { sessions = \"500/s\" }");
        return None;
    };
    let mut complete = true;
    for (name, rate) in entries {
        let span = name.span();
        let name: &str = name.get_ref();
        let Some(index) = classes.iter().position(|class| *class == name) else {
            let hint = nearest(name, classes)
                .map_or_else(String::new, |word| format!(", did you mean `{word}`?"));
            table.problem(&span, format!("no class is called `{name}`{hint}"));
            complete = false;
            continue;
        };
        if keys.is_some_and(|keys| keys[index] > 0) {
            table.problem(
                &span,
                format!("`{name}` has a number of `keys` and a rate of `arrivals`: give one"),
            );
            complete = false;
        }
        match rate.get_ref().as_str().map(OpsPerSec::parse) {
            Some(Ok(rate)) if rate > OpsPerSec::ZERO => rates[index] = Some((span, rate)),
            Some(Err(error)) => {
                table.problem(&rate.span(), format!("`{name}`: {error}"));
                complete = false;
            }
            Some(Ok(_)) | None => {
                table.problem(&rate.span(), format!("`{name}` must be a rate like \"500/s\""));
                complete = false;
            }
        }
    }
    complete.then_some(rates)
}

/// Keys of one class today: as counted, as its arrivals make them, or as many as are seeded.
pub(super) fn keys_today(
    problem: impl FnOnce(&Range<usize>, String),
    class: &Class,
    keys: u64,
    arrival: Option<&Arrival>,
) -> u64 {
    match (arrival, class.ttl_secs) {
        (None, _) if keys == 0 => class.keys,
        (None, _) => keys,
        (Some((_, rate)), Some(ttl_secs)) => population(*rate, ttl_secs).max(1),
        (Some((span, _)), None) => {
            problem(
                span,
                format!(
                    "`arrivals` of `{}` need its `ttl`: keys that stay have no steady number",
                    class.name
                ),
            );
            keys
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_population_is_what_arrives_in_a_lifetime_and_what_is_not_collected_yet() {
        let population = |rate, ttl| population(OpsPerSec::of(rate), ttl);
        assert_eq!(population(500.0, 600), 366_750);
        assert_eq!(population(2_000.0, 10), 27_400);
        assert_eq!(population(0.001, 1), 1);
    }
}
