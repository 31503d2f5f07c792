//! Text of the catalog's files to a catalog, or to everything that is wrong with it.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::EngineVersion;
use crate::units::{Bytes, BytesPerSec, Fraction, Usd, UsdPerHour};

use super::limit_rows::LimitRows;
use super::limits::Limits;
use super::lookup::Catalog;
use super::node_size::NodeSize;
use super::node_type::{CpuCredits, IoThreading, NodeType};
use super::price::{Price, PriceGrade, Published, Purchase};
use super::price_list::{PriceList, PriceRules};
use super::problem::{CatalogError, Problem, ProblemKind};
use super::region::Region;
use super::serverless::Serverless;
use super::source::Sources;
use super::table::{Cells, Table, decimal, named, whole};

/// One file of a catalog.
#[derive(Debug, Clone, Copy)]
pub struct CsvFile<'f> {
    /// Its path below the catalog's directory, with `/`, as in `prices/us-east-1.csv`.
    pub name: &'f str,
    /// What it holds.
    pub text: &'f str,
}

/// Files that every catalog has, beside at least one `prices/<region>.csv`.
const REQUIRED: [&str; 4] = ["sources.csv", "node-types.csv", "limits.csv", "serverless.csv"];

const NODE_TYPE_COLUMNS: [&str; 24] = [
    "node_type",
    "family",
    "size",
    "generation",
    "new_clusters",
    "processor",
    "architecture",
    "vcpus",
    "memory_gib",
    "maxmemory_bytes",
    "network_baseline_gbps",
    "network_burst_gbps",
    "data_tiering",
    "ssd_gib",
    "cpu_baseline_percent_per_vcpu",
    "cpu_credits_per_hour",
    "cpu_credits_max",
    "replica_output_buffer_bytes",
    "maxclients",
    "min_engine_versions",
    "enhanced_io",
    "tls_offload",
    "enhanced_io_multiplexing",
    "source",
];

pub(super) const PRICE_COLUMNS: [&str; 9] = [
    "node_type",
    "engine",
    "purchase_option",
    "usd_per_hour",
    "upfront_usd",
    "effective_usd_per_hour",
    "as_of_date",
    "source",
    "confidence",
];

const NUMBER: &str = "a number, zero or above";
const WHOLE: &str = "a whole number";
const CLAIM: &str = "true or false";

impl Catalog {
    /// Reads a catalog from its files, in any order: `node-types.csv`, `limits.csv`,
    /// `serverless.csv`, `sources.csv` and a `prices/<region>.csv` for each Region.
    ///
    /// # Errors
    /// Every problem of every file at once, each with its file, line and column.
    pub fn parse(files: &[CsvFile<'_>]) -> Result<Self, CatalogError> {
        let mut problems = Vec::new();
        check_names(files, &mut problems);
        let file = |name| find(files, name).unwrap_or(CsvFile { name, text: "" });
        let absent = |name| find(files, name).is_none();
        let mut read = |name, columns: &[&str]| {
            let mut found = Vec::new();
            let table = Table::read(file(name), columns, &mut found);
            if !absent(name) {
                problems.append(&mut found);
            }
            table
        };
        let source_table = read("sources.csv", &Sources::COLUMNS);
        let node_table = read("node-types.csv", &NODE_TYPE_COLUMNS);
        let limit_table = read("limits.csv", &Limits::COLUMNS);
        let serverless_table = read("serverless.csv", &Serverless::COLUMNS);

        let sources = Sources::read(&source_table, &mut problems);
        let known = Known {
            sources: source_table.values("key"),
            node_types: node_table.values("node_type"),
        };
        let node_types = node_types(&node_table, &known, &mut problems);
        let mut rows = LimitRows::read(&limit_table, &known.sources, &mut problems);
        let rules = price_rules(&mut rows);
        let limits = rows.finish();
        let serverless = Serverless::read(&serverless_table, &known.sources, &mut problems);
        let readings = readings(files, &known, &mut problems);

        match (problems.is_empty(), rules, limits) {
            (true, Some(rules), Some(limits)) => {
                let prices = PriceList { rules, readings };
                Ok(Self { node_types, prices, serverless, limits, sources })
            }
            _ => Err(CatalogError { problems }),
        }
    }
}

/// What cells may refer to.
struct Known {
    sources: BTreeSet<String>,
    node_types: BTreeSet<String>,
}

fn find<'f>(files: &[CsvFile<'f>], name: &str) -> Option<CsvFile<'f>> {
    files.iter().copied().find(|file| file.name == name)
}

fn price_region(name: &str) -> Option<Region> {
    Region::parse(name.strip_prefix("prices/")?.strip_suffix(".csv")?)
}

