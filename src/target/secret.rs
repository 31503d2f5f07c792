//! Passwords.

use std::fmt;

use tokio::sync::watch;

/// A password that no message, log or artifact can print. Its copies are one: when it is renewed, all
/// of them are, and whoever waits for that is told.
#[derive(Clone)]
pub struct Secret(watch::Sender<String>);

impl Secret {
    /// Wraps a password.
    pub fn new(text: String) -> Self {
        Self(watch::Sender::new(text))
    }

    /// Takes another one: connections that are still to come log in with it, and those that are open
    /// do so again.
    pub fn renew(&self, text: String) {
        self.0.send_replace(text);
    }

    /// The password itself, for the wire only.
    pub(super) fn reveal(&self) -> String {
        self.0.borrow().clone()
    }

    /// Tells of every renewal from now on.
    pub(super) fn renewals(&self) -> watch::Receiver<String> {
        self.0.subscribe()
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.reveal() == other.reveal()
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}
