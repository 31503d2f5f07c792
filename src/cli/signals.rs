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

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use rustix::process::{Signal as Kind, getpid, kill_process};

    use super::*;

    /// Work that never ends by itself; the signal waits for whoever listens.
    #[tokio::test]
    async fn work_ends_when_the_program_is_asked_to_stop() {
        for kind in [Kind::INT, Kind::TERM, Kind::HUP] {
            let mut stop = Stop::listen();
            kill_process(getpid(), kind).expect("a process may signal itself");
            let outcome = stop.or(pending::<Result<(), Failure>>(), "all is well").await;
            let is_told = matches!(outcome, Err(Failure::Interrupted { aftermath: "all is well" }));
            assert!(is_told, "{kind:?}: {outcome:?}");
        }
        let mut stop = Stop::listen();
        assert!(matches!(stop.or(ready(Ok(7)), "").await, Ok(7)));
    }
}
