//! A server that answers by script: one command at a time, over all connections, like an engine.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use ::cachefit::target::Endpoint;

/// What becomes of one command.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Answer {
    /// These bytes, at once.
    Reply(&'static str),
    /// The whole server stands still first.
    ReplyAfter(Duration, &'static str),
    /// No reply; the connection is closed.
    Close,
}

/// Answers command number n (from 0; INFO is answered by the stub itself and does not count).
type Script = Arc<Mutex<dyn FnMut() -> Answer + Send>>;

/// A listening stub; it serves until the test ends.
pub(crate) struct Stub {
    port: u16,
}

impl Stub {
    pub(crate) fn start(mut script: impl FnMut(u64) -> Answer + Send + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut n = 0;
        let script: Script = Arc::new(Mutex::new(move || {
            n += 1;
            script(n - 1)
        }));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let script = script.clone();
                thread::spawn(move || serve(stream, &script));
            }
        });
        Self { port }
    }

    pub(crate) fn endpoint(&self) -> Endpoint {
        Endpoint::new("127.0.0.1", self.port)
    }
}

/// Serves one connection until either side closes it.
fn serve(mut stream: TcpStream, script: &Script) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut requests = BufReader::new(stream.try_clone()?);
    loop {
        let command = read_command(&mut requests)?;
        if command == b"INFO" {
            stream.write_all(b"$22\r\nredis_version:7.0.15\r\n\r\n")?;
            continue;
        }
        let mut script = script.lock().unwrap();
        match script() {
            Answer::Reply(reply) => stream.write_all(reply.as_bytes())?,
            Answer::ReplyAfter(pause, reply) => {
                thread::sleep(pause);
                stream.write_all(reply.as_bytes())?;
            }
            Answer::Close => return Ok(()),
        }
    }
}

/// Reads one request and returns its first word.
fn read_command(requests: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut first = Vec::new();
    for n in 0..read_length(requests)? {
        let mut word = vec![0; read_length(requests)? + 2];
        requests.read_exact(&mut word)?;
        if n == 0 {
            word.truncate(word.len() - 2);
            first = word;
        }
    }
    Ok(first)
}

/// The number in a header such as `*2` or `$5`.
fn read_length(requests: &mut impl BufRead) -> io::Result<usize> {
    let mut line = String::new();
    requests.read_line(&mut line)?;
    let number = line.trim_end().get(1..).and_then(|digits| digits.parse().ok());
    number.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}
