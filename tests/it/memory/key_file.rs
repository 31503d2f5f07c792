//! Keys that a file spells, each with its own value.

use cachefit::units::{Bytes, num};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Distribution, LogNormal};

use crate::support::{Cell, busy, calculated, classes, engines, score, with_keys};

const ROWS: u64 = 240_000;
const CLASS: &str = r#"{ name = "a", key = "user:{id}:profile", key_file = "users.csv", file = "users.csv",
    column = "value", rows = "once" }"#;

/// Names of 6 to 40 bytes, and values that are the longer the longer the name: short ones share a block
/// with their key on engines that embed both.
fn rows() -> Vec<String> {
    let mut rng = ChaCha8Rng::seed_from_u64(20_261_129);
    let scatter = LogNormal::new(0.0, 0.5).unwrap();
    let row = |n: u64| {
        let len = rng.random_range(0..=34);
        let name: String = (0..len).map(|_| char::from(rng.random_range(b'a'..=b'z'))).collect();
        let value = num::round(3.0 * num::float(len) * scatter.sample(&mut rng)) + 2;
        format!("{name}{n:06},{}\n", "v".repeat(num::index(value)))
    };
    (0..ROWS).map(row).collect()
}

fn file(rows: &[String]) -> String {
    format!("id,value\n{}", rows.concat())
}

/// Which key has which value decides as much as their lengths: within 0.02 %. And what a third of the rows
/// says of all of them: within 0.5 %, five standard errors of so many rows.
#[test]
fn keys_of_a_file_take_the_predicted_memory() {
    let _busy = busy();
    let rows = rows();
    let spec = classes(CLASS, &file(&rows));
    let sample = classes(CLASS, &file(&rows[..80_000]));
    for engine in engines() {
        let cell = Cell::measure(&engine, &[], &spec, |_| spec.clone());
        let (told, was) = (cell.predicted.float(), cell.measured.float());
        score("strings", &cell.target, "keys and values of a file", told, was);
        assert!(cell.off().abs() < 0.0002, "{}", cell.off());

        let baseline = cell.predicted.saturating_sub(calculated(&spec, &cell.target, Bytes::ZERO));
        let told = calculated(&with_keys(&sample, |_| ROWS), &cell.target, baseline).float();
        println!("from a third of the rows: {told:.0} for {was:.0}");
        assert!((told / was - 1.0).abs() < 0.005, "{told} for {was}");
    }
}
