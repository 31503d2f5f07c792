//! What the keys of a class hold where they hold no strings.

use serde::{Deserialize, Serialize};

use crate::engine::CollectionKind;

use crate::units::num;

use super::key_template::{digits, push_decimal};

/// Elements of the largest collection a workload may have; beyond it a single command would block
/// the engine for long, whatever the plan.
pub(super) const MOST_ELEMENTS: u32 = 1_000_000;

/// A Unix time of 2023.
const FIRST_SCORE: u64 = 1_700_000_000;

/// The collections of a class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CollectionPlan {
    /// What each key holds.
    pub kind: CollectionKind,
    /// How many elements.
    pub members: CountLaw,
    /// How fields and members are spelled; `None` for lists, whose elements are values.
    pub member: Option<MemberTemplate>,
    /// Scores of sorted sets.
    #[serde(default)]
    pub score: ScoreForm,
    /// Lifetime of every field of a hash, given once the hash is written; `None` for fields that stay
    /// as long as their key.
    #[serde(default)]
    pub field_ttl_secs: Option<u64>,
}

/// How many elements collections have: 1 to 1,000,000.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CountLaw {
    /// All as many.
    Fixed(u32),
    /// The logarithm of the count is normally distributed.
    Lognormal {
        /// Half of the collections have fewer.
        median: u32,
        /// Standard deviation of the natural logarithm; above zero, at most 2.
        sigma: f64,
        /// Larger ones are cut to this; not below the median.
        max: u32,
    },
    /// Every count from `min` to `max` as often as any other.
    Uniform {
        /// Fewest.
        min: u32,
        /// Most; not below `min`.
        max: u32,
    },
    /// A few counts; at least one.
    Choices(Vec<CountChoice>),
}

/// One count of [`CountLaw::Choices`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CountChoice {
    /// The count.
    pub members: u32,
    /// How often, relative to the others; above zero, finite.
    pub weight: f64,
}

/// What the scores of sorted sets look like; number n within its set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScoreForm {
    /// Whole numbers of ten digits, as Unix times are: 1700000000 + n.
    #[default]
    Integer,
    /// The same and a half, which every engine spells alike: 1700000000.5 + n.
    Fraction,
}

/// A field or member with a place for its number, and perhaps one for its key's: `item_{key}_{n}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MemberTemplate {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Element,
    Key,
}

impl MemberTemplate {
    /// Reads a template.
    ///
    /// # Errors
    /// When `{n}` does not stand in it exactly once, `{key}` more than once, or a key's number in
    /// what would be a number altogether and does not begin with 1.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.matches("{n}").count() != 1 {
            return Err(format!("`{text}` must hold `{{n}}`, the element's number, exactly once"));
        }
        if text.matches("{key}").count() > 1 {
            return Err(format!("`{text}` may hold `{{key}}`, the key's number, once"));
        }
        let mut parts = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let next = ["{n}", "{key}"].iter().filter_map(|p| Some((rest.find(p)?, *p))).min();
            let (at, place) = next.unwrap_or((rest.len(), ""));
            if at > 0 {
                parts.push(Part::Text(rest[..at].to_owned()));
            }
            match place {
                "{n}" => parts.push(Part::Element),
                "{key}" => parts.push(Part::Key),
                _ => {}
            }
            rest = &rest[at + place.len()..];
        }
        let template = Self { parts };
        // Numbers that begin with 1 and have as many digits are stored in the same width (but 100 to
        // 199), so that one key of a length stands for all of it.
        let begins_with_1 = text.strip_prefix('-').unwrap_or(text).starts_with('1');
        if template.names_the_key() && template.is_numeric() && !begins_with_1 {
            return Err(format!(
                "`{text}` would be numbers of any size: begin it with 1, or add a letter"
            ));
        }
        Ok(template)
    }

    /// Appends element number `n` of key number `key` to `out`.
    pub fn write(&self, key: u64, n: u64, out: &mut Vec<u8>) {
        for part in &self.parts {
            match part {
                Part::Text(text) => out.extend_from_slice(text.as_bytes()),
                Part::Element => push_decimal(n, out),
                Part::Key => push_decimal(key, out),
            }
        }
    }

    /// Length of element number `n` of key number `key`.
    pub fn len(&self, key: u64, n: u64) -> usize {
        let part = |part: &Part| match part {
            Part::Text(text) => text.len(),
            Part::Element => num::index(u64::from(digits(n))),
            Part::Key => num::index(u64::from(digits(key))),
        };
        self.parts.iter().map(part).sum()
    }

    /// Whether members are made of digits altogether, perhaps after a minus, and so may be numbers
    /// to an engine.
    pub fn is_numeric(&self) -> bool {
        self.parts.iter().enumerate().all(|(at, part)| match part {
            Part::Text(text) => {
                let unsigned = if at == 0 { text.strip_prefix('-') } else { None };
                unsigned.unwrap_or(text).bytes().all(|byte| byte.is_ascii_digit())
            }
            Part::Element | Part::Key => true,
        })
    }

    /// Whether members depend on the key.
    pub fn names_the_key(&self) -> bool {
        self.parts.contains(&Part::Key)
    }
}

