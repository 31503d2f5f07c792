//! Answers of the APIs.

use crate::catalog::{
    EngineDefault, LeftOut, Recurring, Region, ReservedOffering, maxmemory, reserved,
};
use crate::units::Bytes;

use super::fixture::node;
use super::{OfferReader, Scope, prices, scope};

#[test]
fn products_that_come_one_by_one_are_the_same_products() {
    let product = node("NodeUsage:cache.r7g.large", "Valkey", "us-east-1", "0.1752000000")
        .reserved("1yr", "No Upfront", "0.1191", "");
    for (with_reserved, n) in [(true, 2), (false, 1)] {
        let mut reader = OfferReader::new(Scope { reserved: with_reserved, ..scope(&[]) });
        reader.read_product("GetProducts", &product.answer());
        assert_eq!(reader.finish().unwrap().nodes.len(), n);
    }
    let mut reader = OfferReader::new(scope(&[]));
    reader.read_product("GetProducts", &product.answer());
    reader.read_product("GetProducts", &product.answer());
    reader.read_product("GetProducts", "{\"product\":{}}");
    let said = reader.finish().unwrap_err().to_string();
    assert!(said.contains("the product is given twice"), "{said}");
    assert!(said.contains("missing field `sku`"), "{said}");
}

fn offering(id: &str, payment: &str, fixed: f64, hourly: f64) -> ReservedOffering {
    ReservedOffering {
        id: id.to_owned(),
        node_type: Some("cache.r7g.large".into()),
        duration: Some(31_536_000),
        fixed: Some(fixed),
        engine: Some("valkey".into()),
        payment: Some(payment.into()),
        recurring: vec![Recurring { amount: Some(hourly), frequency: Some("Hourly".into()) }],
    }
}

#[test]
fn offerings_become_reservations() {
    let region = Region::parse("eu-west-1").unwrap();
    let offerings = [
        offering("a", "Partial Upfront", 498.0, 0.057),
        ReservedOffering { recurring: Vec::new(), ..offering("b", "All Upfront", 982.0, 0.0) },
        offering("c", "Heavy Utilization", 100.0, 0.01),
        ReservedOffering {
            engine: Some("memcached".into()),
            ..offering("d", "No Upfront", 0.0, 0.2)
        },
        ReservedOffering {
            node_type: Some("cache.m3.large".into()),
            ..offering("e", "No Upfront", 0.0, 0.2)
        },
        ReservedOffering { id: "f".into(), ..offering("a", "Partial Upfront", 498.0, 0.057) },
    ];
    let (nodes, left_out) = reserved("call", &region, &offerings, &scope(&[])).unwrap();
    let effective: Vec<f64> = nodes.iter().map(|one| one.effective().usd()).collect();
    assert_eq!(effective, [0.113_849_315, 0.112_100_457]);
    let expected = [(LeftOut::Memcached, 1), (LeftOut::OtherTerm, 1), (LeftOut::Repeated, 1)];
    assert_eq!(left_out, expected.into());
}

#[test]
fn offerings_that_cannot_be_used_are_all_named() {
    let region = Region::parse("eu-west-1").unwrap();
    let monthly = Recurring { amount: Some(9.0), frequency: Some("Monthly".into()) };
    let offerings = [
        offering("a", "No Upfront", 0.0, 0.0),
        ReservedOffering { duration: None, ..offering("b", "No Upfront", 0.0, 0.1) },
        ReservedOffering { recurring: vec![monthly], ..offering("c", "No Upfront", 0.0, 0.1) },
        offering("d", "No Upfront", -1.0, 0.1),
        offering("e", "No Upfront", 0.0, 0.1),
        offering("f", "No Upfront", 0.0, 0.2),
    ];
    let error = reserved("call", &region, &offerings, &scope(&[])).unwrap_err();
    let skus: Vec<_> = error.problems.iter().filter_map(|one| one.sku.as_deref()).collect();
    assert_eq!(skus, ["a", "b", "c", "d", "f"], "{error}");
}

#[test]
fn the_smallest_maxmemory_of_all_families_holds() {
    let default = |family: &str, node_type: &str, value: &str| EngineDefault {
        family: family.into(),
        node_type: node_type.into(),
        value: value.into(),
    };
    let defaults = [
        default("redis7", "cache.r7g.large", "14037181030"),
        default("valkey8", "cache.r7g.large", "14037181030"),
        default("redis7", "cache.m4.xlarge", "15328501760"),
        default("valkey7", "cache.m4.xlarge", "11496376320"),
        default("valkey8", "cache.m4.xlarge", "15328501760"),
    ];
    let (of, differing) = maxmemory(&defaults).unwrap();
    assert_eq!(of["cache.r7g.large"], Bytes::new(14_037_181_030));
    assert_eq!(of["cache.m4.xlarge"], Bytes::new(11_496_376_320));
    assert_eq!(differing.into_iter().collect::<Vec<_>>(), ["cache.m4.xlarge"]);
    let wrong = ["", "0", "13 GiB", "-1"].map(|value| default("valkey8", "cache.r7g.large", value));
    assert_eq!(maxmemory(&wrong).unwrap_err().problems.len(), 4);
    assert!(maxmemory(&[]).is_err(), "an empty answer is no news");
}

/// Reserved prices are what they are with any other way to read them.
#[test]
fn an_offering_and_a_term_of_the_list_agree() {
    let region = Region::parse("us-east-1").unwrap();
    let product = node("NodeUsage:cache.r7g.large", "Valkey", "us-east-1", "0.1752").reserved(
        "1yr",
        "Partial Upfront",
        "0.057",
        "498",
    );
    let mut reader = OfferReader::new(scope(&[]));
    reader.read_product("GetProducts", &product.answer());
    let listed = reader.finish().unwrap();
    let offered = [offering("a", "Partial Upfront", 498.0, 0.057)];
    let (nodes, _) = reserved("call", &region, &offered, &scope(&[])).unwrap();
    assert_eq!(listed.nodes[1..], nodes);
    assert_eq!(prices(&listed).len(), 2);
}
