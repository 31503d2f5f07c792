//! Ctrl-C, and the other ways of being asked to stop.

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::failure::Failure;

/// Ctrl-C, `kill`, a closed terminal. From [`Stop::listen`] on none of these ends the program by
/// itself, which would leave a private engine or own keys behind.
pub(super) struct Stop {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
}

impl Stop {
    /// Begins to listen; needs a runtime.
    pub(super) fn listen() -> Self {
        let listen = |kind| signal(kind).expect("a signal handler can be installed");
        Self {
            interrupt: listen(SignalKind::interrupt()),
            terminate: listen(SignalKind::terminate()),
            hang_up: listen(SignalKind::hangup()),
        }
    }

    /// Ends when the program is asked to stop, once for each time.
    pub(super) async fn asked(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = self.hang_up.recv() => {}
        }
    }

    /// Does `work` unless asked to stop meanwhile; then the work is dropped, and `aftermath` says
    /// what that leaves.
    pub(super) async fn or<T>(
        &mut self,
        work: impl Future<Output = Result<T, Failure>>,
        aftermath: &'static str,
    ) -> Result<T, Failure> {
        tokio::select! {
            outcome = work => outcome,
            () = self.asked() => Err(Failure::Interrupted { aftermath }),
        }
    }
}
