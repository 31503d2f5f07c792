//! One line of the command mix, as bytes.

use rand::{Rng, RngExt};

use crate::spec::{Class, Command, KeyTemplate, Raw, Traffic, push_decimal};
use crate::units::num;
use crate::workload::{Contents, KeyPicker, Share, SlotCounter};

/// One line of the command mix.
#[derive(Debug, Clone)]
pub(super) struct Line {
    command: Command,
    raw: Option<Raw>,
    key: KeyTemplate,
    slots: SlotCounter,
    picker: KeyPicker,
    contents: Contents,
    /// The lifetime, encoded; empty without one.
    expiry: Vec<u8>,
}

impl Line {
    /// What `traffic` does to the keys of `class`, in one generator's share of them.
    pub(super) fn new(traffic: &Traffic, class: &Class, share: Share) -> Self {
        let mut expiry = Vec::new();
        if let Some(ttl) = class.ttl_secs {
            push_bulk(ttl.to_string().as_bytes(), &mut expiry);
        }
        let key = traffic.key_template(class).clone();
        Self {
            command: traffic.command,
            raw: traffic.raw.clone(),
            slots: SlotCounter::new(&key),
            key,
            picker: KeyPicker::new(traffic.access, class.keys).starting_in(share),
            contents: Contents::of(class),
            expiry,
        }
    }

    pub(super) fn command(&self) -> Command {
        self.command
    }

    /// The slot of key number `n`.
    pub(super) fn slot(&self, n: u64) -> u16 {
        self.slots.slot(n)
    }

    /// Draws the number of a key.
    pub(super) fn pick(&mut self, rng: &mut impl Rng) -> u64 {
        self.picker.pick(rng)
    }

    /// Appends the command on key number `n` to `out`; `rng` draws what else it names.
    pub(super) fn write(&mut self, n: u64, rng: &mut impl Rng, out: &mut Vec<u8>) {
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
