//! What a workload's keys take on an engine, without any measurement.

use serde::{Deserialize, Serialize};

use crate::engine::EngineVersion;
use crate::evidence::Grade;
use crate::spec::PlanSpec;
use crate::units::Bytes;

use super::memory::{
    Advice, Basis, Doubling, Footprint, Layout, StringClass, advice, footprint, plain_numbers,
};
use super::{PlainNumbers, string_classes};

/// The keys of every moment a plan speaks of, in the shapes of the memory law; made once for all
/// engines.
#[derive(Debug, Clone)]
pub struct Stored {
    moments: Vec<(Moment, Vec<StringClass>)>,
    /// Bytes of each class's keys beside their number.
    names: Vec<u32>,
    /// Today's classes with their numbers spelled plainly, where that makes a difference.
    plain: Vec<PlainNumbers>,
}

/// A moment that a plan speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Moment {
    /// What is seeded for a measurement.
    Seeded,
    /// What production holds now.
    Today,
    /// What it will have grown to.
    Horizon,
}

/// `used_memory` of one engine at each moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    /// Engine and version.
    pub engine: EngineVersion,
    /// The server.
    pub layout: Layout,
    /// [`Grade::Calculated`] where the engine's own law is known, else [`Grade::Assumed`].
    pub grade: Grade,
    /// Seeded, today, horizon.
    pub moments: Vec<PredictedMoment>,
    /// The next doubling of the table of all keys after today's; `None` in cluster mode, where tables
    /// of slots or a tree grow bit by bit.
    pub next_doubling: Option<Doubling>,
    /// What pays, on today's keys.
    pub advice: Vec<Advice>,
}

/// `used_memory` at one moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PredictedMoment {
    /// Which.
    pub when: Moment,
    /// Keys of all classes.
    pub keys: u64,
    /// Once tables have settled.
    pub used_memory_bytes: Bytes,
    /// While keys move to larger tables.
    pub used_memory_growing_bytes: Bytes,
    /// By class and purpose.
    pub footprint: Footprint,
}

impl Moment {
    /// The word that tables print.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Seeded => "seeded",
            Self::Today => "today",
            Self::Horizon => "horizon",
        }
    }
}

impl Stored {
    /// What `spec` stores.
    pub fn of(spec: &PlanSpec) -> Self {
        let seeded: Vec<u64> = spec.classes.iter().map(|class| class.keys).collect();
        let moments = [
            (Moment::Seeded, seeded),
            (Moment::Today, spec.capacity.keys.clone()),
            (Moment::Horizon, spec.keys_at_horizon()),
        ];
        let classes =
            |(when, keys): (Moment, Vec<u64>)| (when, string_classes(&spec.classes, &keys));
        Self {
            moments: moments.into_iter().map(classes).collect(),
            names: spec.classes.iter().map(|class| class.key.name_len()).collect(),
            plain: spec
                .classes
                .iter()
                .zip(&spec.capacity.keys)
                .filter_map(|(class, keys)| PlainNumbers::of(class, *keys))
                .collect(),
        }
    }

    /// What that takes on one server.
    pub fn on(&self, layout: Layout) -> Prediction {
        let moments: Vec<PredictedMoment> = self
            .moments
            .iter()
            .map(|(when, classes)| {
                let footprint = footprint(classes, &layout);
                PredictedMoment {
                    when: *when,
                    keys: footprint.keys(),
                    used_memory_bytes: footprint.settled_total(),
                    used_memory_growing_bytes: footprint.rehashing_total(),
                    footprint,
                }
            })
            .collect();
        let (_, today) = self.today();
        Prediction {
            engine: layout.engine,
            layout,
            grade: match layout.law().basis {
                Basis::Exact => Grade::Calculated,
                Basis::Assumed => Grade::Assumed,
            },
            next_doubling: layout
                .slots
                .is_none()
                .then(|| layout.next_doubling(today.iter().map(StringClass::keys).sum())),
            advice: self.advice(today, &layout),
            moments,
        }
    }

    /// What pays, the largest saving first.
    fn advice(&self, today: &[StringClass], layout: &Layout) -> Vec<Advice> {
        let plain = self.plain.iter().filter_map(|PlainNumbers { class: plain, misspelt }| {
            let now = today.iter().find(|class| class.name == plain.name)?;
            plain_numbers(now, plain, *misspelt, layout)
        });
        let all = advice(today, &self.names, layout).into_iter().chain(plain);
        Advice::by_saving(all)
    }

    fn today(&self) -> &(Moment, Vec<StringClass>) {
        let today = self.moments.iter().find(|(when, _)| *when == Moment::Today);
        today.expect("today is one of the moments")
    }
}

