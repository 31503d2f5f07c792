//! `cachefit catalog refresh` against a server that answers in the shapes AWS records: page by page, too
//! much asked, not allowed, unreadable.

use std::fmt::Write as _;
use std::process::Command;

use serde_json::{Value, json};

use crate::support::aws_stub::{
    Asked, AwsStub, HANG_UP, Reply, field, refusal, refusal_in_json, result,
};
use crate::support::{Cachefit, Finished, Workdir};

use super::fixture::{Sold, node, serverless};
use super::{says, tree};

const LARGE: &str = "cache.r7g.large";

fn products() -> Vec<Sold> {
    let node = |engine: &str, usd: &str| {
        // The reservation is not what ElastiCache offers, which is what counts.
        let sold = node("EU-NodeUsage:cache.r7g.large", engine, "eu-west-1", usd);
        sold.reserved("1yr", "No Upfront", "0.9", "")
    };
    let unit = "ElastiCacheProcessingUnit";
    vec![
        node("Redis", "0.2500000000"),
        node("Valkey", "0.2000000000"),
        node("Memcached", "0.2500000000"),
        super::node("EU-NodeUsage:cache.z9z.large", "Valkey", "eu-west-1", "0.3"),
        serverless("EU-CachedData:Valkey", "Valkey", "eu-west-1", "GB-Hours", "0.0940000000"),
        serverless(
            "EU-ElastiCacheProcessingUnits:Valkey",
            "Valkey",
            "eu-west-1",
            unit,
            "0.0000000026",
        ),
    ]
}

/// An account in which every answer has two pages.
fn account(asked: &Asked) -> Reply {
    let action = asked.action.as_str();
    let is_first = asked.marker.is_none();
    assert!(is_first || asked.marker.as_deref() == Some("two"), "{asked:?}");
    let marker = if is_first { "<Marker>two</Marker>" } else { "" };
    match action {
        "DescribeCacheEngineVersions" => {
            let versions = if is_first {
                [("redis", "7.1.0", "redis7"), ("redis", "2.8.24", "redis2.8")]
            } else {
                [("valkey", "8.1.0", "valkey8"), ("memcached", "1.6.22", "memcached1.6")]
            };
            let mut rows = String::new();
            for (engine, version, family) in versions {
                let _ = write!(
                    rows,
                    "<CacheEngineVersion><Engine>{engine}</Engine><EngineVersion>{version}\
                     </EngineVersion><CacheParameterGroupFamily>{family}\
                     </CacheParameterGroupFamily></CacheEngineVersion>"
                );
            }
            result(action, &format!("{marker}<CacheEngineVersions>{rows}</CacheEngineVersions>"))
        }
        "DescribeEngineDefaultParameters" => {
            let family = field(&asked.form, "CacheParameterGroupFamily").unwrap();
            assert!(["redis7", "valkey8"].contains(&family.as_str()), "{family}");
            let (node_type, bytes) =
                if is_first { (LARGE, 14_037_181_031u64) } else { ("cache.z9z.large", 1) };
            result(action, &defaults(marker, node_type, &bytes.to_string()))
        }
        "DescribeReservedCacheNodesOfferings" => {
            let (engine, hourly) = if is_first { ("valkey", 0.132) } else { ("redis", 0.165) };
            result(action, &format!("{marker}{}", offering(engine, hourly)))
        }
        "GetProducts" => {
            assert!(asked.form.contains("\"regionCode\""), "{}", asked.form);
            let products = products();
            let (first, second) = products.split_at(3);
            page(if is_first { first } else { second }, is_first)
        }
        _ => refusal(400, "InvalidAction", "no such action"),
    }
}

fn defaults(marker: &str, node_type: &str, value: &str) -> String {
    format!(
        "<EngineDefaults>{marker}<Parameters><Parameter><ParameterName>timeout</ParameterName>\
         </Parameter></Parameters><CacheNodeTypeSpecificParameters>\
         <CacheNodeTypeSpecificParameter><ParameterName>maxclients</ParameterName>\
         <CacheNodeTypeSpecificValues><CacheNodeTypeSpecificValue>\
         <CacheNodeType>{node_type}</CacheNodeType><Value>65000</Value></CacheNodeTypeSpecificValue>\
         </CacheNodeTypeSpecificValues></CacheNodeTypeSpecificParameter>\
         <CacheNodeTypeSpecificParameter><ParameterName>maxmemory</ParameterName>\
         <CacheNodeTypeSpecificValues><CacheNodeTypeSpecificValue>\
         <CacheNodeType>{node_type}</CacheNodeType><Value>{value}</Value>\
         </CacheNodeTypeSpecificValue></CacheNodeTypeSpecificValues>\
         </CacheNodeTypeSpecificParameter></CacheNodeTypeSpecificParameters></EngineDefaults>"
    )
}

