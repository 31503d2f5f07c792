//! Makes the pools of values that classes share.
//!
//! A pool has at most [`POOL_VALUES`] values and [`POOL_BYTES`] bytes. Generators draw that many.
//! Of a longer file so many records are taken that the lengths of all of them are represented: the
//! records in order of length, every k-th. Laws of sizes are cut into as many equal parts, each of
//! which gives one length. Either keeps the mean closer to the truth than drawing would. A file whose
//! records are used once each is taken whole.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use serde_json::Value;

use crate::artifact::Digest;
use crate::spec::{
    Class, Compression, DataFile, Encoding, KeyTemplate, Loaded, Payload, PlainNumbers, PlanSpec,
    Pool, PoolValues, ReadFile, Records, Shares, SizeLaw, StoredAs,
};
use crate::units::{Bytes, num};

use super::encode::{stored, stored_bytes};
use super::generate::{claims, token};
use super::lengths::lengths;
use super::order::{class_seed, is_row_by_row};

/// Most values of one pool. Enough to keep the mean of a log-normal law within 0.01 % up to sigma 1
/// and within 0.2 % up to sigma 2.
pub const POOL_VALUES: usize = 4096;
/// Most bytes of one pool.
pub const POOL_BYTES: Bytes = Bytes::from_mib(32);
/// Where opaque values may start in the bytes they are taken from.
const OFFSETS: usize = 64 * 1024;

/// Counters of a pool: 10,000 and on, a hundred thousand at most.
const FIRST_COUNTER: u64 = 10_000;
const COUNTER_STEP: u64 = 24;

/// The tutorial's user claims in shape and size, with made-up contents.
const CLAIMS: &str = include_str!("payloads/claims.json");
/// The tutorial's OAuth token in shape and size, with made-up contents.
const M2M_TOKEN: &str = include_str!("payloads/m2m-token.json");

/// Why keys and values of a plan cannot be made again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RestockError {
    /// A file cannot be read.
    #[error("cannot read `{path}`: {cause}")]
    Unreadable {
        /// As the plan names it.
        path: String,
        /// As the system says it.
        cause: String,
    },
    /// A file has other content than when the plan was made.
    #[error("`{path}` has changed since class `{class}` was planned with it")]
    FileChanged {
        /// Whose keys or values it holds.
        class: String,
        /// As the plan names it.
        path: String,
    },
    /// This version of the program makes other values.
    #[error("class `{class}` was planned with other values than this version makes")]
    ValuesChanged {
        /// Whose values.
        class: String,
    },
}

/// The plan with the values of its classes made, so that they are made once and their lengths are
/// part of its artifact.
#[must_use]
pub fn stock(mut spec: PlanSpec) -> PlanSpec {
    for class in spec.classes.iter_mut().filter(|class| needs_pool(&class.payload)) {
        class.pool = Some(make_pool(class));
    }
    spec
}

/// A plan that was read from an artifact, with its values made again: needed to seed and to send
/// them, not to calculate, size or report.
///
/// # Errors
/// When a file is gone, or values would be others than those the plan was made with.
pub fn restock(mut spec: PlanSpec, files: ReadFile<'_>) -> Result<PlanSpec, RestockError> {
    let read = |path: &String| {
        files(path).map_err(|cause| RestockError::Unreadable { path: path.clone(), cause })
    };
    let spelled = |key: &mut KeyTemplate, class: &str| {
        let Some(list) = key.list() else { return Ok(()) };
        let path = list.path.clone();
        let loaded = list.loaded(read(&path)?);
        let changed = || RestockError::FileChanged { class: class.to_owned(), path };
        *key = KeyTemplate::listed(loaded.ok_or_else(changed)?);
        Ok(())
    };
    for line in &mut spec.traffic {
        let class = &spec.classes[line.class].name;
        line.key.as_mut().map_or(Ok(()), |key| spelled(key, class))?;
    }
    for class in &mut spec.classes {
        spelled(&mut class.key, &class.name)?;
        if let Payload::File(file) = &mut class.payload {
            let path = file.path.clone();
            let content = read(&path)?;
            let changed = RestockError::FileChanged { class: class.name.clone(), path };
            if Digest::of_bytes([&content]) != file.digest {
                return Err(changed);
            }
            let records = Records::read(&file.path, file.column.as_deref(), content);
            file.records = Loaded::new(records.map_err(|_| changed)?);
        }
        if needs_pool(&class.payload) {
            let made = make_pool(class);
            let is_other =
                |planned: &Pool| planned.shares != made.shares || planned.digest != made.digest;
            if class.pool.as_ref().is_some_and(is_other) {
                return Err(RestockError::ValuesChanged { class: class.name.clone() });
            }
            class.pool = Some(made);
        }
    }
    Ok(spec)
}

/// Whether keys of a class have different values.
pub(super) const fn needs_pool(payload: &Payload) -> bool {
    !matches!(payload, Payload::Claims | Payload::M2mToken | Payload::Size(_))
}

/// The pool of a class whose keys have different values.
///
/// # Panics
/// When a file's records are not there: the plan was read from an artifact.
pub(super) fn make_pool(class: &Class) -> Pool {
    pool_of(class, POOL_VALUES)
}

