//! Private engines: started for one run, closed to others, gone afterwards.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};

use cachefit::target::{Control, Endpoint, EngineError, PrivateEngine, Settings, TargetError};
use cachefit::units::Bytes;
use rustix::process::Signal;

use crate::support::{
    Cachefit, PATIENCE, Workdir, alone, block_on, ended, engine, plan_text, signal,
};

fn settings(binary: PathBuf) -> Settings {
    Settings { binary, port: None, maxmemory: Bytes::from_mib(64), max_clients: 100 }
}

#[test]
fn answers_its_owner_and_nobody_else() {
    let engine = PrivateEngine::start(&settings(engine())).unwrap();
    let endpoint = engine.endpoint().clone();
    block_on(async {
        let control = Control::connect(&endpoint).await.unwrap();
        assert_eq!(control.dbsize().await.unwrap(), 0);
        let info = control.info().await.unwrap();
        assert_eq!(info.bytes("maxmemory"), Some(Bytes::from_mib(64)));
        assert_eq!(info.text("maxmemory_policy"), Some("volatile-lru"));

        let stranger = Endpoint { password: None, ..endpoint.clone() };
        let refused = match Control::connect(&stranger).await {
            Ok(control) => control.dbsize().await.unwrap_err(),
            Err(error) => error,
        };
        assert!(matches!(refused, TargetError::Refused { .. }), "{refused}");
    });

    let mut stream = TcpStream::connect((endpoint.host.as_str(), endpoint.port)).unwrap();
    stream.write_all(b"*1\r\n$4\r\nPING\r\n").unwrap();
    let mut reply = [0; 7];
    stream.read_exact(&mut reply).unwrap();
    assert_eq!(&reply, b"-NOAUTH");
}

#[test]
fn is_stopped_and_its_directory_removed_on_drop() {
    let engine = PrivateEngine::start(&settings(engine())).unwrap();
    let (pid, port) = (engine.pid(), engine.endpoint().port);
    drop(engine);
    assert!(ended(pid, PATIENCE));
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err(), "the port is free again");
    // The directory as well: the program's own runs check that, where TMPDIR is theirs alone.
}

/// The configuration goes through a pipe: neither arguments, environment nor files show it.
#[cfg(target_os = "linux")]
#[test]
fn its_password_is_nowhere_to_be_read() {
    let workdir = Workdir::new();
    let spy = workdir.spy_engine(&engine());
    let engine = PrivateEngine::start(&settings(spy)).unwrap();
    let password = workdir.spied_password();
    assert_eq!(password.len(), 32);

    let process = PathBuf::from(format!("/proc/{}", engine.pid()));
    for file in ["cmdline", "environ"] {
        assert_not_in(&process.join(file), &password);
    }
    let directory = fs::read_link(process.join("cwd")).unwrap();
    let files: Vec<PathBuf> =
        fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(!files.is_empty(), "there is a pid file at least");
    for file in &files {
        assert_not_in(file, &password);
    }
    assert!(!format!("{engine:?}").contains(&password));

    drop(engine);
    assert!(!directory.exists());
}

#[track_caller]
fn assert_not_in(file: &Path, secret: &str) {
    let bytes = fs::read(file).unwrap();
    let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
    assert!(!found, "the password stands in {}", file.display());
}

#[test]
fn a_busy_port_is_named() {
    let holder = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let busy = holder.local_addr().unwrap().port();
    let settings = Settings { port: Some(busy), ..settings(engine()) };
    let error = PrivateEngine::start(&settings).unwrap_err();
    assert!(matches!(error, EngineError::PortBusy { port } if port == busy), "{error}");
}

#[test]
fn a_binary_that_is_no_engine_is_named_with_its_last_words() {
    let error = PrivateEngine::start(&settings("/bin/ls".into())).unwrap_err();
    assert!(matches!(error, EngineError::Ended { .. }), "{error:?}");
    let text = error.to_string();
    assert!(text.starts_with("/bin/ls ended before it was ready: "), "{text}");
    assert!(text.contains("'-'") || text.contains("-:"), "what it said on stderr: {text}");

    let error = PrivateEngine::start(&settings("/etc/hostname".into())).unwrap_err();
    assert!(matches!(error, EngineError::NotStarted { .. }), "{error:?}");
}

