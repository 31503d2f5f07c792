//! Commands as bytes on the wire (RESP2), encoded before they are due.

use rand::{Rng, RngExt};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::spec::{Command, KeyTemplate, PlanSpec, push_decimal};
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
    key: KeyTemplate,
    slots: SlotCounter,
    picker: KeyPicker,
    contents: Contents,
    /// `EX` and the lifetime, encoded; empty without one.
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
                push_bulk(b"EX", &mut expiry);
                push_bulk(ttl.to_string().as_bytes(), &mut expiry);
            }
            let key = traffic.key_template(class).clone();
            lines.push(Line {
                command: traffic.command,
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
        self.lines[drawn.line].command != Command::Set
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
            Command::Set => {
                let head: &[u8] = if self.expiry.is_empty() { b"*3" } else { b"*5" };
                out.extend_from_slice(head);
                out.extend_from_slice(b"\r\n$3\r\nSET\r\n");
                self.push_key(n, out);
                if let Contents::Strings(values) = &self.contents {
                    push_bulk(values.get(n), out);
                }
                out.extend_from_slice(&self.expiry);
            }
            Command::Mget(batch) => {
                push_header(b'*', num::index(u64::from(batch)) + 1, out);
                out.extend_from_slice(b"$4\r\nMGET\r\n");
                self.push_key(n, out);
                for _ in 1..batch {
                    let another = self.picker.pick(rng);
                    self.push_key(another, out);
                }
            }
            Command::Hget => self.write_hget(n, rng, out),
            Command::Hgetall => self.write_whole(b"HGETALL", n, out),
            Command::Smembers => self.write_whole(b"SMEMBERS", n, out),
            Command::Zrange(elements) => self.write_range(b"ZRANGE", elements, n, out),
            Command::Lrange(elements) => self.write_range(b"LRANGE", elements, n, out),
        }
    }

    /// `HGET` of any field of any hash.
    fn write_hget(&self, n: u64, rng: &mut impl Rng, out: &mut Vec<u8>) {
        out.extend_from_slice(b"*3\r\n$4\r\nHGET\r\n");
        self.push_key(n, out);
        if let Contents::Collections(hashes) = &self.contents {
            let mut field = Vec::new();
            hashes.write_member(n, rng.random_range(0..hashes.n_elements(n)), &mut field);
            push_bulk(&field, out);
        }
    }

    /// A command that takes a key and nothing else.
    fn write_whole(&self, command: &[u8], n: u64, out: &mut Vec<u8>) {
        out.extend_from_slice(b"*2\r\n");
        push_bulk(command, out);
        self.push_key(n, out);
    }

    /// A command that takes a key, and the first and last of a range.
    fn write_range(&self, command: &[u8], elements: Option<u32>, n: u64, out: &mut Vec<u8>) {
        out.extend_from_slice(b"*4\r\n");
        push_bulk(command, out);
        self.push_key(n, out);
        push_bulk(b"0", out);
        let last = elements.map_or_else(|| "-1".into(), |n| (u64::from(n) - 1).to_string());
        push_bulk(last.as_bytes(), out);
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
