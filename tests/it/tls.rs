//! Real engines that speak TLS, with certificates made by the test.

use cachefit::load::{LevelSettings, measure_level};
use cachefit::measurement::Stamp;
use cachefit::seed::{remove_keys, seed};
use cachefit::target::{Control, Endpoint, Target, TargetError, TlsOptions, read_facts};
use cachefit::units::OpsPerSec;

use crate::support::{Cachefit, Pki, Workdir, alone, block_on, connect_error, plan, plan_text};

const MIX: &str = r#"
    { class = "s", command = "get", weight = 3 },
    { class = "s", command = "set", weight = 1 },
    { class = "s", command = "mget", batch = 100, weight = 1 }"#;
const LOAD: &str =
    r#"levels = ["1k/s"], step = "2s", connections = 4, pipeline = 2, arrivals = "paced""#;

fn endpoint(port: u16, pki: &Pki) -> Endpoint {
    let options = TlsOptions { ca: Some(pki.ca.clone()), ..TlsOptions::default() };
    Endpoint { tls: Some(options), ..Endpoint::new("localhost", port) }
}

/// Seeding, a level of replies that are many TLS records long, and removal; a client's certificate
/// and an ACL user are asked for.
#[test]
fn a_level_over_tls_is_valid_and_complete() {
    let _alone = alone();
    let workdir = Workdir::new();
    let pki = Pki::new(&workdir, "ours");
    let (server, port) = pki.start("yes", &[]);
    let () = server.ask(&["ACL", "SETUSER", "ann", "on", ">pw", "~*", "+@all"]);
    let mut endpoint = Endpoint::parse("rediss://ann:pw@localhost").unwrap();
    endpoint.port = port;
    endpoint.tls = Some(TlsOptions {
        ca: Some(pki.ca.clone()),
        identity: Some(pki.client.clone()),
        server_name: None,
    });
    let spec = plan(&plan_text(MIX, LOAD));
    let level = block_on(async {
        let control = Control::connect(&endpoint).await.unwrap();
        let servers = Target::single(endpoint.clone(), control.clone());
        let facts = read_facts(&control, Some("its address".into())).await.unwrap();
        let started = Stamp { unix_secs: 0 };
        seed(&spec, &servers, facts, started, |_, bytes| bytes, &mut |_, _| {}).await.unwrap();
        let settings = LevelSettings { offered: OpsPerSec::of(2000.0), seed: 1 };
        let level = measure_level(&spec, &servers, settings).await.unwrap();
        remove_keys(&servers, &spec).await.unwrap();
        level
    });
    assert_eq!(level.void, []);
    assert_eq!((level.completed(), level.unfinished), (3600, 0), "{:?}", level.window_us);
    assert_eq!(server.ask::<u64>(&["DBSIZE"]), 0);
}

#[test]
fn a_server_that_is_not_trusted_is_told_from_one_that_is_not_there() {
    let workdir = Workdir::new();
    let (ours, others) = (Pki::new(&workdir, "ours"), Pki::new(&workdir, "others"));
    let (server, port) = ours.start("no", &[]);
    let fails_with = |endpoint: &Endpoint, part: &str| {
        let error = connect_error(endpoint);
        assert!(matches!(error, TargetError::Tls { .. }), "{error:?}");
        assert!(error.to_string().contains(part), "no `{part}` in: {error}");
        assert!(error.hint().contains("--tls-ca"));
    };
    fails_with(&endpoint(port, &others), "UnknownIssuer");
    let mut renamed = endpoint(port, &ours);
    renamed.host = "127.0.0.1".into();
    fails_with(&renamed, "not valid for name");
    let options = TlsOptions { ca: Some(ours.ca.clone()), ..TlsOptions::default() };
    renamed.tls = Some(TlsOptions { server_name: Some("localhost".into()), ..options });
    block_on(async { Control::connect(&renamed).await.unwrap().info().await.unwrap() });

    // A plain port, and a plain client at a port that speaks TLS.
    fails_with(&endpoint(server.port(), &ours), "no TLS with localhost");
    let error = connect_error(&Endpoint::new("localhost", port));
    assert!(error.hint().contains("rediss://"), "{error:?}: {}", error.hint());
}

#[test]
fn a_server_that_wants_a_certificate_says_so() {
    let workdir = Workdir::new();
    let pki = Pki::new(&workdir, "ours");
    let (_server, port) = pki.start("yes", &[]);
    let error = connect_error(&endpoint(port, &pki));
    assert!(error.to_string().contains("ertificate"), "{error:?}");
}

/// The program as a user types it, through a name that leads elsewhere.
#[test]
fn a_plan_runs_over_tls_and_leaves_nothing_behind() {
    let _alone = alone();
    let workdir = Workdir::new();
    let pki = Pki::new(&workdir, "ours");
    let (server, port) = pki.start("no", &[]);
    let text = plan_text(MIX, r#"levels = ["1k/s"], step = "2s", connections = 2"#);
    let url = format!("rediss://localhost:{port}");
    let resolve = format!("localhost:{port}:127.0.0.1:{port}");
    let more = ["--resolve", &resolve, "--tls-ca", pki.ca.to_str().unwrap()];
    let finished = Cachefit::on_target(&workdir, &text, &url, &more).finish();
    assert!(matches!(finished.code, Some(0 | 1)), "{finished:?}");
    assert!(workdir.artifacts().contains(&"06-report.json".to_owned()), "{finished:?}");
    assert_eq!(server.ask::<u64>(&["DBSIZE"]), 0);

    let refused = Cachefit::on_target(&workdir, &text, &url, &more[..2]).finish();
    assert_eq!(refused.code, Some(4), "{refused:?}");
    assert!(refused.stderr.contains("--tls-ca"), "{}", refused.stderr);
    let plain = format!("redis://localhost:{}", server.port());
    let misplaced = Cachefit::on_target(&workdir, &text, &plain, &more[2..]).finish();
    assert_eq!(misplaced.code, Some(2), "{misplaced:?}");
    assert!(misplaced.stderr.contains("rediss://"), "{}", misplaced.stderr);
}
