//! The slots of keys that differ in their number.
//!
//! Counts exactly and without spelling every key: CRC16 starts at zero here, so it is linear over
//! GF(2), and the slot of `<prefix><digits><suffix>` is a constant for the number of digits, XOR
//! one term for each digit. How the terms of r free digits spread over the slots is a table; the
//! ids below n fall apart into blocks of free digits. Source: MODEL.md §1.11.

use std::cell::OnceCell;

use crate::engine::{SLOTS, crc16, hash_tag};
use crate::spec::Numbered;
use crate::units::num;

/// Digits of the largest id.
const MOST_DIGITS: usize = 20;
/// Numbers of trailing digits that [`ByDigits::ids_in`] looks up: about as many as slots.
const LOW_NUMBERS: u64 = 10_000;

/// Counts the keys of one template; what it has worked out once serves every further count.
#[derive(Debug, Clone)]
pub(super) struct ByDigits {
    spelling: Spelling,
    /// The number of key 0.
    first: u64,
    /// The slots of numbers that are nothing but zeros, by how many.
    zeros: Vec<u16>,
    /// For r free digits at the end of a number after one below d: how many of the d · 10^r have which
    /// XOR of terms.
    below: Vec<[OnceCell<Vec<u64>>; 11]>,
    /// The same of no digit at all: one number, XOR 0.
    nothing: Vec<u64>,
    /// Keys of ids with fewer than d digits, by slot.
    shorter: Vec<OnceCell<Vec<u64>>>,
}

/// What decides the slot of a template's keys.
#[derive(Debug, Clone)]
enum Spelling {
    /// Braces that hold no number: the same for all.
    OneSlot(u16),
    /// The number, and what stands around it and is hashed.
    Numbered {
        prefix: Vec<u8>,
        suffix: Vec<u8>,
        /// By place from the right, then digit: the slot of this digit XOR that of a zero.
        terms: Vec<[u16; 10]>,
    },
}

impl ByDigits {
    pub(super) fn new(template: &Numbered) -> Self {
        let spelling = Spelling::of(template);
        let zeros = (0..=MOST_DIGITS).map(|len| spelling.zeros(len)).collect();
        let below = vec![std::array::from_fn(|_| OnceCell::new()); MOST_DIGITS];
        let mut nothing = vec![0; usize::from(SLOTS)];
        nothing[0] = 1;
        let (first, shorter) = (template.first, vec![OnceCell::new(); MOST_DIGITS + 1]);
        Self { spelling, first, zeros, below, nothing, shorter }
    }

    /// How many of the keys 0…`keys` fall into which slot.
    pub(super) fn count(&self, keys: u64) -> Vec<u64> {
        let mut counts = self.count_below(self.first + keys);
        if self.first > 0 {
            let before = self.count_below(self.first);
            counts.iter_mut().zip(before).for_each(|(count, before)| *count -= before);
        }
        counts
    }

    /// How many of the numbers 0…`past` fall into which slot.
    fn count_below(&self, past: u64) -> Vec<u64> {
        let mut counts = vec![0; usize::from(SLOTS)];
        let terms = match &self.spelling {
            Spelling::OneSlot(slot) => {
                counts[usize::from(*slot)] = past;
                return counts;
            }
            Spelling::Numbered { terms, .. } => terms,
        };
        let end = digits(past);
        counts.clone_from(self.shorter(end.len()));
        // Numbers with as many digits as `past`: equal to it up to some place, and smaller there.
        let mut fixed = self.spelling.zeros(end.len());
        for place in (0..end.len()).rev() {
            let is_first = place + 1 == end.len();
            let (first, digit) = (first_digit(is_first, end.len()), end[place]);
            if first == 0 && digit > 0 {
                add(&mut counts, self.below(place, digit), fixed);
            } else {
                for term in terms[place].iter().take(digit).skip(first) {
                    add(&mut counts, self.free(place), fixed ^ term);
                }
            }
            fixed ^= terms[place][digit];
        }
        counts
    }

    /// The slot of key number `id`.
    pub(super) fn slot(&self, id: u64) -> u16 {
        let Spelling::Numbered { terms, .. } = &self.spelling else {
            return self.spelling.zeros(1);
        };
        let digits = digits(self.first + id);
        let zeros = self.zeros[digits.len()];
        digits.iter().zip(terms).fold(zeros, |slot, (digit, term)| slot ^ term[*digit])
    }

    /// Of the keys 0…`keys`, the ids of those that fall into each of the `wanted` slots, ascending.
    pub(super) fn ids_in(&self, keys: u64, wanted: &[u16]) -> Vec<Vec<u64>> {
        let Spelling::Numbered { terms, .. } = &self.spelling else {
            let Spelling::OneSlot(one) = self.spelling else { return Vec::new() };
            let all = |slot: &u16| if *slot == one { (0..keys).collect() } else { Vec::new() };
            return wanted.iter().map(all).collect();
        };
        let slot = |id: u64, zeros: u16| {
            digits(id).iter().zip(terms).fold(zeros, |slot, (digit, term)| slot ^ term[*digit])
        };
        let zeros = &self.zeros;
        let mut found = vec![Vec::new(); wanted.len()];
        let mut place_of = vec![None; usize::from(SLOTS)];
        for (at, slot) in wanted.iter().enumerate() {
            place_of[usize::from(*slot)] = Some(at);
        }
        let numbers = self.first..self.first + keys;
        for number in numbers.start..numbers.end.min(LOW_NUMBERS) {
            if let Some(at) = place_of[usize::from(slot(number, zeros[digits(number).len()]))] {
                found[at].push(number - self.first);
            }
        }
        let mut lows = vec![Vec::new(); usize::from(SLOTS)];
        for low in 0..LOW_NUMBERS {
            lows[usize::from(slot(low, 0))].push(low);
        }
        for high in (numbers.start / LOW_NUMBERS).max(1)..numbers.end.div_ceil(LOW_NUMBERS) {
            let start = high * LOW_NUMBERS;
            let fixed = slot(start, zeros[digits(start).len()]);
            for (found, wanted) in found.iter_mut().zip(wanted) {
                let lows = lows[usize::from(fixed ^ wanted)].iter();
                let inside = lows.map(|low| start + low).filter(|number| numbers.contains(number));
                found.extend(inside.map(|number| number - self.first));
            }
        }
        found
    }

