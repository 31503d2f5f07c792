//! `cachefit aws`: an account's caches, from a server that answers in the shapes AWS records.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::support::aws_stub::{Asked, AwsStub, Reply, refusal, result};
use crate::support::{Cachefit, Finished, Pki, Workdir, alone};

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
pub(crate) fn account(asked: &Asked) -> Reply {
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
pub(crate) fn command(workdir: &Workdir, url: &str, words: &[&str]) -> Command {
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
        assert_eq!(finished.code, Some(6), "{finished:?}");
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
    assert_eq!(finished.code, Some(6), "{finished:?}");
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
        for name in missing {
            command.env_remove(name);
        }
        let finished = Cachefit::from(command).finish();
        assert_eq!(finished.code, Some(6), "{finished:?}");
        for part in parts {
            assert!(finished.stderr.contains(part), "no `{part}` in {}", finished.stderr);
        }
    }
    assert!(stub.asked().is_empty());
}

/// A group as AWS describes one whose primary is a server of this test.
fn group_at(host: &str, port: u16, auth: &str) -> String {
    format!(
        "<ReplicationGroup><ReplicationGroupId>ours</ReplicationGroupId><Status>available</Status>\
         <Engine>redis</Engine><CacheNodeType>cache.m6g.large</CacheNodeType>\
         <ClusterEnabled>false</ClusterEnabled>{auth}\
         <TransitEncryptionEnabled>true</TransitEncryptionEnabled>\
         <NodeGroups><NodeGroup><PrimaryEndpoint><Address>{host}</Address><Port>{port}</Port>\
         </PrimaryEndpoint></NodeGroup></NodeGroups></ReplicationGroup>"
    )
}

/// An account whose only cache is that group.
fn account_with(group: String) -> AwsStub {
    AwsStub::start(move |asked| match asked.action.as_str() {
        "DescribeReplicationGroups" => {
            result(&asked.action, &format!("<ReplicationGroups>{group}</ReplicationGroups>"))
        }
        "DescribeCacheClusters" => result(&asked.action, "<CacheClusters/>"),
        _ => refusal(403, "AccessDenied", "no"),
    })
}

const PLAN: &str = r#"
    name = "aws"
    class = [{ name = "c", keys = 200, key = "c:{n}", size = "90B" }]
    traffic = [{ class = "c", command = "get", weight = 1 }]
    load = { levels = ["3k/s"], step = "1s", connections = 2 }
    objective = { peak = "500/s", p99 = "2s" } # generous: the machine may be busy
    capacity = {}
    aws = { region = "eu-west-1", engines = ["valkey-8.1"] }
"#;

/// `cachefit plan` of a cache that AWS, asked at `url`, says is at `place`, and that is at the port beside
/// its certificates in truth.
fn plan_of(
    workdir: &Workdir,
    url: &str,
    id: &str,
    (host, port): (&str, u16),
    (pki, true_port): (&Pki, u16),
) -> Command {
    let plan = workdir.file("plan.toml", PLAN).display().to_string();
    let detour = format!("{host}:{port}:127.0.0.1:{true_port}");
    let (out, ca) = (workdir.out().display().to_string(), pki.ca.display().to_string());
    let mut command = command(workdir, url, &["plan", &plan, "--out", &out]);
    command.args(["--elasticache", id, "--resolve", &detour]);
    command.args(["--tls-ca", &ca, "--tls-server-name", "localhost"]);
    command
}

/// Its endpoint, TLS and node type come from AWS, the detour from the command line.
#[test]
fn a_plan_measures_a_cache_by_its_name() {
    let _alone = alone();
    let workdir = Workdir::new();
    let pki = Pki::new(&workdir, "ours");
    let (server, port) = pki.start("no", &["--requirepass", "our-token"]);
    let host = "master.ours.x.euw1.cache.amazonaws.com";
    let token = "<AuthTokenEnabled>true</AuthTokenEnabled>";
    let stub = account_with(group_at(host, 6379, token));
    let plan = || plan_of(&workdir, &stub.url, "OURS", (host, 6379), (&pki, port));
    let without_token = Cachefit::from(plan()).finish();
    assert_eq!(without_token.code, Some(4), "{without_token:?}");
    assert!(without_token.stderr.contains("lets nobody in"), "{}", without_token.stderr);

    let mut with_token = plan();
    with_token.env("REDISCLI_AUTH", "our-token");
    let finished = Cachefit::from(with_token).finish();
    assert_eq!(finished.code, Some(0), "{finished:?}");
    let read = |name: &str| std::fs::read_to_string(workdir.out().join(name)).unwrap();
    let spec: Value = serde_json::from_str(&read("01-spec.json")).unwrap();
    assert_eq!(spec["body"]["production"]["measured_on"], "cache.m6g.large");
    assert!(read("cache.auto.tfvars.json").contains("\"node_type\""));
    for name in ["01-spec.json", "02-seed.json", "03-steps.json", "06-report.json"] {
        assert!(!read(name).contains("our-token"), "{name}");
    }
    let mut client = server.client(0);
    let () = redis::cmd("AUTH").arg("our-token").query(&mut client).unwrap();
    assert_eq!(redis::cmd("DBSIZE").query::<u64>(&mut client).unwrap(), 0);
}

