//! `cachefit catalog import` and `refresh`, and what follows from another catalog.

#[cfg(feature = "aws")]
mod refresh;

#[path = "../../../src/catalog/offer/tests/fixture.rs"]
#[allow(dead_code, reason = "the unit tests use all of it")]
mod fixture;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use cachefit::catalog::{Catalog, Purchase, Region};
use serde_json::Value;

use crate::support::{Cachefit, Finished, SampleRun, Workdir};
use fixture::{Sold, index_csv, index_json, node, serverless};

fn cachefit(workdir: &Workdir, words: &[&str]) -> Finished {
    Cachefit::start(&workdir.tmp(), words).finish()
}

/// Every price on demand that the built-in catalog has for us-east-1, one of them `times` as high.
fn virginia(node_type: &str, times: f64) -> Vec<Sold> {
    let (catalog, region) = (Catalog::builtin(), Region::parse("us-east-1").unwrap());
    let mut products = Vec::new();
    for one in catalog.node_types() {
        let readings = catalog.prices.readings(&region, &one.name);
        for price in readings.iter().filter(|price| price.purchase == Purchase::OnDemand) {
            let times = if one.name == node_type { times } else { 1.0 };
            let usd = format!("{:.10}", price.hourly.usd() * times);
            let usage = format!("USE1-NodeUsage:{}", one.name);
            let engine = if price.product.to_string() == "redis" { "Redis" } else { "Valkey" };
            products.push(node(&usage, engine, "us-east-1", &usd));
        }
    }
    let unit = "ElastiCacheProcessingUnit";
    products.push(serverless(
        "USE1-ElastiCacheProcessingUnits:Valkey",
        "Valkey",
        "us-east-1",
        unit,
        "0.0000000023",
    ));
    products
}

/// Every file below a directory.
fn tree(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let (mut files, mut folders) = (BTreeMap::new(), vec![root.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.insert(path.strip_prefix(root).unwrap().to_owned(), fs::read(&path).unwrap());
            }
        }
    }
    files
}

#[track_caller]
fn says(finished: &Finished, code: i32, parts: &[&str]) {
    assert_eq!(finished.code, Some(code), "{finished:?}");
    let said = format!("{}{}", finished.stdout, finished.stderr);
    for part in parts {
        assert!(said.contains(part), "no `{part}` in:\n{said}");
    }
}

fn chosen(run: &Path) -> (String, u64, String) {
    let text = fs::read_to_string(run.join("05-recommendation.json")).unwrap();
    let body = &serde_json::from_str::<Value>(&text).unwrap()["body"];
    let chosen = &body["recommendation"]["chosen"];
    let price = chosen["bill"]["price"]["hourly_nano_usd_per_hour"].as_u64().unwrap();
    let name = chosen["node_type"].as_str().unwrap().to_owned();
    (name, price, body["catalog"].as_str().unwrap().to_owned())
}

#[test]
fn an_offer_file_is_shown_then_written_then_sized_with() {
    let workdir = Workdir::new();
    let run = SampleRun::copy();
    let (node_type, before, builtin) = chosen(run.path());
    let offer = workdir.file("index.json", &index_json(&virginia(&node_type, 0.5)));
    let (offer, ours) = (offer.display().to_string(), workdir.path("ours").display().to_string());

    let shown = cachefit(&workdir, &["catalog", "import", &offer, "--catalog", &ours]);
    let line = format!("{node_type} valkey on_demand");
    let parts = [&line, "-50.0%", "us-east-1: moves by more than 30%", "nothing was written"];
    says(&shown, 0, &parts);
    assert!(!workdir.path("ours").exists());

    let words = ["catalog", "import", &offer, "--catalog", &ours, "--apply", "--format", "json"];
    let written = cachefit(&workdir, &words);
    says(&written, 0, &[]);
    let answer: Value = serde_json::from_str(&written.stdout).unwrap();
    assert_eq!(answer["from"]["digest"], builtin.as_str());
    assert_eq!(answer["written"], ours.as_str());
    assert_eq!(answer["to"]["date"], "2026-11-20");
    let digest = answer["to"]["digest"].as_str().unwrap().to_owned();
    let current = fs::read_to_string(workdir.path("ours").join("current")).unwrap();
    assert_eq!(current.trim(), format!("2026-11-20-{}", &digest[..12]));

    let sized = run.command(&["size", "--catalog", &ours]);
    assert!(sized.concluded(), "{sized:?}");
    let (again, after, catalog) = chosen(run.path());
    assert_eq!((&again, after, &catalog), (&node_type, before / 2, &digest));
    let report = fs::read_to_string(run.path().join("report.md")).unwrap();
    let named = format!("| Catalog | of 2026-11-20, {} | published |", &digest[..12]);
    assert!(report.contains(&named), "no `{named}`");

    // The run has what it was sized with, and needs no directory from then on.
    says(&run.command(&["verify", "--without-pdf"]), 0, &["agrees: "]);
    // One from before runs had it is verified with what was replaced since.
    fs::remove_dir_all(run.path().join("catalog")).unwrap();
    let newer = workdir.file("index.csv", &index_csv(&virginia(&node_type, 0.8)));
    let words = ["catalog", "import", newer.to_str().unwrap(), "--catalog", &ours, "--apply"];
    says(&cachefit(&workdir, &words), 0, &["written to"]);
    says(&run.command(&["verify", "--catalog", &ours, "--without-pdf"]), 0, &["agrees: "]);
}

