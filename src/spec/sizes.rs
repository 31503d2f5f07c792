//! Reads `size`: one length or a law of lengths.

use std::ops::Range;

use toml::Spanned;
use toml::de::DeValue;

use crate::units::Bytes;

use super::reader::Table;
use super::{Choice, Payload, SizeLaw};

/// The largest value an engine stores, 512 MB (`proto-max-bulk-len`).
const MAX_VALUE: Bytes = Bytes::from_mib(512);
/// Of a wider law, values rarer than a pool can hold make a part of the mean that matters.
pub(super) const MAX_SIGMA: f64 = 2.0;

/// Values of a pool (`workload::stock::POOL_VALUES`): rarer ones are not in it.
const POOL_SHARES: f64 = 4096.0;

type Value<'t> = Spanned<DeValue<'t>>;

pub(super) fn size(table: &Table<'_, '_>, value: &Value<'_>) -> Option<Payload> {
    if value.get_ref().is_table() {
        return law(table, value).map(Payload::Sizes);
    }
    let (size, _) = length(table, "size", value)?;
    u32::try_from(size.get()).ok().map(Payload::Size)
}

fn law(table: &Table<'_, '_>, value: &Value<'_>) -> Option<SizeLaw> {
    let inner = table.reader().table("size", value)?;
    let laws = ["lognormal", "uniform", "choices"].map(|key| inner.get(key));
    inner.finish();
    match laws {
        [Some(law), None, None] => lognormal(&inner, law),
        [None, Some(law), None] => uniform(&inner, law),
        [None, None, Some(law)] => choices(&inner, law),
        _ => {
            let message = "`size` is a length, or one of { lognormal = { … } }, \
                           { uniform = { … } } and { choices = [ … ] }";
            table.problem(&value.span(), message);
            None
        }
    }
}

fn lognormal(table: &Table<'_, '_>, value: &Value<'_>) -> Option<SizeLaw> {
    let inner = table.reader().table("lognormal", value)?;
    let median = required(&inner, "median", "\"800B\"");
    let sigma = inner.require("sigma", "0.6").and_then(|value| {
        let sigma = inner.positive("sigma", value)?;
        if sigma > MAX_SIGMA {
            inner.problem(&value.span(), format!("`sigma` must be at most {MAX_SIGMA}"));
        }
        (sigma <= MAX_SIGMA).then_some(sigma)
    });
    let max = match inner.get("max") {
        None => Some((MAX_VALUE, 0..0)),
        Some(value) => length(&inner, "max", value),
    };
    inner.finish();
    let ((median, at), (max, max_at)) = (median?, max?);
    if median == Bytes::ZERO {
        inner.problem(&at, "`median` must be at least 1B");
        return None;
    }
    if max < median {
        inner.problem(&max_at, "`max` is below the median");
        return None;
    }
    Some(SizeLaw::Lognormal { median, sigma: sigma?, max })
}

fn uniform(table: &Table<'_, '_>, value: &Value<'_>) -> Option<SizeLaw> {
    let inner = table.reader().table("uniform", value)?;
    let min = required(&inner, "min", "\"100B\"");
    let max = required(&inner, "max", "\"2KiB\"");
    inner.finish();
    let ((min, _), (max, at)) = (min?, max?);
    if max < min {
        inner.problem(&at, "`max` is below `min`");
        return None;
    }
    Some(SizeLaw::Uniform { min, max })
}

fn choices(table: &Table<'_, '_>, value: &Value<'_>) -> Option<SizeLaw> {
    let Some(items) = value.get_ref().as_array().filter(|items| !items.is_empty()) else {
        let example = "`choices` must list at least one: [{ size = \"1KiB\", weight = 1 }]";
        table.problem(&value.span(), example);
        return None;
    };
    let choice = |item| {
        let inner = table.reader().table("choices", item)?;
        let size = required(&inner, "size", "\"1KiB\"");
        let weight = inner.require("weight", "1").and_then(|v| inner.positive("weight", v));
        inner.finish();
        Some(Choice { size: size?.0, weight: weight? })
    };
    let read: Vec<Option<Choice>> = items.iter().map(choice).collect();
    let choices = read.into_iter().collect::<Option<Vec<Choice>>>()?;
    let total: f64 = choices.iter().map(|choice| choice.weight).sum();
    let rare = items.iter().zip(&choices).find(|(_, c)| c.weight / total * POOL_SHARES < 1.0);
    if let Some((item, _)) = rare {
        let message = "this size would be drawn less than once in 4,096 values: leave it out, or \
                       give it a class of its own";
        table.problem(&item.span(), message);
        return None;
    }
    Some(SizeLaw::Choices(choices))
}

/// The length under `key`, which must be there.
fn required(
    table: &Table<'_, '_>,
    key: &'static str,
    example: &str,
) -> Option<(Bytes, Range<usize>)> {
    table.require(key, example).and_then(|value| length(table, key, value))
}

/// A length that an engine stores.
fn length(
    table: &Table<'_, '_>,
    key: &'static str,
    value: &Value<'_>,
) -> Option<(Bytes, Range<usize>)> {
    let (size, span) = table.quantity::<Bytes>(key, value)?;
    if size > MAX_VALUE {
        let message = format!("`{key}` exceeds 512 MB, the most an engine stores in a value");
        table.problem(&span, message);
        return None;
    }
    Some((size, span))
}
