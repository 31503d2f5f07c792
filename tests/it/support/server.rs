//! A server of the test's own: no password, any setting, killed on drop.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::thread;

use ::cachefit::target::Endpoint;
use redis::FromRedisValue;
use tempfile::TempDir;

use super::engine;

pub(crate) struct Server {
    child: Child,
    port: u16,
    _directory: TempDir,
}

impl Server {
    /// Starts the engine with `settings`, as in `["--maxmemory", "5mb"]`, and waits until it is
    /// ready.
    pub(crate) fn start(settings: &[&str]) -> Self {
        // The free port may be taken before the engine binds it.
        (0..5).find_map(|_| Self::start_on(free_port(), settings)).expect("the engine starts")
    }

    fn start_on(port: u16, settings: &[&str]) -> Option<Self> {
        let directory = tempfile::tempdir().unwrap();
        let mut child = Command::new(engine())
            .args(["--bind", "127.0.0.1", "--port", &port.to_string(), "--save", ""])
            .args(settings)
            .current_dir(directory.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let log = child.stdout.take().unwrap();
        let server = Self { child, port, _directory: directory };
        let mut lines = BufReader::new(log).lines().map_while(Result::ok);
        let ready = lines.any(|line| line.to_lowercase().contains("ready to accept connections"));
        thread::spawn(move || lines.for_each(drop)); // keeps the pipe from filling up
        ready.then_some(server)
    }

    pub(crate) fn endpoint(&self) -> Endpoint {
        Endpoint::new("127.0.0.1", self.port)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Another client's command.
    pub(crate) fn ask<T: FromRedisValue>(&self, words: &[&str]) -> T {
        let client = redis::Client::open(("127.0.0.1", self.port)).unwrap();
        let mut connection = client.get_connection().unwrap();
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

fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}
