//! Bytes per operation, both directions, as they cross the network.

use serde::{Deserialize, Serialize};

use crate::measurement::Level;
use crate::spec::PlanSpec;
use crate::units::num;

/// Bytes of Ethernet, IP and TCP headers (with timestamps) per packet. Source: RFC 894 (18),
/// RFC 791 (20), RFC 9293 and RFC 7323 (20 + 12), less the 4-byte frame check that is not counted.
const HEADER_BYTES: f64 = 66.0;
/// Payload of a full packet on a 1,500-byte MTU: 1500 − 20 − 20 − 12.
const SEGMENT_BYTES: f64 = 1448.0;

/// What one operation of the mix moves, on average.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct NetworkModel {
    /// RESP bytes of a request, measured.
    pub request_bytes: f64,
    /// RESP bytes of a reply, measured.
    pub reply_bytes: f64,
    /// RESP bytes of requests that write, per operation of the whole mix: what a primary sends on
    /// to each replica.
    pub written_bytes: f64,
    /// Bytes into the node with packet headers.
    pub wire_in_bytes: f64,
    /// Bytes out of the node with packet headers, replication apart.
    pub wire_out_bytes: f64,
}

/// Mean bytes per operation over the valid levels; over all levels when none is valid; `None`
/// when nothing completed.
pub fn network_model(spec: &PlanSpec, levels: &[Level]) -> Option<NetworkModel> {
    let any_valid = levels.iter().any(Level::is_valid);
    let mut model = NetworkModel {
        request_bytes: 0.0,
        reply_bytes: 0.0,
        written_bytes: 0.0,
        wire_in_bytes: 0.0,
        wire_out_bytes: 0.0,
    };
    let mut operations = 0.0;
    for level in levels.iter().filter(|level| level.is_valid() || !any_valid) {
        for (line, command) in spec.traffic.iter().zip(&level.commands) {
            let replies = num::float(command.replies);
            if replies == 0.0 {
                continue;
            }
            let (request, reply) = (command.request_bytes.float(), command.reply_bytes.float());
            operations += replies;
            model.request_bytes += request;
            model.reply_bytes += reply;
            if line.command.writes() {
                model.written_bytes += request;
            }
            model.wire_in_bytes += on_the_wire(request / replies) * replies;
            model.wire_out_bytes += on_the_wire(reply / replies) * replies;
        }
    }
    (operations > 0.0).then(|| NetworkModel {
        request_bytes: model.request_bytes / operations,
        reply_bytes: model.reply_bytes / operations,
        written_bytes: model.written_bytes / operations,
        wire_in_bytes: model.wire_in_bytes / operations,
        wire_out_bytes: model.wire_out_bytes / operations,
    })
}

/// Bytes of a message with the headers of its packets; acknowledgements ride on replies.
pub fn on_the_wire(payload: f64) -> f64 {
    payload + HEADER_BYTES * packets(payload)
}

/// Packets of a message; acknowledgements ride on replies.
pub fn packets(payload: f64) -> f64 {
    (payload / SEGMENT_BYTES).ceil().max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_messages_are_mostly_headers() {
        assert!((on_the_wire(60.0) - 126.0).abs() < 1e-9);
        assert!((on_the_wire(1448.0) - 1514.0).abs() < 1e-9);
        assert!((on_the_wire(1449.0) - 1581.0).abs() < 1e-9);
    }
}
