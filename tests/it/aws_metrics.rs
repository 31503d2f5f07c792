//! `cachefit aws metrics`: how a cache was used, from a server that answers as CloudWatch does, and from
//! moto behind a translator, as moto speaks no CBOR.

use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use cachefit::metrics::{Metric, Statistic, Usage};
use serde_json::{Value, json};

use crate::aws::{Moto, account, ask, command, create_group};
use crate::support::aws_stub::{Asked, AwsStub, Reply, cbor_refusal, result};
use crate::support::{Cachefit, Finished, Workdir};

const MINUTE: u64 = 60;

fn metrics(workdir: &Workdir, url: &str, words: &[&str]) -> Finished {
    Cachefit::from(command(workdir, url, &[&["aws", "metrics"], words].concat())).finish()
}

/// Ten shards of a primary and a replica each: more queries than one call takes.
fn orders(asked: &Asked) -> Reply {
    let action = asked.action.as_str();
    if action != "DescribeReplicationGroups" {
        return account(asked);
    }
    let member = |shard: u32, n: u32| {
        format!(
            "<NodeGroupMember><CacheClusterId>orders-{shard:04}-{n:03}</CacheClusterId></NodeGroupMember>"
        )
    };
    let group = |shard| {
        format!(
            "<NodeGroup><NodeGroupMembers>{}{}</NodeGroupMembers></NodeGroup>",
            member(shard, 1),
            member(shard, 2)
        )
    };
    let groups: String = (1..=10).map(group).collect();
    result(
        action,
        &format!(
            "<ReplicationGroups><ReplicationGroup><ReplicationGroupId>orders</ReplicationGroupId>\
             <Status>available</Status><Engine>valkey</Engine>\
             <CacheNodeType>cache.r7g.large</CacheNodeType><ClusterEnabled>true</ClusterEnabled>\
             <NodeGroups>{groups}</NodeGroups></ReplicationGroup></ReplicationGroups>"
        ),
    )
}

/// The queries of a call: id, metric, statistic, dimension and node.
fn queries(asked: &Asked) -> Vec<[String; 5]> {
    let document: Value = serde_json::from_str(&asked.form).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let one = |query: &Value| {
        let stat = &query["MetricStat"];
        let dimension = &stat["Metric"]["Dimensions"][0];
        assert_eq!(stat["Metric"]["Namespace"], "AWS/ElastiCache");
        [
            text(&query["Id"]),
            text(&stat["Metric"]["MetricName"]),
            text(&stat["Stat"]),
            text(&dimension["Name"]),
            text(&dimension["Value"]),
        ]
    };
    document["MetricDataQueries"].as_array().unwrap().iter().map(one).collect()
}

/// Two pages of one reading for each query: keys of primaries only, and nothing of streams.
fn answer(asked: &Asked) -> Reply {
    let document: Value = serde_json::from_str(&asked.form).unwrap();
    let start = document["StartTime"].as_f64().unwrap();
    let second = asked.marker.is_some();
    let one = |[id, metric, _, _, node]: &[String; 5]| {
        let refused = metric == "CacheMisses" && node == "orders-0003-002";
        let none = metric == "StreamBasedCmds" || refused;
        let at = if second { start + 60.0 } else { start };
        let value = match metric.as_str() {
            "IsMaster" => f64::from(u8::from(node.ends_with("001"))),
            "CurrItems" => 5_000.0,
            _ => 60.0,
        };
        json!({
            "Id": id, "Label": "x",
            "StatusCode": if refused { "Forbidden" } else { "Complete" },
            "Timestamps": if none { vec![] } else { vec![at] },
            "Values": if none { vec![] } else { vec![value] },
        })
    };
    let results: Vec<Value> = queries(asked).iter().map(one).collect();
    let mut page = json!({ "MetricDataResults": results });
    if !second {
        page["NextToken"] = "two".into();
    }
    (200, page.to_string())
}