impl From<MemberTemplate> for String {
    fn from(template: MemberTemplate) -> String {
        let one = |part: Part| match part {
            Part::Text(text) => text,
            Part::Element => "{n}".into(),
            Part::Key => "{key}".into(),
        };
        template.parts.into_iter().map(one).collect()
    }
}

impl TryFrom<String> for MemberTemplate {
    type Error = String;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl CollectionPlan {
    /// Whether each element has a value of the class's pool: fields and list elements.
    pub const fn has_values(&self) -> bool {
        matches!(self.kind, CollectionKind::Hash | CollectionKind::List)
    }
}

impl ScoreForm {
    /// Appends the score of element number `n` as engines print it.
    pub fn write(self, n: u64, out: &mut Vec<u8>) {
        push_decimal(FIRST_SCORE + n, out);
        if self == Self::Fraction {
            out.extend_from_slice(b".5");
        }
    }

    /// The score of element number `n` where it is a whole number.
    pub const fn integer(self, n: u64) -> Option<u64> {
        match self {
            Self::Integer => Some(FIRST_SCORE + n),
            Self::Fraction => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled(template: &str, key: u64, n: u64) -> String {
        let mut out = Vec::new();
        MemberTemplate::parse(template).unwrap().write(key, n, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn members_carry_their_number_and_perhaps_their_keys() {
        assert_eq!(spelled("field_{n}", 7, 12), "field_12");
        assert_eq!(spelled("{n}", 7, 12), "12");
        assert_eq!(spelled("{key}:{n}!", 7, 12), "7:12!");
        for bad in [
            "field",
            "{n}{n}",
            "{key}{n}",
            "-{key}{n}",
            "{n}1{key}",
            "2{key}{n}",
            "{key}-{key}-{n}",
        ] {
            assert!(MemberTemplate::parse(bad).is_err(), "{bad}");
        }
        let numbers = ["{n}", "-{n}", "1{key}{n}", "-10{n}0{key}"];
        for text in ["field_{n}", "{n}-", "{key}-{n}", "a{key}b{n}c"].into_iter().chain(numbers) {
            let template = MemberTemplate::parse(text).unwrap();
            assert_eq!(template.len(123, 4567), spelled(text, 123, 4567).len());
            assert_eq!(template.is_numeric(), numbers.contains(&text));
            assert_eq!(String::from(template), text);
        }
    }

    #[test]
    fn scores_are_times() {
        let mut out = Vec::new();
        ScoreForm::Integer.write(3, &mut out);
        ScoreForm::Fraction.write(4, &mut out);
        assert_eq!(out, b"17000000031700000004.5");
    }
}