fn offering(engine: &str, hourly: f64) -> String {
    format!(
        "<ReservedCacheNodesOfferings><ReservedCacheNodesOffering>\
         <ReservedCacheNodesOfferingId>of-{engine}</ReservedCacheNodesOfferingId>\
         <CacheNodeType>{LARGE}</CacheNodeType><Duration>31536000</Duration>\
         <FixedPrice>0.0</FixedPrice><UsagePrice>0.0</UsagePrice>\
         <ProductDescription>{engine}</ProductDescription><OfferingType>No Upfront</OfferingType>\
         <RecurringCharges><RecurringCharge><RecurringChargeAmount>{hourly}</RecurringChargeAmount>\
         <RecurringChargeFrequency>Hourly</RecurringChargeFrequency></RecurringCharge>\
         </RecurringCharges></ReservedCacheNodesOffering></ReservedCacheNodesOfferings>"
    )
}

fn page(products: &[Sold], is_first: bool) -> Reply {
    let list: Vec<String> = products.iter().map(Sold::answer).collect();
    let mut answer = json!({ "FormatVersion": "aws_v1", "PriceList": list });
    if is_first {
        answer["NextToken"] = "two".into();
    }
    (200, answer.to_string())
}

fn refresh(workdir: &Workdir, url: &str, more: &[&str]) -> Finished {
    let mut command: Command = Cachefit::command(&workdir.tmp());
    command
        .args(["catalog", "refresh"])
        .args(more)
        .env("AWS_ENDPOINT_URL", url)
        .env("AWS_REGION", "eu-west-1")
        .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "never-shown-anywhere")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null");
    Cachefit::from(command).finish()
}

#[test]
fn every_page_of_every_answer_joins_the_catalog() {
    let workdir = Workdir::new();
    let ours = workdir.path("ours").display().to_string();
    let stub = AwsStub::start(account);
    let finished =
        refresh(&workdir, &stub.url, &["--catalog", &ours, "--apply", "--format", "json"]);
    says(&finished, 0, &[]);
    let answer: Value = serde_json::from_str(&finished.stdout).unwrap();
    let read = &answer["read"];
    assert_eq!((&read["nodes"], &read["rates"]), (&4.into(), &2.into()), "{read}");
    assert_eq!(read["maxmemory"], 1, "of two types, one is not in the catalog");
    assert_eq!(read["unknown_types"], json!({ "cache.z9z.large": ["eu-west-1"] }));
    let now = |what: &str, purchase: Option<&str>| {
        let changes = answer["changes"].as_array().unwrap();
        let found = changes.iter().find(|one| {
            one["what"] == what
                && one["node_type"] == LARGE
                && purchase.is_none_or(|purchase| one["purchase"] == purchase)
                && one["product"].as_str().is_none_or(|product| product == "valkey")
        });
        found.unwrap_or_else(|| panic!("no {what} {purchase:?}"))["now"].clone()
    };
    assert_eq!(now("maxmemory", None), 14_037_181_031.0);
    assert_eq!(now("price", Some("on_demand")), 0.2);
    assert_eq!(now("price", Some("reserved_1y_no_upfront")), 0.132);
    let show = Cachefit::start(&workdir.tmp(), &["catalog", "show", LARGE, "--catalog", &ours]);
    says(&show.finish(), 0, &["[pricing-api-", "[reserved-api-", "[defaults-api-", "14037181031"]);
}

#[test]
fn each_region_is_asked_for_itself_and_maxmemory_once() {
    let workdir = Workdir::new();
    let stub = AwsStub::start(account);
    let finished =
        refresh(&workdir, &stub.url, &["--region", "eu-west-1", "--region", "eu-west-2"]);
    // The stub sells the same products everywhere, which one account does not.
    says(&finished, 6, &["GetProducts of eu-west-2: SKU ", "the product is given twice"]);
    let asked = stub.asked();
    let count = |action: &str| asked.iter().filter(|one| one.action == action).count();
    assert_eq!(count("DescribeReservedCacheNodesOfferings"), 4);
    assert_eq!(count("GetProducts"), 4);
    assert_eq!(count("DescribeEngineDefaultParameters"), 4, "two families of two pages");
    let filters = asked.iter().filter(|one| one.form.contains("\"eu-west-2\"")).count();
    assert_eq!(filters, 2);
}

