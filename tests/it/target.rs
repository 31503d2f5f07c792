//! Targets that are not ours: reached with every kind of login, and refused when they are not safe.

use std::fs;
use std::net::TcpListener;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use cachefit::seed::{check_access, check_kind};
use cachefit::target::{Control, Endpoint, Secret, Target, TargetError, read_facts};

use crate::support::{
    Answer, Cachefit, Finished, PATIENCE, Server, Stub, Workdir, alone, block_on, connect_error,
    memory_peak, plan_text,
};

const GET: &str = r#"{ class = "s", command = "get", weight = 1 }"#;
const LOAD: &str = r#"levels = ["1k/s"], step = "1s", connections = 2"#;

fn plan() -> String {
    plan_text(GET, LOAD)
}

/// As ElastiCache wants it of whoever IAM let in: a connection is cut twelve hours after its last login.
#[test]
fn an_open_connection_logs_in_again_when_its_password_is_renewed() {
    let server = Server::start(&[]);
    let () = server.ask(&["ACL", "SETUSER", "app", "on", ">first", ">second", "~*", "+@all"]);
    let mut endpoint = Endpoint { user: Some("app".into()), ..server.endpoint() };
    let secret = Secret::new("first".into());
    endpoint.password = Some(secret.clone());
    // Logins that succeeded and that were refused, of everybody.
    let logins = |calls: u64, failed: u64| {
        let expected = format!("cmdstat_auth:calls={calls},");
        let deadline = Instant::now() + PATIENCE;
        loop {
            let info: String = server.ask(&["INFO", "commandstats"]);
            let line = info.lines().find(|line| line.starts_with("cmdstat_auth:")).unwrap();
            if line.starts_with(&expected)
                && line.trim().ends_with(&format!("failed_calls={failed}"))
            {
                return;
            }
            assert!(Instant::now() < deadline, "{line}");
        }
    };
    block_on(async {
        let control = Control::connect(&endpoint).await.unwrap();
        logins(1, 0);
        secret.renew("second".into());
        logins(2, 0);
        // A token that is refused takes nothing away, and the next is taken.
        secret.renew("wrong".into());
        logins(3, 1);
        control.info().await.unwrap();
        secret.renew("first".into());
        logins(4, 1);
        // Nobody logs in for a connection that nobody has.
        drop(control);
        while server.ask::<String>(&["CLIENT", "LIST"]).contains("user=app") {
            tokio::task::yield_now().await;
        }
        secret.renew("second".into());
        Control::connect(&endpoint).await.unwrap();
        logins(5, 1);
    });
}

/// Runs the tiny plan on a target and expects exit code 4, `parts` on standard error, a hint, and
/// nothing written: neither keys nor anything beyond the plan.
#[track_caller]
fn assert_refused(url: &str, more: &[&str], parts: &[&str]) -> Finished {
    let workdir = Workdir::new();
    let finished = Cachefit::on_target(&workdir, &plan(), url, more).finish();
    assert_eq!(finished.code, Some(4), "{finished:?}");
    for part in parts.iter().chain(&["error: ", "hint: "]) {
        assert!(finished.stderr.contains(part), "no `{part}` in:\n{}", finished.stderr);
    }
    assert_eq!(finished.stdout, "");
    assert_eq!(workdir.artifacts(), ["01-spec.json"]);
    finished
}

#[test]
fn nobody_listening_is_told_from_nobody_answering() {
    let holder = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let silent = Endpoint::new("127.0.0.1", holder.local_addr().unwrap().port());
    // The system accepts the connection; nobody ever reads from it.
    let error = connect_error(&silent);
    assert!(matches!(error, TargetError::NoReply { .. }), "{error:?}");

    drop(holder);
    let url = format!("redis://{silent}");
    let parts = ["cannot reach 127.0.0.1:", "refused", "only inside its VPC"];
    assert_refused(&url, &[], &parts);
}

