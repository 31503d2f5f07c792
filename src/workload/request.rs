//! Commands as bytes on the wire (RESP2), encoded before they are due.

use rand::{Rng, RngExt};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::spec::{Command, KeyTemplate, PlanSpec, Raw, push_decimal};
use crate::units::num;

use super::{Contents, KeyPicker, Share, SlotCounter};

/// Sets what is drawn when operations are written apart from the order they come in.
const OF_WRITING: u64 = 0x7772_6974_696e_6721;

/// The operations of a level in order: drawn when they are due, written as the bytes to send when
/// they are sent.
#[derive(Debug, Clone)]
pub struct Requests {
    lines: Vec<Line>,
    /// Running sum of the lines' weights, ascending.
    cumulative: Vec<f64>,
    /// Draws lines and keys.
    rng: ChaCha8Rng,
    /// Draws what else a request names: further keys, fields.
    others: ChaCha8Rng,
}

/// An operation that is to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drawn {
    /// Its line in the mix.
    pub line: usize,
    /// The number of its key, or of the first of several.
    pub key: u64,
}

/// One line of the command mix.
#[derive(Debug, Clone)]
struct Line {
    command: Command,
    raw: Option<Raw>,
    key: KeyTemplate,
    slots: SlotCounter,
    picker: KeyPicker,
    contents: Contents,
    /// The lifetime, encoded; empty without one.
    expiry: Vec<u8>,
}

impl Requests {
    /// The command mix of `spec`; the same seed gives the same operations.
    pub fn new(spec: &PlanSpec, seed: u64) -> Self {
        Self::share(spec, seed, Share::WHOLE)
    }

    /// The operations of one of several generators, drawn independently of the others'. Those that
    /// go through the keys in order begin in a part of their own.
    pub fn share(spec: &PlanSpec, seed: u64, share: Share) -> Self {
        let mut cumulative = Vec::new();
        let mut total = 0.0;
        let mut lines = Vec::new();
        for traffic in &spec.traffic {
            let class = &spec.classes[traffic.class];
            total += traffic.weight;
            cumulative.push(total);
            let mut expiry = Vec::new();
            if let Some(ttl) = class.ttl_secs {
                push_bulk(ttl.to_string().as_bytes(), &mut expiry);
            }
            let key = traffic.key_template(class).clone();
            lines.push(Line {
                command: traffic.command,
                raw: traffic.raw.clone(),
                slots: SlotCounter::new(&key),
                key,
                picker: KeyPicker::new(traffic.access, class.keys).starting_in(share),
                contents: Contents::of(class),
                expiry,
            });
        }
        let [rng, others] = [seed, seed ^ OF_WRITING].map(|seed| {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            rng.set_stream(u64::from(share.number));
            rng
        });
        Self { lines, cumulative, rng, others }
    }

    /// Draws the next operation.
    pub fn draw(&mut self) -> Drawn {
        let total = self.cumulative[self.cumulative.len() - 1];
        let at = self.rng.random::<f64>() * total;
        let line = self.cumulative.partition_point(|sum| *sum <= at).min(self.lines.len() - 1);
        Drawn { line, key: self.lines[line].picker.pick(&mut self.rng) }
    }

    /// Appends an operation to `out`.
    pub fn write(&mut self, drawn: Drawn, out: &mut Vec<u8>) {
        self.lines[drawn.line].write(drawn.key, &mut self.others, out);
    }

    /// The slot of its key.
    pub fn slot(&self, drawn: Drawn) -> u16 {
        self.lines[drawn.line].slots.slot(drawn.key)
    }

    /// Whether it changes nothing, so that a replica can answer it.
    pub fn reads(&self, drawn: Drawn) -> bool {
        !self.lines[drawn.line].command.writes()
    }

    /// How many replies it gets.
    pub fn n_replies(&self, drawn: Drawn) -> u64 {
        self.lines[drawn.line].command.n_commands()
    }

    /// Draws the next operation, appends it to `out` and returns its line in the mix.
    pub fn write_next(&mut self, out: &mut Vec<u8>) -> usize {
        let drawn = self.draw();
        self.write(drawn, out);
        drawn.line
    }

