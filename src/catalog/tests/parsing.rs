//! Wrong text: every problem is reported, with its place, and there is no catalog.

use crate::catalog::builtin::FILES;
use crate::catalog::{Catalog, CatalogError, CsvFile, Problem, ProblemKind};

const NODE_TYPES: &str = "\
node_type,family,size,generation,new_clusters,processor,architecture,vcpus,memory_gib,maxmemory_bytes,network_baseline_gbps,network_burst_gbps,data_tiering,ssd_gib,cpu_baseline_percent_per_vcpu,cpu_credits_per_hour,cpu_credits_max,replica_output_buffer_bytes,maxclients,min_engine_versions,enhanced_io,tls_offload,enhanced_io_multiplexing,source
cache.t4g.micro,t4g,micro,current,true,graviton2,arm64,2,0.50,536870912,0.064,5,false,,10,12,288,53687091,20000,redis-4.0.10;valkey-7.2,false,false,false,S1
cache.m8g.large,m8g,large,current,true,graviton4,arm64,2,6.79,7294178820,0.937,12.5,false,,,,,,65000,valkey-7.2,true,false,true,S1
";

const PRICES: &str = "\
node_type,engine,purchase_option,usd_per_hour,upfront_usd,effective_usd_per_hour,as_of_date,source,confidence
cache.t4g.micro,redis,on_demand,0.016,0,0.016,2026-10-02,P1,high
cache.m8g.large,valkey,on_demand,0.1347,0,0.1347,2026-10-02,P1,medium
";

/// A catalog of two types and two prices, with some files replaced.
fn parse(replaced: &[(&str, &str)]) -> Result<Catalog, CatalogError> {
    let mut files: Vec<CsvFile<'_>> =
        FILES.iter().copied().filter(|file| !file.name.starts_with("prices/")).collect();
    files.push(CsvFile { name: "prices/us-east-1.csv", text: PRICES });
    for file in &mut files {
        if file.name == "node-types.csv" {
            file.text = NODE_TYPES;
        }
        if let Some((_, text)) = replaced.iter().find(|(name, _)| *name == file.name) {
            file.text = text;
        }
    }
    Catalog::parse(&files)
}

#[track_caller]
fn check(replaced: &[(&str, &str)], expected: &[&str]) {
    let error = parse(replaced).expect_err("the text is wrong");
    assert_eq!(error.to_string().lines().collect::<Vec<_>>(), expected);
}

fn limits() -> &'static str {
    FILES.iter().find(|file| file.name == "limits.csv").unwrap().text
}

#[test]
fn three_lines_make_a_catalog() {
    let catalog = parse(&[]).unwrap();
    let names: Vec<&str> = catalog.node_types().iter().map(|node| node.name.as_str()).collect();
    assert_eq!(names, ["cache.m8g.large", "cache.t4g.micro"]);
}

#[test]
fn problems_of_every_file_are_reported_together() {
    let node_types = NODE_TYPES
        .replace(",536870912,", ",512MiB,")
        .replace("graviton4,arm64,2,", "graviton4,arm64,,")
        .replace("cache.m8g.large,m8g,large", "cache.t4g.micro,m8g,huge");
    let prices = PRICES
        .replace("cache.t4g.micro,redis", "cache.t4g.micro,memcached")
        .replace("0.1347,2026-10-02,P1", "-0.1347,2026-02-30,P99");
    let limits = limits().replace(
        "reserved_memory_percent_default,25,percent",
        "reserved_memory_percent_default,25,bytes",
    );
    check(
        &[
            ("node-types.csv", &node_types),
            ("prices/us-east-1.csv", &prices),
            ("limits.csv", &limits),
        ],
        &[
            "node-types.csv:2: column 10 (maxmemory_bytes): `512MiB` is not a whole number",
            "node-types.csv:3: column 3 (size): `huge` is not a size like 2xlarge",
            "node-types.csv:3: column 8 (vcpus): the value is missing",
            "node-types.csv:3: column 1 (node_type): `cache.t4g.micro` is already on line 2",
            "limits.csv:2: column 3 (unit): `bytes` is the wrong unit for \
             reserved_memory_percent_default: write the value in percent",
            "prices/us-east-1.csv:2: column 2 (engine): `memcached` is not an engine (redis or valkey)",
            "prices/us-east-1.csv:3: column 1 (node_type): `cache.m8g.large` is not a type of \
             node-types.csv",
            "prices/us-east-1.csv:3: column 6 (effective_usd_per_hour): `-0.1347` is not a price above \
             zero",
            "prices/us-east-1.csv:3: column 7 (as_of_date): `2026-02-30` is not a date like 2026-10-02",
            "prices/us-east-1.csv:3: column 8 (source): `P99` is not a key of sources.csv",
        ],
    );
}

