//! Readings and rules of the embedded price list.

use crate::catalog::{
    Catalog, Confidence, Date, NodeType, Payment, Price, PriceGrade, Purchase, Region, Term,
    UnpricedReason,
};
use crate::engine::Product;
use crate::units::{Usd, UsdPerHour, num};

fn region(name: &str) -> Region {
    Region::parse(name).unwrap()
}

fn usd(hourly: f64) -> UsdPerHour {
    UsdPerHour::from_usd(hourly).unwrap()
}

#[test]
fn every_type_has_a_published_valkey_price_in_us_east_1() {
    let catalog = Catalog::builtin();
    for node in catalog.node_types() {
        let price =
            catalog.prices.on_demand(&region("us-east-1"), Product::Valkey, &node.name).unwrap();
        assert!(price.is_published(), "{}", node.name);
        assert_eq!(price.reading().date, Date::parse("2026-10-02"));
    }
}

#[test]
fn valkey_is_eight_tenths_of_redis_wherever_both_were_read() {
    let catalog = Catalog::builtin();
    let mut compared = 0;
    for region in catalog.prices.regions() {
        for node in catalog.node_types() {
            let readings = catalog.prices.readings(region, &node.name);
            let on_demand = |product| {
                readings.iter().find(|price: &&Price| {
                    price.product == product && price.purchase == Purchase::OnDemand
                })
            };
            if let (Some(redis), Some(valkey)) =
                (on_demand(Product::Redis), on_demand(Product::Valkey))
            {
                assert_eq!(valkey.hourly, redis.hourly.percent(80), "{region} {}", node.name);
                compared += usize::from(region.as_str() == "us-east-1");
            }
        }
    }
    assert_eq!(compared, 73);
}

#[test]
fn the_price_of_c7gn_large_follows_from_redis_in_every_way_to_pay() {
    let prices = Catalog::builtin().prices;
    for purchase in Purchase::ALL {
        let price = |product| {
            prices.price(&region("us-east-1"), product, "cache.c7gn.large", purchase).unwrap()
        };
        let (redis, valkey) = (price(Product::Redis), price(Product::Valkey));
        assert!(redis.is_published() && valkey.is_published());
        assert_eq!(valkey.hourly, redis.hourly.percent(80), "{purchase}");
    }
}

#[test]
fn a_reading_is_given_as_it_was_read() {
    let prices = Catalog::builtin().prices;
    let m7g = prices.on_demand(&region("us-east-1"), Product::Redis, "cache.m7g.large").unwrap();
    assert_eq!(m7g.hourly, usd(0.158));
    assert_eq!(m7g.upfront, Some(Usd::ZERO));
    assert_eq!(m7g.reading().source, ["P1"]);
    assert_eq!(m7g.reading().confidence, Confidence::High);
    let r7g = prices.on_demand(&region("us-east-1"), Product::Valkey, "cache.r7g.large").unwrap();
    assert_eq!(r7g.hourly, usd(0.1752));
}

#[test]
fn a_missing_valkey_price_is_calculated_from_redis() {
    let prices = Catalog::builtin().prices;
    let frankfurt = region("eu-central-1");
    let redis = prices.on_demand(&frankfurt, Product::Redis, "cache.r6g.large").unwrap();
    let valkey = prices.on_demand(&frankfurt, Product::Valkey, "cache.r6g.large").unwrap();
    assert_eq!(valkey.hourly, redis.hourly.percent(80));
    assert_eq!(valkey.reading(), redis.reading());
    let PriceGrade::Calculated { rule, from } = valkey.grade else { panic!("was not read") };
    assert_eq!((rule.name.as_str(), rule.percent), ("valkey_node_discount_vs_redis", 80));
    assert_eq!(*from, redis);
}