#[test]
fn a_login_that_is_refused_says_why() {
    let server = Server::start(&["--requirepass", "right"]);
    let hint = "REDISCLI_AUTH";
    assert_refused(&server.url(""), &[], &["refused the login: NOAUTH", hint]);
    for login in [":wrong-one@", "ann:wrong-one@", "ann@"] {
        let finished = assert_refused(&server.url(login), &[], &["WRONGPASS", hint]);
        assert!(!finished.stderr.contains("wrong-one"), "{}", finished.stderr);
    }
    let open = Server::start(&[]);
    assert_refused(&open.url(":needless@"), &[], &["without any password", hint]);
}

/// An engine quotes the arguments of a command that it does not know.
#[test]
fn a_password_that_the_server_repeats_is_struck_out() {
    let server = Server::start(&["--rename-command", "AUTH", ""]);
    let finished = assert_refused(&server.url(":secret-word@"), &[], &["unknown command"]);
    assert!(!finished.stderr.contains("secret-word"), "{}", finished.stderr);
}

#[test]
fn a_bad_address_ends_with_2_and_is_not_quoted() {
    let workdir = Workdir::new();
    let check = |url: &str, more: &[&str], part: &str| {
        let finished = Cachefit::on_target(&workdir, &plan(), url, more).finish();
        assert_eq!(finished.code, Some(2), "{finished:?}");
        assert!(finished.stderr.contains(part), "no `{part}` in:\n{}", finished.stderr);
        assert!(!finished.stderr.contains("secret-word"), "{}", finished.stderr);
    };
    check("redis://ann:secret-word@cache", &["--tls-server-name", "x"], "rediss://");
    check("http://ann:secret-word@cache", &[], "does not begin with redis://");
    check("redis://ann:secret-word@cache:x", &[], "host or port is wrong");
    check("redis://ann:secret-word@cache", &["--resolve", "cache:1"], "is not HOST:PORT:ADDRESS");
    check("redis://ann:secret-word@cache", &["--engine-port", "7000"], "cannot be used with");
    let finished = Cachefit::start(&workdir.tmp(), &["plan", "--allow-nonempty"]).finish();
    assert_eq!(finished.code, Some(2), "{finished:?}");
}

#[test]
fn a_database_that_does_not_exist_is_named_by_the_server() {
    let server = Server::start(&[]);
    assert_refused(&format!("{}/99", server.url("")), &[], &["SELECT", "out of range"]);
}

#[test]
fn a_user_without_a_command_that_is_needed_is_told_which() {
    let server = Server::start(&[]);
    for denied in ["info", "unlink", "mget", "set", "ping", "dbsize"] {
        let rule = format!("-{denied}");
        let words = ["ACL", "SETUSER", "ann", "reset", "on", ">pw", "~*", "+@all", &rule];
        let () = server.ask(&words);
        let refusal = format!("refused {}", denied.to_uppercase());
        assert_refused(&server.url("ann:pw@"), &[], &[&refusal, "+unlink"]);
        assert_eq!(server.ask::<u64>(&["DBSIZE"]), 0);
    }
    let () = server.ask(&["ACL", "SETUSER", "ann", "reset", "on", ">pw", "~other:*", "+@all"]);
    assert_refused(&server.url("ann:pw@"), &[], &["refused EXISTS", "NOPERM", "the plan's keys"]);
}