/// What goes wrong at one page of one call.
fn failing(action: &'static str, page: Option<&'static str>, reply: Reply) -> AwsStub {
    AwsStub::start(move |asked| {
        let is_it = asked.action == action && asked.marker.as_deref() == page;
        if is_it { reply.clone() } else { account(asked) }
    })
}

/// Every way to fail leaves the catalog as it is and says what to do.
#[test]
fn a_part_of_the_answers_replaces_nothing() {
    let workdir = Workdir::new();
    let ours = workdir.path("ours").display().to_string();
    let stub = AwsStub::start(account);
    says(&refresh(&workdir, &stub.url, &["--catalog", &ours, "--apply"]), 0, &["written to"]);
    let before = tree(&workdir.path("ours"));
    let denied = |action: &str| format!("User: arn:aws:iam::1:user/ann may not {action}");
    let two = Some("two");
    let defaults_of =
        |value| result("DescribeEngineDefaultParameters", &defaults("", LARGE, value));
    let garbled = json!({ "FormatVersion": "aws_v1", "PriceList": ["{\"product\":"] }).to_string();
    let free =
        super::node("EU-NodeUsage:cache.r7g.xlarge", "Redis", "eu-west-1", "0").called("FREE");
    let cases: Vec<(AwsStub, Vec<&str>)> = vec![
        (
            failing(
                "GetProducts",
                two,
                refusal_in_json("AccessDeniedException", &denied("see prices")),
            ),
            vec!["pricing:GetProducts is not allowed", "in eu-central-1", "user/ann"],
        ),
        (
            failing(
                "DescribeCacheEngineVersions",
                None,
                refusal(403, "AccessDenied", &denied("see versions")),
            ),
            vec!["DescribeCacheEngineVersions is not allowed", "DescribeEngineDefaultParameters\""],
        ),
        (
            failing(
                "DescribeReservedCacheNodesOfferings",
                two,
                refusal(400, "Throttling", "Rate exceeded"),
            ),
            vec!["DescribeReservedCacheNodesOfferings was throttled", "try again"],
        ),
        (failing("GetProducts", two, (HANG_UP, String::new())), vec!["GetProducts got no answer"]),
        (failing("GetProducts", two, (200, "{".into())), vec!["pricing:GetProducts failed"]),
        (
            failing("GetProducts", two, (200, garbled)),
            vec!["GetProducts of eu-west-1: not readable"],
        ),
        (
            failing("GetProducts", two, page(&[free], false)),
            vec!["SKU FREE: on_demand, Hrs is `0`", "nothing was changed"],
        ),
        (
            failing("DescribeEngineDefaultParameters", two, (200, "<html>a proxy's page".into())),
            vec!["DescribeEngineDefaultParameters failed"],
        ),
        (
            failing("DescribeEngineDefaultParameters", two, defaults_of("13 GiB")),
            vec!["maxmemory is `13 GiB`, not a number of bytes"],
        ),
        (
            failing(
                "DescribeReservedCacheNodesOfferings",
                two,
                result("DescribeReservedCacheNodesOfferings", &offering("redis", 0.0)),
            ),
            vec!["SKU of-redis: reserved_1y_no_upfront is `0`"],
        ),
        (
            AwsStub::start(|asked| match asked.action.as_str() {
                action @ "DescribeReservedCacheNodesOfferings" => {
                    result(action, "<ReservedCacheNodesOfferings/>")
                }
                _ => account(asked),
            }),
            vec!["DescribeReservedCacheNodesOfferings of eu-west-1: it holds no price"],
        ),
    ];
    // Together: a call that is tried again waits seconds.
    std::thread::scope(|all| {
        for (stub, parts) in &cases {
            let (workdir, ours) = (&workdir, &ours);
            all.spawn(move || {
                let finished = refresh(workdir, &stub.url, &["--catalog", ours, "--apply"]);
                says(&finished, 6, parts);
                assert!(!finished.stderr.contains("never-shown"), "{}", finished.stderr);
            });
        }
    });
    assert_eq!(tree(&workdir.path("ours")), before);
}
