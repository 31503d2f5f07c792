//! Levels for tests of what is made of them.

use crate::units::{Bytes, Micros, OpsPerSec};

use super::{CommandRecord, Histogram, Level, ServerDelta};

/// A clean level of one command, 2,000 operations that all took `response_us`.
pub(crate) fn level(offered: f64, response_us: u64) -> Level {
    let histogram = |us: u64| {
        let mut histogram = Histogram::new();
        (0..2000).for_each(|_| histogram.record(us * 1000));
        histogram
    };
    Level {
        began: None,
        offered: OpsPerSec::of(offered),
        achieved: OpsPerSec::of(offered),
        warm_up_us: Micros::of(1e6),
        window_us: Micros::of(4e6),
        commands: vec![CommandRecord {
            label: "claims get".into(),
            replies: 2000,
            errors: 0,
            keys_asked: 2000,
            keys_missed: 0,
            request_bytes: Bytes::new(2000 * 60),
            reply_bytes: Bytes::new(2000 * 300),
            response: histogram(response_us),
            service: histogram(response_us / 2),
        }],
        unfinished: 0,
        course: Vec::new(),
        is_rising: false,
        inflation: Vec::new(),
        dispatch_lag: histogram(10),
        connection_wait: histogram(1),
        longest_queue: 3,
        generator_cpu_us: None,
        spinning_us: None,
        stolen: None,
        send_queue_bytes: None,
        receive_queue_bytes: None,
        server: ServerDelta { commands: Some(2000), ..ServerDelta::default() },
        nodes: Vec::new(),
        redirected: 0,
        void: Vec::new(),
    }
}
