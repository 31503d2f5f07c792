//! Whether 90 % claims hold: eleven plans of the built-in workload, one after the other, each on an
//! engine of its own. Every run in turn claims what the other ten should find.
//!
//! `make claims` runs it, ten minutes on a machine that does nothing else. Prints every run and how
//! many of the others each claim holds for; at least eight of ten are wanted.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement for developers")]

use std::process::{Command, Stdio};

use cachefit::model::{Estimate, Models};
use cachefit::size::Law;
use serde_json::Value;

const RUNS: usize = 11;

fn main() {
    let runs: Vec<Models> = (1..=RUNS).map(measured).collect();
    for claim in &CLAIMS {
        check(&runs, claim);
    }
}

/// What a run claims with 90 %, and what another has to find.
struct Claim {
    name: &'static str,
    law: fn(&Models) -> Option<Law>,
    found: fn(&Models) -> Option<f64>,
}

const CLAIMS: [Claim; 3] = [
    Claim {
        name: "used_memory, bytes",
        law: |models| {
            let memory = &models.memory;
            let calculated = memory.calculated.settled_total().float() * memory.correction;
            Some(law(memory.error(), calculated))
        },
        found: |models| Some(models.memory.measured_bytes.float()),
    },
    Claim {
        name: "engine-thread time, µs per operation",
        law: |models| Some(law(models.cpu.as_ref()?.us_per_op, 1.0)),
        found: |models| Some(models.cpu.as_ref()?.us_per_op.value),
    },
    Claim {
        name: "load within the objective, per second",
        law: |models| Some(law(models.capacity.error(), models.capacity.met_at?.per_sec())),
        found: |models| Some(models.capacity.met_at?.per_sec()),
    },
];

fn law(estimate: Estimate, unit: f64) -> Law {
    Law::Triangular { estimate: estimate.times(Estimate::exact(unit)) }
}

fn check(runs: &[Models], claim: &Claim) {
    let found: Vec<Option<f64>> = runs.iter().map(claim.found).collect();
    let mut held = Vec::new();
    println!("{}", claim.name);
    for (run, models) in runs.iter().enumerate() {
        let Some((low, high)) = (claim.law)(models).map(Law::nine_of_ten) else {
            println!("  run {:2}: claims nothing", run + 1);
            continue;
        };
        let others = found.iter().enumerate().filter(|(other, _)| *other != run);
        let within = others.filter(|(_, x)| x.is_some_and(|x| (low..=high).contains(&x))).count();
        let own = found[run].unwrap();
        println!("  run {:2}: {own:.5e}, 90 % {low:.5e} to {high:.5e}: {within} of 10", run + 1);
        held.push(within);
    }
    held.sort_unstable();
    println!("  holds for {} of 10 in the median, {} at least", held[held.len() / 2], held[0]);
}

/// The models of one plan, which may end with a verdict that is no success.
fn measured(run: usize) -> Models {
    let out = std::env::temp_dir().join(format!("cachefit-claims-{}-{run}", std::process::id()));
    let status = Command::new(env!("CARGO_BIN_EXE_cachefit"))
        .args(["plan", "--out"])
        .arg(&out)
        .stdout(Stdio::null())
        .status()
        .unwrap();
    println!("run {run}: exit code {}", status.code().unwrap());
    let text = std::fs::read_to_string(out.join("04-models.json")).unwrap();
    let envelope: Value = serde_json::from_str(&text).unwrap();
    std::fs::remove_dir_all(&out).unwrap();
    serde_json::from_value(envelope["body"].clone()).unwrap()
}
