//! Published bills, to the cent, where the catalog has the rates.

use crate::catalog::{Catalog, Payment, Purchase, Region, Term};
use crate::engine::Product;
use crate::size::Layout;
use crate::size::bills::extras::{backup_usd, surcharge};
use crate::size::bills::nodes::{bill, offers};
use crate::size::bills::{MonthlyUse, NodeBill};
use crate::units::{Bytes, OpsPerSec, Usd, num};

const NO: Purchase = Purchase::Reserved(Term::OneYear, Payment::NoUpfront);
const PARTIAL: Purchase = Purchase::Reserved(Term::OneYear, Payment::PartialUpfront);
const ALL: Purchase = Purchase::Reserved(Term::OneYear, Payment::AllUpfront);
const THREE_ALL: Purchase = Purchase::Reserved(Term::ThreeYears, Payment::AllUpfront);

fn virginia() -> Region {
    Region::parse("us-east-1").unwrap()
}

/// `nodes` of one type in us-east-1, over one year.
fn bought(node_type: &str, product: Product, nodes: u32, purchase: Purchase) -> NodeBill {
    bought_in(&virginia(), node_type, product, nodes, purchase)
}

fn bought_in(
    region: &Region,
    node_type: &str,
    product: Product,
    nodes: u32,
    purchase: Purchase,
) -> NodeBill {
    let layout = Layout::new(1, nodes - 1);
    let offers = offers(&Catalog::builtin(), region, product, node_type, layout, 12);
    let offer = offers.into_iter().find(|offer| offer.purchase == purchase).unwrap();
    offer.bill.expect("priced")
}

fn shown(usd: Option<Usd>) -> String {
    usd.expect("known").to_string()
}

/// Of infracost's golden files, source P3.
#[test]
fn nodes_on_demand_as_infracost_bills_them() {
    for (node_type, nodes, expected) in [
        ("cache.m4.large", 16, "$1,822.08"),
        ("cache.m4.large", 2, "$227.76"),
        ("cache.r5.4xlarge", 3, "$3,775.56"),
        ("cache.m6g.12xlarge", 3, "$7,789.83"),
        ("cache.m6g.12xlarge", 1, "$2,596.61"),
    ] {
        let bill = bought(node_type, Product::Redis, nodes, Purchase::OnDemand);
        assert_eq!(bill.monthly.to_string(), expected, "{nodes} × {node_type}");
        assert_eq!((bill.upfront, bill.recurring), (Some(Usd::ZERO), Some(bill.monthly)));
    }
}

/// Source P3 again: what is paid each month besides the upfront part.
#[test]
fn reserved_nodes_as_infracost_bills_them() {
    let of = |purchase| bought("cache.m6g.12xlarge", Product::Redis, 1, purchase);
    assert_eq!(shown(of(NO).recurring), "$1,772.44");
    assert_eq!(shown(of(PARTIAL).recurring), "$843.88");
    assert_eq!(shown(of(PARTIAL).upfront), "$10,127.00");
    assert_eq!(shown(of(ALL).recurring), "$0.00");
}

/// The offer file of cache.c7gn.large with Valkey (P5) and of cache.r7g.large in Singapore (P6):
/// upfront and hourly charges are as listed there.
#[test]
fn reserved_nodes_as_the_offer_files_list_them() {
    let singapore = Region::parse("ap-southeast-1").unwrap();
    let c7gn = |purchase| bought("cache.c7gn.large", Product::Valkey, 1, purchase);
    let r7g = |purchase| bought_in(&singapore, "cache.r7g.large", Product::Valkey, 1, purchase);
    // 0.0664 · 8,760 and 0.068 · 8,760 are paid by the hour.
    for (bill, upfront, by_the_hour) in [
        (c7gn(PARTIAL), "$580.79", 0.0664),
        (c7gn(ALL), "$1,143.71", 0.0),
        (c7gn(NO), "$0.00", 0.1384),
        (c7gn(THREE_ALL), "$2,412.50", 0.0),
        (r7g(PARTIAL), "$599.01", 0.068),
        (r7g(ALL), "$1,179.59", 0.0),
        (r7g(THREE_ALL), "$2,488.19", 0.0),
    ] {
        assert_eq!(shown(bill.upfront), upfront);
        let recurring = bill.recurring.unwrap().usd();
        assert!((recurring - by_the_hour * 730.0).abs() < 0.005, "{recurring}");
    }
}

/// A public guide: a primary and a replica of cache.r7g.xlarge with Valkey are about 510 dollars;
/// another: one cache.m5.large 113.88.
#[test]
fn nodes_as_guides_bill_them() {
    let pair = bought("cache.r7g.xlarge", Product::Valkey, 2, Purchase::OnDemand);
    assert_eq!(pair.monthly.to_string(), "$510.42");
    let one = bought("cache.m5.large", Product::Redis, 1, Purchase::OnDemand);
    assert_eq!(one.monthly.to_string(), "$113.88");
}

fn serverless(product: Product, data: Bytes, ecpu: f64) -> MonthlyUse {
    let rates = Catalog::builtin().serverless.rates(&virginia(), product).expect("read there");
    MonthlyUse::of(data, OpsPerSec::new(ecpu), Some(&rates))
}

