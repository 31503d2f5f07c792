//! The workload used when none is given.

use super::{PlanSpec, resolve};

/// A workload file that shows every key there is, with what it means.
pub const EXAMPLE: &str = include_str!("example.toml");

/// The built-in workload file, as a user would write it.
pub const IDENTITY_CACHE: &str = include_str!("identity-cache.toml");

/// The built-in workload.
///
/// # Panics
/// Never: a test parses the file.
pub fn identity_cache() -> PlanSpec {
    resolve::parse("identity-cache", IDENTITY_CACHE).expect("the built-in workload file is valid")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_file_is_valid() {
        let spec = identity_cache();
        assert_eq!(spec.n_keys(), 400_000);
        assert_eq!(spec.label(&spec.traffic[2]), "m2m mget 20");
        assert!((spec.growth_factor() - 1.601).abs() < 1e-3);
    }
}
