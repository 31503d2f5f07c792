//! Files that were updated, what changes by it, and what is warned of.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::catalog::offer::{NodeReading, RateReading};
use crate::catalog::{Catalog, Date, Payment, Purchase, Region, ServerlessItem, Source, Term};
use crate::engine::Product;
use crate::units::{Bytes, Usd, UsdPerHour};

use super::{Change, Diff, FigureKey, Figures, Files, MaxMemory, Update, Warning, updated};

static BUILTIN: LazyLock<Catalog> = LazyLock::new(Catalog::builtin);

fn region(name: &str) -> Region {
    Region::parse(name).unwrap()
}

fn reading(at: &str, node_type: &str, product: Product, hourly: f64) -> NodeReading {
    NodeReading {
        region: region(at),
        node_type: node_type.into(),
        product,
        purchase: Purchase::OnDemand,
        hourly: UsdPerHour::from_usd(hourly).unwrap(),
        upfront: Usd::ZERO,
    }
}

fn source(key: &str) -> Source {
    let text = |text: &str| text.to_owned();
    Source {
        key: text(key),
        citation: text("a \"list\", of AWS"),
        date: text("2026-11-20"),
        note: text(""),
    }
}

fn figures(nodes: Vec<NodeReading>, rates: Vec<RateReading>) -> Update {
    let date = Date::parse("2026-11-20").unwrap();
    let figures = vec![Figures { source: source("offer-1"), date, nodes, rates }];
    Update { figures, maxmemory: None }
}

/// Every price of a Region as it is, at 2026-11-20.
fn as_it_is(catalog: &Catalog, at: &str) -> Vec<NodeReading> {
    let at = region(at);
    let mut nodes = Vec::new();
    for node in catalog.node_types() {
        for price in catalog.prices.readings(&at, &node.name) {
            nodes.push(NodeReading {
                region: at.clone(),
                node_type: node.name.clone(),
                product: price.product,
                purchase: price.purchase,
                hourly: price.hourly,
                upfront: Usd::ZERO,
            });
        }
    }
    nodes
}

fn with(update: &Update) -> (Catalog, Files, Diff) {
    let files = updated(&Catalog::builtin_files(), update);
    let catalog = Catalog::from_files(&files).unwrap();
    let diff = Diff::between(&BUILTIN, &catalog);
    (catalog, files, diff)
}

#[test]
fn nothing_read_changes_nothing() {
    let (catalog, _, diff) = with(&Update::default());
    assert_eq!(catalog, *BUILTIN);
    assert_eq!((diff.changes.len(), diff.warnings.len()), (0, 0));
    assert_eq!(diff.from, diff.to);
    assert!(diff.unchanged > 2500, "{}", diff.unchanged);
}

#[test]
fn a_new_price_has_its_source_and_the_rest_stays() {
    let builtin = &*BUILTIN;
    let mut nodes = as_it_is(builtin, "us-east-1");
    let changed = nodes
        .iter_mut()
        .find(|one| one.node_type == "cache.r7g.large" && one.product == Product::Valkey)
        .unwrap();
    changed.hourly = UsdPerHour::from_usd(0.2).unwrap();
    let (catalog, _, diff) = with(&figures(nodes, Vec::new()));
    let [Change { key, was: Some(was), now: Some(now), percent: Some(percent), .. }] =
        &diff.changes[..]
    else {
        panic!("{:?}", diff.changes);
    };
    assert_eq!(key.to_string(), "cache.r7g.large valkey on_demand");
    assert_eq!((*was, *now), (0.1752, 0.2));
    assert!((percent - 14.155).abs() < 0.001, "{percent}");
    let price =
        catalog.prices.on_demand(&region("us-east-1"), Product::Valkey, "cache.r7g.large").unwrap();
    assert_eq!(price.reading().source, ["offer-1"]);
    assert_eq!(price.reading().date, Date::parse("2026-11-20"));
    assert_eq!(catalog.sources.get("offer-1"), Some(&source("offer-1")));
    assert_eq!(catalog.node_types(), builtin.node_types());
    let elsewhere = |catalog: &Catalog| {
        catalog.prices.on_demand(&region("eu-west-1"), Product::Redis, "cache.m5.large")
    };
    assert_eq!(elsewhere(&catalog), elsewhere(builtin));
}

#[test]
fn the_same_update_again_changes_nothing() {
    let rate = RateReading {
        region: region("eu-west-3"),
        product: Some(Product::Valkey),
        item: ServerlessItem::DataStored,
        price: Usd::from_nanos(99_000_000),
    };
    let update = figures(as_it_is(&BUILTIN, "us-east-1"), vec![rate]);
    let (_, once, _) = with(&update);
    assert_eq!(updated(&once, &update), once);
}

#[test]
fn prices_of_an_engine_in_a_region_are_replaced_as_a_whole() {
    let nodes = vec![reading("eu-west-1", "cache.m5.large", Product::Redis, 0.172)];
    let (catalog, _, diff) = with(&figures(nodes, Vec::new()));
    let left = catalog.prices.readings(&region("eu-west-1"), "cache.m5.large");
    assert_eq!(left.len(), 1, "an old reservation does not stand beside a new price: {left:?}");
    let gone = diff.warnings.iter().find_map(|warning| match warning {
        Warning::Vanishes { product: Product::Redis, node_types, .. } => Some(node_types.len()),
        _ => None,
    });
    assert!(gone.unwrap() > 40, "{:?}", diff.warnings);
    assert!(diff.changes.iter().any(|change| change.now.is_none()));
}

