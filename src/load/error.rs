//! Why a level could not be measured.

use std::io;

use crate::target::TargetError;

/// Why a level ended without a result. A level that went wrong but ended is void instead.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A connection of the pool could not be opened.
    #[error("cannot open connection {number} of {wanted} to {endpoint}: {cause}")]
    Connect {
        /// Which one, from 1.
        number: u32,
        /// How many the plan asks for.
        wanted: u32,
        /// Host and port.
        endpoint: String,
        /// As the system or the server says it.
        cause: String,
    },
    /// Every connection of the pool broke.
    #[error("all {connections} connections to {endpoint} broke: {cause}")]
    AllConnectionsLost {
        /// Size of the pool.
        connections: u32,
        /// Host and port.
        endpoint: String,
        /// The first cause.
        cause: String,
    },
    /// Reads are to be spread over the nodes of a shard that has one only.
    #[error("{endpoint} has no replica to read from")]
    NoReplica {
        /// The primary's host and port.
        endpoint: String,
    },
    /// The event loop of the system failed.
    #[error("the event loop failed: {0}")]
    EventLoop(#[from] io::Error),
    /// The target did not answer on the control connection.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// The user asked to stop.
    #[error("interrupted")]
    Interrupted,
}
