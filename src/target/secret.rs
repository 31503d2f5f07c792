//! Passwords.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

/// A password that no message, log or artifact can print. Its copies are one: when it is renewed, all
/// of them are.
#[derive(Clone)]
pub struct Secret(Arc<RwLock<String>>);

impl Secret {
    /// Wraps a password.
    pub fn new(text: String) -> Self {
        Self(Arc::new(RwLock::new(text)))
    }

    /// Takes another one for connections that are still to come.
    pub fn renew(&self, text: String) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = text;
    }

    /// The password itself, for the wire only.
    pub(super) fn reveal(&self) -> String {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
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