    /// One operation of every line, so that a server has run each command once.
    pub fn one_of_each(&mut self) -> Vec<Vec<u8>> {
        let mut each = Vec::new();
        for line in 0..self.lines.len() {
            let mut out = Vec::new();
            let key = self.lines[line].picker.pick(&mut self.rng);
            self.write(Drawn { line, key }, &mut out);
            each.push(out);
        }
        each
    }
}

impl Line {
    fn write(&mut self, n: u64, rng: &mut impl Rng, out: &mut Vec<u8>) {
        match self.command {
            Command::Get => {
                out.extend_from_slice(b"*2\r\n$3\r\nGET\r\n");
                self.push_key(n, out);
            }
            Command::Set => self.write_set(n, out),
            Command::Mget(batch) => self.write_batch("MGET", batch, false, n, rng, out),
            Command::Mset(batch) => self.write_batch("MSET", batch, true, n, rng, out),
            Command::Del => {
                self.begin("DEL", 1, n, out);
                self.write_set(n, out);
            }
            Command::Expire => {
                self.begin("EXPIRE", 2, n, out);
                out.extend_from_slice(&self.expiry);
            }
            Command::Incr => {
                self.begin("INCRBY", 2, n, out);
                push_bulk(b"0", out);
            }
            Command::Hgetall => self.begin("HGETALL", 1, n, out),
            Command::Smembers => self.begin("SMEMBERS", 1, n, out),
            Command::Zrange(elements) => self.write_range("ZRANGE", elements, n, out),
            Command::Lrange(elements) => self.write_range("LRANGE", elements, n, out),
            Command::Hget | Command::Hset | Command::Sadd | Command::Zadd | Command::Lpush => {
                self.write_element(n, rng, out);
            }
            Command::Raw => {
                let Some(raw) = &self.raw else { return };
                self.begin(raw.command(), 1 + raw.arguments().len(), n, out);
                raw.arguments().iter().for_each(|word| push_bulk(word.as_bytes(), out));
            }
        }
    }

    /// A command over several keys, each with its value where `sets`.
    fn write_batch(
        &mut self,
        command: &str,
        batch: u32,
        sets: bool,
        n: u64,
        rng: &mut impl Rng,
        out: &mut Vec<u8>,
    ) {
        let words = if sets { 2 } else { 1 };
        push_header(b'*', 1 + words * num::index(batch.into()), out);
        push_bulk(command.as_bytes(), out);
        let mut key = n;
        for left in (0..batch).rev() {
            self.push_key(key, out);
            if sets {
                self.push_value(key, out);
            }
            if left > 0 {
                key = self.picker.pick(rng);
            }
        }
    }

    /// `SET`, with the class's lifetime.
    fn write_set(&self, n: u64, out: &mut Vec<u8>) {
        let words = if self.expiry.is_empty() { 2 } else { 4 };
        self.begin("SET", words, n, out);
        self.push_value(n, out);
        if !self.expiry.is_empty() {
            push_bulk(b"EX", out);
            out.extend_from_slice(&self.expiry);
        }
    }

    /// A command on any element of a collection, with what stands there.
    fn write_element(&self, n: u64, rng: &mut impl Rng, out: &mut Vec<u8>) {
        let Contents::Collections(values) = &self.contents else { return };
        let element = rng.random_range(0..values.n_elements(n));
        let (mut member, mut beside) = (Vec::new(), Vec::new());
        values.write_member(n, element, &mut member);
        values.write_value(n, element, &mut beside);
        match self.command {
            Command::Hset => {
                self.begin("HSET", 3, n, out);
                push_bulk(&member, out);
                push_bulk(&beside, out);
            }
            Command::Sadd => {
                self.begin("SADD", 2, n, out);
                push_bulk(&member, out);
            }
            Command::Zadd => {
                self.begin("ZADD", 3, n, out);
                push_bulk(&beside, out);
                push_bulk(&member, out);
            }
            Command::Lpush => {
                self.begin("LPUSH", 2, n, out);
                push_bulk(&member, out);
                self.begin("LPOP", 1, n, out);
            }
            _ => {
                self.begin("HGET", 2, n, out);
                push_bulk(&member, out);
            }
        }
    }