#[test]
fn a_missing_reserved_price_is_calculated_from_on_demand() {
    let prices = Catalog::builtin().prices;
    let all_upfront = Purchase::Reserved(Term::OneYear, Payment::AllUpfront);
    let price = prices
        .price(&region("us-east-1"), Product::Valkey, "cache.m7g.large", all_upfront)
        .unwrap();
    assert_eq!(price.hourly, usd(0.1264 * 0.64));
    assert_eq!(price.upfront, Some(Usd::from_nanos((price.hourly * 8760).nanos())));
    assert!(!price.is_published());
}

#[test]
fn a_reservation_is_cheaper_than_the_hour_and_three_years_than_one() {
    let catalog = Catalog::builtin();
    for region in catalog.prices.regions() {
        for node in catalog.node_types() {
            let price = |purchase| {
                let found =
                    catalog.prices.price(region, Product::Redis, &node.name, purchase).ok()?;
                Some(found.hourly)
            };
            let Some(on_demand) = price(Purchase::OnDemand) else { continue };
            for payment in [Payment::NoUpfront, Payment::PartialUpfront, Payment::AllUpfront] {
                let one = price(Purchase::Reserved(Term::OneYear, payment)).unwrap();
                let three = price(Purchase::Reserved(Term::ThreeYears, payment)).unwrap();
                assert!(three < one && one < on_demand, "{region} {} {payment:?}", node.name);
            }
        }
    }
}

#[test]
fn what_is_paid_upfront_is_part_of_the_effective_price() {
    let catalog = Catalog::builtin();
    for region in catalog.prices.regions() {
        let readings = |node: &NodeType| catalog.prices.readings(region, &node.name).to_vec();
        for price in catalog.node_types().iter().flat_map(readings) {
            let upfront = price.upfront.map(Usd::usd);
            let place = format!("{region} {} {:?}", price.purchase, price.hourly);
            match price.purchase {
                Purchase::OnDemand | Purchase::Reserved(_, Payment::NoUpfront) => {
                    assert_eq!(price.upfront, Some(Usd::ZERO), "{place}");
                }
                Purchase::Reserved(term, payment) => {
                    let spread = upfront.map(|usd| usd / num::float(term.hours()));
                    let is_whole = payment == Payment::AllUpfront;
                    // Price lists round the upfront charge to a dollar or the hour to 1/10,000 USD.
                    assert!(spread.is_none_or(|s| s <= price.hourly.usd() + 1e-4), "{place}");
                    assert!(
                        !is_whole || spread.is_some_and(|s| s >= price.hourly.usd() - 1e-4),
                        "{place}"
                    );
                }
            }
        }
    }
}

#[test]
fn an_unknown_price_is_an_error_and_not_zero() {
    let prices = Catalog::builtin().prices;
    let unpriced =
        prices.on_demand(&region("eu-west-3"), Product::Valkey, "cache.m8g.large").unwrap_err();
    assert_eq!(unpriced.reason, UnpricedReason::NoReading);
    assert_eq!(
        unpriced.to_string(),
        "no on_demand price of cache.m8g.large with valkey is known in eu-west-3"
    );
    let nowhere = prices.on_demand(&region("mx-central-1"), Product::Redis, "cache.m7g.large");
    assert_eq!(nowhere.unwrap_err().reason, UnpricedReason::NoRegion);
}

#[test]
fn readings_of_a_region_span_their_dates() {
    let prices = Catalog::builtin().prices;
    let virginia = prices.dates(&region("us-east-1")).unwrap();
    assert_eq!(virginia.oldest.to_string(), "2022-02-13");
    assert_eq!(virginia.newest.to_string(), "2026-10-02");
    assert_eq!(prices.dates(&region("mx-central-1")), None);
}

#[test]
fn a_price_survives_an_artifact() {
    let prices = Catalog::builtin().prices;
    let price = prices.on_demand(&region("eu-central-1"), Product::Valkey, "cache.r6g.large");
    let text = serde_json::to_string(&price.clone().unwrap()).unwrap();
    assert_eq!(serde_json::from_str::<Price>(&text).unwrap(), price.unwrap());
}
