//! What price lists have fooled other tools with. Each case gives another price for a thing that is
//! read, so that it is a contradiction as soon as its filter is gone.

use crate::catalog::{LeftOut, Region, ServerlessItem};
use crate::engine::Product;

use super::fixture::{Sold, backup, node, serverless};
use super::{from_json, index_json, offer, prices, scope};

const MEDIUM: &str = "USW2-NodeUsage:cache.t3.medium";

/// The engines of one type in one Region.
fn medium() -> Vec<Sold> {
    vec![
        node(MEDIUM, "Redis", "us-west-2", "0.0680000000"),
        node(MEDIUM, "Valkey", "us-west-2", "0.0544000000"),
    ]
}

#[test]
fn engines_share_a_usage_type_and_are_told_apart() {
    let mut products = medium();
    products.push(node(MEDIUM, "Memcached", "us-west-2", "0.0680000000"));
    let offer = offer(&products);
    assert_eq!(
        prices(&offer),
        [
            ("us-west-2 cache.t3.medium redis on_demand".to_owned(), 0.068),
            ("us-west-2 cache.t3.medium valkey on_demand".to_owned(), 0.0544),
        ]
    );
    assert_eq!(offer.left_out, [(LeftOut::Memcached, 1)].into());
}

#[test]
fn what_is_not_the_plain_price_of_a_node_is_left_out() {
    let cases = [
        ("USW2-ExtendedSupportYr1_Yr2-NodeUsage", "AWS Region", LeftOut::ExtendedSupport),
        ("ExtendedSupportYr3-NodeUsage", "AWS Region", LeftOut::ExtendedSupport),
        ("USW2-SyncDurability-NodeUsage", "AWS Region", LeftOut::Durability),
        ("USW2-Outpost-NodeUsage", "AWS Region", LeftOut::OutsideRegions),
        ("USW2-NodeUsage", "AWS Outposts", LeftOut::OutsideRegions),
        ("USW2-NodeUsage", "AWS Local Zone", LeftOut::OutsideRegions),
        ("USW2-SomethingNew-NodeUsage", "AWS Region", LeftOut::OtherUsage),
    ];
    for (usage, place, why) in cases {
        for engine in ["Redis", "Valkey"] {
            let other =
                node(&format!("{usage}:cache.t3.medium"), engine, "us-west-2", "0.1090000000");
            let other = other.called("OTHER").with("locationType", place);
            let mut products = medium();
            products.push(other);
            let offer = offer(&products);
            assert_eq!(offer.left_out, [(why, 1)].into(), "{usage} {place}");
            assert_eq!(offer.nodes.len(), 2, "{usage} {place}");
        }
    }
}

#[test]
fn empty_processors_and_memory_do_no_harm() {
    let products =
        [medium()[0].clone().with_null("vcpu").with_null("memory").without("instanceType")];
    assert_eq!(prices(&offer(&products)).len(), 1);
}

#[test]
fn the_region_is_that_of_its_code() {
    let usage = |prefix: &str| format!("{prefix}NodeUsage:cache.t3.medium");
    let products: Vec<Sold> = [
        ("", "us-east-1"),
        ("USE1-", "us-east-2"), // as no price list says, but none can be asked to
        ("EU-", "eu-west-1"),
        ("APS1-", "ap-southeast-1"),
        ("UGW1-", "us-gov-west-1"),
    ]
    .iter()
    .map(|(prefix, region)| node(&usage(prefix), "Redis", region, "0.0680000000"))
    .collect();
    let found = offer(&products);
    let regions: Vec<&str> = found.nodes.iter().map(|one| one.region.as_str()).collect();
    assert_eq!(regions, ["ap-southeast-1", "eu-west-1", "us-east-1", "us-east-2", "us-gov-west-1"]);
}

