//! Writes the tables of predicted against measured memory into README.md and MODEL.md, from the
//! comparisons that the tests on real engines left in the file `CACHEFIT_SCOREBOARD` names.
//! `make scoreboard` runs both.

#![allow(clippy::print_stdout, reason = "a measurement for developers")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;

/// One line of the file.
struct Comparison {
    group: String,
    engine: String,
    /// |predicted ÷ measured − 1|.
    off: f64,
}

/// How far some comparisons are off.
struct Summary {
    cells: usize,
    mean: f64,
    worst: f64,
}

fn main() {
    // `cargo test` and `cargo clippy` run or build every target; without the file there is nothing to do.
    let Some(file) = std::env::var_os("CACHEFIT_SCOREBOARD") else { return };
    let text = fs::read_to_string(&file).expect("the tests have written comparisons");
    let all: Vec<Comparison> = text.lines().map(comparison).collect();
    replace("README.md", &by_group(&all));
    replace("MODEL.md", &by_engine(&all));
}

fn comparison(line: &str) -> Comparison {
    let fields: Vec<&str> = line.split('\t').collect();
    let [group, engine, _case, predicted, measured] = fields[..] else {
        panic!("not a comparison: {line}")
    };
    let number = |text: &str| text.parse::<f64>().expect("a number");
    let off = (number(predicted) / number(measured) - 1.0).abs();
    Comparison { group: group.into(), engine: engine.into(), off }
}

fn summary<'a>(of: impl Iterator<Item = &'a Comparison>) -> Summary {
    let off: Vec<f64> = of.map(|one| one.off).collect();
    let cells = off.len();
    let n = u32::try_from(cells).expect("a few hundred");
    Summary {
        cells,
        mean: off.iter().sum::<f64>() / f64::from(n),
        worst: off.into_iter().fold(0.0, f64::max),
    }
}

fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent >= 1.0 { format!("{percent:.1} %") } else { format!("{percent:.4} %") }
}

/// One row for each kind of data, over all engines.
fn by_group(all: &[Comparison]) -> String {
    let mut groups: BTreeMap<&str, Vec<&Comparison>> = BTreeMap::new();
    for one in all {
        groups.entry(&one.group).or_default().push(one);
    }
    let mut table = String::from(
        "| predicted before loading | engines | comparisons | off on average | at most |\n|---|---|---|---|---|\n",
    );
    for (group, of) in groups {
        let mut engines: Vec<&str> = of.iter().map(|one| one.engine.as_str()).collect();
        engines.sort_unstable();
        engines.dedup();
        let Summary { cells, mean, worst } = summary(of.iter().copied());
        let (mean, worst) = (percent(mean), percent(worst));
        let _ = writeln!(table, "| {group} | {} | {cells} | {mean} | {worst} |", engines.len());
    }
    table
}

/// One row for each engine: data sets, average and worst of every kind.
fn by_engine(all: &[Comparison]) -> String {
    let groups: BTreeSet<&str> = all.iter().map(|one| one.group.as_str()).collect();
    let engines: BTreeSet<&str> = all.iter().map(|one| one.engine.as_str()).collect();
    let names: Vec<&str> = groups.iter().copied().collect();
    let mut table = format!("| engine | {} |\n", names.join(" | "));
    table.push_str(&"|---".repeat(names.len() + 1));
    table.push_str("|\n");
    for engine in engines {
        let _ = write!(table, "| {engine} |");
        for group in &groups {
            let mut of =
                all.iter().filter(|one| one.engine == engine && one.group == *group).peekable();
            if of.peek().is_none() {
                table.push_str(" – |");
                continue;
            }
            let Summary { cells, mean, worst } = summary(of);
            let _ = write!(table, " {cells}: {} · {} |", percent(mean), percent(worst));
        }
        table.push('\n');
    }
    table
}

/// Puts a table between the marks of a file.
fn replace(path: &str, table: &str) {
    const BEGIN: &str = "<!-- scoreboard: written by `make scoreboard` -->\n";
    const END: &str = "<!-- end of scoreboard -->";
    let text = fs::read_to_string(path).expect("the file is there");
    let (before, rest) = text.split_once(BEGIN).expect("the file marks where the table begins");
    let (_, after) = rest.split_once(END).expect("and where it ends");
    fs::write(path, format!("{before}{BEGIN}{table}{END}{after}"))
        .expect("the file can be written");
    println!("{path}:\n{table}");
}
