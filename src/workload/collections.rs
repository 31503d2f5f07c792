//! The collections of a class: which key holds which, and what is in it.
//!
//! A class has a limited number of different collections, its variants, and key n always holds the
//! same one of them: the one at its place in an order drawn once per class, as with values. Element
//! number e of a variant has the value that stands at a place of the pool which the numbers of all
//! variants' elements lead to, one after the other. So what any number of keys holds is known
//! without looking at each, and is the same in seeding, verification, traffic and the memory law.

use std::ops::Range;
use std::sync::Arc;

use crate::engine::CollectionKind;
use crate::spec::{
    Choice, Class, CollectionPlan, CountLaw, MemberTemplate, Misspelling, Misspelt, Pool,
    PoolValues, Shares, SizeLaw, StoredAs, misspelled,
};
use crate::units::{Bytes, num};

use super::lengths::lengths;
use super::order::{Order, class_seed};
use super::values::pool_of;

/// Elements that the variants of a class have together, unless few large ones have more.
const ELEMENTS: u64 = 8 * 1024;
/// Most variants of a class, and the fewest that stand for varied values and for a law of counts.
const MOST_VARIANTS: u64 = 256;
const FEWEST_OF_VALUES: u64 = 8;
const FEWEST_OF_COUNTS: u64 = 32;
/// Sets the order of variants apart from that of values.
const OF_VARIANTS: u64 = 0x636f_6c6c_6563_7473;

/// Which keys hold which variant, and how many elements each has.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Variants {
    order: Order,
    /// The number of each variant's first element among those of all variants, and of the one
    /// past the last: ascending.
    starts: Arc<[u64]>,
    /// Places of values in the pool.
    places: Order,
}

/// Every collection of one class, as stored.
#[derive(Debug, Clone, PartialEq)]
pub struct CollectionValues {
    variants: Variants,
    plan: CollectionPlan,
    values: Arc<PoolValues>,
}

/// How many keys of one class hold what, without the values themselves.
#[derive(Debug, Clone)]
pub struct CollectionCounts {
    variants: Variants,
    plan: CollectionPlan,
    /// By place in the pool.
    stored: Vec<StoredAs>,
    /// The same if numbers among the values were spelled plainly, and what is wrong with most of
    /// them; `None` where nothing would change.
    plainly: Option<(Vec<StoredAs>, Misspelling)>,
    /// Whether numbers among members are counted as if they were spelled plainly.
    has_plain_members: bool,
    /// The number of the last key, which is the longest.
    last_key: u64,
}

/// A string of a collection, as far as memory needs to know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spelled {
    /// Text of this many bytes.
    Text(u32),
    /// The decimal text of a number that fits 64 bits.
    Integer(i64),
    /// A value of the pool.
    Value(StoredAs),
}

impl Variants {
    fn new(class: &Class, plan: &CollectionPlan, n_values: usize) -> Self {
        let seed = class_seed(&class.name, class.seed);
        let is_varied = n_values > 1 && plan.has_values();
        let mut sum = 0;
        let starts: Arc<[u64]> = std::iter::once(0)
            .chain(counts(&plan.members, is_varied).into_iter().map(|count| {
                sum += u64::from(count);
                sum
            }))
            .collect();
        let order = Order::new(starts.len() - 1, seed ^ OF_VARIANTS);
        Self { order, starts, places: Order::new(n_values, seed) }
    }

    fn elements(&self, variant: usize) -> Range<u64> {
        self.starts[variant]..self.starts[variant + 1]
    }

    fn n_elements(&self, variant: usize) -> u64 {
        let Range { start, end } = self.elements(variant);
        end - start
    }

    /// Where in the pool the value of an element stands.
    fn place(&self, variant: usize, element: u64) -> usize {
        self.places.place(self.starts[variant] + element)
    }
}

impl CollectionValues {
    /// The collections of `class`, which must have some.
    ///
    /// # Panics
    /// As [`Values::of`](super::Values::of).
    pub fn of(class: &Class, plan: &CollectionPlan) -> Self {
        let values = match &class.pool {
            Some(pool) if pool.values.get().is_some() => pool.values.clone(),
            _ => pool_of(class).values,
        };
        let values = values.get().expect("a pool that was just made has its values").clone();
        let variants = Variants::new(class, plan, values.iter().count());
        Self { variants, plan: plan.clone(), values }
    }

    /// What it is.
    pub fn kind(&self) -> CollectionKind {
        self.plan.kind
    }