#[test]
fn a_column_in_another_unit_is_missing_and_unknown() {
    let text = NODE_TYPES.replace("maxmemory_bytes", "maxmemory_mib");
    check(
        &[("node-types.csv", &text)],
        &[
            "node-types.csv:1: column maxmemory_bytes: the column is missing",
            "node-types.csv:1: column 10 (maxmemory_mib): the column is not known",
        ],
    );
}

#[test]
fn half_filled_credits_and_a_stray_ssd_are_refused() {
    let text = NODE_TYPES.replace("false,,10,12,288", "false,99,10,,288");
    check(
        &[("node-types.csv", &text)],
        &[
            "node-types.csv:2: column 14 (ssd_gib): `99` is not empty, as data_tiering is false",
            "node-types.csv:2: column 16 (cpu_credits_per_hour): the value is missing",
        ],
    );
}

#[test]
fn a_short_row_and_an_empty_table_are_refused() {
    let prices = PRICES.replace(",P1,medium", "");
    let header = PRICES.lines().next().unwrap();
    check(
        &[("prices/us-east-1.csv", &prices)],
        &["prices/us-east-1.csv:3: 7 cells where the header has 9"],
    );
    check(&[("prices/us-east-1.csv", header)], &["prices/us-east-1.csv:1: the table has no rows"]);
}

#[test]
fn lines_are_counted_across_blank_lines_and_quoted_breaks() {
    let sources = "key,citation,date,note\n\nS1,a,b,\"two\nlines\"\nS1,a,b,\n";
    for text in [sources.to_owned(), sources.replace('\n', "\r\n")] {
        let error = parse(&[("sources.csv", &text)]).unwrap_err();
        let is_duplicate = |p: &&Problem| matches!(p.kind, ProblemKind::Duplicate { .. });
        let duplicate = error.problems.iter().find(is_duplicate).unwrap();
        assert_eq!(
            duplicate.to_string(),
            "sources.csv:5: column 1 (key): `S1` is already on line 3"
        );
    }
}

#[test]
fn a_limit_out_of_range_or_absent_is_refused() {
    let text = limits()
        .replace("replicas_per_shard_max,5,", "replicas_per_shard_max,5.5,")
        .replace("threshold_engine_cpu,90,", "threshold_engine_cpu,190,")
        .replace("valkey_node_discount_vs_redis,20,", "valkey_node_discount,20,");
    let error = parse(&[("limits.csv", &text)]).unwrap_err();
    let kinds: Vec<String> = error.problems.iter().map(|p| p.kind.to_string()).collect();
    assert_eq!(
        kinds,
        [
            "there is no row for valkey_node_discount_vs_redis",
            "`5.5` is not a whole number",
            "`190` is not a percentage from 0 to 100",
        ]
    );
}

#[test]
fn missing_and_foreign_files_are_named() {
    let files = [CsvFile { name: "prices/atlantis.csv", text: PRICES }];
    let error = Catalog::parse(&files).unwrap_err();
    let mut named: Vec<String> = error.problems.iter().map(ToString::to_string).collect();
    named.truncate(6);
    assert_eq!(
        named,
        [
            "sources.csv:1: the file is missing",
            "node-types.csv:1: the file is missing",
            "limits.csv:1: the file is missing",
            "serverless.csv:1: the file is missing",
            "prices/<region>.csv:1: the file is missing",
            "prices/atlantis.csv:1: no such file belongs to a catalog",
        ]
    );
}

#[test]
fn the_fingerprint_ignores_the_order_of_rows_and_sees_every_figure() {
    let reversed = |text: &str| {
        let mut lines: Vec<&str> = text.lines().collect();
        lines[1..].reverse();
        lines.join("\n")
    };
    let plain = parse(&[]).unwrap().fingerprint_text();
    let (nodes, prices) = (reversed(NODE_TYPES), reversed(PRICES));
    let shuffled = parse(&[("node-types.csv", &nodes), ("prices/us-east-1.csv", &prices)]).unwrap();
    assert_eq!(shuffled.fingerprint_text(), plain);
    let dearer = PRICES.replace("0.1347", "0.1348");
    let changed = parse(&[("prices/us-east-1.csv", &dearer)]).unwrap();
    assert_ne!(changed.fingerprint_text(), plain);
}
