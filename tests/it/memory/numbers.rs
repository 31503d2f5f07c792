//! What numbers save that are spelled as the engine spells them, told before anything is loaded.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use cachefit::measurement::TargetFacts;
use cachefit::model::Stored;
use cachefit::model::memory::{Advice, Change, Layout};
use cachefit::spec::{KeyTemplate, PlanSpec};
use cachefit::units::Bytes;

use super::collections;
use crate::support::tutorial::target;
use crate::support::{Cell, Server, busy, classes, engines, flood, settled, used_memory};

const KEYS: u64 = 100_000;
const SETS: u64 = 5_000;
const MEMBERS: u64 = 100;

/// The advice on the numbers of a plan's only class.
fn told(spec: &PlanSpec, target: &TargetFacts) -> Advice {
    let layout = Layout {
        engine: target.engine,
        allocator: target.allocator,
        shares_integers: target.shares_integers(),
        baseline: Bytes::ZERO,
        slots: None,
    };
    let all = Stored::of(spec).on(layout).advice;
    let of_numbers = |one: &Advice| matches!(one.change, Change::PlainNumbers(_));
    all.into_iter().find(of_numbers).expect("numbers are stored as text")
}

#[track_caller]
fn compare(case: &str, target: &TargetFacts, told: Bytes, measured: f64, bar: f64) {
    let (version, allocator) = (&target.version, target.allocator);
    println!("{version} ({allocator}): {case}: {} told, {measured:.0} saved", told.get());
    let off = told.float() / measured - 1.0;
    assert!(off.abs() < bar, "{version} {case}: {told:?} told, {measured} saved");
}

/// A CSV file of numbers of six to nine digits, each spelled by `spell`.
fn file(spell: impl Fn(u64) -> String) -> String {
    (0..4_000_u64).fold("v\n".into(), |mut text, n| {
        writeln!(text, "{}", spell(100_000 + n * n * 50)).unwrap();
        text
    })
}

/// Its name, and how a number is spelled by it.
type Spelling = (&'static str, fn(u64) -> String);

#[test]
fn numbers_spelled_plainly_save_what_was_told() {
    let _busy = busy();
    let class = format!(
        r#"{{ name = "a", keys = {KEYS}, key = "n:{{n}}", file = "n.csv", column = "v" }}"#
    );
    let spellings: [Spelling; 3] = [
        ("leading zeros", |n| format!("{n:012}")),
        ("quotes", |n| format!("\"\"\"{n}\"\"\"")),
        ("fraction", |n| format!("{n}.00")),
    ];
    for engine in engines() {
        let used = |spec: &PlanSpec| Cell::measure(&engine, &[], spec, |_| spec.clone());
        let plain = used(&classes(&class, &file(|n| n.to_string())));
        for (case, spell) in spellings {
            let spec = classes(&class, &file(spell));
            let text = used(&spec);
            let told = told(&spec, &text.target);
            let saved = text.measured.float() - plain.measured.float();
            // Hashtables scatter with the hash seed (MODEL.md §1.9).
            compare(case, &text.target, told.saved_bytes, saved, 0.02);
        }
    }
}

/// `used_memory` of [`SETS`] sets of these members.
fn sets(engine: &Path, member: impl Fn(u64) -> String) -> (TargetFacts, f64) {
    let server = Server::start_engine(engine, &[]);
    let target = target(&server);
    let before = used_memory(&server);
    let members: Vec<String> = (0..MEMBERS).map(member).collect();
    let rest: Vec<&[u8]> = members.iter().map(String::as_bytes).collect();
    let key = KeyTemplate::parse("collection:{n}").unwrap();
    flood(&server, &key, SETS, "SADD", &rest, b":100\r\n");
    // The connection that wrote them is gone only when its buffers are.
    let after = settled(&server, 3, Duration::from_millis(20));
    (target, after.float() - before.float())
}

/// One member of a hundred that is text costs each set its intset.
#[test]
fn sets_of_plain_numbers_save_what_was_told() {
    let _busy = busy();
    let class = format!(r#"type = "set", keys = {SETS}, members = {MEMBERS}, member = "-{{n}}""#);
    for engine in engines() {
        let spec = collections::plan(&class);
        let (target, text) = sets(&engine, |n| format!("-{n}"));
        let (_, plain) = sets(&engine, |n| (-i64::try_from(n).unwrap()).to_string());
        let told = told(&spec, &target);
        compare("a set with one text", &target, told.saved_bytes, text - plain, 0.05);
    }
}