/// The class with its objects encoded otherwise; `None` for values that are not objects. Of values
/// that differ `n` at most stand for all.
///
/// # Panics
/// When a file's records are not there: the plan was read from an artifact.
pub fn reencoded(
    class: &Class,
    encoding: Encoding,
    compression: Option<Compression>,
    n: usize,
) -> Option<Class> {
    if class.encoding == Encoding::Raw {
        return None;
    }
    let mut class = Class { encoding, compression, ..class.clone() };
    class.pool = Some(pool_of(&class, n.min(POOL_VALUES)));
    Some(class)
}

fn pool_of(class: &Class, n: usize) -> Pool {
    let seed = class_seed(&class.name, class.seed);
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let values = match &class.payload {
        Payload::ClaimsVaried => draw(class, n, || claims(&mut rng)),
        Payload::M2mTokenVaried => draw(class, n, || token(&mut rng)),
        Payload::File(file) if n == POOL_VALUES && is_row_by_row(class) => {
            return pool_in_order(&rows(class, file));
        }
        Payload::File(file) => sample(class, file, n),
        Payload::Counter => counters(n),
        Payload::Sizes(law) => return opaque_pool(law, &mut rng),
        Payload::Claims | Payload::M2mToken | Payload::Size(_) => return only_value(class),
    };
    pool(values)
}

/// The pool of a class whose keys all have the same value.
pub(super) fn only_value(class: &Class) -> Pool {
    let value = match &class.payload {
        Payload::M2mToken => stored(&object(M2M_TOKEN), class),
        Payload::Size(len) => b"cachefit-".iter().copied().cycle().take(*len as usize).collect(),
        _ => stored(&object(CLAIMS), class),
    };
    pool(vec![value])
}

fn object(json: &str) -> Value {
    serde_json::from_str(json).expect("built-in payloads are valid JSON")
}

/// Sorts values by what an engine makes of them.
fn pool(mut values: Vec<Vec<u8>>) -> Pool {
    values.sort_by_cached_key(|value| StoredAs::of(value));
    pool_in_order(&values)
}

fn pool_in_order(values: &[Vec<u8>]) -> Pool {
    Pool {
        shares: Shares::of(values.iter().map(|value| StoredAs::of(value)))
            .expect("a pool has at least one value"),
        plain_numbers: PlainNumbers::of(values),
        digest: Digest::of_bytes(values),
        values: Loaded::new(PoolValues::of(values)),
    }
}

/// Numbers from five digits on, which no engine shares between keys.
fn counters(n: usize) -> Vec<Vec<u8>> {
    let number = |at: u64| (FIRST_COUNTER + at * COUNTER_STEP).to_string().into_bytes();
    (0..num::count(n)).map(number).collect()
}

/// So many values.
fn draw(class: &Class, n: usize, mut next: impl FnMut() -> Value) -> Vec<Vec<u8>> {
    (0..n).map(|_| stored(&next(), class)).collect()
}

fn records(file: &DataFile) -> &Records {
    file.records.get().expect("plans read from artifacts are restocked first")
}

/// Record number `index`, as it is stored.
fn record(class: &Class, records: &Records, index: usize) -> Vec<u8> {
    match class.encoding {
        Encoding::Raw => stored_bytes(records.raw(index), class),
        _ => stored(&records.value(index), class),
    }
}

/// The records of a file in their order.
fn rows(class: &Class, file: &DataFile) -> Vec<Vec<u8>> {
    let records = records(file);
    (0..records.len()).map(|index| record(class, records, index)).collect()
}

/// The records of a file, or a part of them that has all its lengths in proportion.
fn sample(class: &Class, file: &DataFile, most_values: usize) -> Vec<Vec<u8>> {
    let records = records(file);
    let record = |index| record(class, records, index);
    let mut kinds: Vec<(StoredAs, usize)> =
        (0..records.len()).map(|index| (StoredAs::of(&record(index)), index)).collect();
    kinds.sort_unstable();
    let total: u64 = kinds.iter().map(|(stored, _)| u64::from(stored.n_bytes())).sum();
    let mean = num::float(total) / num::float_len(kinds.len());
    let most = num::index(num::round(POOL_BYTES.float() / mean.max(1.0)));
    // Records that no two keys share are all there; others stand for those of their length.
    let is_whole = file.once && most_values == POOL_VALUES;
    let n = if is_whole { kinds.len() } else { kinds.len().min(most_values).min(most.max(1)) };
    // The middle of each of n equal parts.
    (0..n).map(|at| record(kinds[(2 * at + 1) * kinds.len() / (2 * n)].1)).collect()
}

/// Opaque values are parts of one text of letters, so that none looks like a number and many long
/// ones take little room.
fn opaque_pool(law: &SizeLaw, rng: &mut ChaCha8Rng) -> Pool {
    let lens = lengths(law, POOL_VALUES);
    let longest = lens.last().map_or(0, |len| num::index(u64::from(*len)));
    let text = (0..longest + OFFSETS).map(|_| rng.random_range(b'a'..=b'z')).collect();
    let places = lens
        .iter()
        .map(|len| {
            let start = rng.random_range(0..OFFSETS);
            start..start + num::index(u64::from(*len))
        })
        .collect();
    let shares = Shares::of(lens.iter().map(|len| StoredAs::Text(*len)));
    let shares = shares.expect("a law gives as many lengths as it is asked for");
    // The bytes are of no interest: the lengths tell whether the law is still the same.
    let digest = Digest::of(&String::from(shares.clone()));
    let values = Loaded::new(PoolValues::parts_of(text, places));
    Pool { shares, plain_numbers: None, digest, values }
}
