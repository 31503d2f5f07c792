//! Tables and sentences about what keys cost, for `predict` and for reports.

use std::fmt;

use serde::Serialize;

use crate::catalog::Region;
use crate::engine::EngineVersion;
use crate::model::memory::collection::CompactForm;
use crate::model::memory::{Advice, Change};
use crate::model::{EncodingCost, Moment, PredictedMoment, Prediction};
use crate::size::MemoryPrice;
use crate::spec::Compression;
use crate::units::{Bytes, Usd, num};

use super::numbers;
use super::{Cell, Column, Row, Table};

/// What saved memory is worth.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Money {
    /// The cheapest usable memory of the Region.
    pub price: MemoryPrice,
    /// Where.
    pub region: Region,
    /// Nodes that hold the same data: a primary and its replicas.
    pub copies: u32,
}

impl Money {
    fn of(&self, bytes: Bytes) -> Usd {
        self.price.of(bytes, self.copies)
    }
}

/// Where the dollars come from.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Dollars are a month's, at {} per GiB of usable memory on demand, the least in {} \
             ({}), times {} for primary and replicas; nodes are bought whole.",
            self.price.of(Bytes::from_gib(1), 1),
            self.region,
            self.price.node_type,
            self.copies
        )
    }
}

/// One row an engine, compared with the first; those that cannot hold the data last.
pub fn engines(predictions: &[Prediction], not_supported: &[EngineVersion]) -> Table {
    let mut table = Table::new(
        "engines",
        "What each engine version needs for the same keys",
        vec![
            Column::text("Engine"),
            Column::number("Per key", "bytes"),
            Column::number("Today", "bytes"),
            Column::number("Horizon", "bytes"),
            Column::number("Growing", "bytes"),
            Column::number("Against the first", "%"),
            Column::text("Grade"),
        ],
    );
    let base =
        predictions.first().map_or(1.0, |one| one.at(Moment::Horizon).used_memory_bytes.float());
    for one in predictions {
        let (today, horizon) = (one.at(Moment::Today), one.at(Moment::Horizon));
        let against = horizon.used_memory_bytes.float() / base - 1.0;
        table.push(Row::new(vec![
            Cell::text(one.engine.to_string()),
            today.footprint.bytes_per_key().map_or_else(Cell::missing, each),
            size(today.used_memory_bytes),
            size(horizon.used_memory_bytes),
            size(horizon.used_memory_growing_bytes),
            Cell::number(format!("{:+.1}%", against * 100.0), against * 100.0),
            Cell::text(one.grade.label()),
        ]));
    }
    for engine in not_supported {
        let figures = std::iter::repeat_with(Cell::missing).take(5);
        let cells = std::iter::once(Cell::text(engine.to_string())).chain(figures);
        table.push(Row::new(cells.chain([Cell::text("not supported")]).collect()));
    }
    table
}

/// One row a class: a key's bytes by purpose, its share of the tables included and, in cluster
/// mode, of what finds the keys of a slot.
pub fn per_key(moment: &PredictedMoment) -> Table {
    let data = &moment.footprint;
    let mut table = Table::new(
        "bytes-per-key",
        "What one key costs, by purpose",
        vec![
            Column::text("Class"),
            Column::count("Keys"),
            Column::number("Key", "bytes"),
            Column::number("Value", "bytes"),
            Column::number("Entry", "bytes"),
            Column::number("Expiry", "bytes"),
            Column::number("Tables", "bytes"),
            Column::number("Rounding", "bytes"),
            Column::number("Total", "bytes"),
        ],
    );
    let share = |bytes: Bytes, n: u64| bytes.float() / num::float(n.max(1));
    let of_main = share(data.main_table + data.slots, data.keys());
    let of_expiry = share(data.expiry_table, data.expiring() + data.tracked());
    for class in &data.classes {
        let places = num::float(class.expiring + class.tracked) / num::float(class.keys.max(1));
        let tables = of_main + of_expiry * places;
        let part = |bytes: Bytes| each(share(bytes, class.keys));
        let parts = &class.parts;
        table.push(Row::new(vec![
            Cell::text(&class.name),
            Cell::number(numbers::count(class.keys), num::float(class.keys)),
            part(parts.key),
            part(parts.value),
            part(parts.entry),
            part(parts.expiry),
            each(tables),
            part(parts.waste),
            each(share(parts.total(), class.keys) + tables),
        ]));
    }
    table
}

/// One row a moment.
pub fn moments(prediction: &Prediction) -> Table {
    let mut table = Table::new(
        "used-memory",
        "used_memory at each moment",
        vec![
            Column::text("When"),
            Column::count("Keys"),
            Column::number("used_memory", "bytes"),
            Column::number("In bytes", "bytes"),
            Column::number("While tables grow", "bytes"),
        ],
    );
    for moment in &prediction.moments {
        let used = moment.used_memory_bytes;
        table.push(Row::new(vec![
            Cell::text(moment.when.label()),
            Cell::number(numbers::count(moment.keys), num::float(moment.keys)),
            size(used),
            Cell::number(numbers::count(used.get()), used.float()),
            size(moment.used_memory_growing_bytes),
        ]));
    }
    table
}

