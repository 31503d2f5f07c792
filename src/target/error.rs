//! What can go wrong between this program and a target.

use std::time::Duration;

/// Why a target did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// Nothing listens there, or the network keeps us from it.
    #[error("cannot reach {endpoint}: {cause}")]
    Unreachable {
        /// Host and port.
        endpoint: String,
        /// As the system says it.
        cause: String,
    },
    /// It listens, but does not answer.
    #[error("no reply from {endpoint} within {waited:?}")]
    NoReply {
        /// Host and port.
        endpoint: String,
        /// How long we waited.
        waited: Duration,
    },
    /// It speaks no TLS, or shows a certificate that is not trusted, or wants one.
    #[error("no TLS with {endpoint}: {cause}")]
    Tls {
        /// Host and port.
        endpoint: String,
        /// As the library or the server says it.
        cause: String,
    },
    /// No password, or wrong user or password.
    #[error("{endpoint} refused the login: {message}")]
    Refused {
        /// Host and port.
        endpoint: String,
        /// As the server says it.
        message: String,
    },
    /// A user without the permission, or a command that was renamed or switched off.
    #[error("{endpoint} refused {command}: {message}")]
    Denied {
        /// Host and port.
        endpoint: String,
        /// What was asked.
        command: &'static str,
        /// As the server says it.
        message: String,
    },
    /// The server is still reading its data set.
    #[error("{endpoint} is still loading its data set")]
    Loading {
        /// Host and port.
        endpoint: String,
    },
    /// A replica.
    #[error("{endpoint} is a read-only replica")]
    ReadOnly {
        /// Host and port.
        endpoint: String,
    },
    /// maxmemory is reached and nothing may be evicted.
    #[error("{endpoint} is out of memory: {message}")]
    OutOfMemory {
        /// Host and port.
        endpoint: String,
        /// As the server says it.
        message: String,
    },
    /// The connection broke.
    #[error("{endpoint} closed the connection: {cause}")]
    Dropped {
        /// Host and port.
        endpoint: String,
        /// As the system says it.
        cause: String,
    },
    /// A cluster that cannot serve every slot.
    #[error("the cluster is not whole, says {endpoint}: {message}")]
    NotWhole {
        /// Host and port of the node that was asked.
        endpoint: String,
        /// What is missing.
        message: String,
    },
    /// Any other error reply, or a reply of the wrong type.
    #[error("{endpoint} answered {command} with an error: {message}")]
    Unexpected {
        /// Host and port.
        endpoint: String,
        /// What was asked.
        command: &'static str,
        /// As the server says it.
        message: String,
    },
}

impl TargetError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Unreachable { .. } | Self::NoReply { .. } => {
                "check host and port; ElastiCache normally answers only inside its VPC"
            }
            Self::Tls { .. } => {
                "name the certificates to trust with --tls-ca, another name in the server's \
                 certificate with --tls-server-name, an own certificate with --tls-cert and \
                 --tls-key; write redis:// where the server speaks no TLS"
            }
            Self::Refused { .. } => {
                "name the user in the address, redis://user@host:port, and set the password in \
                 the environment variable REDISCLI_AUTH; leave both out where none is wanted"
            }
            Self::Denied { .. } => {
                "give the user +info +ping +dbsize +exists +get +mget +set +unlink, and the \
                 plan's keys"
            }
            Self::Loading { .. } => "wait until INFO shows loading:0, then start again",
            Self::ReadOnly { .. } => "point cachefit at the primary",
            Self::OutOfMemory { .. } => "raise maxmemory, or seed fewer keys",
            Self::Dropped { .. } => {
                "look at the server's log: it may have been stopped or killed; where it speaks TLS, \
                 write rediss://"
            }
            Self::NotWhole { .. } => {
                "wait until CLUSTER INFO shows cluster_state:ok and every slot has a primary"
            }
            Self::Unexpected { .. } => "look at the server's log",
        }
    }

    /// From the client library's error; `command` is what was asked.
    pub(super) fn from_redis(
        endpoint: &str,
        command: &'static str,
        waited: Duration,
        error: &redis::RedisError,
    ) -> Self {
        let endpoint = endpoint.to_owned();
        // A pipeline brings the error of every command that failed; the first one says it all.
        let answers = error.clone().into_server_errors();
        if let Some((_, answer)) = answers.as_deref().and_then(<[_]>::first) {
            let message = format!("{} {}", answer.code(), answer.details().unwrap_or_default());
            match answer.code() {
                "NOAUTH" | "WRONGPASS" => return Self::Refused { endpoint, message },
                "NOPERM" => return Self::Denied { endpoint, command, message },
                "ERR" if message.to_lowercase().starts_with("err unknown command") => {
                    return Self::Denied { endpoint, command, message };
                }
                "LOADING" => return Self::Loading { endpoint },
                "READONLY" => return Self::ReadOnly { endpoint },
                "OOM" => return Self::OutOfMemory { endpoint, message },
                _ => return Self::Unexpected { endpoint, command, message },
            }
        }
        let message = error.to_string();
        if error.is_timeout() {
            Self::NoReply { endpoint, waited }
        } else if error.is_connection_refusal() {
            Self::Unreachable { endpoint, cause: message }
        } else if error.is_connection_dropped() || error.is_io_error() {
            Self::Dropped { endpoint, cause: message }
        } else {
            Self::Unexpected { endpoint, command, message }
        }
    }

    /// From an error before there was a connection.
    pub(super) fn from_connecting(
        endpoint: &str,
        waited: Duration,
        error: &redis::RedisError,
    ) -> Self {
        match Self::from_redis(endpoint, "the connection", waited, error) {
            // Names without an address, networks without a route.
            Self::Dropped { endpoint, cause } => Self::Unreachable { endpoint, cause },
            other => other,
        }
    }

    /// What a connection that broke at the first command means.
    pub(super) fn right_after_tls(self) -> Self {
        match self {
            Self::Dropped { endpoint, cause } => Self::Tls {
                endpoint,
                cause: format!(
                    "it closed the connection at the first command ({cause}), as servers do that \
                     want a client's certificate"
                ),
            },
            other => other,
        }
    }

    /// What the refusal of AUTH means; `clean` takes the password out of a message.
    pub(super) fn of_login(self, clean: impl Fn(&str) -> String) -> Self {
        match self {
            Self::Refused { endpoint, message }
            | Self::Denied { endpoint, message, .. }
            | Self::Unexpected { endpoint, message, .. } => {
                Self::Refused { endpoint, message: clean(&message) }
            }
            other => other,
        }
    }
}