fn check_names(files: &[CsvFile<'_>], problems: &mut Vec<Problem>) {
    let mut note = |file: &str, kind| {
        problems.push(Problem { file: file.to_owned(), line: 1, column: None, kind });
    };
    for name in REQUIRED {
        if find(files, name).is_none() {
            note(name, ProblemKind::MissingFile);
        }
    }
    if !files.iter().any(|file| price_region(file.name).is_some()) {
        note("prices/<region>.csv", ProblemKind::MissingFile);
    }
    for (index, file) in files.iter().enumerate() {
        if !REQUIRED.contains(&file.name) && price_region(file.name).is_none() {
            note(file.name, ProblemKind::UnknownFile);
        }
        if files[..index].iter().any(|earlier| earlier.name == file.name) {
            let kind = ProblemKind::Duplicate { key: file.name.to_owned(), first_line: 1 };
            note(file.name, kind);
        }
    }
}

fn node_types(table: &Table<'_>, known: &Known, problems: &mut Vec<Problem>) -> Vec<NodeType> {
    let mut nodes: Vec<NodeType> = table
        .rows()
        .filter_map(|row| node_type(&mut row.cells(problems), &known.sources))
        .collect();
    table.refuse_duplicates(&["node_type"], problems);
    nodes.sort_by(|a, b| (&a.family, a.size, &a.name).cmp(&(&b.family, b.size, &b.name)));
    nodes
}

fn node_type(cells: &mut Cells<'_, '_>, sources: &BTreeSet<String>) -> Option<NodeType> {
    // Every cell is read before any of them can end this, so that all problems are noted.
    let name = cells.text("node_type");
    let family = cells.text("family");
    let size = cells.read("size", "a size like 2xlarge", NodeSize::parse);
    let generation = cells.read("generation", "current or previous", named);
    let takes_new_clusters = cells.read("new_clusters", CLAIM, claim);
    let processor = cells.read("processor", "a processor the program knows", named);
    let architecture = cells.read("architecture", "arm64 or x86_64", named);
    let vcpus = cells.read("vcpus", "a whole number above zero", |text| {
        whole(text).filter(|&vcpus: &u16| vcpus > 0)
    });
    let memory = cells.read("memory_gib", NUMBER, gib);
    let maxmemory = cells.read("maxmemory_bytes", WHOLE, bytes);
    let baseline = cells.optional("network_baseline_gbps", NUMBER, gbps);
    let burst = cells.optional("network_burst_gbps", NUMBER, gbps);
    let is_tiered = cells.read("data_tiering", CLAIM, claim);
    let ssd = if is_tiered == Some(true) {
        cells.read("ssd_gib", NUMBER, gib)
    } else {
        cells.optional("ssd_gib", "empty, as data_tiering is false", |_| None)
    };
    let cpu_credits = cpu_credits(cells);
    let output_buffer = cells.optional("replica_output_buffer_bytes", WHOLE, bytes);
    let maxclients = cells.read("maxclients", WHOLE, whole);
    let min_versions =
        cells.read("min_engine_versions", "engines like redis-6.2;valkey-7.2", engines);
    let io = io_threading(cells);
    let source = cells.sources(sources);
    Some(NodeType {
        name: name?,
        family: family?,
        size: size?,
        generation: generation?,
        takes_new_clusters: takes_new_clusters?,
        processor: processor?,
        architecture: architecture?,
        vcpus: vcpus?,
        memory_bytes: memory?,
        maxmemory_bytes: maxmemory?,
        network_baseline_bytes_per_sec: baseline,
        network_burst_bytes_per_sec: burst,
        data_tiering_bytes: ssd,
        cpu_credits,
        replica_output_buffer_bytes: output_buffer,
        maxclients: maxclients?,
        min_versions: min_versions?,
        io: io?,
        source: source?,
    })
}

/// Either all three cells are filled or none is.
fn cpu_credits(cells: &mut Cells<'_, '_>) -> Option<CpuCredits> {
    const COLUMNS: [&str; 3] =
        ["cpu_baseline_percent_per_vcpu", "cpu_credits_per_hour", "cpu_credits_max"];
    if COLUMNS.iter().all(|column| cells.is_empty(column)) {
        return None;
    }
    let baseline = cells.read(COLUMNS[0], "a percentage", |text| {
        decimal(text).and_then(|percent| Fraction::new(percent / 100.0))
    });
    let earned = cells.read(COLUMNS[1], WHOLE, whole);
    let max = cells.read(COLUMNS[2], WHOLE, whole);
    Some(CpuCredits { baseline_per_vcpu: baseline?, earned_per_hour: earned?, balance_max: max? })
}

fn io_threading(cells: &mut Cells<'_, '_>) -> Option<IoThreading> {
    let enhanced_io = cells.read("enhanced_io", CLAIM, claim);
    let tls_offload = cells.read("tls_offload", CLAIM, claim);
    let multiplexing = cells.read("enhanced_io_multiplexing", CLAIM, claim);
    Some(IoThreading {
        enhanced_io: enhanced_io?,
        tls_offload: tls_offload?,
        multiplexing: multiplexing?,
    })
}

fn price_rules(rows: &mut LimitRows<'_, '_>) -> Option<PriceRules> {
    let valkey = rows.rule("valkey_node_discount_vs_redis", true);
    let reserved: Vec<(Purchase, Option<_>)> = Purchase::ALL
        .into_iter()
        .filter(|purchase| *purchase != Purchase::OnDemand)
        .map(|purchase| (purchase, rows.rule(&format!("{purchase}_percent"), false)))
        .collect();
    let reserved: Option<BTreeMap<_, _>> =
        reserved.into_iter().map(|(purchase, rule)| Some((purchase, rule?))).collect();
    Some(PriceRules { valkey: valkey?, reserved: reserved? })
}

fn readings(
    files: &[CsvFile<'_>],
    known: &Known,
    problems: &mut Vec<Problem>,
) -> BTreeMap<Region, BTreeMap<String, Vec<Price>>> {
    let mut regions = BTreeMap::new();
    for file in files {
        let Some(region) = price_region(file.name) else { continue };
        let table = Table::read(*file, &PRICE_COLUMNS, problems);
        let mut types: BTreeMap<String, Vec<Price>> = BTreeMap::new();
        for row in table.rows() {
            if let Some((node_type, price)) = price(&mut row.cells(problems), known) {
                types.entry(node_type).or_default().push(price);
            }
        }
        table.refuse_duplicates(&["node_type", "engine", "purchase_option"], problems);
        for prices in types.values_mut() {
            prices.sort_by_key(|price| (price.product, price.purchase));
        }
        regions.insert(region, types);
    }
    regions
}

fn price(cells: &mut Cells<'_, '_>, known: &Known) -> Option<(String, Price)> {
    let node_type = cells.text("node_type");
    if let Some(node_type) = node_type.as_ref().filter(|name| !known.node_types.contains(*name)) {
        let kind = ProblemKind::UnknownNodeType { node_type: node_type.clone() };
        cells.note("node_type", kind);
    }
    let product = cells.read("engine", "an engine (redis or valkey)", named);
    let purchase =
        cells.read("purchase_option", "a purchase option like on_demand", Purchase::parse);
    // Checked only: with `upfront_usd` it makes up `effective_usd_per_hour`.
    cells.optional("usd_per_hour", NUMBER, usd_per_hour);
    let upfront = cells.optional("upfront_usd", NUMBER, usd);
    let hourly = cells.read("effective_usd_per_hour", "a price above zero", |text| {
        usd_per_hour(text).filter(|price| price.nanos() > 0)
    });
    let date = cells.optional("as_of_date", "a date like 2026-10-02", super::date::Date::parse);
    let source = cells.sources(&known.sources);
    let confidence = cells.read("confidence", "high, medium or low", named);
    let grade = PriceGrade::Published(Published { source: source?, date, confidence: confidence? });
    let price = Price { product: product?, purchase: purchase?, hourly: hourly?, upfront, grade };
    Some((node_type?, price))
}

fn claim(text: &str) -> Option<bool> {
    text.parse().ok()
}

fn bytes(text: &str) -> Option<Bytes> {
    whole(text).map(Bytes::new)
}

fn gib(text: &str) -> Option<Bytes> {
    decimal(text).map(|n| Bytes::from_gib(1).scale(n))
}

fn gbps(text: &str) -> Option<BytesPerSec> {
    decimal(text).and_then(BytesPerSec::from_gbps)
}

fn usd_per_hour(text: &str) -> Option<UsdPerHour> {
    decimal(text).and_then(UsdPerHour::from_usd)
}

fn usd(text: &str) -> Option<Usd> {
    usd_per_hour(text).map(|price| Usd::from_nanos(price.nanos()))
}

/// Engines with their oldest version, each engine at most once, Redis first.
fn engines(text: &str) -> Option<Vec<EngineVersion>> {
    let mut versions: Vec<EngineVersion> =
        text.split(';').map(EngineVersion::parse).collect::<Option<_>>()?;
    versions.sort();
    let is_once = versions.windows(2).all(|pair| pair[0].product != pair[1].product);
    is_once.then_some(versions)
}
