//! Looks at some keys of one server, a few commands at a time.

use redis::{FromRedisValue, Value};

use crate::engine::CollectionKind;
use crate::learn::{Gathered, Held, Kind, Life, SeenElement, SeenKey, SeenText, SeenValue, Used};
use crate::target::TargetError;
use crate::units::Bytes;

use super::ask::Ask;
use super::link::Link;

/// Of so many keys one is asked for its `MEMORY USAGE`, which looks at elements.
const USAGE_EVERY: usize = 8;

/// Which of the two kinds of use the server's policy keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Uses {
    Idle,
    Frequency,
}

/// What is known of a key so far.
#[derive(Default)]
struct Known {
    /// Whether all but its length is taken from others of its template.
    is_sure: bool,
    encoding: Option<String>,
    kind: Option<Kind>,
    left_ms: Option<i64>,
    used: Option<Used>,
    usage: Option<Bytes>,
    /// Length of a string, elements of a collection.
    size: Option<u64>,
    some: Vec<SeenElement>,
}

impl Known {
    fn of(sure: Option<Held>) -> Self {
        let Some(Held { kind, is_integer }) = sure else { return Self::default() };
        let encoding = match kind {
            Kind::String => "int",
            _ => "intset",
        };
        let encoding = is_integer.then(|| encoding.to_owned());
        Self { is_sure: true, kind: Some(kind), encoding, ..Self::default() }
    }
}

/// Looks at `keys` and adds them to what was gathered; those that are gone by now are not. Of keys of
/// which it is sure what they hold only the length is asked.
pub(super) async fn look(
    link: &mut Link,
    keys: &[Vec<u8>],
    how: Uses,
    gathered: &mut Gathered,
) -> Result<(), TargetError> {
    let mut known: Vec<Known> = keys.iter().map(|key| Known::of(gathered.surely(key))).collect();
    first_round(link, keys, how, &mut known).await?;
    types(link, keys, &mut known).await?;
    sizes(link, keys, &mut known).await?;
    for (key, known) in keys.iter().zip(&known) {
        if known.left_ms == Some(-2) {
            continue;
        }
        // Gone by now, or empty: its length does not tell, but it was named.
        if known.is_sure && matches!(known.size, None | Some(0)) {
            gathered.add(&SeenKey::named(key));
            continue;
        }
        let value = known.kind.map(|kind| SeenValue {
            kind,
            encoding: known.encoding.as_deref(),
            bytes: known.size.filter(|_| kind == Kind::String),
            elements: known.size.filter(|_| kind != Kind::String),
            sample: &known.some,
        });
        let life = known.left_ms.map(|ms| u64::try_from(ms).map_or(Life::Stays, Life::LeftMs));
        let (used, memory_usage) = (known.used, known.usage);
        gathered.add(&SeenKey { key, value, life, used, memory_usage });
    }
    Ok(())
}

/// Use first: later commands may touch the clock it is read from.
async fn first_round(
    link: &mut Link,
    keys: &[Vec<u8>],
    how: Uses,
    known: &mut [Known],
) -> Result<(), TargetError> {
    let open = keys.iter().zip(known.iter()).filter(|(_, known)| !known.is_sure);
    let asks: Vec<Ask<'_>> = open.flat_map(|(key, _)| of_key(key, how)).collect();
    if asks.is_empty() {
        return Ok(());
    }
    let answers = link.ask(&asks).await?;
    let open = known.iter_mut().filter(|known| !known.is_sure);
    for (known, answers) in open.zip(answers.chunks_exact(3)) {
        known.used = number(answers[0].as_ref()).map(|n| match how {
            Uses::Idle => Used::IdleSecs(n),
            Uses::Frequency => Used::Frequency(u8::try_from(n).unwrap_or(u8::MAX)),
        });
        known.encoding = answer(answers[1].as_ref());
        known.kind = known.encoding.as_deref().and_then(Kind::of_encoding);
        known.left_ms = answer(answers[2].as_ref());
    }
    Ok(())
}

fn of_key(key: &[u8], how: Uses) -> [Ask<'_>; 3] {
    let used = match how {
        Uses::Idle => Ask::Idle(key),
        Uses::Frequency => Ask::Frequency(key),
    };
    [used, Ask::Encoding(key), Ask::TimeLeft(key)]
}

