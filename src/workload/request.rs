//! Commands as bytes on the wire (RESP2), encoded before they are due.

use rand::{Rng, RngExt};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::spec::{Command, KeyTemplate, PlanSpec, push_decimal};
use crate::units::num;

use super::{KeyPicker, Values};

/// The operations of a level in order, each written as the bytes to send.
#[derive(Debug, Clone)]
pub struct Requests {
    lines: Vec<Line>,
    /// Running sum of the lines' weights, ascending.
    cumulative: Vec<f64>,
    rng: ChaCha8Rng,
}

/// One line of the command mix.
#[derive(Debug, Clone)]
struct Line {
    command: Command,
    key: KeyTemplate,
    picker: KeyPicker,
    values: Values,
    /// `EX` and the lifetime, encoded; empty without one.
    expiry: Vec<u8>,
}

impl Requests {
    /// The command mix of `spec`; the same seed gives the same operations.
    pub fn new(spec: &PlanSpec, seed: u64) -> Self {
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
            lines.push(Line {
                command: traffic.command,
                key: traffic.key_template(class).clone(),
                picker: KeyPicker::new(traffic.access, class.keys),
                values: Values::of(class),
                expiry,
            });
        }
        Self { lines, cumulative, rng: ChaCha8Rng::seed_from_u64(seed) }
    }

    /// Appends the next operation to `out` and returns its line in the mix.
    pub fn write_next(&mut self, out: &mut Vec<u8>) -> usize {
        let total = self.cumulative[self.cumulative.len() - 1];
        let at = self.rng.random::<f64>() * total;
        let line = self.cumulative.partition_point(|sum| *sum <= at).min(self.lines.len() - 1);
        self.lines[line].write(&mut self.rng, out);
        line
    }

    /// One operation of every line, so that a server has run each command once.
    pub fn one_of_each(&mut self) -> Vec<Vec<u8>> {
        let mut each = Vec::new();
        for line in &mut self.lines {
            let mut out = Vec::new();
            line.write(&mut self.rng, &mut out);
            each.push(out);
        }
        each
    }
}

impl Line {
    fn write(&mut self, rng: &mut impl Rng, out: &mut Vec<u8>) {
        match self.command {
            Command::Get => {
                out.extend_from_slice(b"*2\r\n$3\r\nGET\r\n");
                let n = self.picker.pick(rng);
                self.push_key(n, out);
            }
            Command::Set => {
                let n = self.picker.pick(rng);
                let head: &[u8] = if self.expiry.is_empty() { b"*3" } else { b"*5" };
                out.extend_from_slice(head);
                out.extend_from_slice(b"\r\n$3\r\nSET\r\n");
                self.push_key(n, out);
                push_bulk(self.values.get(n), out);
                out.extend_from_slice(&self.expiry);
            }
            Command::Mget(batch) => {
                push_header(b'*', num::index(u64::from(batch)) + 1, out);
                out.extend_from_slice(b"$4\r\nMGET\r\n");
                for _ in 0..batch {
                    let n = self.picker.pick(rng);
                    self.push_key(n, out);
                }
            }
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
