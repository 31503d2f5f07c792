//! Any valid workload file is predicted without a panic, on an engine of every kind.

use proptest::prelude::*;

use super::memory::Layout;
use super::{Moment, Stored, encoding_costs};
use crate::engine::{Allocator, EngineVersion, SlotRange};
use crate::spec::parse;
use crate::units::Bytes;
use crate::workload::stock;

/// What a class stores, as lines of a workload file.
fn content() -> impl Strategy<Value = String> {
    let size = prop_oneof![
        (0u32..70_000).prop_map(|len| format!(r#"size = "{len}B""#)),
        (1u32..4_000, 1u32..20).prop_map(|(median, sigma)| format!(
            r#"size = {{ lognormal = {{ median = "{median}B", sigma = 0.{sigma}, max = "32KiB" }} }}"#
        )),
        (0u32..90, 0u32..9_000).prop_map(|(min, more)| format!(
            r#"size = {{ uniform = {{ min = "{min}B", max = "{}B" }} }}"#,
            min + more
        )),
        ("claims|m2m-token|claims-varied", "json|json-compact|pickle|pickle-unshared|msgpack")
            .prop_map(|(payload, encoding)| format!(
                r#"payload = "{payload}", encoding = "{encoding}""#
            )),
    ];
    let member = prop_oneof![
        Just("{n}".to_owned()),
        "[a-z]{1,80}".prop_map(|name| format!("{name}{{n}}")),
        "[a-z]{1,9}".prop_map(|name| format!("{name}{{key}}_{{n}}")),
        "1[0-9]{0,3}".prop_map(|digits| format!("{digits}{{key}}{{n}}")),
    ];
    let members = prop_oneof![
        (1u32..200).prop_map(|n| n.to_string()),
        (1u32..9, 0u32..150).prop_map(|(min, more)| format!(
            "{{ uniform = {{ min = {min}, max = {} }} }}",
            min + more
        )),
    ];
    prop_oneof![
        size.clone(),
        (member.clone(), members.clone(), size.clone())
            .prop_map(|(m, n, s)| format!(r#"type = "hash", member = "{m}", members = {n}, {s}"#)),
        (member.clone(), members.clone())
            .prop_map(|(m, n)| format!(r#"type = "set", member = "{m}", members = {n}"#)),
        (member, members.clone(), "integer|fraction").prop_map(|(m, n, score)| format!(
            r#"type = "sorted-set", member = "{m}", members = {n}, score = "{score}""#
        )),
        (members, size).prop_map(|(n, s)| format!(r#"type = "list", members = {n}, {s}"#)),
    ]
}

/// A whole workload file and how many keys production holds.
fn workload() -> impl Strategy<Value = String> {
    let class = (content(), "[a-zA-Z:{}]{0,40}", any::<bool>(), 1u64..2_000_000_000_000);
    proptest::collection::vec(class, 1..4).prop_map(|classes| {
        let lines: Vec<String> = classes
            .iter()
            .enumerate()
            .map(|(at, (content, name, ttl, _))| {
                let ttl = if *ttl { r#", ttl = "1h""# } else { "" };
                format!(
                    r#"{{ name = "c{at}", keys = 10, key = "{name}{at}:{{n}}", {content}{ttl} }}"#
                )
            })
            .collect();
        let keys: Vec<String> =
            classes.iter().enumerate().map(|(at, class)| format!("c{at} = {}", class.3)).collect();
        let command = match classes[0].0.split('"').nth(1) {
            Some("hash") => "hgetall",
            Some("set") => "smembers",
            Some("sorted-set") => "zrange",
            Some("list") => "lrange",
            _ => "get",
        };
        format!(
            r#"
            name = "any"
            class = [{}]
            traffic = [{{ class = "c0", command = "{command}", weight = 1 }}]
            load = {{}}
            objective = {{ peak = "1k/s", p99 = "2ms" }}
            capacity = {{ keys = {{ {} }}, growth = "3%/month", horizon = "24 months" }}
            aws = {{ region = "eu-west-1", engines = ["redis-7.1"] }}
            "#,
            lines.join(", "),
            keys.join(", ")
        )
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, max_global_rejects: 12, ..ProptestConfig::default() })]

    #[test]
    fn is_predicted_on_every_kind_of_engine(text in workload()) {
        // Some are refused, with an error; too many of those would leave nothing to test.
        let parsed = parse("any.toml", &text);
        prop_assume!(parsed.is_ok(), "{}", parsed.unwrap_err());
        let spec = parsed.unwrap();
        let spec = stock(spec);
        let stored = Stored::of(&spec);
        for engine in ["redis-6.2", "redis-7.1", "valkey-8.0", "valkey-8.1", "valkey-9.1"] {
            let engine = EngineVersion::parse(engine).unwrap();
            for layout in [Layout::on_elasticache(engine), Layout::in_cluster(engine, SlotRange::ALL)] {
                for allocator in [Allocator::JemallocQ8, Allocator::Libc] {
                    let prediction = stored.on(Layout { allocator, ..layout });
                    let [seeded, horizon] = [Moment::Seeded, Moment::Horizon].map(|m| prediction.at(m));
                    prop_assert!(seeded.used_memory_bytes > Bytes::ZERO);
                    prop_assert!(horizon.used_memory_growing_bytes >= horizon.used_memory_bytes);
                }
            }
        }
        let layout = Layout::on_elasticache(EngineVersion::valkey(8, 1));
        for (class, keys) in spec.classes.iter().zip(&spec.capacity.keys) {
            encoding_costs(class, *keys, &layout);
        }
    }
}