#[test]
fn a_user_who_may_not_read_collections_is_told_before_anything_is_written() {
    let server = Server::start(&[]);
    let check = |class: &str, denied: &str| {
        let class = format!(r#"class = [{{ name = "s", keys = 9, key = "s:{{n}}", {class} }}]"#);
        let text = plan_text(r#"{ class = "s", command = "COMMAND", weight = 1 }"#, LOAD)
            .replace(
                r#"class = [{ name = "s", keys = 2_000, key = "s:{n}", size = "1KiB" }]"#,
                &class,
            )
            .replace("COMMAND", if class.contains("list") { "lrange" } else { "hgetall" });
        let rule = format!("-{denied}");
        let words = ["ACL", "SETUSER", "ann", "reset", "on", ">pw", "~*", "+@all", &rule];
        let () = server.ask(&words);
        let endpoint = Endpoint::parse(&server.url("ann:pw@")).unwrap();
        block_on(async {
            let control = Control::connect(&endpoint).await.unwrap();
            let servers = Target::single(endpoint.clone(), control.clone());
            check_access(&servers, &crate::support::plan(&text)).await
        })
    };
    let list = r#"type = "list", members = 3, size = "9B""#;
    let hash = r#"type = "hash", members = 3, member = "f{n}", size = "9B", ttl = "1h""#;
    for (class, denied) in
        [(list, "llen"), (list, "lrange"), (hash, "hlen"), (hash, "hmget"), (hash, "expire")]
    {
        let error = check(class, denied).expect_err(denied);
        assert!(error.to_string().contains(&denied.to_uppercase()), "{denied}: {error}");
    }
    check(list, "expire").expect("nothing expires");
    assert_eq!(server.ask::<u64>(&["DBSIZE"]), 0);
}

#[test]
fn a_replica_names_its_primary() {
    let (primary, replica) = (Server::start(&[]), Server::start(&[]));
    let () = replica.ask(&["REPLICAOF", "127.0.0.1", &primary.port().to_string()]);
    let of = format!("is a replica of 127.0.0.1:{}", primary.port());
    assert_refused(&replica.url(""), &[], &[&of, "at the primary"]);
}

/// The engine is told to take its time over each key, and to answer meanwhile.
#[test]
fn a_server_that_still_loads_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path().to_str().unwrap();
    let full = Server::start(&["--dir", place]);
    for n in 0..2000 {
        let () = full.ask(&["SET", &format!("key:{n}"), &"x".repeat(100)]);
    }
    let () = full.ask(&["SAVE"]);
    drop(full);
    let slow = ["--key-load-delay", "20000", "--loading-process-events-interval-bytes", "1024"];
    let loading = Server::start_until("loading rdb", &[&["--dir", place], &slow[..]].concat());
    assert_refused(&loading.url(""), &[], &["still loading its data set", "loading:0"]);
}

#[test]
fn a_node_of_a_cluster_without_slots_is_refused() {
    let server = Server::start(&["--cluster-enabled", "yes"]);
    assert_refused(&server.url(""), &[], &["the cluster is not whole", "16384 of 16384 slots"]);
}

#[test]
fn keys_of_others_are_refused_in_any_database() {
    let server = Server::start(&[]);
    let () = server.ask(&["SET", "users:1", "ann"]);
    let () = server.ask_in(3, &["SET", "users:2", "bob"]);
    let parts = ["2 key(s) that are not the plan's (db0: 1, db3: 1)", "--allow-nonempty"];
    assert_refused(&server.url(""), &[], &parts);
    assert_refused(&format!("{}/7", server.url("")), &[], &parts);
}

#[test]
fn keys_of_the_plans_names_are_never_overwritten() {
    let server = Server::start(&[]);
    let () = server.ask(&["HSET", "s:7", "field", "value"]);
    let () = server.ask(&["SET", "s:1999", "mine"]);
    let more = ["--allow-nonempty"];
    let parts = ["2 key(s) with the plan's names but other values", "`s:7`", "other key names"];
    assert_refused(&server.url(""), &more, &parts);
    assert_eq!(server.ask::<String>(&["HGET", "s:7", "field"]), "value");
    assert_eq!(server.ask::<String>(&["GET", "s:1999"]), "mine");
}

#[test]
fn a_server_in_use_is_refused() {
    let server = Server::start(&[]);
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut user = server.client(0);
            while !over.load(Ordering::Relaxed) {
                let () = redis::cmd("GET").arg("nothing").query(&mut user).unwrap();
            }
        });
        // The flag is set even when an assertion fails, or the test would hang.
        let seen = std::panic::catch_unwind(|| {
            assert_refused(&server.url(""), &[], &["serves others", "get ", "--allow-nonempty"]);
        });
        over.store(true, Ordering::Relaxed);
        seen.unwrap();
    });
}

#[test]
fn a_server_with_many_clients_is_refused() {
    let server = Server::start(&[]);
    let _clients: Vec<redis::Connection> = (0..11).map(|_| server.client(0)).collect();
    assert_refused(&server.url(""), &[], &["has 11 other clients", "--allow-nonempty"]);
}