/// When tables double next, in a sentence; `None` where each slot has its own.
pub fn doubling(prediction: &Prediction) -> Option<String> {
    let next = prediction.next_doubling?;
    Some(format!(
        "The table of all keys doubles next at {} keys: {} more for good, and {} besides until every \
         key has moved.",
        numbers::count(next.at_keys),
        next.permanent,
        next.transient
    ))
}

/// One piece of advice in a sentence.
pub fn advice(advice: &Advice, money: Option<&Money>) -> String {
    let what = match advice.change {
        Change::ShorterValues(by) => format!("values {} shorter", bytes(by)),
        Change::LongerValues(by) => format!("values padded by {}", bytes(by)),
        Change::ShorterKeys(by) => format!("key names {} shorter", bytes(by)),
        Change::CompactForm { form, members, bytes } => limits(form, members, bytes),
        Change::PlainNumbers(misspelt) => format!(
            "numbers without {}, which {} of the values have,",
            misspelt.most.label(),
            numbers::percent(num::float(misspelt.values) / num::float(misspelt.of.max(1)))
        ),
        Change::PackedHashes(fields) => {
            format!("hashes of {fields} fields in place of as many strings")
        }
    };
    let worth = money.map_or(String::new(), |money| {
        format!(", {} a month", numbers::bill(money.of(advice.saved_bytes)))
    });
    format!(
        "{}: {what} take a key from {:.0} to {:.0} bytes and save {} ({}{worth})",
        advice.class,
        advice.per_key_now,
        advice.per_key_then,
        advice.saved_bytes,
        numbers::percent(advice.share())
    )
}

/// The parameters that keep collections in that form.
fn limits(form: CompactForm, members: u32, bytes: u32) -> String {
    let [entries, value] = match form {
        CompactForm::Intset => return format!("`set-max-intset-entries` of at least {members}"),
        CompactForm::HashZiplist => ["hash-max-ziplist-entries", "hash-max-ziplist-value"],
        CompactForm::HashListpack => ["hash-max-listpack-entries", "hash-max-listpack-value"],
        CompactForm::SetListpack => ["set-max-listpack-entries", "set-max-listpack-value"],
        CompactForm::SortedSetZiplist => ["zset-max-ziplist-entries", "zset-max-ziplist-value"],
        CompactForm::SortedSetListpack => ["zset-max-listpack-entries", "zset-max-listpack-value"],
    };
    format!("`{entries}` of at least {members} and `{value}` of at least {bytes}")
}

fn bytes(n: u32) -> String {
    if n == 1 { "1 byte".into() } else { format!("{n} bytes") }
}

/// One row an encoding, the planned one first and set off.
pub fn encodings(costs: &[&EncodingCost], money: Option<&Money>) -> Table {
    let mut table = Table::new(
        "encodings",
        "The same objects in other encodings",
        vec![
            Column::text("Encoding"),
            Column::text("Compression"),
            Column::number("Value", "bytes"),
            Column::number("Per key", "bytes"),
            Column::number("All keys", "bytes"),
            Column::number("Saves", "bytes"),
            Column::number("A month", "USD"),
        ],
    );
    let planned =
        costs.iter().find(|cost| cost.is_planned).map_or(Bytes::ZERO, |cost| cost.class_bytes);
    for cost in costs {
        let saved = planned.float() - cost.class_bytes.float();
        let sign = if saved < 0.0 { "−" } else { "" };
        let size_of_saving = Bytes::from_float(saved.abs());
        let (gain, worth) = if cost.is_planned {
            (Cell::text("as planned"), Cell::text(""))
        } else {
            let worth = money.map(|money| money.of(size_of_saving));
            (
                Cell::number(format!("{sign}{size_of_saving}"), saved),
                worth.map_or_else(Cell::missing, |usd| {
                    let number = if saved < 0.0 { -usd.usd() } else { usd.usd() };
                    Cell::number(format!("{sign}{}", numbers::bill(usd)), number)
                }),
            )
        };
        let cells = vec![
            Cell::text(cost.encoding.to_string()),
            Cell::text(match cost.compression {
                None => "none".into(),
                Some(Compression::Zlib(level)) => format!("zlib {level}"),
                Some(Compression::Zstd(level)) => format!("zstd {level}"),
            }),
            each(cost.value_bytes),
            each(cost.bytes_per_key),
            size(cost.class_bytes),
            gain,
            worth,
        ];
        table.push(if cost.is_planned { Row::chosen(cells) } else { Row::new(cells) });
    }
    table
}

fn each(bytes: f64) -> Cell {
    Cell::number(format!("{bytes:.1} B"), bytes)
}

fn size(bytes: Bytes) -> Cell {
    Cell::number(bytes.to_string(), bytes.float())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_named_as_the_parameter_group_names_them() {
        let integers = limits(CompactForm::Intset, 600, 3);
        assert_eq!(integers, "`set-max-intset-entries` of at least 600");
        assert_eq!(
            limits(CompactForm::SortedSetZiplist, 200, 70),
            "`zset-max-ziplist-entries` of at least 200 and `zset-max-ziplist-value` of at least 70"
        );
    }
}