    /// Lifetime of every field, if fields have one.
    pub fn field_ttl_secs(&self) -> Option<u64> {
        self.plan.field_ttl_secs
    }

    /// Elements under key number `key`.
    pub fn n_elements(&self, key: u64) -> u64 {
        self.variants.n_elements(self.variants.order.place(key))
    }

    /// Appends a field or member, or the element of a list.
    pub fn write_member(&self, key: u64, element: u64, out: &mut Vec<u8>) {
        match &self.plan.member {
            Some(template) => template.write(key, element, out),
            None => out.extend_from_slice(self.value(key, element)),
        }
    }

    /// The value of a field or the element of a list; empty for other kinds.
    pub fn value(&self, key: u64, element: u64) -> &[u8] {
        self.values.get(self.variants.place(self.variants.order.place(key), element))
    }

    /// Appends what stands beside a member: its value, or its score; nothing in sets and lists.
    pub fn write_value(&self, key: u64, element: u64, out: &mut Vec<u8>) {
        match self.plan.kind {
            CollectionKind::Hash => out.extend_from_slice(self.value(key, element)),
            CollectionKind::SortedSet => self.plan.score.write(element, out),
            CollectionKind::Set | CollectionKind::List => {}
        }
    }
}

impl CollectionCounts {
    /// What the keys of `class` hold, which must have collections.
    pub fn of(class: &Class, plan: &CollectionPlan) -> Self {
        let pool: Pool = class.pool.clone().unwrap_or_else(|| pool_of(class));
        let of_run =
            |&(stored, n): &(StoredAs, u32)| std::iter::repeat_n(stored, num::index(u64::from(n)));
        let by_place = |shares: &Shares| shares.runs().iter().flat_map(of_run).collect();
        let stored: Vec<StoredAs> = by_place(&pool.shares);
        let respelt = pool.plain_numbers.as_ref();
        Self {
            variants: Variants::new(class, plan, stored.len()),
            plan: plan.clone(),
            stored,
            plainly: respelt.map(|it| (by_place(&it.shares), it.misspelt.most)),
            has_plain_members: false,
            last_key: class.keys.saturating_sub(1),
        }
    }

    /// The same with the numbers among members and values spelled plainly, and how many of the
    /// largest collection that concerns; `None` where nothing would be stored otherwise.
    pub fn with_plain_numbers(&self) -> Option<(Self, Misspelt)> {
        let largest = self.n_variants() - 1;
        let mut text = Vec::new();
        let flaws = (0..self.variants.n_elements(largest).min(ELEMENTS)).flat_map(|element| {
            let member = self.plan.member.as_ref().map(|template| {
                text.clear();
                template.write(0, element, &mut text);
                let (_, flaw) = misspelled(&text).filter(|_| !template.names_the_key())?;
                Some(flaw)
            });
            let place = self.variants.place(largest, element);
            let value = self.plan.has_values().then(|| {
                let (plain, flaw) = self.plainly.as_ref()?;
                (plain[place] != self.stored[place]).then_some(*flaw)
            });
            member.into_iter().chain(value)
        });
        let misspelt = Misspelt::count(flaws)?;
        let stored = self.plainly.as_ref().map_or(&self.stored, |(plain, _)| plain);
        let plain =
            Self { stored: stored.clone(), plainly: None, has_plain_members: true, ..self.clone() };
        Some((plain, misspelt))
    }

    /// How many different collections the class has.
    pub fn n_variants(&self) -> usize {
        self.variants.starts.len() - 1
    }

    /// How many of the keys numbered `keys` hold each variant, in the order of the variants.
    pub fn of_keys(&self, keys: Range<u64>) -> Vec<u64> {
        self.variants.order.counts(keys)
    }

    /// The elements of a variant under key number `key`: member, and value or score. Only the
    /// number of the key's digits matters, and only where members name the key.
    pub fn elements(
        &self,
        variant: usize,
        key: u64,
    ) -> impl Iterator<Item = (Spelled, Option<Spelled>)> {
        let fraction = {
            let mut text = Vec::new();
            self.plan.score.write(0, &mut text);
            Spelled::of(&text)
        };
        let may_be_number =
            |template: &MemberTemplate| self.has_plain_members && !template.names_the_key();
        (0..self.variants.n_elements(variant)).map(move |element| {
            let value = || Spelled::Value(self.stored[self.variants.place(variant, element)]);
            let member = match &self.plan.member {
                Some(template) if template.is_numeric() || may_be_number(template) => {
                    let mut text = Vec::new();
                    template.write(key, element, &mut text);
                    if self.has_plain_members {
                        Spelled::plainly(&text)
                    } else {
                        Spelled::of(&text)
                    }
                }
                Some(template) => Spelled::text(template.len(key, element)),
                None => value(),
            };
            let beside = match self.plan.kind {
                CollectionKind::Hash => Some(value()),
                CollectionKind::SortedSet => Some(
                    self.plan
                        .score
                        .integer(element)
                        .and_then(|score| i64::try_from(score).ok())
                        .map_or(fraction, Spelled::Integer),
                ),
                CollectionKind::Set | CollectionKind::List => None,
            };
            (member, beside)
        })
    }

