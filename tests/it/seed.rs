//! Seeding real engines: memory as predicted, own keys only, and trouble noticed.

use std::path::{Path, PathBuf};

use cachefit::engine::SlotRange;
use cachefit::measurement::{Seeded, Stamp, TargetFacts};
use cachefit::model::memory::{Layout, footprint};
use cachefit::model::string_classes;
use cachefit::seed::{SeedError, remove_keys, seed};
use cachefit::spec::{PlanSpec, identity_cache};
use cachefit::target::{Control, PrivateEngine, Settings, Target, TargetError, read_facts};
use cachefit::units::Bytes;

use crate::support::{
    SEEDING_PATIENCE, Server, block_on, block_on_for, busy, engine, engines, plan, plan_text, score,
};

const GET: &str = r#"{ class = "s", command = "get", weight = 1 }"#;
const LOAD: &str = r#"levels = ["1k/s"], step = "1s""#;

/// What the connection that seeds may hold at the end and did not at the start: Valkey 9 keeps
/// 20 KiB of its buffers for a while. More than 0.1 % of small data sets only.
const BUFFERS: Bytes = Bytes::from_kib(24);

/// Seeds `spec`; `meanwhile` is called after every batch with the keys stored so far.
async fn fill(
    spec: &PlanSpec,
    servers: &Target,
    mut meanwhile: impl FnMut(u64),
) -> Result<Seeded, SeedError> {
    let target = read_facts(&servers.shards()[0].control, None).await.unwrap();
    let predict = predictor(spec, &target);
    let mut progress = |done, _| meanwhile(done);
    seed(spec, servers, target, Stamp { unix_secs: 0 }, predict, &mut progress).await
}

/// `used_memory` of the full data set on top of a baseline, by the law.
fn predictor(
    spec: &PlanSpec,
    target: &TargetFacts,
) -> impl Fn(&[SlotRange], Bytes) -> Bytes + use<> {
    let keys: Vec<u64> = spec.classes.iter().map(|class| class.keys).collect();
    let classes = string_classes(&spec.classes, &keys);
    let (engine, allocator) = (target.engine, target.allocator);
    let shares_integers = target.shares_integers();
    move |_, baseline| {
        let layout = Layout { engine, allocator, shares_integers, baseline, slots: None };
        footprint(&classes, &layout).settled_total()
    }
}

fn private(binary: PathBuf, maxmemory: Bytes) -> PrivateEngine {
    PrivateEngine::start(&Settings { binary, port: None, maxmemory, max_clients: 100 }).unwrap()
}

/// The built-in workload with `keys` keys in each of its two classes.
fn built_in(keys: u64) -> PlanSpec {
    let mut spec = identity_cache();
    spec.classes.iter_mut().for_each(|class| class.keys = keys);
    spec
}

fn seed_built_in(engine: &Path, keys: u64) -> Seeded {
    let spec = built_in(keys);
    let engine = private(engine.to_owned(), Bytes::from_gib(1));
    block_on_for(SEEDING_PATIENCE, async {
        let control = Control::connect(engine.endpoint()).await.unwrap();
        let servers = Target::single(engine.endpoint().clone(), control);
        fill(&spec, &servers, |_| {}).await.unwrap()
    })
}

#[track_caller]
fn assert_predicted(engine: &Path, seeded: &Seeded) {
    let settled = &seeded.settled;
    let share = seeded.predicted_bytes / settled.used_memory_bytes - 1.0;
    println!(
        "{}: {} {} ({}), {} keys: used_memory {}, predicted {} ({:+.4} %), peak {:?}, {}",
        engine.display(),
        seeded.target.engine.product,
        seeded.target.version,
        seeded.target.allocator,
        settled.n_keys(),
        settled.used_memory_bytes.get(),
        seeded.predicted_bytes.get(),
        share * 100.0,
        settled.used_memory_peak_bytes.map(Bytes::get),
        seeded.loading.elapsed_us,
    );
    assert!(settled.is_settled);
    let off = seeded.predicted_bytes.get().abs_diff(settled.used_memory_bytes.get());
    let allowed = settled.used_memory_bytes.scale(1e-3).max(BUFFERS).get();
    assert!(off <= allowed, "{}: off by {off} bytes, {allowed} are allowed", engine.display());
}

#[test]
fn a_sample_of_the_built_in_workload_takes_the_predicted_memory() {
    let _busy = busy();
    for engine in engines() {
        for keys in [500, 10_000] {
            assert_predicted(&engine, &seed_built_in(&engine, keys));
        }
    }
}