#[test]
fn a_region_that_is_new_gets_its_file() {
    let nodes = vec![reading("mx-central-1", "cache.r7g.large", Product::Valkey, 0.2)];
    let (catalog, files, diff) = with(&figures(nodes, Vec::new()));
    assert!(files.contains_key("prices/mx-central-1.csv"));
    assert!(catalog.prices.regions().any(|one| *one == region("mx-central-1")));
    let [change] = &diff.changes[..] else { panic!("{:?}", diff.changes) };
    assert_eq!((change.was, change.now, change.calculated), (None, Some(0.2), None));
}

/// A price that a rule gave is no reading, but it is what the new one is compared with.
#[test]
fn a_first_reading_is_compared_with_what_was_calculated() {
    let at = region("eu-west-1");
    let before = BUILTIN.prices.on_demand(&at, Product::Valkey, "cache.m6g.large");
    let before = before.unwrap();
    assert!(!before.is_published());
    let price = before.hourly.usd() * 2.0;
    let nodes = vec![reading("eu-west-1", "cache.m6g.large", Product::Valkey, price)];
    let (_, _, diff) = with(&figures(nodes, Vec::new()));
    let change = diff.changes.iter().find(|change| change.now.is_some()).unwrap();
    assert_eq!((change.was, change.calculated), (None, Some(before.hourly.usd())));
    let said: Vec<String> = diff.warnings.iter().map(ToString::to_string).collect();
    assert!(
        said.iter().any(
            |one| one.contains("moves by more than 30%: cache.m6g.large valkey on_demand +100")
        ),
        "{said:?}"
    );
    assert!(
        said.iter().any(
            |one| one.contains("eu-west-1: Valkey is not 80% of Redis: cache.m6g.large 160.0%")
        ),
        "{said:?}"
    );
}

#[test]
fn rates_are_replaced_one_by_one() {
    let rate = |at: &str, product, item, usd: f64| RateReading {
        region: region(at),
        product,
        item,
        price: Usd::from_nanos(UsdPerHour::from_usd(usd).unwrap().nanos()),
    };
    let valkey = Some(Product::Valkey);
    let rates = vec![
        rate("us-east-1", valkey, ServerlessItem::DataStored, 0.09),
        rate("eu-west-1", valkey, ServerlessItem::DataStored, 0.1),
        rate("eu-west-1", valkey, ServerlessItem::Ecpu, 0.0027),
    ];
    let builtin = &*BUILTIN;
    let (catalog, _, diff) = with(&figures(Vec::new(), rates));
    assert_eq!(catalog.serverless.rows().len(), builtin.serverless.rows().len() + 2);
    let rates = catalog.serverless.rates(&region("eu-west-1"), Product::Valkey).unwrap();
    assert_eq!(rates.per_million_ecpu, Usd::from_nanos(2_700_000));
    assert_eq!(rates.data_published.source, ["offer-1"]);
    assert_eq!(diff.changes.len(), 3, "{:?}", diff.changes);
    assert_eq!(catalog.prices, builtin.prices);
}

#[test]
fn maxmemory_that_is_another_is_written_with_its_source() {
    let of: BTreeMap<String, Bytes> = [
        ("cache.r7g.large", 14_037_181_030),
        ("cache.r7g.xlarge", 30_000_000_000),
        ("cache.z9z.large", 1),
    ]
    .map(|(name, bytes)| (name.to_owned(), Bytes::new(bytes)))
    .into();
    let update = Update {
        figures: Vec::new(),
        maxmemory: Some(MaxMemory { source: source("defaults"), of }),
    };
    let (catalog, files, diff) = with(&update);
    let [change] = &diff.changes[..] else { panic!("{:?}", diff.changes) };
    assert_eq!(change.key, FigureKey::Maxmemory { node_type: "cache.r7g.xlarge".into() });
    let node = |name| catalog.node_type(name).unwrap();
    assert_eq!(node("cache.r7g.xlarge").maxmemory_bytes, Bytes::new(30_000_000_000));
    assert_eq!(node("cache.r7g.xlarge").source.last().map(String::as_str), Some("defaults"));
    assert!(!node("cache.r7g.large").source.iter().any(|key| key == "defaults"));
    assert_eq!(catalog.node_type("cache.z9z.large"), None, "not invented");
    assert_eq!(updated(&files, &update), files);
}

#[test]
fn readings_that_are_older_are_warned_of() {
    let mut update = figures(as_it_is(&BUILTIN, "us-east-1"), Vec::new());
    update.figures[0].date = Date::parse("2021-01-01").unwrap();
    let (_, _, diff) = with(&update);
    assert_eq!(diff.changes, []);
    assert!(matches!(&diff.warnings[..], [Warning::Older { .. }]), "{:?}", diff.warnings);
}

#[test]
fn figures_are_written_exactly() {
    let upfront = Usd::from_nanos(193_000_000_000);
    let purchase = Purchase::Reserved(Term::OneYear, Payment::PartialUpfront);
    let mut partial = reading("sa-east-1", "cache.m8g.large", Product::Valkey, 0.022);
    (partial.purchase, partial.upfront) = (purchase, upfront);
    let (catalog, files, _) = with(&figures(vec![partial.clone()], Vec::new()));
    let row = files["prices/sa-east-1.csv"].lines().last().unwrap().to_owned();
    assert_eq!(
        row,
        "cache.m8g.large,valkey,reserved_1y_partial_upfront,0.022,193,0.044031963,2026-11-20,offer-1,high"
    );
    let read = catalog.prices.price(&partial.region, Product::Valkey, "cache.m8g.large", purchase);
    let read = read.unwrap();
    assert_eq!((read.hourly, read.upfront), (partial.effective(), Some(upfront)));
}