    /// A command that takes a key, and the first and last of a range.
    fn write_range(&self, command: &str, elements: Option<u32>, n: u64, out: &mut Vec<u8>) {
        self.begin(command, 3, n, out);
        push_bulk(b"0", out);
        let last = elements.map_or_else(|| "-1".into(), |n| (u64::from(n) - 1).to_string());
        push_bulk(last.as_bytes(), out);
    }

    /// A command of so many words after its name, the first of which is key number `n`.
    fn begin(&self, command: &str, words: usize, n: u64, out: &mut Vec<u8>) {
        push_header(b'*', words + 1, out);
        push_bulk(command.as_bytes(), out);
        self.push_key(n, out);
    }

    fn push_value(&self, n: u64, out: &mut Vec<u8>) {
        if let Contents::Strings(values) = &self.contents {
            push_bulk(values.get(n), out);
        }
    }

    fn push_key(&self, n: u64, out: &mut Vec<u8>) {
        push_header(b'$', self.key.len(n), out);
        self.key.write(n, out);
        out.extend_from_slice(b"\r\n");
    }
}

/// Appends a header of `kind` and a length.
fn push_header(kind: u8, len: usize, out: &mut Vec<u8>) {
    out.push(kind);
    push_decimal(num::count(len), out);
    out.extend_from_slice(b"\r\n");
}