fn gigabytes(gb: f64) -> Bytes {
    Bytes::from_float(gb * 1e9)
}

/// The same guide: 10 GB and 10,000 simple requests per second with Valkey are about 613 dollars of
/// data and 60 of requests, 673 in all.
#[test]
fn serverless_as_a_guide_bills_it() {
    let month = serverless(Product::Valkey, gigabytes(10.0), 10_000.0);
    assert_eq!(shown(month.data_cost), "$613.20");
    assert_eq!(shown(month.ecpu_cost), "$60.44");
    assert_eq!(shown(month.total()), "$673.64");
}

/// The user guide (L9): an hour of 100,000 ECPU per second is 1.224 dollars with Redis OSS.
#[test]
fn an_hour_of_ecpu_as_the_user_guide_bills_it() {
    let month = serverless(Product::Redis, Bytes::ZERO, 100_000.0);
    assert_eq!(month.ecpu_cost, Some(Usd::from_nanos(1_224_000_000) * 730));
}

/// 0.1 GB with Valkey, 1 GB with Redis OSS are charged at least (P17); from there on by the byte.
#[test]
fn the_least_data_is_charged_up_to_its_edge() {
    for (product, least, floor, next) in
        [(Product::Valkey, 0.1, "$6.13", "$6.75"), (Product::Redis, 1.0, "$91.25", "$100.38")]
    {
        let data = |gb| shown(serverless(product, gigabytes(gb), 0.0).data_cost);
        for gb in [0.0, least / 2.0, least] {
            assert_eq!(data(gb), floor, "{product} {gb}");
        }
        assert_eq!(data(least * 1.1), next);
    }
}

/// Infracost again: 10,000 GB of backups are 850 dollars; of daily ones the first is free (L20).
#[test]
fn backups_as_infracost_bills_them() {
    assert!((backup_usd(gigabytes(10_000.0), 2, 0.085) - 850.0).abs() < 1e-9);
    assert!(backup_usd(gigabytes(10_000.0), 1, 0.085).abs() < 1e-9);
    assert!((backup_usd(gigabytes(100.0), 7, 0.085) - 51.0).abs() < 1e-9);
}

/// Source P20: Extended Support of cache.r6g.large, 0.206 an hour, is 0.165 and later 0.33.
#[test]
fn extended_support_as_the_price_list_has_it() {
    let catalog = Catalog::builtin();
    let node = catalog.prices.on_demand(&virginia(), Product::Redis, "cache.r6g.large").unwrap();
    let date = |text| crate::catalog::Date::parse(text).unwrap();
    let dates = (date("2027-02-01"), date("2030-01-31"));
    let at = |month| surcharge(&catalog, &node, Layout::new(1, 0), dates, month);
    let first = dates.0.months();
    assert_eq!(at(first - 1), Some(Usd::ZERO));
    for (month, hourly) in [(0, 0.165), (23, 0.165), (24, 0.33), (35, 0.33)] {
        let charged = at(first + month).expect("charged").usd() / 730.0;
        assert!((charged - hourly).abs() < 0.000_5, "{month}: {charged}");
    }
    assert_eq!(at(first + 36), None, "AWS runs it no more");
}

/// By hand: 0.68 of twelve months are 8.16, so the ninth pays; 0.45 of 36 are 16.2.
#[test]
fn a_reservation_pays_when_the_hours_cost_more() {
    let months = |node_type, product| {
        [NO, ALL, THREE_ALL].map(|way| bought(node_type, product, 2, way).pays_from_month)
    };
    // Ratios: nothing but on demand was read of m7g.
    assert_eq!(months("cache.m7g.large", Product::Valkey), [Some(9), Some(8), Some(17)]);
    // 0.8 · 0.141 · 8,760 / (0.1648 · 730) = 8.21.
    assert_eq!(months("cache.r6g.large", Product::Valkey)[0], Some(9));
    assert_eq!(
        bought("cache.m7g.large", Product::Valkey, 2, Purchase::OnDemand).pays_from_month,
        None
    );
}

/// Three years are paid to their end although the plan ends after one; two such terms cover four.
#[test]
fn reserved_terms_are_bought_whole() {
    let catalog = Catalog::builtin();
    let price = |purchase| {
        catalog.prices.price(&virginia(), Product::Redis, "cache.c7gn.large", purchase).unwrap()
    };
    let over = |purchase, months| {
        bill(price(purchase), None, Layout::new(1, 0), months).over_horizon.usd()
    };
    let near = |found: f64, expected: f64| assert!((found - expected).abs() < 0.01, "{found}");
    near(over(THREE_ALL, 12), 3_015.63);
    near(over(THREE_ALL, 48), 2.0 * 3_015.63);
    near(over(ALL, 13), 2.0 * 1_429.632);
    near(over(Purchase::OnDemand, 13), 0.255 * 730.0 * 13.0);
    assert_eq!(num::round(over(NO, 12) * 100.0), num::round(0.173 * 8_760.0 * 100.0));
}
