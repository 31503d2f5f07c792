//! Commands as bytes on the wire (RESP2), encoded before they are due.

mod line;
#[cfg(test)]
mod tests;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::spec::PlanSpec;

use super::Share;
use line::Line;

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
            lines.push(Line::new(traffic, class, share));
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
        Drawn { line, key: self.lines[line].pick(&mut self.rng) }
    }

    /// Appends an operation to `out`.
    pub fn write(&mut self, drawn: Drawn, out: &mut Vec<u8>) {
        self.lines[drawn.line].write(drawn.key, &mut self.others, out);
    }

    /// The slot of its key.
    pub fn slot(&self, drawn: Drawn) -> u16 {
        self.lines[drawn.line].slot(drawn.key)
    }

    /// Whether it changes nothing, so that a replica can answer it.
    pub fn reads(&self, drawn: Drawn) -> bool {
        !self.lines[drawn.line].command().writes()
    }

    /// How many replies it gets.
    pub fn n_replies(&self, drawn: Drawn) -> u64 {
        self.lines[drawn.line].command().n_commands()
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
            let key = self.lines[line].pick(&mut self.rng);
            self.write(Drawn { line, key }, &mut out);
            each.push(out);
        }
        each
    }
}
