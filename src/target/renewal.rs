//! Logging in again on a connection that is open, each time the password has been renewed.
//!
//! A connection that IAM let in is cut twelve hours after its last login, idle or not, unless it logs in
//! with another token. Source: AWS, "Authenticating with IAM", `ElastiCache` user guide. Connections of
//! the load path need none of this: a level opens its own and lasts an hour at most.

use redis::Cmd;
use redis::aio::MultiplexedConnection;
use tokio::sync::watch;
use tokio::task::AbortHandle;

use super::Endpoint;

/// Goes on until it is dropped.
pub(super) struct Renewal(AbortHandle);

impl Renewal {
    /// Sends AUTH on `connection` whenever `renewals` tells of another password of `endpoint`.
    pub(super) fn start(
        mut connection: MultiplexedConnection,
        endpoint: Endpoint,
        mut renewals: watch::Receiver<String>,
    ) -> Self {
        let task = tokio::spawn(async move {
            while renewals.changed().await.is_ok() {
                let Some(words) = endpoint.login() else { break };
                let login = Cmd::new().arg(words).to_owned();
                // A refusal takes no login away that is there, and another token comes long before
                // the connection is cut; where it is broken, the next command says so.
                let _: redis::RedisResult<()> = login.query_async(&mut connection).await;
            }
        });
        Self(task.abort_handle())
    }
}

impl Drop for Renewal {
    fn drop(&mut self) {
        self.0.abort();
    }
}