    /// Characters of all members and values of each variant, under the last key: the most that
    /// there are.
    pub fn content_lengths(&self) -> Vec<u64> {
        self.content_lengths_under(self.last_key)
    }

    /// The same under key number `key`.
    pub(super) fn content_lengths_under(&self, key: u64) -> Vec<u64> {
        let of_variant = |variant| {
            let elements = self.elements(variant, key);
            elements
                .map(|(member, beside)| member.n_bytes() + beside.map_or(0, Spelled::n_bytes))
                .sum()
        };
        (0..self.variants.starts.len() - 1).map(of_variant).collect()
    }

    /// Mean number of elements, and the fewest and most.
    pub fn sizes(&self) -> (f64, Range<u64>) {
        let n = self.variants.starts.len() - 1;
        let total = self.variants.starts[n];
        let each = || (0..n).map(|variant| self.variants.n_elements(variant));
        let range = each().min().unwrap_or(0)..each().max().unwrap_or(0);
        (num::float(total) / num::float_len(n), range)
    }
}

impl Spelled {
    /// What an engine takes these bytes for.
    fn of(bytes: &[u8]) -> Self {
        match StoredAs::of(bytes) {
            StoredAs::Text(len) => Self::Text(len),
            StoredAs::Integer { .. } => {
                let number = std::str::from_utf8(bytes).ok().and_then(|text| text.parse().ok());
                Self::Integer(number.expect("what an engine takes for a number is one"))
            }
        }
    }

    /// What it would take the number for that these bytes spell, if it were spelled plainly.
    fn plainly(bytes: &[u8]) -> Self {
        misspelled(bytes).map_or_else(|| Self::of(bytes), |(number, _)| Self::Integer(number))
    }

    fn text(len: usize) -> Self {
        Self::Text(u32::try_from(len).expect("members are parts of a workload file"))
    }

    /// Its length as text.
    pub fn n_bytes(self) -> u64 {
        match self {
            Self::Text(len) => len.into(),
            Self::Integer(number) => num::count(number.to_string().len()),
            Self::Value(stored) => stored.n_bytes().into(),
        }
    }
}

/// The numbers of elements of the variants, ascending.
fn counts(law: &CountLaw, values_vary: bool) -> Vec<u32> {
    if let CountLaw::Fixed(count) = law {
        let n = if values_vary { n_variants((*count).into(), FEWEST_OF_VALUES) } else { 1 };
        return vec![*count; num::index(n)];
    }
    let law = as_sizes(law);
    let few = lengths(&law, num::index(FEWEST_OF_COUNTS));
    let total: u64 = few.iter().map(|count| u64::from(*count)).sum();
    let n = n_variants(total / FEWEST_OF_COUNTS, FEWEST_OF_COUNTS);
    lengths(&law, num::index(n)).into_iter().map(|count| count.max(1)).collect()
}

fn n_variants(elements_each: u64, fewest: u64) -> u64 {
    (ELEMENTS / elements_each.max(1)).clamp(fewest, MOST_VARIANTS)
}

/// Counts follow the same laws as lengths.
fn as_sizes(law: &CountLaw) -> SizeLaw {
    let size = |count: u32| Bytes::new(count.into());
    match law {
        CountLaw::Fixed(count) => SizeLaw::Uniform { min: size(*count), max: size(*count) },
        CountLaw::Lognormal { median, sigma, max } => {
            SizeLaw::Lognormal { median: size(*median), sigma: *sigma, max: size(*max) }
        }
        CountLaw::Uniform { min, max } => SizeLaw::Uniform { min: size(*min), max: size(*max) },
        CountLaw::Choices(choices) => SizeLaw::Choices(
            choices
                .iter()
                .map(|choice| Choice { size: size(choice.members), weight: choice.weight })
                .collect(),
        ),
    }
}

#[cfg(test)]
mod tests;
