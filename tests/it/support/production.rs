//! Productions whose parameters are known to the test and to nobody else: what they hold, and others who
//! use them.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use ::cachefit::engine::slot_of;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Distribution, LogNormal, Zipf};

use super::Server;

/// Commands that are sent together.
const BATCH: usize = 500;

/// Keys of one kind.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hidden {
    /// What its keys begin with; also how the learned classes are found.
    pub prefix: &'static str,
    pub keys: u64,
    pub named: Named,
    pub holds: Holds,
    /// Share of the keys that expire, and after how many seconds.
    pub volatile: (f64, u64),
    /// What others ask of it: command and relative weight.
    pub asked: &'static [(&'static str, f64)],
    /// Zipf exponent of that.
    pub zipf: f64,
}

/// What follows the prefix.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Named {
    /// A number from there on.
    From(u64),
    /// A UUID.
    Uuid,
    /// 32 hexadecimal digits.
    Hex,
    /// A number in braces, as of a user, and a word.
    Tagged,
}

/// What a key holds; lengths are log-normal: median and sigma.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Holds {
    String(f64, f64),
    Counter,
    /// Fields from and to, and their values.
    Hash((u64, u64), (f64, f64)),
    /// Members from and to.
    Set(u64, u64),
    SortedSet(u64, u64),
    List((u64, u64), (f64, f64)),
}

/// What was stored.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Stored {
    pub keys: u64,
    /// Bytes of values: of a string, of the fields of a hash, of the elements of a list.
    pub value_bytes: u64,
    pub values: u64,
    pub elements: u64,
}

impl Hidden {
    pub(crate) fn key(&self, n: u64) -> String {
        let random = spread(n);
        let more = spread(random);
        match self.named {
            Named::From(first) => format!("{}{}", self.prefix, first + n),
            Named::Uuid => format!(
                "{}{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
                self.prefix,
                random >> 32,
                (random >> 16) & 0xffff,
                random & 0xfff,
                more & 0xfff,
                more >> 16
            ),
            Named::Hex => format!("{}{random:016x}{more:016x}", self.prefix),
            Named::Tagged => format!("{}{{{n}}}:all", self.prefix),
        }
    }

    /// The command that stores key number `n`, and what it stores.
    fn store(&self, n: u64) -> (Vec<Vec<u8>>, Stored) {
        let mut rng = ChaCha8Rng::seed_from_u64(spread(n) ^ self.keys);
        let mut words = vec![Vec::new(), self.key(n).into_bytes()];
        let mut stored = Stored { keys: 1, ..Stored::default() };
        let between = |(from, to): (u64, u64), rng: &mut ChaCha8Rng| rng.random_range(from..=to);
        match self.holds {
            Holds::String(median, sigma) => {
                words[0] = b"SET".to_vec();
                words.push(text(median, sigma, &mut rng, &mut stored));
            }
            Holds::Counter => {
                words[0] = b"SET".to_vec();
                words.push(rng.random_range(10_000..1_000_000_000u64).to_string().into_bytes());
            }
            Holds::Hash(fields, (median, sigma)) => {
                words[0] = b"HSET".to_vec();
                stored.elements = between(fields, &mut rng);
                for field in 0..stored.elements {
                    words.push(format!("field_{field}").into_bytes());
                    words.push(text(median, sigma, &mut rng, &mut stored));
                }
            }
            Holds::Set(from, to) => {
                words[0] = b"SADD".to_vec();
                stored.elements = between((from, to), &mut rng);
                words.extend((0..stored.elements).map(|n| format!("member-{n:05}").into_bytes()));
            }
            Holds::SortedSet(from, to) => {
                words[0] = b"ZADD".to_vec();
                stored.elements = between((from, to), &mut rng);
                for member in 0..stored.elements {
                    words.push((1_700_000_000 + member).to_string().into_bytes());
                    words.push(format!("player-{member:05}").into_bytes());
                }
            }
            Holds::List(elements, (median, sigma)) => {
                words[0] = b"RPUSH".to_vec();
                stored.elements = between(elements, &mut rng);
                for _ in 0..stored.elements {
                    words.push(text(median, sigma, &mut rng, &mut stored));
                }
            }
        }
        (words, stored)
    }

    /// The command that gives key number `n` its lifetime, if it has one.
    fn expire(&self, n: u64) -> Option<Vec<Vec<u8>>> {
        let (share, secs) = self.volatile;
        let mut rng = ChaCha8Rng::seed_from_u64(spread(n + 1));
        let expires = rng.random::<f64>() < share;
        // Keys of all ages: written at a steady rate, for a lifetime and longer.
        let left = rng.random_range(secs / 3..=secs);
        expires.then(|| {
            [b"EXPIRE".to_vec(), self.key(n).into_bytes(), left.to_string().into_bytes()].to_vec()
        })
    }

    /// A command of others on key number `n`; nothing changes its size.
    pub(crate) fn ask(&self, command: &str, n: u64) -> Vec<Vec<u8>> {
        let key = self.key(n).into_bytes();
        let words: Vec<&[u8]> = match command {
            "getrange" => vec![b"GETRANGE", &key, b"0", b"9"],
            "hset" => vec![b"HSET", &key, b"field_0", b"0123456789"],
            "hget" => vec![b"HGET", &key, b"field_0"],
            "sadd" => vec![b"SADD", &key, b"member-00000"],
            "zrange" => vec![b"ZRANGE", &key, b"0", b"9"],
            "zadd" => vec![b"ZADD", &key, b"1700000000", b"player-00000"],
            "lrange" => vec![b"LRANGE", &key, b"0", b"9"],
            "incr" => vec![b"INCR", &key],
            "set" => {
                let value = self.store(n).0.swap_remove(2);
                return vec![b"SET".to_vec(), key, value, b"KEEPTTL".to_vec()];
            }
            one => return vec![one.to_uppercase().into_bytes(), key],
        };
        words.into_iter().map(<[u8]>::to_vec).collect()
    }
}