/// Levels far longer than the test, so that the program is there until it is stopped.
fn long_plan(workdir: &Workdir) -> PathBuf {
    let traffic = r#"{ class = "s", command = "get", weight = 1 }"#;
    let load = r#"levels = ["100/s"], step = "10m", connections = 2"#;
    workdir.file("long.toml", &plan_text(traffic, load))
}

fn short_plan(workdir: &Workdir) -> PathBuf {
    let traffic = r#"{ class = "s", command = "get", weight = 1 }"#;
    let load = r#"levels = ["2k/s"], step = "1s", connections = 2"#;
    workdir.file("short.toml", &plan_text(traffic, load))
}

fn run(workdir: &Workdir, plan: &Path, out: &str) -> Cachefit {
    let out = workdir.path(out);
    let arguments = ["plan".as_ref(), plan.as_os_str(), "--out".as_ref(), out.as_os_str()];
    Cachefit::start(&workdir.tmp(), &arguments)
}

#[test]
fn an_engine_whose_owner_was_killed_is_stopped_by_the_next_run() {
    let _alone = alone();
    let workdir = Workdir::new();
    let mut owner = run(&workdir, &long_plan(&workdir), "killed");
    owner.wait_for("seeded 2000 keys");
    let orphan = workdir.engine_pid();
    let directories = workdir.engine_directories();
    owner.signal(Signal::KILL);
    assert_eq!(owner.finish().code, None);
    // Signal 0 of rustix: the orphan is still there, or this panics.
    signal(orphan, Signal::CONT);

    let mut next = run(&workdir, &short_plan(&workdir), "next");
    next.wait_for("stopped 1 private engine(s) of a run that was killed");
    assert!(ended(orphan, PATIENCE));
    assert!(!directories[0].exists());
    next.finish();
    assert_eq!(workdir.engine_directories(), Vec::<PathBuf>::new());
}

#[test]
fn an_engine_whose_owner_lives_is_left_alone() {
    let _alone = alone();
    let workdir = Workdir::new();
    let mut owner = run(&workdir, &long_plan(&workdir), "long");
    owner.wait_for("seeded 2000 keys");
    let engine = workdir.engine_pid();

    let mut other = run(&workdir, &short_plan(&workdir), "short");
    other.wait_for("private engine stopped");
    let other = other.finish();
    assert!(!other.stderr.contains("of a run that was killed"), "{}", other.stderr);
    assert_eq!(workdir.engine_pid(), engine);

    owner.signal(Signal::INT);
    assert_eq!(owner.finish().code, Some(130));
    assert!(ended(engine, PATIENCE));
}

/// A pid file may name a process that was given the number later.
#[cfg(target_os = "linux")]
#[test]
fn a_stranger_with_the_pid_of_a_dead_engine_is_left_alone() {
    let _alone = alone();
    let workdir = Workdir::new();
    let mut stranger = std::process::Command::new("sleep").arg("600").spawn().unwrap();
    let root = workdir.tmp().join(format!("cachefit-{}", rustix::process::getuid().as_raw()));
    let left_over = root.join("engine-left");
    fs::create_dir_all(&left_over).unwrap();
    fs::write(left_over.join("owner.lock"), "").unwrap();
    fs::write(left_over.join("engine.pid"), stranger.id().to_string()).unwrap();

    let next = run(&workdir, &short_plan(&workdir), "next").finish();
    assert!(!next.stderr.contains("of a run that was killed"), "{}", next.stderr);
    assert!(!left_over.exists());
    assert!(stranger.try_wait().unwrap().is_none(), "it still sleeps");
    stranger.kill().unwrap();
    stranger.wait().unwrap();
}
