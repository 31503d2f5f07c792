//! `cachefit aws`: an account's caches, from a server that answers in the shapes AWS records.

use std::process::Command;

use serde_json::Value;

use crate::support::aws_stub::{Asked, AwsStub, Reply, refusal, result};
use crate::support::{Cachefit, Finished, Workdir};

/// Two shards of a primary and a replica each, with cluster mode, TLS and users.
const CLUSTERED: &str = "<ReplicationGroup><ReplicationGroupId>orders</ReplicationGroupId>\
    <Status>available</Status><Engine>valkey</Engine><CacheNodeType>cache.r7g.large</CacheNodeType>\
    <ClusterEnabled>true</ClusterEnabled><MultiAZ>enabled</MultiAZ>\
    <TransitEncryptionEnabled>true</TransitEncryptionEnabled><AuthTokenEnabled>false</AuthTokenEnabled>\
    <UserGroupIds><member>app</member></UserGroupIds>\
    <ConfigurationEndpoint><Address>clustercfg.orders.x.euw1.cache.amazonaws.com</Address>\
    <Port>6379</Port></ConfigurationEndpoint><NodeGroups>\
    <NodeGroup><NodeGroupId>0001</NodeGroupId><NodeGroupMembers><NodeGroupMember/><NodeGroupMember/>\
    </NodeGroupMembers></NodeGroup>\
    <NodeGroup><NodeGroupId>0002</NodeGroupId><NodeGroupMembers><NodeGroupMember/><NodeGroupMember/>\
    </NodeGroupMembers></NodeGroup></NodeGroups></ReplicationGroup>";
/// One shard with a token, whose version stands with its member.
const SINGLE: &str = "<ReplicationGroup><ReplicationGroupId>identity</ReplicationGroupId>\
    <Status>available</Status><CacheNodeType>cache.t4g.small</CacheNodeType>\
    <ClusterEnabled>false</ClusterEnabled><TransitEncryptionEnabled>true</TransitEncryptionEnabled>\
    <AuthTokenEnabled>true</AuthTokenEnabled><NodeGroups><NodeGroup>\
    <PrimaryEndpoint><Address>master.identity.x.euw1.cache.amazonaws.com</Address><Port>6379</Port>\
    </PrimaryEndpoint><ReaderEndpoint><Address>replica.identity.x.euw1.cache.amazonaws.com</Address>\
    <Port>6379</Port></ReaderEndpoint><NodeGroupMembers><NodeGroupMember/><NodeGroupMember/>\
    <NodeGroupMember/></NodeGroupMembers></NodeGroup></NodeGroups></ReplicationGroup>";
const CLUSTERS: &str = "<CacheClusters>\
    <CacheCluster><CacheClusterId>identity-001</CacheClusterId>\
    <ReplicationGroupId>identity</ReplicationGroupId><Engine>redis</Engine>\
    <EngineVersion>7.1.0</EngineVersion><CacheNodeType>cache.t4g.small</CacheNodeType>\
    <CacheParameterGroup><CacheParameterGroupName>ours</CacheParameterGroupName>\
    </CacheParameterGroup></CacheCluster>\
    <CacheCluster><CacheClusterId>old</CacheClusterId><CacheClusterStatus>modifying</CacheClusterStatus>\
    <Engine>redis</Engine><EngineVersion>5.0.6</EngineVersion>\
    <CacheNodeType>cache.m5.large</CacheNodeType><NumCacheNodes>1</NumCacheNodes>\
    <CacheNodes><CacheNode><Endpoint><Address>old.x.0001.euw1.cache.amazonaws.com</Address>\
    <Port>6380</Port></Endpoint></CacheNode></CacheNodes></CacheCluster></CacheClusters>";
const SERVERLESS: &str = "<ServerlessCaches><member><ServerlessCacheName>burst</ServerlessCacheName>\
    <Status>available</Status><Engine>valkey</Engine><FullEngineVersion>8.1</FullEngineVersion>\
    <Endpoint><Address>burst-x.serverless.euw1.cache.amazonaws.com</Address><Port>6379</Port></Endpoint>\
    </member></ServerlessCaches>";

