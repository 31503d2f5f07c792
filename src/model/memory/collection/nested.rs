//! Tables inside a value.
//!
//! They grow as the table of all keys does, but nothing but their own lookups moves their elements
//! on: the server's timer does not look at them. So one that doubled late in its making keeps the
//! old table until somebody reads or writes it.

use super::rules::Rules;
use crate::model::memory::table::{BUCKET, BUCKET_ENTRIES, POINTER, chained};
use crate::model::memory::{Parts, TableLaw, block};
use crate::units::{Bytes, num};

/// How a table came about.
#[derive(Debug, Clone, Copy)]
pub(super) struct Nested {
    /// Elements in it.
    pub(super) n: u64,
    /// Elements it was sized for when it took over from a compact form; 0 when it grew from
    /// nothing.
    pub(super) made_for: u64,
    /// Lookups that the writing of one element makes; each moves on one bucket of the old table.
    pub(super) lookups: u64,
    /// Lookups after that.
    pub(super) later: u64,
}

/// A table as writing left it.
#[derive(Debug, Clone, Copy)]
struct Grown {
    n: u64,
    /// Buckets of the current table.
    buckets: u64,
    /// The table of half as many that it replaced and that may still be there.
    old: Option<Old>,
}

#[derive(Debug, Clone, Copy)]
struct Old {
    /// Elements that made it full.
    full: u64,
    /// The share of its filled buckets that have not moved.
    standing: f64,
    /// The probability that it is still there.
    chance: f64,
}

impl Nested {
    /// The table's arrays, and buckets chained to them.
    pub(super) fn bytes(self, rules: &Rules) -> Parts {
        let grown = self.grown(rules.table);
        let of = |n: u64| num::float(block(rules.allocator, n));
        let (bucket, further) = match rules.table {
            TableLaw::Dict => (POINTER, 0.0),
            TableLaw::Hashtable => (BUCKET, grown.chained_buckets() * of(BUCKET)),
        };
        let old = grown.old.map_or(0.0, |old| old.chance * of(grown.buckets / 2 * bucket));
        let bytes = of(grown.buckets * bucket) + old + further;
        Parts { entry: Bytes::from_float(bytes), ..Parts::default() }
    }

    /// How many entries a dict of bare members allocates: a member that is alone in its bucket
    /// stands in the bucket itself, and so does the last of a chain.
    ///
    /// * `moves_visited`: whether a lookup moves the bucket it comes to, if it can; otherwise the
    ///   first that has not moved.
    ///
    /// Source: `dictInsertAtPosition`, `src/dict.c:467`, `dictRehash`, :295 (R 7.2.6);
    /// `dictFindPositionForInsert`, :1571 (R 7.4.1).
    pub(super) fn bare_entries(self, moves_visited: bool) -> f64 {
        let Grown { n, buckets, old } = self.grown(TableLaw::Dict);
        let all = num::float(n);
        let Some(Old { full, standing, .. }) = old else {
            return all - occupied(n, num::float(buckets));
        };
        let size = num::float(full);
        let in_old = size * standing;
        let chained_in_old = (size - occupied(full, size)) * standing;
        // New members per old bucket; the old members of one follow a Poisson law of mean 1, and
        // each bucket's members fall on two new buckets.
        let since = num::float(n - full) / size;
        let heads = if moves_visited {
            // A bucket that new members came to has moved, and so have the first of the others.
            let untouched = (-since).exp();
            let first = (1.0 - standing / untouched).max(0.0);
            let alone = (-0.5f64).exp();
            let touched = 1.0 - untouched - alone * ((-since / 2.0).exp() - untouched);
            2.0 * size * (touched + untouched * first * (1.0 - alone))
        } else {
            let share = |members: f64| 2.0 * size * -(-members / 2.0).exp_m1();
            share(1.0 + since) * (1.0 - standing) + share(since) * standing
        };
        chained_in_old + (all - in_old) - heads
    }

    fn grown(self, table: TableLaw) -> Grown {
        let Self { n, made_for, lookups, later } = self;
        let (least, capacity) = match table {
            TableLaw::Dict => (made_for.next_power_of_two().max(4), 1),
            // Sized in advance, tables are at most 32/35 full (`nextBucketExp`, src/hashtable.c:440
            // (V 8.1.1)).
            TableLaw::Hashtable => {
                ((made_for * 5).div_ceil(32).next_power_of_two(), BUCKET_ENTRIES)
            }
        };
        let buckets = n.div_ceil(capacity).next_power_of_two().max(least);
        let old = (buckets > least).then(|| {
            let full = buckets / 2 * capacity;
            Old::after(lookups * (n - full - 1) + later, full, table)
        });
        Grown { n, buckets, old: old.filter(|old| old.chance > 0.0) }
    }
}

impl Old {
    /// What is left of a table that held `full` elements after so many lookups.
    fn after(steps: u64, full: u64, table: TableLaw) -> Self {
        let steps = num::float(steps);
        let (to_move, chance) = match table {
            // Empty buckets are skipped, so the filled ones count. Their number follows a nearly
            // normal law of variance n · (1/e − 2/e²), here in its logistic form.
            TableLaw::Dict => {
                let size = num::float(full);
                let filled = occupied(full, size);
                let deviation = 0.3118 * size.sqrt();
                let ahead = (filled - steps - 0.5) / deviation;
                (filled, 1.0 / (1.0 + (-1.702 * ahead).exp()))
            }
            TableLaw::Hashtable => {
                let size = num::float(full / BUCKET_ENTRIES);
                (size, if steps < size { 1.0 } else { 0.0 })
            }
        };
        Self { full, standing: (1.0 - steps / to_move).max(0.0), chance }
    }
}

impl Grown {
    /// Further buckets of a hashtable, old table included.
    fn chained_buckets(self) -> f64 {
        let Self { n, buckets, old } = self;
        let all = num::float(buckets) * chained(n, buckets);
        let Some(Old { full, standing, .. }) = old else { return all };
        let of_old = num::float(buckets / 2) * chained(full, buckets / 2);
        let fresh = num::float(buckets) * chained(n - full, buckets);
        (of_old + fresh) * standing + all * (1.0 - standing)
    }
}

/// Mean number of buckets that hold something when `n` elements fall on `buckets` at random.
fn occupied(n: u64, buckets: f64) -> f64 {
    buckets * -(num::float(n) * (-1.0 / buckets).ln_1p()).exp_m1()
}