#[test]
fn a_policy_that_may_drop_keys_of_others_is_refused() {
    let server = Server::start(&["--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"]);
    let () = server.ask(&["SET", "users:1", "ann"]);
    let parts = ["may drop any key for memory (allkeys-lru)", "volatile-lru"];
    assert_refused(&server.url(""), &["--allow-nonempty"], &parts);
}

#[test]
fn data_that_does_not_fit_beside_what_is_stored_is_refused() {
    let server = Server::start(&["--maxmemory", "3mb"]);
    let parts = ["the data set needs", "the target's maxmemory, with what it holds"];
    assert_refused(&server.url(""), &[], &parts);
    let () = server.ask(&["CONFIG", "SET", "maxmemory", "100mb"]);
    let () = server.ask(&["SET", "users:1", &"x".repeat(50_000_000)]);
    let () = server.ask(&["CONFIG", "SET", "maxmemory", "53000000"]);
    assert_refused(&server.url(""), &["--allow-nonempty"], &parts);
}

#[test]
fn what_a_target_refuses_to_tell_is_listed_and_not_taken_for_zero() {
    let server =
        Server::start(&["--rename-command", "CONFIG", "", "--rename-command", "DEBUG", ""]);
    let rules = "-config -debug -memory -latency -slowlog -client -cluster -save -bgsave";
    let mut words = vec!["ACL", "SETUSER", "ann", "on", ">pw", "~*", "+@all"];
    words.extend(rules.split(' '));
    let () = server.ask(&words);
    let endpoint = Endpoint::parse(&server.url("ann:pw@")).unwrap();
    let facts = block_on(async {
        let control = Control::connect(&endpoint).await.unwrap();
        read_facts(&control, Some("there".into())).await.unwrap()
    });
    assert_eq!(facts.state.refused, ["MEMORY MALLOC-STATS"]);
    assert_eq!(facts.state.not_collected, Vec::<String>::new());
    assert_eq!(check_kind(&facts), Ok(()));

    // A service that prints less.
    let stub = Stub::start(|_| {
        Answer::Reply("-ERR unknown command 'MEMORY', with args beginning with:\r\n")
    });
    let facts = block_on(async {
        let control = Control::connect(&stub.endpoint()).await.unwrap();
        read_facts(&control, Some("there".into())).await.unwrap()
    });
    assert_eq!(facts.maxmemory_bytes, None);
    assert_eq!(facts.state.keys_by_database, None);
    for field in ["maxmemory", "used_memory", "keyspace", "commandstats"] {
        assert!(facts.state.not_collected.iter().any(|missing| missing == field), "{field}");
    }
}

#[test]
fn a_server_that_answers_only_that_it_loads_is_said_to_load() {
    let stub =
        Stub::start(|_| Answer::Reply("-LOADING Redis is loading the dataset in memory\r\n"));
    let mut endpoint = stub.endpoint();
    endpoint.database = 1;
    let error = connect_error(&endpoint);
    assert!(matches!(error, TargetError::Loading { .. }), "{error:?}");
}