impl Prediction {
    /// One of its moments.
    pub fn at(&self, when: Moment) -> &PredictedMoment {
        self.moments.iter().find(|moment| moment.when == when).expect("all moments are predicted")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::memory::Change;
    use crate::spec::{Misspelling, Misspelt, parse_with_files};
    use crate::workload::stock;

    /// What pays in numbers of a class of 1,000,000 keys, `key:` and six digits but for the first.
    fn numbers(lines: &str, file: &str, engine: EngineVersion) -> Option<(Misspelt, f64, f64)> {
        let text = format!(
            r#"
            name = "one"
            class = [{{ name = "c", keys = 1_000_000, key = "key:{{n}}", {lines} }}]
            traffic = [{{ class = "c", command = "COMMAND", weight = 1 }}]
            load = {{}}
            objective = {{ peak = "1k/s", p99 = "2ms" }}
            capacity = {{}}
            aws = {{ region = "eu-west-1", engines = ["redis-7.1"] }}
            "#
        );
        let is_set = lines.contains("\"set\"");
        let text = text.replace("COMMAND", if is_set { "smembers" } else { "get" });
        let spec = parse_with_files("w.toml", &text, &|_| Ok(file.into()));
        let spec = stock(spec.unwrap_or_else(|error| panic!("{error}")));
        let all = Stored::of(&spec).on(Layout::on_elasticache(engine)).advice;
        all.into_iter().find_map(|one| match one.change {
            Change::PlainNumbers(misspelt) => {
                let saved = one.per_key_now - one.per_key_then;
                assert!((one.saved_bytes.float() / 1e6 - saved).abs() < 1e-3, "{one:?}");
                Some((misspelt, one.per_key_now, one.per_key_then))
            }
            _ => None,
        })
    }

    const COLUMN: &str = r#"file = "n.csv", column = "v""#;

    #[track_caller]
    fn near(actual: f64, expected: f64) {
        assert!((actual - expected).abs() < 0.01, "{actual} {expected}");
    }

    /// By hand. Redis 7.0: J(16 + 3 + 12 + 1) = 32 for the value in place of an object of 16. Valkey 8.1:
    /// J(16 + 3 + 10 + 1 + 12 + 4) = 48, and without the value 32.
    #[test]
    fn padded_numbers_are_told_to_drop_their_zeros() {
        for engine in [EngineVersion::redis(7, 0), EngineVersion::valkey(8, 1)] {
            let (misspelt, now, then) = numbers(COLUMN, "v\n000000070000\n", engine).unwrap();
            let most = Misspelling::LeadingZeros;
            assert_eq!(misspelt, Misspelt { values: 1, of: 1, most });
            near(now - then, 16.0);
        }
    }

    /// Three in four gain 16 bytes, the text nothing.
    #[test]
    fn the_share_of_values_counts() {
        let file = "v\n\"\"\"1234567890\"\"\"\n1234567890.0\n1234567890e3\nabcdefghijkl\n";
        let (misspelt, now, then) = numbers(COLUMN, file, EngineVersion::redis(7, 0)).unwrap();
        assert_eq!((misspelt.values, misspelt.of), (3, 4));
        near(now - then, 12.0);
        for fine in ["v\n42\n12.5\n", "v\n9223372036854775808\n", "v\nabc\n"] {
            assert_eq!(numbers(COLUMN, fine, EngineVersion::redis(7, 0)), None, "{fine}");
        }
    }

    /// A string that JSON wrote, and the number.
    #[test]
    fn quotes_that_an_encoding_adds_are_found() {
        let line = r#"file = "n.ndjson", encoding = "json""#;
        let (misspelt, ..) = numbers(line, "\"1234567890\"", EngineVersion::redis(7, 0)).unwrap();
        assert_eq!(misspelt.most, Misspelling::Quotes);
        let raw = r#"file = "n.ndjson", encoding = "raw""#;
        assert_eq!(numbers(raw, "\"1234567890\"", EngineVersion::redis(7, 0)), None);
    }

    /// One member of a hundred, `-0`, keeps the others from an intset: 8 + 100 · 2 bytes in 224, besides
    /// entry 24, key 16 and object 16.
    #[test]
    fn one_member_that_is_text_costs_the_intset() {
        let engine = EngineVersion::redis(7, 0);
        let set = |member: &str| {
            let lines = format!(r#"type = "set", members = 100, member = "{member}""#);
            numbers(&lines, "", engine)
        };
        let (misspelt, now, then) = set("-{n}").unwrap();
        assert_eq!(misspelt, Misspelt { values: 1, of: 100, most: Misspelling::Sign });
        near(then, 280.0);
        assert!(now > 3_000.0, "{now}");
        let (misspelt, _, then) = set("00{n}").unwrap();
        assert_eq!((misspelt.values, misspelt.of), (100, 100));
        near(then, 280.0);
        assert_eq!(set("{n}"), None);
        assert_eq!(set("m{n}"), None);
    }
}