/// The account, in two pages of groups.
fn account(asked: &Asked) -> Reply {
    let action = asked.action.as_str();
    match (action, asked.marker.as_deref()) {
        ("DescribeReplicationGroups", None) => result(
            action,
            &format!("<ReplicationGroups>{CLUSTERED}</ReplicationGroups><Marker>two</Marker>"),
        ),
        ("DescribeReplicationGroups", Some("two")) => {
            result(action, &format!("<ReplicationGroups>{SINGLE}</ReplicationGroups>"))
        }
        ("DescribeCacheClusters", None) => result(action, CLUSTERS),
        ("DescribeServerlessCaches", None) => result(action, SERVERLESS),
        ("DescribeCacheParameters", None) => result(
            action,
            "<Parameters><Parameter><ParameterName>reserved-memory-percent</ParameterName>\
             <ParameterValue>30</ParameterValue></Parameter></Parameters>",
        ),
        ("ListAllowedNodeTypeModifications", None) => result(
            action,
            "<ScaleUpModifications><member>cache.r7g.xlarge</member></ScaleUpModifications>\
             <ScaleDownModifications><member>cache.t4g.small</member></ScaleDownModifications>",
        ),
        _ => refusal(400, "InvalidAction", "no such action"),
    }
}

/// The program with nothing of this machine's configuration.
fn command(workdir: &Workdir, url: &str, words: &[&str]) -> Command {
    let mut command = Cachefit::command(&workdir.tmp());
    command
        .args(words)
        .env("AWS_ENDPOINT_URL", url)
        .env("AWS_REGION", "eu-west-1")
        .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "never-shown-anywhere")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null");
    command
}

fn list(url: &str, more: &[&str]) -> Finished {
    let workdir = Workdir::new();
    Cachefit::from(command(&workdir, url, &[&["aws", "list"], more].concat())).finish()
}

