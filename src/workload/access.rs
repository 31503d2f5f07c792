//! Which keys are asked for.

use rand::{Rng, RngExt};
use rand_distr::{Distribution, Zipf};

use crate::spec::Access;
use crate::units::num;

/// Picks key numbers 0…`keys` by an access law.
#[derive(Debug, Clone)]
pub struct KeyPicker {
    keys: u64,
    zipf: Option<Zipf<f64>>,
    /// Coprime to `keys`, so that rank × stride visits every key once.
    stride: u64,
}

impl KeyPicker {
    /// A picker over `keys` keys, at least one.
    ///
    /// # Panics
    /// When `keys` is zero or a Zipf exponent is not above zero; a resolved plan has neither.
    pub fn new(access: Access, keys: u64) -> Self {
        assert!(keys > 0, "a class has at least one key");
        let zipf = match access {
            Access::Uniform => None,
            Access::Zipf(exponent) => {
                Some(Zipf::new(num::float(keys), exponent).expect("exponents are above zero"))
            }
        };
        Self { keys, zipf, stride: coprime_stride(keys) }
    }

    /// The next key number.
    ///
    /// Ranks are scattered over the keyspace: hot keys are not neighbours, or they would share
    /// prefixes, slots and key lengths that hot keys of an application do not share.
    pub fn pick(&self, rng: &mut impl Rng) -> u64 {
        match &self.zipf {
            None => rng.random_range(0..self.keys),
            Some(zipf) => {
                let rank = num::round(zipf.sample(rng)).clamp(1, self.keys) - 1;
                self.scatter(rank)
            }
        }
    }

    /// The key number that has this rank, 0 the hottest.
    fn scatter(&self, rank: u64) -> u64 {
        let product = u128::from(rank) * u128::from(self.stride) % u128::from(self.keys);
        u64::try_from(product).expect("a remainder is below its divisor")
    }
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
        let picker = KeyPicker::new(Access::Zipf(1.0), 1000);
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let hottest = picker.scatter(0);
        let n = 200_000;
        let hits = (0..n).filter(|_| picker.pick(&mut rng) == hottest).count();
        let share = num::float_len(hits) / f64::from(n);
        assert!((share - 0.1336).abs() < 0.003, "{share}");
    }

    #[test]
    fn uniform_reaches_all_keys_alike() {
        let picker = KeyPicker::new(Access::Uniform, 10);
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let mut counts = [0u32; 10];
        for _ in 0..100_000 {
            counts[usize::try_from(picker.pick(&mut rng)).unwrap()] += 1;
        }
        assert!(counts.iter().all(|count| (9_500..10_500).contains(count)), "{counts:?}");
    }
}
