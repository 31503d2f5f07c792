//! Ctrl-C, and the other ways of being asked to stop.

use tokio::signal::unix::{SignalKind, signal};

/// Ends when the program is asked to stop: Ctrl-C, `kill`, a closed terminal.
pub(super) async fn asked_to_stop() {
    let listen = |kind| signal(kind).expect("a signal handler can be installed");
    let (mut interrupt, mut terminate, mut hang_up) = (
        listen(SignalKind::interrupt()),
        listen(SignalKind::terminate()),
        listen(SignalKind::hangup()),
    );
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        _ = hang_up.recv() => {}
    }
}
