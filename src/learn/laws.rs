//! The laws of a class: what its keys hold, in a workload file's words.

use crate::engine::CollectionKind;
use crate::model::memory::collection::{Collection, Collections, Element, Item};
use crate::model::memory::{Layout, Shape, StringClass, ValueShape, footprint};
use crate::spec::{CountChoice, CountLaw, ScoreForm, SizeLaw};
use crate::units::num;

use super::families::Family;
use super::seen::Kind;
use super::sizes::{Fitted, Limits, Sizes, sizes};
use super::spread::Spread;
use super::values::{Texts, Values};

/// Elements of the largest collection that a workload file may have.
const MOST_ELEMENTS: u64 = 1_000_000;
/// Keys that shares of a law are costed with.
const COSTED_KEYS: u64 = 1_000_000;
/// Characters that members are made of.
const MEMBER: &str = "member_";

/// What the keys of a class hold.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Content {
    /// Text or binary.
    Strings(Fitted<Sizes>),
    /// Numbers, stored as such.
    Numbers,
    /// Elements.
    Elements(Elements),
}

/// What collections hold.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Elements {
    pub kind: CollectionKind,
    pub counts: Fitted<CountLaw>,
    /// How fields and members are spelled; `None` for lists.
    pub member: Option<String>,
    /// `None` but for sorted sets.
    pub score: Option<ScoreForm>,
    /// Lengths of values; `None` for sets and sorted sets.
    pub items: Option<Fitted<Sizes>>,
}

/// The laws of a family; `None` where its type cannot be expressed, or no source told enough.
///
/// * `layout`: the server whose memory the laws have to meet.
pub(super) fn content(family: &Family, layout: &Layout) -> Option<Content> {
    let values = &family.values;
    let key_len = u32::try_from(num::round(family.lengths.mean()?)).ok()?;
    match family.held.kind {
        Kind::Other => None,
        Kind::String if family.held.is_integer => Some(Content::Numbers),
        Kind::String => {
            let cost = |lengths: &[(u32, u64)]| string_cost(key_len, lengths, layout);
            sizes(&values.bytes, &Limits::OF_VALUES, cost).map(Content::Strings)
        }
        Kind::Collection(kind) => elements(kind, values, key_len, layout).map(Content::Elements),
    }
}

/// Mean bytes of a key with a string of one of these lengths.
fn string_cost(key_len: u32, lengths: &[(u32, u64)], layout: &Layout) -> f64 {
    let values: Vec<(ValueShape, u64)> =
        lengths.iter().map(|(len, n)| (ValueShape::Raw(*len), *n)).collect();
    let class = StringClass::from_lengths("", false, &[(key_len, COSTED_KEYS)], &values);
    mean_cost(class, layout)
}

fn mean_cost(class: StringClass, layout: &Layout) -> f64 {
    let keys = class.keys().max(1);
    let layout = Layout { slots: None, ..*layout };
    footprint(&[class], &layout).records().float() / num::float(keys)
}

