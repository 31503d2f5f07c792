//! Ctrl-C, and the other ways of being asked to stop.

use tokio::signal::unix::{SignalKind, signal};

/// Begins to listen; the future ends when the program is asked to stop: Ctrl-C, `kill`, a closed
/// terminal. From the call on none of these ends the program by itself, which would leave a private
/// engine behind.
pub(super) fn asked_to_stop() -> impl Future<Output = ()> {
    let listen = |kind| signal(kind).expect("a signal handler can be installed");
    let (mut interrupt, mut terminate, mut hang_up) = (
        listen(SignalKind::interrupt()),
        listen(SignalKind::terminate()),
        listen(SignalKind::hangup()),
    );
    async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hang_up.recv() => {}
        }
    }
}