#[test]
fn everything_of_an_account_is_listed() {
    let stub = AwsStub::start(account);
    let finished = list(&stub.url, &["--format", "json"]);
    assert_eq!(finished.code, Some(0), "{finished:?}");
    let listed: Value = serde_json::from_str(&finished.stdout).unwrap();
    let caches = listed["caches"].as_array().unwrap();
    let ids: Vec<&str> = caches.iter().map(|cache| cache["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["burst", "identity", "old", "orders"]);
    let [burst, identity, old, orders] = &caches[..] else { panic!() };
    assert_eq!((&orders["shards"], &orders["replicas"]), (&2.into(), &1.into()));
    assert_eq!(orders["auth"]["users"][0], "app");
    assert_eq!(orders["endpoint"]["host"], "clustercfg.orders.x.euw1.cache.amazonaws.com");
    assert_eq!(orders["may_become"][0], "cache.r7g.xlarge");
    assert!(orders["monthly_usd"].as_f64().unwrap() > 400.0, "four nodes");
    assert_eq!((&identity["version"], &identity["replicas"]), (&"7.1.0".into(), &2.into()));
    assert_eq!(
        (&identity["auth"], &identity["reserved_memory_percent"]),
        (&"token".into(), &30.into())
    );
    assert_eq!(identity["reader"]["host"], "replica.identity.x.euw1.cache.amazonaws.com");
    assert_eq!((&old["kind"], &old["endpoint"]["port"]), (&"cluster".into(), &6380.into()));
    assert_eq!((&burst["kind"], &burst["tls"]), (&"serverless".into(), &true.into()));
    assert_eq!((&burst["monthly_usd"], &burst["node_type"]), (&Value::Null, &Value::Null));
    assert_eq!(listed["not_collected"], Value::Array(Vec::new()));
    assert!(!finished.stdout.contains("never-shown") && !finished.stderr.contains("never-shown"));
    // One question for each parameter group, one for each cache that has node types.
    let count = |action: &str| stub.asked().iter().filter(|asked| asked.action == action).count();
    assert_eq!(count("DescribeCacheParameters"), 1);
    assert_eq!(count("ListAllowedNodeTypeModifications"), 3);

    let table = list(&stub.url, &["--without-changes"]);
    assert!(table.stdout.contains("cache.r7g.large") && table.stdout.contains("users of app"));
    let rows = list(&stub.url, &["--format", "csv", "--without-changes"]);
    assert_eq!(rows.stdout.lines().count(), 5, "{}", rows.stdout);
}

#[test]
fn what_is_denied_besides_is_not_collected() {
    let stub = AwsStub::start(|asked| match asked.action.as_str() {
        "DescribeReplicationGroups" | "DescribeCacheClusters" => account(asked),
        _ => refusal(403, "AccessDenied", "User: arn:aws:iam::1:user/ann is not authorized"),
    });
    let finished = list(&stub.url, &[]);
    assert_eq!(finished.code, Some(0), "{finished:?}");
    assert!(finished.stdout.contains("orders"), "{finished:?}");
    for part in [
        "serverless caches",
        "reserved-memory-percent of ours",
        "what orders may be changed to",
        "user/ann",
    ] {
        assert!(finished.stderr.contains(part), "no `{part}` in {}", finished.stderr);
    }
}

#[test]
fn each_refusal_says_what_to_do() {
    let cases: [(u16, &str, &str, &[&str]); 4] = [
        (
            403,
            "AccessDenied",
            "User: arn:aws:iam::1:user/ann is not authorized",
            &[
                "elasticache:DescribeReplicationGroups",
                "AKIDEXAMPLE",
                "eu-west-1",
                "user/ann",
                "\"Effect\": \"Allow\"",
            ],
        ),
        (
            403,
            "InvalidClientTokenId",
            "The security token is invalid",
            &["is not accepted", "renew"],
        ),
        (400, "Throttling", "Rate exceeded", &["throttled", "try again"]),
        (400, "InvalidParameterValue", "Something is odd", &["Something is odd"]),
    ];
    for (status, code, message, parts) in cases {
        let stub = AwsStub::start(move |_| refusal(status, code, message));
        let finished = list(&stub.url, &[]);
        assert_eq!(finished.code, Some(4), "{finished:?}");
        for part in parts {
            assert!(finished.stderr.contains(part), "no `{part}` in {}", finished.stderr);
        }
        assert!(!finished.stderr.contains("never-shown"), "{}", finished.stderr);
        let attempts = stub.asked().len();
        assert_eq!(attempts > 1, code == "Throttling", "{code}: {attempts}");
    }
}

#[test]
fn an_answer_that_cannot_be_read_is_an_error() {
    let stub = AwsStub::start(|_| (200, "<html>a proxy's page".into()));
    let finished = list(&stub.url, &[]);
    assert_eq!(finished.code, Some(4), "{finished:?}");
    assert!(finished.stderr.contains("DescribeReplicationGroups failed"), "{}", finished.stderr);
}

#[test]
fn without_region_or_credentials_nothing_is_asked() {
    let stub = AwsStub::start(account);
    for (missing, parts) in [
        (&["AWS_REGION"][..], ["no AWS Region", "--region"]),
        (&["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"], ["no AWS credentials", "AWS_PROFILE"]),
    ] {
        let workdir = Workdir::new();
        let mut command = command(&workdir, &stub.url, &["aws", "list"]);
        missing.iter().for_each(|name| {
            command.env_remove(name);
        });
        let finished = Cachefit::from(command).finish();
        assert_eq!(finished.code, Some(4), "{finished:?}");
        for part in parts {
            assert!(finished.stderr.contains(part), "no `{part}` in {}", finished.stderr);
        }
    }
    assert!(stub.asked().is_empty());
}