#[test]
fn other_commands_take_a_catalog_as_well() {
    let workdir = Workdir::new();
    let ours = workdir.path("ours").display().to_string();
    let offer = workdir.file("index.csv", &index_csv(&virginia("cache.r7g.large", 10.0)));
    let offer = offer.display().to_string();
    let words = ["catalog", "import", &offer, "--catalog", &ours, "--apply"];
    says(&cachefit(&workdir, &words), 0, &["warning: "]);
    says(&cachefit(&workdir, &["catalog", "list", "--catalog", &ours]), 0, &["$1.752/h"]);
    let show = ["catalog", "show", "cache.r7g.large", "--catalog", &ours];
    says(&cachefit(&workdir, &show), 0, &["[offer-20261120000000]", "2026-11-20"]);
    says(&cachefit(&workdir, &["predict", "--catalog", &ours]), 0, &["used_memory"]);
    let nowhere = workdir.path("nowhere").display().to_string();
    let missing = cachefit(&workdir, &["catalog", "list", "--catalog", &nowhere]);
    says(&missing, 3, &["there is no catalog in", "--apply` makes one"]);
}

/// What is wrong is told at once, with its place, and the catalog stays as it was.
#[test]
fn an_offer_that_is_wrong_is_not_taken() {
    let workdir = Workdir::new();
    let ours = workdir.path("ours").display().to_string();
    let good = workdir.file("good.json", &index_json(&virginia("cache.r7g.large", 1.1)));
    let words = ["catalog", "import", good.to_str().unwrap(), "--catalog", &ours, "--apply"];
    says(&cachefit(&workdir, &words), 0, &["written to"]);
    let before = tree(&workdir.path("ours"));

    let mut products = virginia("cache.r7g.large", 1.2);
    products.push(node("EU-NodeUsage:cache.r7g.large", "Redis", "eu-west-1", "0").called("ZERO"));
    products.push(node("EU-NodeUsage:cache.r6g.large", "Redis", "eu-west-1", "x").called("TEXT"));
    let whole = index_json(&products);
    let bad = workdir.file("bad.json", &whole).display().to_string();
    let half = workdir.file("half.json", &whole[..whole.len() / 2]).display().to_string();
    for (file, parts) in [
        (&bad, &["nothing was taken from", "bad.json: SKU ZERO: ", "bad.json: SKU TEXT: "][..]),
        (&half, &["half.json:1: not readable as a price list: EOF"]),
        (&"/nowhere".to_owned(), &["cannot read /nowhere"]),
    ] {
        let words = ["catalog", "import", file, "--catalog", &ours, "--apply"];
        says(&cachefit(&workdir, &words), 3, parts);
        assert_eq!(tree(&workdir.path("ours")), before);
    }
    // What is wrong lies in another Region than the one that is asked for.
    let words = ["catalog", "import", &bad, "--region", "us-east-1", "--catalog", &ours, "--apply"];
    says(&cachefit(&workdir, &words), 0, &["left out: Regions not asked for 2"]);
    assert!(tree(&workdir.path("ours")).len() > before.len());
}

#[test]
fn apply_needs_a_place_to_write_to() {
    let workdir = Workdir::new();
    let finished = cachefit(&workdir, &["catalog", "import", "index.json", "--apply"]);
    says(&finished, 2, &["--catalog <DIR>"]);
    let mistyped = ["catalog", "import", "index.json", "--region", "Ireland"];
    says(&cachefit(&workdir, &mistyped), 2, &["write it like us-east-1"]);
    #[cfg(not(feature = "aws"))]
    says(&cachefit(&workdir, &["catalog", "refresh"]), 2, &["cannot speak to AWS"]);
}