/// The whole way, with the least rights and through a tunnel; the password is nowhere afterwards.
#[test]
fn a_plan_runs_with_the_rights_it_needs_and_no_others() {
    let _alone = alone();
    let server = Server::start(&[]);
    let rights = "~s:* -@all +ping +info +select +dbsize +exists +get +mget +set +unlink";
    let mut words = vec!["ACL", "SETUSER", "ann", "on", ">secret-word"];
    words.extend(rights.split(' '));
    let () = server.ask(&words);

    let workdir = Workdir::new();
    let port = server.port();
    let mut command = Cachefit::command(&workdir.tmp());
    command.arg("plan").arg(workdir.file("plan.toml", &plan())).arg("--out").arg(workdir.out());
    command.args(["--target", &format!("redis://ann@cache.internal:{port}/3")]);
    command.args(["--resolve", &format!("cache.internal:{port}:127.0.0.1"), "--keep-keys"]);
    command.env("REDISCLI_AUTH", "secret-word");
    let finished = Cachefit::from(command).finish();
    assert!(finished.concluded(), "{finished:?}");
    let not_told = "the target does not tell: MEMORY MALLOC-STATS; not collected";
    assert!(finished.stderr.contains(not_told), "{}", finished.stderr);
    assert_eq!(server.ask_in::<u64>(3, &["DBSIZE"]), 2000, "they are kept");
    assert_eq!(server.ask::<u64>(&["DBSIZE"]), 0);

    let seeded = &workdir.artifact("02-seed.json")["body"];
    assert_eq!(seeded["target"]["is_private"], false);
    assert_eq!(seeded["target"]["address"], format!("cache.internal:{port}"));
    assert_eq!(seeded["target"]["state"]["refused"][0], "MEMORY MALLOC-STATS");
    let level = &workdir.artifact("03-steps.json")["body"]["levels"][0]["commands"][0];
    assert!(level["keys_asked"].as_u64() > Some(0));
    assert_eq!(level["keys_missed"], 0, "load asks the same user's same database");
    let report = fs::read_to_string(workdir.out().join("report.md")).unwrap();
    assert!(report.contains(&format!("at cache.internal:{port}, planned for")));
    assert!(!report.contains("a private"), "it was none");

    assert!(!finished.stdout.contains("secret-word") && !finished.stderr.contains("secret-word"));
    for name in workdir.artifacts() {
        let path = workdir.out().join(&name);
        if path.is_file() {
            let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
            assert!(!text.contains("secret-word"), "the password stands in {name}");
        }
    }
}

/// Bulk strings and arrays that are announced and never come end in an error, and nothing is set aside
/// for them.
#[test]
fn replies_that_lie_about_their_length_cost_no_memory() {
    let lies = ["$4294967296\r\nshort", "*4294967295\r\n:1\r\n", "*1\r\n*1\r\n*1000000000\r\n"];
    let runs = lies.map(|lie| {
        thread::spawn(move || {
            // The login is the first that is asked.
            let stub = Stub::start(move |_| Answer::Reply(lie));
            let workdir = Workdir::new();
            let url = format!("redis://ann:pw@{}", stub.endpoint());
            let run = Cachefit::on_target(&workdir, &plan(), &url, &[]);
            let mut peak = 0;
            while let Some(now) = memory_peak(run.pid()) {
                peak = peak.max(now);
                thread::sleep(Duration::from_millis(20));
            }
            (lie, peak, run.finish())
        })
    });
    for run in runs {
        let (lie, peak, run) = run.join().unwrap();
        assert_eq!(run.code, Some(4), "{lie:?} {run:?}");
        let least = u64::from(cfg!(target_os = "linux"));
        assert!((least..64 * 1024).contains(&peak), "{peak} KiB for {lie:?}");
    }
}

/// Debian's engines have a quantum of 16, official builds 8: told or not, the same answer.
#[test]
fn a_quantum_that_is_not_told_is_inferred_from_own_keys() {
    let _alone = alone();
    let server = Server::start(&[]);
    let told = block_on(async {
        let control = Control::connect(&Endpoint::parse(&server.url("")).unwrap()).await.unwrap();
        read_facts(&control, None).await.unwrap()
    });
    let words = ["ACL", "SETUSER", "ann", "on", ">pw", "~*", "+@all", "-memory"];
    let () = server.ask(&words);
    let workdir = Workdir::new();
    let file = workdir.file("plan.toml", &plan().replace("2_000", "50_000").replace("1KiB", "40B"));
    let mut command = Cachefit::command(&workdir.tmp());
    command.arg("plan").arg(file).arg("--out").arg(workdir.out());
    command.args(["--target", &server.url("ann:pw@")]);
    let finished = Cachefit::from(command).finish();
    assert!(finished.concluded(), "{finished:?}");
    let memory = &workdir.artifact("04-models.json")["body"]["memory"];
    assert_eq!(memory["measured"]["allocator"], told.allocator.to_string(), "{memory}");
    assert_eq!(memory["allocator_evidence"], "own-keys");
}
