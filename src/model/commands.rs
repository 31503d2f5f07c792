//! What each line of the command mix moves and computes.

use serde::{Deserialize, Serialize};

use crate::measurement::Level;
use crate::spec::PlanSpec;
use crate::units::{Micros, num};

/// One line of the mix, measured.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CommandModel {
    /// RESP bytes of a request.
    pub request_bytes: f64,
    /// RESP bytes of a reply.
    pub reply_bytes: f64,
    /// Execution time of a command by the server's own statistics; `None` when it does not tell.
    pub exec_us: Option<Micros>,
}

/// Means of each line of the mix over the valid levels, in the plan's order; over all levels when
/// none is valid. `None` for a line without a reply.
pub fn command_models(spec: &PlanSpec, levels: &[Level]) -> Vec<Option<CommandModel>> {
    let any_valid = levels.iter().any(Level::is_valid);
    let counted = || levels.iter().filter(|level| level.is_valid() || !any_valid);
    let line = |(index, word): (usize, &str)| {
        let (mut replies, mut request, mut reply) = (0.0, 0.0, 0.0);
        let (mut timed, mut time) = (0.0, 0.0);
        for level in counted() {
            let Some(record) = level.commands.get(index) else { continue };
            let n = num::float(record.replies);
            replies += n;
            request += record.request_bytes.float();
            reply += record.reply_bytes.float();
            let exec = level.server.usec_per_call.iter().find(|(name, _)| name == word);
            if let Some((_, each)) = exec {
                timed += n;
                time += each.get() * n;
            }
        }
        (replies > 0.0).then(|| CommandModel {
            request_bytes: request / replies,
            reply_bytes: reply / replies,
            exec_us: (timed > 0.0).then(|| Micros::of(time / timed)),
        })
    };
    spec.traffic.iter().map(|line| line.command.word()).enumerate().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measurement::fixture::level;
    use crate::spec::identity_cache;
    use crate::units::Bytes;

    #[test]
    fn lines_are_told_apart() {
        let spec = identity_cache();
        let mut level = level(1e3, 100);
        let record = level.commands[0].clone();
        let of = |replies, request, reply| crate::measurement::CommandRecord {
            replies,
            request_bytes: Bytes::new(request),
            reply_bytes: Bytes::new(reply),
            ..record.clone()
        };
        level.commands = vec![of(10, 600, 3_100), of(5, 2_000, 25), of(0, 0, 0)];
        level.server.usec_per_call = vec![("get".into(), Micros::of(2.0))];
        let models = command_models(&spec, &[level]);
        let get = models[0].expect("measured");
        assert!((get.request_bytes - 60.0).abs() < 1e-9 && (get.reply_bytes - 310.0).abs() < 1e-9);
        assert_eq!(get.exec_us, Some(Micros::of(2.0)));
        assert_eq!(models[1].expect("measured").exec_us, None);
        assert_eq!(models[2], None);
    }
}
