//! A target that is not ours is left as it was found, whatever happens in between.

use rustix::process::Signal;

use crate::support::{Cachefit, Finished, Server, Workdir, alone, plan_text, signal};

const SET: &str = r#"
    { class = "s", command = "get", weight = 1 },
    { class = "s", command = "set", weight = 1, key = "other:{n}" },
    { class = "s", command = "set", weight = 1 }"#;

/// Levels far longer than the test.
const LONG: &str = r#"levels = ["2k/s", "3k/s"], step = "10m", connections = 8"#;
const SHORT: &str = r#"levels = ["1k/s"], step = "1s", connections = 2"#;

/// What is said last before keys are written, where there is something to note.
const LAST_WORDS: &str = "note: ";

/// With so many keys seeding takes seconds, in which it can be disturbed.
fn large_plan(load: &str) -> String {
    plan_text(SET, load).replace("2_000", "300_000")
}

/// A server with keys of others in two databases.
fn shared_server(settings: &[&str]) -> Server {
    let server = Server::start(settings);
    // Like own keys, but beyond the last of them.
    for key in ["s:1000000", "s:", "users:1"] {
        let () = server.ask(&["SET", key, "theirs"]);
    }
    let () = server.ask_in(3, &["SET", "s:1", "theirs"]);
    server
}

#[track_caller]
fn assert_only_theirs(server: &Server) {
    let mut left: Vec<String> = server.ask(&["KEYS", "*"]);
    left.sort();
    assert_eq!(left.iter().take(5).collect::<Vec<_>>(), ["s:", "s:1000000", "users:1"]);
    for key in left {
        assert_eq!(server.ask::<String>(&["GET", &key]), "theirs");
    }
    assert_eq!(server.ask_in::<String>(3, &["GET", "s:1"]), "theirs");
}

fn start(workdir: &Workdir, plan: &str, server: &Server) -> Cachefit {
    Cachefit::on_target(workdir, plan, &server.url(""), &["--allow-nonempty"])
}

#[track_caller]
fn assert_ended(finished: &Finished, code: i32, parts: &[&str]) {
    assert_eq!(finished.code, Some(code), "{finished:?}");
    for part in parts {
        assert!(finished.stderr.contains(part), "no `{part}` in:\n{}", finished.stderr);
    }
}

/// Interrupts a run after `event` and expects only keys of others.
#[track_caller]
fn interrupt(plan: &str, event: &str, kind: Signal, said: &str) {
    let _alone = alone();
    let (server, workdir) = (shared_server(&[]), Workdir::new());
    let mut run = start(&workdir, plan, &server);
    run.wait_for(event);
    if event == LAST_WORDS {
        server.wait_for_keys(3);
    }
    run.signal(kind);
    assert_ended(&run.finish(), 130, &["interrupted", said]);
    assert_only_theirs(&server);
}

#[test]
fn an_interruption_before_seeding_has_nothing_to_remove() {
    for event in ["looking at", "target: "] {
        interrupt(&large_plan(LONG), event, Signal::INT, "nothing was written");
    }
}

#[test]
fn an_interruption_while_seeding_leaves_no_own_key() {
    for kind in [Signal::INT, Signal::TERM] {
        interrupt(&large_plan(LONG), LAST_WORDS, kind, "own keys are removed");
    }
}