fn elements(
    kind: CollectionKind,
    values: &Values,
    key_len: u32,
    layout: &Layout,
) -> Option<Elements> {
    let mut seen = Spread::default();
    for (mean, n) in values.elements.means() {
        seen.add_times(num::round(mean).clamp(1, MOST_ELEMENTS), n);
    }
    let has_items = matches!(kind, CollectionKind::Hash | CollectionKind::List);
    let items = if has_items {
        let plain = |lengths: &[(u32, u64)]| mean_length(lengths);
        Some(sizes(&values.items.lengths, &Limits::OF_VALUES, plain)?)
    } else {
        None
    };
    let score = (kind == CollectionKind::SortedSet).then(|| {
        let whole = values.scores.integer_share().unwrap_or(1.0);
        if whole < 0.5 { ScoreForm::Fraction } else { ScoreForm::Integer }
    });
    let member = (kind != CollectionKind::List)
        .then(|| member(&values.members, seen.mean().unwrap_or(1.0)))
        .flatten();
    if kind != CollectionKind::List && member.is_none() {
        return None;
    }
    let element = Element {
        member: item(if has_items && kind == CollectionKind::List {
            &values.items
        } else {
            &values.members
        }),
        value: match kind {
            CollectionKind::Hash => Some(item(&values.items)),
            CollectionKind::SortedSet => Some(match score {
                Some(ScoreForm::Fraction) => Item::Text(12),
                _ => Item::Integer(1_700_000_000),
            }),
            CollectionKind::Set | CollectionKind::List => None,
        },
    };
    let cost = |counts: &[(u32, u64)]| {
        let one = |(count, _): &(u32, u64)| {
            let elements = vec![(element, (*count).max(1))];
            Collection { kind, elements, fields_expire: false }
        };
        let shape = |(at, (_, count)): (usize, &(u32, u64))| Shape {
            key_len,
            value: ValueShape::Collection(u32::try_from(at).expect("bins are few")),
            count: *count,
        };
        let class = StringClass {
            name: String::new(),
            ttl: false,
            key: None,
            shapes: counts.iter().enumerate().map(shape).collect(),
            collections: Collections::new(counts.iter().map(one).collect()),
        };
        mean_cost(class, layout)
    };
    let Fitted { law, cost_error, mean_error } = sizes(&seen, &Limits::OF_COUNTS, cost)?;
    let counts = Fitted { law: count_law(law), cost_error, mean_error };
    Some(Elements { kind, counts, member, score, items })
}

fn mean_length(lengths: &[(u32, u64)]) -> f64 {
    let (sum, n) = lengths.iter().fold((0.0, 0.0), |(sum, n), &(len, count)| {
        (sum + f64::from(len) * num::float(count), n + num::float(count))
    });
    if n > 0.0 { sum / n } else { 0.0 }
}

/// A text of the mean length of these.
fn item(texts: &Texts) -> Item {
    let len = num::round(texts.lengths.mean().unwrap_or(1.0)).max(1);
    if texts.integer_share().is_some_and(|share| share > 0.5) {
        let digits = u32::try_from(len.min(18)).expect("at most 18");
        return Item::Integer(5 * 10i64.pow(digits - 1));
    }
    Item::Text(u32::try_from(len).unwrap_or(u32::MAX))
}

/// A template of members that have the mean length of those that were seen.
fn member(seen: &Texts, elements: f64) -> Option<String> {
    let mean = seen.lengths.mean()?;
    let len = num::index(num::round((mean - mean_digits(num::ceil(elements))).max(0.0)));
    if seen.integer_share().is_some_and(|share| share > 0.5) {
        let prefix: String = "1".chars().chain(std::iter::repeat('0')).take(len.min(17)).collect();
        return Some(format!("{prefix}{{n}}"));
    }
    // A member of digits alone would be a number.
    let prefix: String = MEMBER.chars().cycle().take(len.max(1)).collect();
    Some(format!("{prefix}{{n}}"))
}

/// Digits of the numbers 0…`n`, on average.
fn mean_digits(n: u64) -> f64 {
    let longer = (1..20).map(|digits| n.saturating_sub(10u64.pow(digits)));
    1.0 + num::float(longer.sum()) / num::float(n.max(1))
}

/// The same law of counts.
fn count_law(sizes: Sizes) -> CountLaw {
    let count = |bytes: crate::units::Bytes| u32::try_from(bytes.get()).unwrap_or(u32::MAX).max(1);
    match sizes {
        Sizes::Fixed(n) => CountLaw::Fixed(n.max(1)),
        Sizes::Law(SizeLaw::Lognormal { median, sigma, max }) => {
            CountLaw::Lognormal { median: count(median), sigma, max: count(max) }
        }
        Sizes::Law(SizeLaw::Uniform { min, max }) => {
            CountLaw::Uniform { min: count(min), max: count(max) }
        }
        Sizes::Law(SizeLaw::Choices(choices)) => {
            let one = |choice: crate::spec::Choice| CountChoice {
                members: count(choice.size),
                weight: choice.weight,
            };
            CountLaw::Choices(choices.into_iter().map(one).collect())
        }
    }
}