/// The types that encodings leave open, and what some keys take.
async fn types(link: &mut Link, keys: &[Vec<u8>], known: &mut [Known]) -> Result<(), TargetError> {
    let mut asks = Vec::new();
    for (at, (key, known)) in keys.iter().zip(known.iter()).enumerate() {
        if known.left_ms == Some(-2) || known.is_sure {
            continue;
        }
        if known.kind.is_none() {
            asks.push((at, Ask::Type(key)));
        }
        if at % USAGE_EVERY == 0 {
            asks.push((at, Ask::MemoryUsage(key)));
        }
    }
    for (at, ask, value) in answers(link, asks).await? {
        match ask {
            Ask::Type(_) => {
                known[at].kind =
                    answer::<String>(Some(&value)).as_deref().and_then(Kind::of_answer);
            }
            _ => known[at].usage = number(Some(&value)).map(Bytes::new),
        }
    }
    Ok(())
}

/// Lengths and counts, and some elements.
async fn sizes(link: &mut Link, keys: &[Vec<u8>], known: &mut [Known]) -> Result<(), TargetError> {
    use CollectionKind::{Hash, List, Set, SortedSet};
    let mut asks = Vec::new();
    for (at, (key, known)) in keys.iter().zip(known.iter()).enumerate() {
        let both = match known.kind {
            None | Some(Kind::Other) => continue,
            Some(Kind::String) => (Ask::Length(key), None),
            Some(Kind::Collection(Hash)) => (Ask::Fields(key), Some(Ask::SomeFields(key))),
            Some(Kind::Collection(Set)) => (Ask::Members(key), Some(Ask::SomeMembers(key))),
            Some(Kind::Collection(SortedSet)) => (Ask::Scored(key), Some(Ask::SomeScored(key))),
            Some(Kind::Collection(List)) => (Ask::Elements(key), Some(Ask::SomeElements(key))),
        };
        asks.push((at, both.0));
        asks.extend(both.1.filter(|_| !known.is_sure).map(|some| (at, some)));
    }
    for (at, ask, value) in answers(link, asks).await? {
        let texts = || -> Vec<SeenText> {
            let texts: Vec<Vec<u8>> = answer(Some(&value)).unwrap_or_default();
            texts.iter().map(|text| SeenText::of(text)).collect()
        };
        let pairs = |of: fn(SeenText, SeenText) -> SeenElement| -> Vec<SeenElement> {
            texts().chunks_exact(2).map(|pair| of(pair[0], pair[1])).collect()
        };
        let single = |of: fn(SeenText) -> SeenElement| texts().into_iter().map(of).collect();
        match ask {
            Ask::SomeFields(_) => {
                known[at].some = pairs(|member, value| SeenElement {
                    member: Some(member),
                    value: Some(value),
                    score: None,
                });
            }
            Ask::SomeScored(_) => {
                known[at].some = pairs(|member, score| SeenElement {
                    member: Some(member),
                    value: None,
                    score: Some(score),
                });
            }
            Ask::SomeMembers(_) => {
                known[at].some =
                    single(|member| SeenElement { member: Some(member), ..SeenElement::default() });
            }
            Ask::SomeElements(_) => {
                known[at].some =
                    single(|value| SeenElement { value: Some(value), ..SeenElement::default() });
            }
            _ => known[at].size = number(Some(&value)),
        }
    }
    Ok(())
}

/// Asks about keys by their places; what was answered.
async fn answers<'a>(
    link: &mut Link,
    asks: Vec<(usize, Ask<'a>)>,
) -> Result<Vec<(usize, Ask<'a>, Value)>, TargetError> {
    if asks.is_empty() {
        return Ok(Vec::new());
    }
    let only: Vec<Ask<'a>> = asks.iter().map(|(_, ask)| *ask).collect();
    let answers = link.ask(&only).await?;
    let pairs = asks.into_iter().zip(answers);
    Ok(pairs.filter_map(|((at, ask), answer)| Some((at, ask, answer?))).collect())
}

/// An answer as what it should be; `None` where it is nothing or something else.
fn answer<T: FromRedisValue>(value: Option<&Value>) -> Option<T> {
    let value = value.filter(|value| !matches!(value, Value::Nil))?;
    T::from_redis_value(value.clone()).ok()
}

fn number(value: Option<&Value>) -> Option<u64> {
    answer(value)
}