#[test]
fn an_interruption_under_load_leaves_no_own_key() {
    for kind in [Signal::INT, Signal::TERM, Signal::HUP] {
        interrupt(&plan_text(SET, LONG), "seeded 2000 keys", kind, "own keys are removed");
    }
    let auto = LONG.replace(r#"["2k/s", "3k/s"]"#, r#""auto""#);
    interrupt(&plan_text(SET, &auto), "seeded 2000 keys", Signal::INT, "own keys are removed");
}

/// The server stands still until the signal has been noticed.
#[test]
fn an_interruption_of_the_removal_lets_it_end() {
    let _alone = alone();
    let (server, workdir) = (shared_server(&[]), Workdir::new());
    let plan = large_plan(SHORT);
    let mut run = start(&workdir, &plan, &server);
    run.wait_for("offered 1.00k/s");
    signal(server.pid(), Signal::STOP);
    run.signal(Signal::INT);
    run.wait_for("removing own keys (once more leaves them there)");
    signal(server.pid(), Signal::CONT);
    assert_ended(&run.finish(), 130, &["own keys are removed"]);
    assert_only_theirs(&server);
}

/// A server that stands still: the first Ctrl-C waits for it, the second one does not.
#[test]
fn a_second_interruption_ends_the_removal_and_says_how_to_make_up_for_it() {
    let _alone = alone();
    let (server, workdir) = (shared_server(&[]), Workdir::new());
    let mut run = start(&workdir, &plan_text(SET, LONG), &server);
    run.wait_for("seeded 2000 keys");
    signal(server.pid(), Signal::STOP);
    run.signal(Signal::INT);
    run.wait_for("removing own keys (once more leaves them there)");
    run.signal(Signal::INT);
    let finished = run.finish();
    signal(server.pid(), Signal::CONT);
    let command = format!("{} --target {}", workdir.out().display(), server.url(""));
    assert_ended(
        &finished,
        130,
        &["own keys may be left on", "remove them with: cachefit clean", &command],
    );

    let clean = clean(&workdir, &server);
    assert_ended(&clean, 0, &[]);
    assert_only_theirs(&server);
}

fn clean(workdir: &Workdir, server: &Server) -> Finished {
    let mut command = Cachefit::command(&workdir.tmp());
    command.arg("clean").arg(workdir.path("plan.toml")).args(["--target", &server.url("")]);
    Cachefit::from(command).finish()
}

#[test]
fn keys_of_a_run_that_was_killed_are_known_again_and_removed_first() {
    let _alone = alone();
    let (server, workdir) = (Server::start(&[]), Workdir::new());
    let plan = plan_text(SET, LONG);
    let run = |plan: &str| Cachefit::on_target(&workdir, plan, &server.url(""), &[]);
    let mut killed = run(&plan);
    killed.wait_for("seeded 2000 keys");
    killed.signal(Signal::KILL);
    killed.finish();
    let left = server.ask::<u64>(&["DBSIZE"]);
    assert!(left >= 2000, "{left}");

    let next = run(&plan_text(SET, SHORT)).finish();
    assert!(next.concluded(), "{next:?}");
    assert!(next.stderr.contains("keys are left from an earlier run of this plan"), "{next:?}");
    assert_eq!(server.ask::<u64>(&["DBSIZE"]), 0);
}

#[test]
fn clean_removes_what_is_ours_and_counts_what_is_not() {
    let (server, workdir) = (shared_server(&[]), Workdir::new());
    workdir.file("plan.toml", &plan_text(SET, SHORT));
    let value: String = "cachefit-".chars().cycle().take(1024).collect();
    for key in ["s:0", "s:1999", "other:5"] {
        let () = server.ask(&["SET", key, &value]);
    }
    let finished = clean(&workdir, &server);
    assert_ended(&finished, 0, &[]);
    assert!(finished.stdout.starts_with("removed 3 own keys from 127.0.0.1:"), "{finished:?}");
    assert_only_theirs(&server);

    let () = server.ask(&["RPUSH", "s:1", "theirs"]);
    let finished = clean(&workdir, &server);
    assert_ended(&finished, 1, &[]);
    assert!(finished.stdout.contains("left 1 keys of the plan's names"), "{finished:?}");
    assert_eq!(server.ask::<String>(&["TYPE", "s:1"]), "list");
}

#[test]
fn a_server_that_is_killed_ends_with_the_command_that_cleans() {
    let _alone = alone();
    for (plan, event) in
        [(large_plan(LONG), LAST_WORDS), (plan_text(SET, LONG), "seeded 2000 keys")]
    {
        let (server, workdir) =
            (Server::start(&["--maxmemory-policy", "allkeys-lru"]), Workdir::new());
        let mut run = start(&workdir, &plan, &server);
        run.wait_for(event);
        server.wait_for_keys(0);
        signal(server.pid(), Signal::KILL);
        let finished = run.finish();
        assert!(matches!(finished.code, Some(4 | 5)), "{finished:?}");
        let command = format!("{} --target {}", workdir.out().display(), server.url(""));
        for part in ["error: ", "hint: ", "own keys may be left", "cachefit clean", &command] {
            assert!(finished.stderr.contains(part), "no `{part}` in:\n{}", finished.stderr);
        }
    }
}

#[test]
fn a_connection_that_breaks_is_opened_again_to_remove_own_keys() {
    let _alone = alone();
    let (server, workdir) = (shared_server(&[]), Workdir::new());
    let mut run = start(&workdir, &large_plan(LONG), &server);
    run.wait_for(LAST_WORDS);
    server.wait_for_keys(3);
    let _: u64 = server.ask(&["CLIENT", "KILL", "TYPE", "normal"]);
    assert_ended(&run.finish(), 4, &["seeding stopped at key", "removed "]);
    assert_only_theirs(&server);
}

/// Another client takes the memory that was free when the run began.
#[test]
fn a_server_that_runs_out_of_memory_while_it_is_seeded_is_cleaned() {
    let _alone = alone();
    let (server, workdir) = (shared_server(&[]), Workdir::new());
    let mut run = start(&workdir, &large_plan(LONG), &server);
    run.wait_for(LAST_WORDS);
    server.wait_for_keys(3);
    let () = server.ask(&["CONFIG", "SET", "maxmemory", "1mb"]);
    let parts = ["seeding stopped at key", "out of memory", "hint: raise maxmemory", "removed "];
    assert_ended(&run.finish(), 4, &parts);
    assert_only_theirs(&server);
}

/// ElastiCache's policies that drop keys of any kind are fine as long as nobody else has any.
#[test]
fn an_empty_target_that_drops_any_key_is_used_with_a_note() {
    let _alone = alone();
    let settings = ["--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"];
    let (server, workdir) = (Server::start(&settings), Workdir::new());
    let plan = plan_text(SET, SHORT);
    let finished = Cachefit::on_target(&workdir, &plan, &server.url(""), &[]).finish();
    assert!(finished.concluded(), "{finished:?}");
    assert!(finished.stderr.contains("may drop any key for memory (allkeys-lru)"), "{finished:?}");
    assert_eq!(server.ask::<u64>(&["DBSIZE"]), 0);
}