#[test]
fn serverless_is_quoted_by_the_gigabyte_hour_and_the_single_unit() {
    let eu = "eu-central-1";
    let unit = "ElastiCacheProcessingUnit";
    let products = [
        serverless("EUC1-CachedData:Valkey", "Valkey", eu, "GB-Hours", "0.1010000000"),
        serverless("EUC1-ElastiCacheProcessingUnits:Valkey", "Valkey", eu, unit, "0.0000000027"),
        serverless("EUC1-CachedData:Memcached", "Memcached", eu, "GB-Hours", "0.1510000000"),
        serverless("EUC1-BackupUsage:Valkey", "Valkey", eu, "GB-months", "0.0850000000"),
        backup("Redis", eu, "0.0900000000"),
    ];
    let found = offer(&products);
    let rates: Vec<_> =
        found.rates.iter().map(|one| (one.product, one.item, one.price.usd())).collect();
    assert_eq!(
        rates,
        [
            (Some(Product::Redis), ServerlessItem::BackupStorage, 0.09),
            (Some(Product::Valkey), ServerlessItem::DataStored, 0.101),
            (Some(Product::Valkey), ServerlessItem::Ecpu, 0.0027),
        ]
    );
    assert_eq!(found.left_out, [(LeftOut::Memcached, 1), (LeftOut::OtherUsage, 1)].into());
}

/// An hour of a reservation is its hourly charge and an hour's share of the upfront one: the larger of
/// the two is what a tool once took.
#[test]
fn reservations_are_the_sum_of_their_parts() {
    let product = medium()[0]
        .clone()
        .reserved("1yr", "No Upfront", "0.0460000000", "")
        .reserved("1yr", "Partial Upfront", "0.0220000000", "193")
        .reserved("1yr", "All Upfront", "0.0000000000", "378")
        .reserved("3yr", "Partial Upfront", "0.0160000000", "426")
        .reserved("3yr", "All Upfront", "", "801")
        .reserved("3yr", "Heavy Utilization", "0.01", "200");
    let found = offer(&[product]);
    let effective: Vec<f64> = found.nodes.iter().map(|one| one.effective().usd()).collect();
    let expected = [
        0.068,
        0.046,
        0.022 + 193.0 / 8760.0,
        378.0 / 8760.0,
        0.016 + 426.0 / 26280.0,
        801.0 / 26280.0,
    ];
    assert_eq!(effective.len(), expected.len());
    for (found, expected) in effective.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-9, "{found} {expected}");
    }
    assert_eq!(found.left_out, [(LeftOut::OtherTerm, 1)].into());
}

#[test]
fn a_type_that_the_catalog_does_not_have_is_named() {
    let mut products = medium();
    for region in ["us-west-2", "eu-west-1"] {
        products.push(node("NodeUsage:cache.m3.large", "Redis", region, "0.1820000000"));
    }
    let found = offer(&products);
    let names: Vec<(&String, usize)> =
        found.unknown_types.iter().map(|(name, regions)| (name, regions.len())).collect();
    assert_eq!(names, [(&"cache.m3.large".to_owned(), 2)]);
    assert_eq!(found.nodes.len(), 2);
}

#[test]
fn the_same_price_under_another_key_is_no_contradiction() {
    let mut products = medium();
    products.push(node("NodeUsage:cache.t3.medium", "Redis", "us-west-2", "0.0680000000"));
    let found = offer(&products);
    assert_eq!((found.nodes.len(), found.left_out), (2, [(LeftOut::Repeated, 1)].into()));
}

#[test]
fn only_regions_that_were_asked_for_are_taken() {
    let mut products = medium();
    // Nothing of a Region that was not asked for can be wrong.
    products.push(node("NodeUsage:cache.t3.medium", "Redis", "us-east-1", "wrong"));
    let mut reader = super::OfferReader::new(scope(&["us-west-2"]));
    reader.read_json("index.json", index_json(&products).as_bytes());
    let found = reader.finish().unwrap();
    assert!(found.nodes.iter().all(|one| Some(&one.region) == Region::parse("us-west-2").as_ref()));
    assert_eq!(found.left_out, [(LeftOut::OtherRegion, 1)].into());
}

#[test]
fn terms_may_come_before_products_and_reservations_under_another_name() {
    let product = medium()[0].clone().reserved("1yr", "All Upfront", "0.0000000000", "378");
    let list: serde_json::Value = serde_json::from_str(&index_json(&[product])).unwrap();
    let (products, mut terms) = (&list["products"], list["terms"].clone());
    let reserved = terms["Reserved"].take();
    let text = format!(
        r#"{{"terms":{{"OnDemand":{},"Others":{reserved}}},"products":{products},
            "publicationDate":"2026-11-20T00:00:00Z"}}"#,
        terms["OnDemand"]
    );
    assert_eq!(from_json(&text).unwrap().nodes.len(), 2);
}