fn text(median: f64, sigma: f64, rng: &mut ChaCha8Rng, stored: &mut Stored) -> Vec<u8> {
    let len = LogNormal::new(median.ln(), sigma).unwrap().sample(rng).round();
    let len = len.clamp(1.0, 100_000.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
    let len = len as usize;
    stored.value_bytes += u64::try_from(len).unwrap();
    stored.values += 1;
    b"cachefit-".iter().copied().cycle().take(len).collect()
}

/// A number that looks random (the finaliser of `SplitMix64`).
fn spread(n: u64) -> u64 {
    let mut z = n.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Connections to the primaries of a production.
pub(crate) struct Pipes {
    all: Vec<(TcpStream, BufReader<TcpStream>, Vec<u8>, usize)>,
}

impl Pipes {
    pub(crate) fn to(servers: &[&Server]) -> Self {
        let connect = |server: &&Server| {
            let stream = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
            let reader = BufReader::new(stream.try_clone().unwrap());
            (stream, reader, Vec::new(), 0)
        };
        Self { all: servers.iter().map(connect).collect() }
    }

    fn send(&mut self, words: &[Vec<u8>]) {
        let (n, slot) = (self.all.len(), usize::from(slot_of(&words[1])));
        // The ranges that `Cluster` gives to its primaries.
        let at = (1..n).take_while(|at| 16_384 * at / n <= slot).count();
        let pipe = &mut self.all[at];
        write!(pipe.2, "*{}\r\n", words.len()).unwrap();
        for word in words {
            write!(pipe.2, "${}\r\n", word.len()).unwrap();
            pipe.2.extend_from_slice(word);
            pipe.2.extend_from_slice(b"\r\n");
        }
        pipe.3 += 1;
        if pipe.3 == BATCH {
            flush(pipe);
        }
    }

    fn flush(&mut self) {
        self.all.iter_mut().for_each(flush);
    }
}

/// Sends what waits and reads every reply.
fn flush(pipe: &mut (TcpStream, BufReader<TcpStream>, Vec<u8>, usize)) {
    pipe.0.write_all(&pipe.2).unwrap();
    pipe.2.clear();
    for _ in 0..std::mem::take(&mut pipe.3) {
        reply(&mut pipe.1);
    }
}

fn reply(reader: &mut BufReader<TcpStream>) {
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let n: i64 = line[1..].trim_end().parse().unwrap_or(0);
    match line.as_bytes()[0] {
        b'$' if n >= 0 => {
            let mut bytes = vec![0; usize::try_from(n).unwrap() + 2];
            reader.read_exact(&mut bytes).unwrap();
        }
        b'*' => (0..n).for_each(|_| reply(reader)),
        b'-' => panic!("{line}"),
        _ => {}
    }
}

/// Stores a production on its primaries, in the order of their slots; what that was, by class.
pub(crate) fn fill(servers: &[&Server], classes: &[Hidden]) -> Vec<Stored> {
    let mut pipes = Pipes::to(servers);
    let mut all = Vec::new();
    for class in classes {
        let mut sum = Stored::default();
        for n in 0..class.keys {
            let (words, stored) = class.store(n);
            pipes.send(&words);
            class.expire(n).iter().for_each(|words| pipes.send(words));
            sum.keys += stored.keys;
            sum.value_bytes += stored.value_bytes;
            sum.values += stored.values;
            sum.elements += stored.elements;
        }
        pipes.flush();
        all.push(sum);
    }
    all
}

/// Others who use a production until they are dropped.
pub(crate) struct Others {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Others {
    /// At so many commands per second, in batches a hundredth of a second apart.
    pub(crate) fn start(servers: &[&Server], classes: &[Hidden], per_sec: u32) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (stopped, classes) = (stop.clone(), classes.to_vec());
        let mut pipes = Pipes::to(servers);
        let thread = thread::spawn(move || {
            let mut rng = ChaCha8Rng::seed_from_u64(1);
            #[expect(clippy::cast_precision_loss, reason = "millions of keys")]
            let ranks: Vec<Zipf<f64>> =
                classes.iter().map(|c| Zipf::new(c.keys as f64, c.zipf).unwrap()).collect();
            let asked: Vec<(usize, &str, f64)> = classes
                .iter()
                .enumerate()
                .flat_map(|(at, c)| c.asked.iter().map(move |(name, w)| (at, *name, *w)))
                .collect();
            let total: f64 = asked.iter().map(|(.., weight)| weight).sum();
            let mut due = Instant::now();
            while !stopped.load(Ordering::Relaxed) {
                for _ in 0..per_sec / 100 {
                    let mut at = rng.random::<f64>() * total;
                    let line = asked.iter().find(|(.., weight)| {
                        at -= weight;
                        at < 0.0
                    });
                    let (class, command, _) = *line.unwrap_or(&asked[0]);
                    #[expect(
                        clippy::cast_possible_truncation,
                        clippy::cast_sign_loss,
                        reason = "a rank"
                    )]
                    let rank = ranks[class].sample(&mut rng) as u64;
                    // Ranks are scattered over the keys; the step has no factor in common with them.
                    let n = rank.wrapping_mul(2_654_435_761) % classes[class].keys;
                    pipes.send(&classes[class].ask(command, n));
                }
                pipes.flush();
                due += Duration::from_millis(10);
                thread::sleep(due.saturating_duration_since(Instant::now()));
            }
        });
        Self { stop, thread: Some(thread) }
    }
}

impl Drop for Others {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ = self.thread.take().map(JoinHandle::join);
    }
}