    /// What `digits` free digits add up to.
    fn free(&self, digits: usize) -> &[u64] {
        digits.checked_sub(1).map_or(&self.nothing, |place| self.below(place, 10))
    }

    /// What `free` digits after one below `digit` add up to.
    fn below(&self, free: usize, digit: usize) -> &[u64] {
        self.below[free][digit].get_or_init(|| {
            let mut counts = vec![0; usize::from(SLOTS)];
            if let Spelling::Numbered { terms, .. } = &self.spelling {
                terms[free][..digit]
                    .iter()
                    .for_each(|term| add(&mut counts, self.free(free), *term));
            }
            counts
        })
    }

    /// Keys whose ids have fewer than `len` digits.
    fn shorter(&self, len: usize) -> &Vec<u64> {
        self.shorter[len].get_or_init(|| {
            let mut counts = vec![0; usize::from(SLOTS)];
            let Spelling::Numbered { terms, .. } = &self.spelling else { return counts };
            let Some(place) = len.checked_sub(2) else { return counts };
            counts.clone_from(self.shorter(len - 1));
            let zeros = self.spelling.zeros(len - 1);
            for term in &terms[place][first_digit(true, len - 1)..] {
                add(&mut counts, self.free(place), zeros ^ term);
            }
            counts
        })
    }
}

impl Spelling {
    fn of(template: &Numbered) -> Self {
        let (prefix, suffix) = (template.prefix.as_bytes(), template.suffix.as_bytes());
        let opened = |part: &[u8]| part.iter().position(|byte| *byte == b'{');
        let closed = |part: &[u8]| part.iter().position(|byte| *byte == b'}');
        if let Some(open) = opened(prefix) {
            let rest = &prefix[open + 1..];
            return match (closed(rest), closed(suffix)) {
                (Some(0), _) | (None, None) => Self::numbered(prefix, suffix),
                (Some(len), _) => Self::OneSlot(crc16(0, &rest[..len]) % SLOTS),
                (None, Some(len)) => Self::numbered(rest, &suffix[..len]),
            };
        }
        match hash_tag(suffix) {
            Some(tag) => Self::OneSlot(crc16(0, tag) % SLOTS),
            None => Self::numbered(prefix, suffix),
        }
    }

    fn numbered(prefix: &[u8], suffix: &[u8]) -> Self {
        let mut terms = Vec::with_capacity(MOST_DIGITS);
        let mut after = vec![0; suffix.len()];
        for _ in 0..MOST_DIGITS {
            // The characters 0 to 9 differ in their last four bits only.
            terms.push(std::array::from_fn(|digit| {
                let digit = u8::try_from(digit).expect("below ten");
                crc16(crc16(0, &[digit]), &after) % SLOTS
            }));
            after.push(0);
        }
        Self::Numbered { prefix: prefix.to_vec(), suffix: suffix.to_vec(), terms }
    }

    /// The slot of a number of `len` zeros.
    fn zeros(&self, len: usize) -> u16 {
        match self {
            Self::OneSlot(slot) => *slot,
            Self::Numbered { prefix, suffix, .. } => {
                let crc = crc16(crc16(0, prefix), &b"0".repeat(len));
                crc16(crc, suffix) % SLOTS
            }
        }
    }
}

/// Adds what falls into slot `from ^ by` to slot `from`, for every slot.
fn add(counts: &mut [u64], other: &[u64], by: u16) {
    // Slots of a block of 64 stay together: the XOR moves blocks, and slots within each.
    const BLOCK: usize = 64;
    let by = usize::from(by);
    let (block, within) = (by / BLOCK, by % BLOCK);
    for (to, counts) in counts.chunks_exact_mut(BLOCK).enumerate() {
        let from = (to ^ block) * BLOCK;
        let other = &other[from..from + BLOCK];
        for (slot, count) in counts.iter_mut().enumerate() {
            *count += other[(slot ^ within) % BLOCK];
        }
    }
}

/// The least first digit of a number of `len` digits: no number but 0 begins with a zero.
fn first_digit(is_first: bool, len: usize) -> usize {
    usize::from(is_first && len > 1)
}

/// Decimal digits, the last first; one for zero.
fn digits(n: u64) -> Vec<usize> {
    let mut digits = Vec::with_capacity(MOST_DIGITS);
    let mut rest = n;
    loop {
        digits.push(num::index(rest % 10));
        rest /= 10;
        if rest == 0 {
            return digits;
        }
    }
}
