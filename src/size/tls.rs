//! What TLS costs the engine's thread.

use crate::catalog::NodeType;
use crate::engine::EngineVersion;
use crate::model::{Estimate, NetworkModel};

/// µs per command, and per 1,000 bytes of RESP in and out, on the machine that was measured.
///
/// Measured: Redis 7.0.15 with OpenSSL 3.0, one machine, 50 connections, 150,000 commands, three
/// runs each, `used_cpu_*_main_thread`: GET of 300 bytes 7.8 µs plain and 12.6 µs with TLS, MGET of 20
/// values of 1,337 bytes 12.6 to 19.0 and 28.5 to 37.2. Graded assumed, because the client's
/// ciphers and the node's processor are others. Source: MODEL.md §2.5.
const PER_COMMAND_US: Estimate = Estimate { value: 5.0, low: 4.0, high: 6.0 };
/// See [`PER_COMMAND_US`].
const PER_KB_US: Estimate = Estimate { value: 0.55, low: 0.3, high: 0.9 };

/// Engine-thread time that encryption adds to one operation, µs on the measured machine; nothing
/// where the plan has no TLS or other cores of the node take it over.
pub(super) fn per_operation(
    is_used: bool,
    node: &NodeType,
    engine: EngineVersion,
    network: Option<NetworkModel>,
) -> Estimate {
    if !is_used || node.io_threading(engine).tls_offload {
        return Estimate::exact(0.0);
    }
    let kb = network.map_or(0.0, |n| (n.request_bytes + n.reply_bytes) / 1_000.0);
    PER_COMMAND_US.plus(PER_KB_US.times(Estimate::exact(kb)))
}
