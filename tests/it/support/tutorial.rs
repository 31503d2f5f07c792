//! The tutorial's data in a server of the test's own, and what is known of it.

use std::sync::OnceLock;

use ::cachefit::measurement::{Info, TargetFacts};
use ::cachefit::model::memory::{Layout, StringClass, ValueShape, decimal_key_lengths};
use ::cachefit::target::{Control, read_facts};
use ::cachefit::units::Bytes;

use super::{Server, block_on};

/// Keys of each of the two classes.
pub(crate) const KEYS: u64 = 200_000;
/// Prefix of the keys, and length of the values: claims, then tokens.
pub(crate) const CLASSES: [(&str, u32); 2] =
    [("TESTING_PURPOSE_KEY_CLAIMS_", 303), ("TESTING_PURPOSE_KEY_M2M_", 1337)];
/// Longer than any test.
pub(crate) const LIFETIME: &str = "36000";

/// The classes in the law's words.
pub(crate) fn classes() -> [StringClass; 2] {
    CLASSES.map(|(prefix, len)| {
        let lengths = decimal_key_lengths(u32::try_from(prefix.len()).unwrap(), 0..KEYS);
        StringClass::from_lengths(prefix, true, &lengths, &[(ValueShape::Raw(len), 1)])
    })
}

/// `SET key value EX …` of one key.
pub(crate) fn set(class: usize, id: u64) -> redis::Cmd {
    let (prefix, len) = CLASSES[class];
    let mut command = redis::cmd("SET");
    let value = &NOISE.get_or_init(noise)[..usize::try_from(len).unwrap()];
    command.arg(format!("{prefix}{id}")).arg(value).arg("EX").arg(LIFETIME);
    command
}

static NOISE: OnceLock<Vec<u8>> = OnceLock::new();

/// Bytes that do not compress: a save of them takes as long as one of real values, or longer.
fn noise() -> Vec<u8> {
    let mut random = 88_172_645_463_325_252_u64;
    let byte = || {
        random = xorshift(random);
        u8::try_from(random >> 56).unwrap()
    };
    std::iter::repeat_with(byte).take(2_048).collect()
}

/// The next number of a pseudo-random sequence.
pub(crate) fn xorshift(mut random: u64) -> u64 {
    random ^= random << 13;
    random ^= random >> 7;
    random ^ (random << 17)
}

/// Stores all keys.
pub(crate) fn seed(server: &Server) {
    let mut connection = server.client(0);
    for class in 0..CLASSES.len() {
        let ids: Vec<u64> = (0..KEYS).collect();
        for batch in ids.chunks(1_000) {
            let mut pipe = redis::pipe();
            for &id in batch {
                pipe.add_command(set(class, id)).ignore();
            }
            pipe.query::<()>(&mut connection).unwrap();
        }
    }
}

/// What the server tells of itself.
pub(crate) fn info(server: &Server) -> Info {
    block_on(async { Control::connect(&server.endpoint()).await.unwrap().info().await.unwrap() })
}

/// What the server is.
pub(crate) fn target(server: &Server) -> TargetFacts {
    block_on(async {
        let control = Control::connect(&server.endpoint()).await.unwrap();
        read_facts(&control, None).await.unwrap()
    })
}

/// The server's layout, with nothing known of its baseline.
pub(crate) fn layout(target: &TargetFacts) -> Layout {
    Layout {
        engine: target.engine,
        allocator: target.allocator,
        shares_integers: target.shares_integers(),
        baseline: Bytes::ZERO,
        slots: None,
    }
}
