//! A server of the test's own: no password, any setting, killed on drop.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Instant;

use ::cachefit::target::Endpoint;
use redis::FromRedisValue;
use tempfile::TempDir;

use super::{PATIENCE, engine};

pub(crate) struct Server {
    child: Child,
    port: u16,
    log: Mutex<Receiver<String>>,
    _directory: TempDir,
}

impl Server {
    /// Starts the engine with `settings`, as in `["--maxmemory", "5mb"]`, and waits until it is
    /// ready.
    pub(crate) fn start(settings: &[&str]) -> Self {
        Self::start_until("ready to accept connections", settings)
    }

    /// Starts another engine with `settings`.
    pub(crate) fn start_engine(engine: &Path, settings: &[&str]) -> Self {
        Self::start_engine_until(engine, "ready to accept connections", settings)
    }

    /// Starts the engine and waits until its log says `event`, in lower case.
    pub(crate) fn start_until(event: &str, settings: &[&str]) -> Self {
        Self::start_engine_until(&engine(), event, settings)
    }

    fn start_engine_until(engine: &Path, event: &str, settings: &[&str]) -> Self {
        // The free port may be taken before the engine binds it.
        let start = |_| Self::start_on(engine, free_port(), event, settings);
        (0..5).find_map(start).expect("the engine starts")
    }

    fn start_on(engine: &Path, port: u16, event: &str, settings: &[&str]) -> Option<Self> {
        let directory = tempfile::tempdir().unwrap();
        let mut child = Command::new(engine)
            .args(["--bind", "127.0.0.1", "--port", &port.to_string(), "--save", ""])
            // Slow commands on a busy machine would take memory that is not data.
            .args(["--slowlog-log-slower-than", "-1"])
            .args(settings)
            .current_dir(directory.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let log = child.stdout.take().unwrap();
        let (lines, received) = mpsc::channel();
        let server = Self { child, port, log: Mutex::new(received), _directory: directory };
        let mut log = BufReader::new(log).lines().map_while(Result::ok);
        let ready = log.any(|line| line.to_lowercase().contains(event));
        // Keeps the pipe from filling up, whether anybody reads the lines or not.
        thread::spawn(move || {
            log.for_each(|line| {
                let _ = lines.send(line);
            });
        });
        ready.then_some(server)
    }

    /// Whether the log has said `event` since it was last asked.
    pub(crate) fn has_logged(&self, event: &str) -> bool {
        self.log.lock().unwrap().try_iter().any(|line| line.contains(event))
    }

    pub(crate) fn endpoint(&self) -> Endpoint {
        Endpoint::new("127.0.0.1", self.port)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// As `--target` takes it; `login` as in `user:password@`.
    pub(crate) fn url(&self, login: &str) -> String {
        format!("redis://{login}127.0.0.1:{}", self.port)
    }

    /// Another client.
    pub(crate) fn client(&self, database: u32) -> redis::Connection {
        let client = redis::Client::open(format!("redis://127.0.0.1:{}/{database}", self.port));
        client.unwrap().get_connection().unwrap()
    }

    /// Another client's command.
    pub(crate) fn ask<T: FromRedisValue>(&self, words: &[&str]) -> T {
        self.ask_in(0, words)
    }

    /// Asks for the number of keys until there are more than `before`.
    pub(crate) fn wait_for_keys(&self, before: u64) {
        let mut connection = self.client(0);
        let deadline = Instant::now() + PATIENCE;
        while redis::cmd("DBSIZE").query::<u64>(&mut connection).unwrap() <= before {
            assert!(Instant::now() < deadline, "nobody writes");
        }
    }

    /// Another client's command in a database.
    pub(crate) fn ask_in<T: FromRedisValue>(&self, database: u32, words: &[&str]) -> T {
        let mut connection = self.client(database);
        let mut command = redis::Cmd::new();
        for word in words {
            command.arg(*word);
        }
        command.query(&mut connection).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(super) fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}
