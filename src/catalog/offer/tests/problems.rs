//! Everything that is wrong is told at once, with its place, and nothing is taken.

use super::fixture::{Sold, index_csv, index_json, node, serverless};
use super::{from_csv, from_json};

fn large(engine: &str, usd: &str) -> Sold {
    node("EU-NodeUsage:cache.r7g.large", engine, "eu-west-1", usd)
}

/// What both forms say is wrong, without the line that only CSV has.
#[track_caller]
fn check(products: &[Sold], expected: &[&str]) {
    let (json, csv) = (from_json(&index_json(products)), from_csv(&index_csv(products)));
    for error in [json.unwrap_err(), csv.unwrap_err()] {
        let said: Vec<String> = error
            .problems
            .iter()
            .map(|one| format!("{}: {}", one.sku.clone().unwrap_or_default(), one.fault))
            .collect();
        assert_eq!(said, expected);
    }
}

#[test]
fn prices_that_nobody_can_pay() {
    for usd in ["0.0000000000", "0E-10"] {
        let found = format!("S: on_demand, Hrs is `{}`: a price above zero was expected", 0);
        check(&[large("Redis", usd).called("S")], &[&found]);
    }
    for usd in ["-0.1", "", "free", "NaN", "inf"] {
        let found = format!("S: on_demand, hourly is `{usd}`: a price above zero was expected");
        check(&[large("Redis", usd).called("S")], &[&found]);
    }
    check(
        &[large("Redis", "1.2").called("S").in_currency("CNY")],
        &["S: on_demand, hourly is not in US dollars"],
    );
}

#[test]
fn parts_that_are_missing_or_too_many() {
    let whole = large("Redis", "0.2").called("S");
    let cases = [
        (whole.clone().reserved("1yr", "Partial Upfront", "0.1", ""), "has no price in Quantity"),
        (whole.clone().reserved("1yr", "Partial Upfront", "", "10"), "has no price in Hrs"),
        (whole.clone().reserved("3yr", "All Upfront", "0", "0"), "Quantity is `0`: a price above"),
        (
            whole.clone().reserved("1yr", "No Upfront", "0.1", "10"),
            "the upfront part is `10`, not zero, as it is paid otherwise",
        ),
        (
            {
                let mut twice = whole.clone();
                let again = twice.terms[0].parts[0].clone();
                twice.terms[0].parts.push(again);
                twice
            },
            "on_demand, hourly is given twice",
        ),
        (
            {
                let mut monthly = whole.clone();
                monthly.terms[0].parts[0].0 = "Mo";
                monthly
            },
            "unit is `Mo`, not Hrs or Quantity",
        ),
    ];
    for (product, part) in cases {
        for error in [
            from_json(&index_json(std::slice::from_ref(&product))),
            from_csv(&index_csv(&[product])),
        ] {
            let said = error.unwrap_err().to_string();
            assert!(said.contains(part) && said.lines().count() == 1, "no `{part}` in {said}");
        }
    }
    // CSV cannot name a product without naming a price of it.
    let mut unpriced = whole.clone();
    unpriced.terms.clear();
    let said = from_json(&index_json(&[unpriced])).unwrap_err().to_string();
    assert_eq!(said, "index.json: SKU S: the price on demand is missing");
    let mut reserved = whole.reserved("1yr", "No Upfront", "0.1", "");
    reserved.terms.remove(0);
    check(&[reserved], &["S: the price on demand is missing"]);
}

#[test]
fn products_that_cannot_be_placed() {
    check(
        &[
            large("Redis", "0.2").called("A").without("regionCode"),
            large("Redis", "0.2").called("B").with("regionCode", "Ireland"),
            large("Redis", "0.2").called("C").without("cacheEngine"),
            large("Redis", "0.2").called("D").without("locationType"),
            large("Redis", "0.2").called("E").with("instanceType", "cache.r7g.xlarge"),
        ],
        &[
            "A: regionCode is missing",
            "B: regionCode is `Ireland`, not a Region like us-east-1",
            "C: cacheEngine is missing",
            "D: locationType is missing",
            "E: instanceType is `cache.r7g.xlarge`, not the node type of the usage type",
        ],
    );
}

#[test]
fn two_prices_for_one_thing() {
    check(
        &[large("Valkey", "0.1752").called("A"), large("Valkey", "0.2190").called("B")],
        &["B: the price of cache.r7g.large with valkey in eu-west-1 differs from that of A"],
    );
}

/// A public table was wrong by a factor of a thousand here.
#[test]
fn rates_in_another_unit() {
    let eu = "eu-west-1";
    let rate = |usage: &str, unit, usd: &str| {
        serverless(&format!("EU-{usage}:Valkey"), "Valkey", eu, unit, usd).called("S")
    };
    for (product, part) in [
        (
            rate("ElastiCacheProcessingUnits", "ECPU", "0.0000027000"),
            "not the price of a single ECPU",
        ),
        (rate("ElastiCacheProcessingUnits", "ECPU", "0.0027"), "not the price of a single ECPU"),
        (rate("CachedData", "GB-Mo", "61.32"), "the unit is `61.32 per GB-Mo`, not GB-Hours"),
        (rate("CachedData", "GB-Hours", "0"), "data_stored is `0`"),
    ] {
        let said = from_json(&index_json(&[product])).unwrap_err().to_string();
        assert!(said.contains(part), "no `{part}` in {said}");
    }
}

#[test]
fn all_of_a_list_at_once_with_lines_in_csv() {
    let products = [
        large("Redis", "0.219"),
        large("Valkey", "none").called("A"),
        node("EU-NodeUsage:cache.r7g.xlarge", "Redis", "eu-west-1", "0").called("B"),
    ];
    let said = from_csv(&index_csv(&products)).unwrap_err().to_string();
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines.len(), 2);
    assert!(lines[0].starts_with("index.csv:8: SKU A: "), "{said}");
    assert!(lines[1].starts_with("index.csv:9: SKU B: "), "{said}");
}

#[test]
fn files_that_are_no_price_list() {
    let whole = index_json(&[large("Redis", "0.219")]);
    let said = |text: &str| from_json(text).unwrap_err().to_string();
    for end in [0, whole.len() / 3, whole.len() - 1] {
        assert!(said(&whole[..end]).contains("not readable as a price list: EOF"), "{end}");
    }
    assert!(said(&(whole.clone() + "x")).contains("trailing characters"));
    assert!(said("{}").contains("it has no `products`"));
    assert!(said(r#"{"products":{},"publicationDate":"2026-11-20"}"#).contains("no `terms`"));
    assert!(said(r#"{"products":[]}"#).contains("expected products by SKU"));
    assert!(said(&whole.replace("AmazonElastiCache", "AmazonEC2")).contains("AmazonEC2"));
    assert!(said(&whole.replace("2026-11-20T", "20.11.2026 ")).contains("the publication date is"));
    assert!(said(&index_json(&[])).contains("no price of a node type that the catalog has"));

    let whole = index_csv(&[large("Redis", "0.219")]);
    let said = |text: &str| from_csv(text).unwrap_err().to_string();
    assert!(said("a,b\n1,2\n").contains("no header that begins with SKU"));
    let renamed = whole.replace("\"Region Code\"", "\"Region\"").replace("\"Unit\"", "\"U\"");
    assert_eq!(said(&renamed), "index.csv:6: Unit is missing\nindex.csv:6: Region Code is missing");
    assert!(said(&whole[..whole.len() - 15]).contains("index.csv:7: not readable"));
    assert!(
        said(&whole.replace("Publication Date", "Date")).contains("publication date is missing")
    );
}
