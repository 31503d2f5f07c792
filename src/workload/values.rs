//! The values of a class, and what memory needs to know of them.

use std::ops::Range;
use std::sync::Arc;

use crate::spec::{Class, Misspelt, PlainNumbers, Pool, PoolValues, StoredAs};
use crate::units::num;

use super::order::Order;
use super::stock::{make_pool, needs_pool, only_value};

/// Every value of one class, as stored.
///
/// Key n has the same value in seeding, verification and traffic: it depends on the class's name
/// and seed, the pool, and n. Built-in objects and values of one size are the same under every key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Values {
    order: Order,
    values: Arc<PoolValues>,
}

/// How many keys of one class store what, without the values themselves.
#[derive(Debug, Clone)]
pub struct ValueCounts {
    order: Order,
    pool: Pool,
}

impl Values {
    /// The values of `class`; made here where [`stock`](super::stock) has not done so.
    ///
    /// # Panics
    /// For the records of a file in a plan that was read from an artifact: they have to be fetched
    /// with [`restock`](super::restock) first.
    pub fn of(class: &Class) -> Self {
        let values = match &class.pool {
            Some(pool) if pool.values.get().is_some() => pool.values.clone(),
            _ => pool_of(class).values,
        };
        let values = values.get().expect("a pool that was just made has its values").clone();
        let n_values = values.iter().count();
        Self { order: Order::of(class, n_values), values }
    }

    /// The value stored under key number `n`.
    pub fn get(&self, n: u64) -> &[u8] {
        self.values.get(self.order.place(n))
    }
}

impl ValueCounts {
    /// What the keys of `class` store.
    pub fn of(class: &Class) -> Self {
        let pool = class.pool.clone().unwrap_or_else(|| pool_of(class));
        Self { order: Order::of(class, pool.shares.n_values()), pool }
    }

    /// The same with the numbers among the values spelled plainly, and how many that concerns;
    /// `None` where nothing would be stored otherwise.
    pub fn with_plain_numbers(&self) -> Option<(Self, Misspelt)> {
        let PlainNumbers { shares, misspelt } = self.pool.plain_numbers.clone()?;
        let pool = Pool { shares, plain_numbers: None, ..self.pool.clone() };
        Some((Self { order: self.order.clone(), pool }, misspelt))
    }

    /// How many of the keys numbered `keys` store what, exactly; kinds ascending, each once or more
    /// often, none with zero keys. The time taken depends on the pool, not on the keys.
    pub fn of_keys(&self, keys: Range<u64>) -> Vec<(StoredAs, u64)> {
        let counts = self.order.counts(keys);
        let mut rest = &counts[..];
        let mut of_kind = Vec::new();
        for (stored, n) in self.pool.shares.runs() {
            let (run, others) = rest.split_at(num::index(u64::from(*n)));
            of_kind.push((*stored, run.iter().sum::<u64>()));
            rest = others;
        }
        of_kind.retain(|(_, count)| *count > 0);
        of_kind
    }

    /// What each of the keys numbered `keys` stores, in their order.
    pub fn of_each(&self, keys: Range<u64>) -> impl Iterator<Item = StoredAs> {
        let run =
            |(stored, n): &(StoredAs, u32)| std::iter::repeat_n(*stored, num::index(u64::from(*n)));
        let pool: Vec<StoredAs> = self.pool.shares.runs().iter().flat_map(run).collect();
        keys.map(move |n| pool[self.order.place(n)])
    }

    /// Mean length over the pool, and the shortest and longest.
    pub fn lengths(&self) -> (f64, Range<u32>) {
        let runs = self.pool.shares.runs();
        let total: u64 = runs.iter().map(|(s, n)| u64::from(s.n_bytes()) * u64::from(*n)).sum();
        let mean = num::float(total) / num::float_len(self.pool.shares.n_values());
        let lens = || runs.iter().map(|(stored, _)| stored.n_bytes());
        (mean, lens().min().unwrap_or(0)..lens().max().unwrap_or(0))
    }
}

/// The pool of a class that has none yet.
pub(super) fn pool_of(class: &Class) -> Pool {
    if needs_pool(&class.payload) { make_pool(class) } else { only_value(class) }
}

#[cfg(test)]
mod tests;