#[test]
fn every_node_is_asked_page_by_page() {
    let stub = AwsStub::start(|asked| match asked.action.as_str() {
        "GetMetricData" => answer(asked),
        _ => orders(asked),
    });
    let workdir = Workdir::new();
    let path = workdir.path("orders.json");
    let out = path.to_str().unwrap();
    let finished = metrics(&workdir, &stub.url, &["orders", "--days", "2", "--out", out]);
    assert_eq!(finished.code, Some(0), "{finished:?}");
    for part in ["not collected: StreamBasedCmds", "not collected: CacheMisses of orders-0003-002"]
    {
        assert!(finished.stderr.contains(part), "no `{part}` in {}", finished.stderr);
    }
    let calls: Vec<Asked> =
        stub.asked().into_iter().filter(|asked| asked.action == "GetMetricData").collect();
    let sizes: Vec<usize> = calls.iter().map(|call| queries(call).len()).collect();
    let each = Metric::ALL.iter().map(|metric| metric.statistics().len()).sum::<usize>();
    assert_eq!(sizes, [500, 500, 20 * each - 500, 20 * each - 500], "in two calls of two pages");
    let of = |call: &Asked| serde_json::from_str::<Value>(&call.form).unwrap();
    let first = of(&calls[0]);
    let [start, end] = ["StartTime", "EndTime"].map(|key| first[key].as_f64().unwrap());
    assert!((end - start - 2.0 * 86_400.0) < 60.0 && start % 60.0 == 0.0, "{start} {end}");
    assert_eq!(first["MaxDatapoints"], 100_800);
    assert_eq!(queries(&calls[0])[0][3], "CacheClusterId");

    let text = fs::read_to_string(&path).unwrap();
    assert!(!text.contains("never-shown") && !text.contains("AKIDEXAMPLE"), "{text}");
    let usage = Usage::read(&text).unwrap();
    assert_eq!((usage.nodes.len(), usage.period_secs), (20, MINUTE));
    let facts = usage.cache.as_ref().unwrap();
    assert_eq!((facts.shards, facts.replicas, facts.cluster_mode), (Some(10), Some(1), Some(true)));
    let demand = usage.demand().unwrap();
    assert_eq!(demand.fullest.keys, 50_000, "those of the primaries");
    assert!(demand.reads_of_replicas && (demand.busiest.unwrap().rate - 30.0).abs() < 1e-9);
    // The file is there, and somebody's.
    let again = metrics(&workdir, &stub.url, &["orders", "--days", "2", "--out", out]);
    assert_eq!(again.code, Some(7), "{again:?}");
}

#[test]
fn a_serverless_cache_has_a_dimension_of_its_own() {
    let stub = AwsStub::start(|asked| match asked.action.as_str() {
        "GetMetricData" => answer(asked),
        _ => account(asked),
    });
    let finished = metrics(&Workdir::new(), &stub.url, &["burst", "--days", "40"]);
    assert_eq!(finished.code, Some(0), "{finished:?}");
    let usage = Usage::read(&finished.stdout).unwrap();
    assert_eq!((usage.nodes[0].id.as_str(), usage.period_secs), ("burst", 300));
    let call = stub.asked().into_iter().find(|asked| asked.action == "GetMetricData").unwrap();
    assert!(queries(&call).iter().all(|[.., name, node]| name == "clusterId" && node == "burst"));
}

#[test]
fn each_refusal_of_cloudwatch_says_what_to_do() {
    let cases: [(u16, &str, &[&str]); 3] = [
        (
            400,
            "AccessDenied",
            &["cloudwatch:GetMetricData", "AKIDEXAMPLE", "\"Effect\": \"Allow\""],
        ),
        (400, "ThrottlingException", &["throttled", "try again"]),
        (400, "InvalidParameterValue", &["GetMetricData failed", "something is odd"]),
    ];
    for (status, code, parts) in cases {
        let stub = AwsStub::start(move |asked| match asked.action.as_str() {
            "GetMetricData" => cbor_refusal(status, code, "something is odd"),
            _ => account(asked),
        });
        let finished = metrics(&Workdir::new(), &stub.url, &["old"]);
        assert_eq!(finished.code, Some(6), "{finished:?}");
        for part in parts {
            assert!(finished.stderr.contains(part), "{code}: no `{part}` in {}", finished.stderr);
        }
        assert!(!finished.stderr.contains("never-shown"), "{}", finished.stderr);
        let calls = stub.asked();
        let calls = calls.iter().filter(|asked| asked.action == "GetMetricData").count();
        assert_eq!(calls > 1, code == "ThrottlingException", "{code}: {calls}");
    }
    let stub = AwsStub::start(|asked| match asked.action.as_str() {
        "GetMetricData" => (200, "<html>a proxy's page".into()),
        _ => account(asked),
    });
    let finished = metrics(&Workdir::new(), &stub.url, &["old"]);
    assert_eq!(finished.code, Some(6), "{finished:?}");
    let period = metrics(&Workdir::new(), &stub.url, &["old", "--period", "90s"]);
    assert_eq!(period.code, Some(2), "{period:?}");
}