/// Appends a bulk string.
fn push_bulk(text: &[u8], out: &mut Vec<u8>) {
    push_header(b'$', text.len(), out);
    out.extend_from_slice(text);
    out.extend_from_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::identity_cache;

    #[test]
    fn requests_are_well_formed_and_repeatable() {
        let spec = identity_cache();
        let mut requests = Requests::new(&spec, 1);
        let each = requests.one_of_each();
        let text: Vec<String> =
            each.iter().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).collect();
        assert!(text[0].starts_with("*2\r\n$3\r\nGET\r\n$"), "{}", text[0]);
        assert!(text[1].starts_with("*5\r\n$3\r\nSET\r\n$"));
        assert!(text[1].ends_with("\r\n$2\r\nEX\r\n$3\r\n600\r\n"));
        assert!(text[2].starts_with("*21\r\n$4\r\nMGET\r\n$"));
        assert_eq!(text[2].matches("TESTING_PURPOSE_KEY_M2M_").count(), 20);
        assert_eq!(each, Requests::new(&spec, 1).one_of_each());
    }

    #[test]
    fn collections_are_asked_for_by_their_own_commands() {
        let text = r#"
            name = "collections"
            class = [
                { name = "h", keys = 1, key = "h:{n}", type = "hash", members = 1, member = "f{n}", size = "9B" },
                { name = "s", keys = 1, key = "s:{n}", type = "set", members = 3, member = "{n}" },
                { name = "z", keys = 1, key = "z:{n}", type = "sorted-set", members = 3, member = "m{n}" },
                { name = "l", keys = 1, key = "l:{n}", type = "list", members = 3, size = "9B" },
            ]
            traffic = [
                { class = "h", command = "hget", weight = 1 },
                { class = "h", command = "hgetall", weight = 1 },
                { class = "s", command = "smembers", weight = 1 },
                { class = "z", command = "zrange", weight = 1, batch = 10 },
                { class = "l", command = "lrange", weight = 1 },
            ]
            load = {}
            objective = { peak = "1k/s", p99 = "2ms" }
            capacity = {}
            aws = { region = "eu-west-1", engines = ["redis-7.1"] }
        "#;
        let spec = crate::spec::parse("w.toml", text).unwrap_or_else(|error| panic!("{error}"));
        let each = Requests::new(&spec, 1).one_of_each();
        let expected: [&[u8]; 5] = [
            b"*3\r\n$4\r\nHGET\r\n$3\r\nh:0\r\n$2\r\nf0\r\n",
            b"*2\r\n$7\r\nHGETALL\r\n$3\r\nh:0\r\n",
            b"*2\r\n$8\r\nSMEMBERS\r\n$3\r\ns:0\r\n",
            b"*4\r\n$6\r\nZRANGE\r\n$3\r\nz:0\r\n$1\r\n0\r\n$1\r\n9\r\n",
            b"*4\r\n$6\r\nLRANGE\r\n$3\r\nl:0\r\n$1\r\n0\r\n$2\r\n-1\r\n",
        ];
        assert_eq!(each, expected);
        assert_eq!(spec.label(&spec.traffic[3]), "z zrange 10");
    }

    /// What is written is what is there, and what is taken away comes back.
    #[test]
    fn commands_that_write_leave_what_they_found() {
        let text = r#"
            name = "writes"
            class = [
                { name = "c", keys = 1, key = "c:{n}", size = "3B", ttl = "1h" },
                { name = "m", keys = 1, key = "m:{n}", size = "3B" },
                { name = "h", keys = 1, key = "h:{n}", type = "hash", members = 1, member = "f{n}", size = "3B" },
                { name = "s", keys = 1, key = "s:{n}", type = "set", members = 1, member = "{n}" },
                { name = "z", keys = 1, key = "z:{n}", type = "sorted-set", members = 1, member = "m{n}" },
                { name = "l", keys = 1, key = "l:{n}", type = "list", members = 1, size = "3B" },
            ]
            traffic = [
                { class = "c", command = "del", weight = 1 },
                { class = "c", command = "expire", weight = 1 },
                { class = "m", command = "mset", weight = 1, batch = 1 },
                { class = "h", command = "hset", weight = 1 },
                { class = "s", command = "sadd", weight = 1 },
                { class = "z", command = "zadd", weight = 1 },
                { class = "l", command = "lpush", weight = 1 },
                { class = "c", command = "raw", raw = "getrange {key} 0 1", weight = 1 },
            ]
            load = {}
            objective = { peak = "1k/s", p99 = "2ms" }
            capacity = {}
            aws = { region = "eu-west-1", engines = ["redis-7.1"] }
        "#;
        let spec = crate::spec::parse("w.toml", text).unwrap_or_else(|error| panic!("{error}"));
        let mut requests = Requests::new(&spec, 1);
        let each = requests.one_of_each();
        let words = |bytes: &[u8]| -> String {
            let text = String::from_utf8_lossy(bytes).into_owned();
            let words = text.split("\r\n").filter(|word| !word.starts_with(['*', '$']));
            words.collect::<Vec<_>>().join(" ").trim().to_owned()
        };
        let Contents::Strings(values) = Contents::of(&spec.classes[0]) else { panic!() };
        let value = |values: &[u8]| String::from_utf8_lossy(values).into_owned();
        let each: Vec<String> = each.iter().map(|bytes| words(bytes)).collect();
        let set = format!("DEL c:0 SET c:0 {} EX 3600", value(values.get(0)));
        assert_eq!(each[0], set);
        assert_eq!(each[1], "EXPIRE c:0 3600");
        assert!(each[2].starts_with("MSET m:0 ") && each[2].len() == 12, "{}", each[2]);
        assert!(each[3].starts_with("HSET h:0 f0 ") && each[3].len() == 15, "{}", each[3]);
        assert_eq!(each[4..6], ["SADD s:0 0", "ZADD z:0 1700000000 m0"]);
        assert!(each[6].starts_with("LPUSH l:0 ") && each[6].ends_with(" LPOP l:0"), "{}", each[6]);
        assert_eq!(each[7], "GETRANGE c:0 0 1");
        let replies = |line| requests.n_replies(Drawn { line, key: 0 });
        assert_eq!((replies(0), replies(1), replies(6)), (2, 1, 2));
        assert_eq!(spec.label(&spec.traffic[7]), "c getrange");
    }

    #[test]
    fn lines_come_in_proportion_to_their_weights() {
        let mut requests = Requests::new(&identity_cache(), 5);
        let mut counts = [0u32; 3];
        let mut out = Vec::new();
        for _ in 0..100_000 {
            out.clear();
            counts[requests.write_next(&mut out)] += 1;
        }
        assert!(counts[0].abs_diff(60_000) < 800, "{counts:?}");
        assert!(counts[1].abs_diff(20_000) < 600 && counts[2].abs_diff(20_000) < 600, "{counts:?}");
    }
}
