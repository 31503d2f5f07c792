//! Reads what a class holds: `type`, `members`, `member`, `score` and `field_ttl`.

use toml::Spanned;
use toml::de::DeValue;

use crate::engine::CollectionKind;

use super::elements::MOST_ELEMENTS;
use super::reader::{Flawed, Table};
use super::sizes::MAX_SIGMA;
use super::stored::lifetime;
use super::{CollectionPlan, CountChoice, CountLaw, MemberTemplate, ScoreForm};

type Value<'t> = Spanned<DeValue<'t>>;

/// Counts rarer than the fewest collections that stand for a law are in none of them.
const FEWEST_VARIANTS: f64 = 32.0;

const TYPES: [(&str, Option<CollectionKind>); 5] = [
    ("string", None),
    ("hash", Some(CollectionKind::Hash)),
    ("set", Some(CollectionKind::Set)),
    ("sorted-set", Some(CollectionKind::SortedSet)),
    ("list", Some(CollectionKind::List)),
];

/// The collections that the keys hold, if they hold some.
pub(super) fn collection(table: &Table<'_, '_>) -> Result<Option<CollectionPlan>, Flawed> {
    let kind = match table.get("type") {
        None => Ok(None),
        Some(value) => table.word("type", value, &TYPES).ok_or(Flawed),
    };
    let keys = ["members", "member", "score", "field_ttl"].map(|key| (key, table.get(key)));
    let Some(kind) = kind? else {
        let surplus: Vec<_> =
            keys.iter().filter_map(|(key, value)| Some((key, (*value)?))).collect();
        for (key, value) in &surplus {
            let types = match **key {
                "field_ttl" => "\"hash\"",
                _ => "\"hash\", \"set\", \"sorted-set\" or \"list\"",
            };
            let message = format!("`{key}` goes with type = {types}");
            table.problem(&value.span(), message);
        }
        return if surplus.is_empty() { Ok(None) } else { Err(Flawed) };
    };
    of_kind(table, kind).map(Some).ok_or(Flawed)
}

fn of_kind(table: &Table<'_, '_>, kind: CollectionKind) -> Option<CollectionPlan> {
    let members = table.require("members", "20").and_then(|value| count_law(table, value));
    let member = match (kind, table.get("member")) {
        (CollectionKind::List, None) => Some(None),
        (CollectionKind::List, Some(value)) => {
            table.problem(&value.span(), "`member` is not for lists: their elements are values");
            None
        }
        (_, None) => table.require("member", "\"field_{n}\"").and(None),
        (_, Some(value)) => member_template(table, value).map(Some),
    };
    let score = match table.get("score") {
        None => Some(ScoreForm::default()),
        Some(value) if kind == CollectionKind::SortedSet => table.word(
            "score",
            value,
            &[("integer", ScoreForm::Integer), ("fraction", ScoreForm::Fraction)],
        ),
        Some(value) => {
            table.problem(
                &value.span(),
                format!("`score` goes with type = \"sorted-set\", not with {kind}"),
            );
            None
        }
    };
    let field_ttl = match table.get("field_ttl") {
        None => Some(None),
        Some(value) if kind == CollectionKind::Hash => {
            lifetime(table, "field_ttl", value).map(Some)
        }
        Some(value) => {
            let message = format!(
                "`field_ttl` goes with type = \"hash\", not with {kind}: `ttl` is for whole keys"
            );
            table.problem(&value.span(), message);
            None
        }
    };
    if has_values_it_cannot_hold(table, kind) {
        return None;
    }
    let (members, member, score, field_ttl_secs) = (members?, member?, score?, field_ttl?);
    Some(CollectionPlan { kind, members, member, score, field_ttl_secs })
}

/// Whether there is a key about values where the kind has none.
fn has_values_it_cannot_hold(table: &Table<'_, '_>, kind: CollectionKind) -> bool {
    let mut found = false;
    if matches!(kind, CollectionKind::Set | CollectionKind::SortedSet) {
        for key in ["payload", "file", "column", "size", "encoding", "compression"] {
            if let Some(value) = table.get(key) {
                let message = format!("`{key}` is for values: a {kind} holds its members only");
                table.problem(&value.span(), message);
                found = true;
            }
        }
    }
    found
}