/// What is sent as the password is a request that IAM can check; a server of ours cannot.
#[test]
fn a_login_through_iam_sends_a_signed_request() {
    let workdir = Workdir::new();
    let pki = Pki::new(&workdir, "ours");
    let (server, port) = pki.start("no", &[]);
    let users = "<UserGroupIds><member>app</member></UserGroupIds>";
    let stub = account_with(group_at("localhost", port, users));
    let ca = pki.ca.display().to_string();
    let words = ["clean", "--elasticache", "ours", "--user", "app", "--iam", "--tls-ca", &ca];
    let refused = Cachefit::from(command(&workdir, &stub.url, &words)).finish();
    assert_eq!(refused.code, Some(4), "{refused:?}");
    assert!(refused.stderr.contains("WRONGPASS"), "{}", refused.stderr);
    assert!(!refused.stderr.contains("X-Amz-Signature"), "{}", refused.stderr);

    // A server that takes any password of that user saw who came.
    let () = server.ask(&["ACL", "SETUSER", "app", "on", "nopass", "~*", "+@all"]);
    let welcome = Cachefit::from(command(&workdir, &stub.url, &words)).finish();
    assert_eq!(welcome.code, Some(0), "{welcome:?}");

    let unknown = ["clean", "--elasticache", "theirs"];
    let unknown = Cachefit::from(command(&workdir, &stub.url, &unknown)).finish();
    assert_eq!(unknown.code, Some(6), "{unknown:?}");
    for part in ["no cache `theirs`", "ours", "aws list"] {
        assert!(unknown.stderr.contains(part), "no `{part}` in {}", unknown.stderr);
    }
}

/// Against moto, where it is installed: a group is made there, listed and found.
#[test]
fn a_group_that_moto_made_is_listed_and_found() {
    let Some(moto) = Moto::start() else {
        println!("skipped: moto is not installed");
        return;
    };
    let url = moto.url.clone();
    create_group(&url);
    let finished = list(&url, &["--format", "json"]);
    assert_eq!(finished.code, Some(0), "{finished:?}");
    let listed: Value = serde_json::from_str(&finished.stdout).unwrap();
    let cache = &listed["caches"][0];
    assert_eq!((&cache["id"], &cache["shards"]), (&"moto".into(), &1.into()));
    assert_eq!(cache["tls"], true);
    let host = cache["endpoint"]["host"].as_str().unwrap();

    let _alone = alone();
    let workdir = Workdir::new();
    let pki = Pki::new(&workdir, "ours");
    let (_server, tls_port) = pki.start("no", &[]);
    let at = cache["endpoint"]["port"].as_u64().unwrap();
    let place = (host, u16::try_from(at).unwrap());
    let plan = plan_of(&workdir, &url, "moto", place, (&pki, tls_port));
    let planned = Cachefit::from(plan).finish();
    assert_eq!(planned.code, Some(0), "{planned:?}");
    assert!(workdir.out().join("cache.auto.tfvars.json").exists());
}

/// A moto server; stopped on drop.
pub(crate) struct Moto {
    child: Child,
    pub(crate) url: String,
}

impl Moto {
    /// `None` where it is not installed.
    pub(crate) fn start() -> Option<Self> {
        let port = free_port();
        let child = Command::new("python3")
            .args(["-m", "moto.server", "-H", "127.0.0.1", "-p", &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn();
        let url = format!("http://127.0.0.1:{port}");
        child.ok().and_then(|child| Self::ready(child, url))
    }

    /// Waits until it says that it listens; `None` when it ended instead.
    fn ready(mut child: Child, url: String) -> Option<Self> {
        let lines = BufReader::new(child.stderr.take()?).lines().map_while(Result::ok);
        let mut lines = lines.skip_while(|line| !line.contains("Running on"));
        let is_ready = lines.next().is_some();
        // What it logs later would fill the pipe.
        std::thread::spawn(move || lines.for_each(drop));
        is_ready.then_some(Self { child, url })
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn create_group(url: &str) {
    let form = "Action=CreateReplicationGroup&Version=2015-02-02&ReplicationGroupId=moto\
                &ReplicationGroupDescription=d&CacheNodeType=cache.t4g.small&Engine=redis\
                &ReplicasPerNodeGroup=1&NumNodeGroups=1&TransitEncryptionEnabled=true";
    let answer = ask(url, "elasticache", "Content-Type: application/x-www-form-urlencoded", form);
    assert_eq!(answer.0, 200, "{}", answer.1);
}

/// A question to a service of moto; nothing there checks the signature.
pub(crate) fn ask(url: &str, service: &str, headers: &str, body: &str) -> (u16, String) {
    let mut connection = TcpStream::connect(url.trim_start_matches("http://")).unwrap();
    let request = format!(
        "POST / HTTP/1.1\r\nHost: {service}.eu-west-1.amazonaws.com\r\n\
         Authorization: AWS4-HMAC-SHA256 Credential=a/20260101/eu-west-1/{service}/aws4_request, \
         SignedHeaders=host, Signature=0\r\n{headers}\r\nConnection: close\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    connection.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, body.to_owned())
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
