//! Which keys are asked for.

use rand::{Rng, RngExt};
use rand_distr::{Distribution, Zipf};

use crate::spec::Access;
use crate::units::{Fraction, num};

use super::Share;

/// Picks key numbers 0…`keys` by an access law.
#[derive(Debug, Clone)]
pub struct KeyPicker {
    keys: u64,
    law: Law,
    /// Coprime to `keys`, so that rank × stride visits every key once.
    stride: u64,
}

#[derive(Debug, Clone)]
enum Law {
    Uniform,
    Zipf(Zipf<f64>),
    /// The first `keys` ranks get `traffic` of the picks.
    Hot {
        keys: u64,
        traffic: f64,
    },
    Sequential {
        next: u64,
    },
}

impl KeyPicker {
    /// A picker over `keys` keys, at least one.
    ///
    /// # Panics
    /// When `keys` is zero or a Zipf exponent is not above zero; a resolved plan has neither.
    pub fn new(access: Access, keys: u64) -> Self {
        assert!(keys > 0, "a class has at least one key");
        let law = match access {
            Access::Uniform => Law::Uniform,
            Access::Zipf(exponent) => {
                Law::Zipf(Zipf::new(num::float(keys), exponent).expect("exponents are above zero"))
            }
            Access::Hot { keys: share, traffic } => {
                Law::Hot { keys: hot_keys(keys, share), traffic: traffic.get() }
            }
            Access::Sequential => Law::Sequential { next: 0 },
        };
        Self { keys, law, stride: coprime_stride(keys) }
    }

    /// The picker of one of several generators: keys in order begin in a part of their own.
    pub fn starting_in(mut self, share: Share) -> Self {
        if let Law::Sequential { next } = &mut self.law {
            *next = self.keys / u64::from(share.of) * u64::from(share.number);
        }
        self
    }

    /// The next key number.
    ///
    /// Ranks are scattered over the keyspace: hot keys are not neighbours, or they would share
    /// prefixes, slots and key lengths that hot keys of an application do not share.
    pub fn pick(&mut self, rng: &mut impl Rng) -> u64 {
        match &mut self.law {
            Law::Uniform => rng.random_range(0..self.keys),
            Law::Zipf(zipf) => {
                let rank = num::round(zipf.sample(rng)).clamp(1, self.keys) - 1;
                self.scatter(rank)
            }
            Law::Hot { keys, traffic } => {
                let is_hot = *keys == self.keys || rng.random_bool(*traffic);
                let ranks = if is_hot { 0..*keys } else { *keys..self.keys };
                let rank = rng.random_range(ranks);
                self.scatter(rank)
            }
            Law::Sequential { next } => {
                let n = *next;
                *next = if n + 1 < self.keys { n + 1 } else { 0 };
                n
            }
        }
    }

    /// The key number that has this rank, 0 the hottest.
    fn scatter(&self, rank: u64) -> u64 {
        let product = u128::from(rank) * u128::from(self.stride) % u128::from(self.keys);
        u64::try_from(product).expect("a remainder is below its divisor")
    }
}

/// How many of `keys` keys, at least one, are hot when a share of them is.
pub fn hot_keys(keys: u64, share: Fraction) -> u64 {
    num::round(num::float(keys) * share.get()).clamp(1, keys.max(1))
}

/// The numbers of `keys` keys, at least one, from the hottest rank on: as [`KeyPicker`] scatters
/// them, for laws with hot keys.
pub fn keys_by_rank(keys: u64) -> impl Iterator<Item = u64> {
    let stride = coprime_stride(keys.max(1));
    let next = move |key: &u64| {
        let sum = (u128::from(*key) + u128::from(stride)) % u128::from(keys);
        Some(u64::try_from(sum).expect("a remainder is below its divisor"))
    };
    std::iter::successors((keys > 0).then_some(0), next).take(num::index(keys))
}

/// A number near the golden section of `keys` that shares no divisor with it.
fn coprime_stride(keys: u64) -> u64 {
    let golden = num::round(num::float(keys) * 0.618_033_988_75).max(1);
    (golden..=u64::MAX)
        .find(|stride| gcd(*stride, keys) == 1)
        .expect("consecutive numbers include one")
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng;

    use super::*;

    #[test]
    fn ranks_in_order_are_scattered_as_picks_are() {
        for keys in [1, 2, 10, 97, 4096] {
            let picker = KeyPicker::new(Access::Zipf(0.99), keys);
            assert!((0..keys).map(|rank| picker.scatter(rank)).eq(keys_by_rank(keys)), "{keys}");
        }
        assert_eq!(keys_by_rank(0).count(), 0);
    }

    #[test]
    fn scattering_visits_every_key_once() {
        for keys in [1, 2, 3, 10, 97, 1000, 4096] {
            let picker = KeyPicker::new(Access::Zipf(0.99), keys);
            let mut seen: Vec<u64> = (0..keys).map(|rank| picker.scatter(rank)).collect();
            seen.sort_unstable();
            assert!(seen.into_iter().eq(0..keys), "{keys}");
        }
    }

    /// With s = 1 the hottest of 1,000 keys gets 1/H(1000) = 13.4 % of the requests.
    #[test]
    fn zipf_gives_the_hottest_key_its_share() {
        let mut picker = KeyPicker::new(Access::Zipf(1.0), 1000);
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let hottest = picker.scatter(0);
        let n = 200_000;
        let hits = (0..n).filter(|_| picker.pick(&mut rng) == hottest).count();
        let share = num::float_len(hits) / f64::from(n);
        assert!((share - 0.1336).abs() < 0.003, "{share}");
    }

    #[test]
    fn hot_keys_get_their_share_and_all_keys_are_reached() {
        let share = |x| Fraction::new(x).unwrap();
        let access = Access::Hot { keys: share(0.1), traffic: share(0.9) };
        let mut picker = KeyPicker::new(access, 1000);
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let mut counts = vec![0_u32; 1000];
        for _ in 0..1_000_000 {
            counts[usize::try_from(picker.pick(&mut rng)).unwrap()] += 1;
        }
        let is_hot = |n: u32| n > 4500;
        assert_eq!(counts.iter().filter(|n| is_hot(**n)).count(), 100);
        let hits: u32 = counts.iter().filter(|n| is_hot(**n)).sum();
        assert!(hits.abs_diff(900_000) < 2000, "{hits}");
        assert!(counts.iter().all(|n| is_hot(*n) || (50..200).contains(n)));
        // Hot keys are spread over the keyspace.
        assert!(counts.windows(10).all(|ten| ten.iter().any(|n| !is_hot(*n))));
        assert_eq!(KeyPicker::new(access, 1).pick(&mut rng), 0);
    }

    #[test]
    fn sequential_starts_over_after_the_last_key() {
        let mut picker = KeyPicker::new(Access::Sequential, 3);
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let keys: Vec<u64> = (0..7).map(|_| picker.pick(&mut rng)).collect();
        assert_eq!(keys, [0, 1, 2, 0, 1, 2, 0]);
    }

    #[test]
    fn uniform_reaches_all_keys_alike() {
        let mut picker = KeyPicker::new(Access::Uniform, 10);
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let mut counts = [0u32; 10];
        for _ in 0..100_000 {
            counts[usize::try_from(picker.pick(&mut rng)).unwrap()] += 1;
        }
        assert!(counts.iter().all(|count| (9_500..10_500).contains(count)), "{counts:?}");
    }
}