fn member_template(table: &Table<'_, '_>, value: &Value<'_>) -> Option<MemberTemplate> {
    MemberTemplate::parse(table.text("member", value)?)
        .map_err(|message| table.problem(&value.span(), message))
        .ok()
}

fn count_law(table: &Table<'_, '_>, value: &Value<'_>) -> Option<CountLaw> {
    if !value.get_ref().is_table() {
        return count(table, "members", value).map(CountLaw::Fixed);
    }
    let inner = table.reader().table("members", value)?;
    let laws = ["lognormal", "uniform", "choices"].map(|key| inner.get(key));
    inner.finish();
    match laws {
        [Some(law), None, None] => lognormal(&inner, law),
        [None, Some(law), None] => uniform(&inner, law),
        [None, None, Some(law)] => choices(&inner, law),
        _ => {
            let message = "`members` is a count, or one of { lognormal = { … } }, \
                           { uniform = { … } } and { choices = [ … ] }";
            table.problem(&value.span(), message);
            None
        }
    }
}

fn lognormal(table: &Table<'_, '_>, value: &Value<'_>) -> Option<CountLaw> {
    let inner = table.reader().table("lognormal", value)?;
    let median = required(&inner, "median", "20");
    let sigma = inner.require("sigma", "0.6").and_then(|value| {
        let sigma = inner.positive("sigma", value)?;
        if sigma > MAX_SIGMA {
            inner.problem(&value.span(), format!("`sigma` must be at most {MAX_SIGMA}"));
        }
        (sigma <= MAX_SIGMA).then_some(sigma)
    });
    let at = inner.get("max");
    let max = required(&inner, "max", "1000");
    inner.finish();
    let (median, max) = (median?, max?);
    if let (true, Some(at)) = (max < median, at) {
        inner.problem(&at.span(), "`max` is below the median");
        return None;
    }
    Some(CountLaw::Lognormal { median, sigma: sigma?, max })
}

fn uniform(table: &Table<'_, '_>, value: &Value<'_>) -> Option<CountLaw> {
    let inner = table.reader().table("uniform", value)?;
    let at = inner.get("max");
    let (min, max) = (required(&inner, "min", "1"), required(&inner, "max", "50"));
    inner.finish();
    let (min, max) = (min?, max?);
    if let (true, Some(at)) = (max < min, at) {
        inner.problem(&at.span(), "`max` is below `min`");
        return None;
    }
    Some(CountLaw::Uniform { min, max })
}

fn choices(table: &Table<'_, '_>, value: &Value<'_>) -> Option<CountLaw> {
    let Some(items) = value.get_ref().as_array().filter(|items| !items.is_empty()) else {
        let example = "`choices` must list at least one: [{ members = 20, weight = 1 }]";
        table.problem(&value.span(), example);
        return None;
    };
    let choice = |item| {
        let inner = table.reader().table("choices", item)?;
        let members = required(&inner, "members", "20");
        let weight = inner.require("weight", "1").and_then(|v| inner.positive("weight", v));
        inner.finish();
        Some(CountChoice { members: members?, weight: weight? })
    };
    let read: Vec<Option<CountChoice>> = items.iter().map(choice).collect();
    let choices = read.into_iter().collect::<Option<Vec<CountChoice>>>()?;
    let total: f64 = choices.iter().map(|choice| choice.weight).sum();
    let rare = items.iter().zip(&choices).find(|(_, c)| c.weight / total * FEWEST_VARIANTS < 1.0);
    if let Some((item, _)) = rare {
        let message = "less than one in 32 collections would have so many: leave it out, or give it \
                       a class of its own";
        table.problem(&item.span(), message);
        return None;
    }
    Some(CountLaw::Choices(choices))
}

fn required(table: &Table<'_, '_>, key: &'static str, example: &str) -> Option<u32> {
    table.require(key, example).and_then(|value| count(table, key, value))
}

/// A number of elements.
fn count(table: &Table<'_, '_>, key: &'static str, value: &Value<'_>) -> Option<u32> {
    let n = table.small_count(key, value, 1)?;
    if n > MOST_ELEMENTS {
        table.problem(&value.span(), format!("`{key}` must be at most 1,000,000 elements"));
        return None;
    }
    Some(n)
}
