//! Which engines the tests run on.

use std::env;
use std::path::PathBuf;

use ::cachefit::target::find_engine;

/// The engine the program itself would choose.
pub(crate) fn engine() -> PathBuf {
    find_engine(None, env::var_os("PATH").as_deref()).expect(
        "the tests need an engine on PATH: `make test` installs one, or `apt-get install \
         redis-tools` and a link named redis-server to redis-check-rdb",
    )
}

/// That engine, the other product where it is on PATH, and those named in `CACHEFIT_TEST_ENGINES`
/// (separated like PATH).
pub(crate) fn engines() -> Vec<PathBuf> {
    let mut engines = vec![engine()];
    let path = env::var_os("PATH");
    for name in ["valkey-server", "redis-server"] {
        match find_engine(Some(name.as_ref()), path.as_deref()) {
            Ok(engine) if !engines.contains(&engine) => engines.push(engine),
            Ok(_) => {}
            Err(_) => println!("skipped: {name} is not on PATH"),
        }
    }
    match env::var_os("CACHEFIT_TEST_ENGINES") {
        Some(named) => engines.extend(env::split_paths(&named)),
        None => println!("skipped: CACHEFIT_TEST_ENGINES names no further engines"),
    }
    engines
}