/// What is put into moto comes back out of the program, and becomes a workload file.
#[test]
fn what_moto_was_given_is_read_back() {
    let Some(moto) = Moto::start() else {
        println!("skipped: moto is not installed");
        return;
    };
    create_group(&moto.url);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let first = (now / MINUTE - 120) * MINUTE;
    let json_of = |action: &str| {
        format!(
            "Content-Type: application/x-amz-json-1.0\r\n\
             X-Amz-Target: GraniteServiceVersion20100801.{action}"
        )
    };
    for (metric, values) in [
        (Metric::CurrItems, [10_000.0, 11_000.0]),
        (Metric::BytesUsedForCache, [30e6, 33e6]),
        (Metric::GetTypeCmds, [6_000.0, 9_000.0]),
        (Metric::SetTypeCmds, [600.0, 900.0]),
        (Metric::EngineCPUUtilization, [2.0, 3.0]),
        (Metric::IsMaster, [1.0, 1.0]),
    ] {
        let one = |(minute, value): (u64, f64)| {
            json!({
                "MetricName": metric.name(), "Value": value, "Timestamp": first + minute * MINUTE + 5,
                "Dimensions": [{ "Name": "CacheClusterId", "Value": "moto-001" }],
            })
        };
        let data: Vec<Value> = (0..).zip(values).map(one).collect();
        let body = json!({ "Namespace": "AWS/ElastiCache", "MetricData": data }).to_string();
        let put = ask(&moto.url, "monitoring", &json_of("PutMetricData"), &body);
        assert_eq!(put.0, 200, "{}", put.1);
    }
    let url = moto.url.clone();
    let translator = AwsStub::start(move |asked| match asked.action.as_str() {
        "GetMetricData" => ask(&url, "monitoring", &json_of("GetMetricData"), &asked.form),
        "DescribeServerlessCaches" => account(asked),
        _ => {
            ask(&url, "elasticache", "Content-Type: application/x-www-form-urlencoded", &asked.form)
        }
    });
    let workdir = Workdir::new();
    let path = workdir.path("moto.json");
    let out = path.to_str().unwrap();
    let finished = metrics(&workdir, &translator.url, &["moto", "--days", "1", "--out", out]);
    assert_eq!(finished.code, Some(0), "{finished:?}");
    let usage = Usage::read(&fs::read_to_string(&path).unwrap()).unwrap();
    let node = usage.nodes.iter().find(|node| node.id == "moto-001").expect("it has a name");
    let keys = node
        .series
        .iter()
        .find(|one| (one.metric, one.statistic) == (Metric::CurrItems, Statistic::Maximum));
    let keys: Vec<f64> = keys.unwrap().values.iter().copied().flatten().collect();
    assert_eq!(keys, [10_000.0, 11_000.0]);
    let learned = workdir.path("learned.toml");
    let words = ["spec", "learn", "--metrics", out, "--out", learned.to_str().unwrap()];
    let finished = Cachefit::start(&workdir.tmp(), &words).finish();
    assert_eq!(finished.code, Some(0), "{finished:?}");
    let text = fs::read_to_string(learned).unwrap();
    assert!(text.contains("peak = \"165/s\"") && text.contains("by memory"), "{text}");
}
