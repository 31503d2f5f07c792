//! Memory allocators that engines are built with.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The allocator an engine binary is linked with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Allocator {
    /// jemalloc with an 8-byte quantum: official Redis and Valkey builds
    /// (`--with-lg-quantum=3`, deps/Makefile), and what ElastiCache is assumed to run.
    #[serde(rename = "jemalloc-q8")]
    JemallocQ8,
    /// jemalloc with a 16-byte quantum: the system library that Debian's and Ubuntu's packages use.
    #[serde(rename = "jemalloc-q16")]
    JemallocQ16,
    /// The C library's malloc (glibc, 64 bit).
    #[serde(rename = "libc")]
    Libc,
}

impl fmt::Display for Allocator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::JemallocQ8 => "jemalloc-q8",
            Self::JemallocQ16 => "jemalloc-q16",
            Self::Libc => "libc",
        })
    }
}