#[test]
fn the_built_in_workload_takes_the_predicted_memory_and_peaks_no_higher() {
    let _busy = busy();
    for engine in engines() {
        let seeded = seed_built_in(&engine, 200_000);
        assert_predicted(&engine, &seeded);
        let settled = &seeded.settled;
        let (predicted, measured) = (seeded.predicted_bytes, settled.used_memory_bytes);
        let case = "the built-in workload, 400,000 keys";
        score("strings", &seeded.target, case, predicted.float(), measured.float());
        let peak = settled.used_memory_peak_bytes.expect("INFO prints it");
        let above = peak / settled.used_memory_bytes - 1.0;
        assert!(above < 0.01, "{}: the peak is {above} above the end", engine.display());
        assert_eq!(seeded.verification.dbsize_after, 400_000);
        assert_eq!(seeded.verification.values_compared, 1_000);
    }
}

#[test]
fn own_keys_are_removed_and_no_others() {
    let server = Server::start(&[]);
    let spec = plan(&plan_text(GET, LOAD));
    // Like its own keys, but beyond the last of them, and one of another kind.
    for key in ["s:2000", "s:", "other"] {
        let () = server.ask(&["SET", key, "mine"]);
    }
    block_on(async {
        let control = Control::connect(&server.endpoint()).await.unwrap();
        let servers = Target::single(server.endpoint(), control);
        let seeded = fill(&spec, &servers, |_| {}).await.unwrap();
        let verification = seeded.verification;
        assert_eq!((verification.dbsize_before, verification.dbsize_after), (3, 2003));
        assert_eq!(remove_keys(&servers, &spec).await.unwrap(), 2000);
        assert_eq!(remove_keys(&servers, &spec).await.unwrap(), 0, "a second time finds none");
    });
    let mut left: Vec<String> = server.ask(&["KEYS", "*"]);
    left.sort();
    assert_eq!(left, ["other", "s:", "s:2000"]);
    assert_eq!(server.ask::<String>(&["GET", "other"]), "mine");
}

/// Seeds the tiny plan into a server with these settings and expects trouble.
fn trouble(settings: &[&str], ttl: &str, meanwhile: impl FnMut(&Server, u64)) -> SeedError {
    let server = Server::start(settings);
    let text = plan_text(GET, LOAD).replace("size = \"1KiB\"", &format!("size = \"1KiB\"{ttl}"));
    let mut meanwhile = meanwhile;
    block_on(async {
        let control = Control::connect(&server.endpoint()).await.unwrap();
        let servers = Target::single(server.endpoint(), control);
        fill(&plan(&text), &servers, |done| meanwhile(&server, done)).await.unwrap_err()
    })
}

#[test]
fn a_full_server_that_may_not_evict_is_out_of_memory() {
    let error = trouble(&["--maxmemory", "2mb"], "", |_, _| {});
    let SeedError::Target { done, wanted: 2000, cause } = &error else { panic!("{error:?}") };
    assert!(*done > 0, "{error}");
    assert!(matches!(cause, TargetError::OutOfMemory { .. }), "{cause}");
}

/// Like ElastiCache by default: keys with a time to live make room for others.
#[test]
fn a_full_server_that_evicts_misses_keys() {
    let settings = ["--maxmemory", "2mb", "--maxmemory-policy", "volatile-lru"];
    let error = trouble(&settings, ", ttl = \"10m\"", |_, _| {});
    assert!(matches!(error, SeedError::KeysMissing { missing: 1.., .. }), "{error:?}");
}

#[test]
fn a_key_that_somebody_removes_is_missing() {
    let error = trouble(&[], "", |server, done| {
        if done == 2000 {
            let () = server.ask(&["DEL", "s:7"]);
        }
    });
    assert!(matches!(error, SeedError::KeysMissing { missing: 1, wanted: 2000 }), "{error:?}");
}

#[test]
fn a_key_that_somebody_adds_is_a_foreign_write() {
    let error = trouble(&[], "", |server, done| {
        let () = server.ask(&["SET", "foreign", &done.to_string()]);
    });
    let foreign = matches!(error, SeedError::ForeignWrites { found: 2001, expected: 2000 });
    assert!(foreign, "{error:?}");
}

#[test]
fn a_value_that_somebody_replaces_differs() {
    let error = trouble(&[], "", |server, done| {
        if done == 2000 {
            let () = server.ask(&["SET", "s:0", "replaced"]);
        }
    });
    assert!(matches!(&error, SeedError::ValueDiffers { key } if key == "s:0"), "{error:?}");
}

#[test]
fn a_server_that_goes_away_ends_seeding_with_the_key_it_came_to() {
    let engine = private(engine(), Bytes::from_mib(64));
    let spec = plan(&plan_text(GET, LOAD));
    let mut engine = Some(engine);
    let error = block_on(async {
        let control = Control::connect(engine.as_ref().unwrap().endpoint()).await.unwrap();
        let servers = Target::single(engine.as_ref().unwrap().endpoint().clone(), control);
        fill(&spec, &servers, |_| drop(engine.take())).await.unwrap_err()
    });
    assert!(matches!(error, SeedError::Target { done: 1.., wanted: 2000, .. }), "{error:?}");
}
