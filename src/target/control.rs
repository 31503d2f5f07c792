//! The control connection: INFO, seeding, verification. The load path has its own sockets.

use std::fmt;
use std::time::{Duration, Instant};

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Cmd, ConnectionAddr, IntoConnectionInfo, Pipeline};

use crate::measurement::{Info, MemoryPoint};
use crate::units::{Bytes, Micros};

use super::TargetError;

/// How long a control command may take; seeding batches and INFO stay far below it.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long connecting may take.
const CONNECT_PATIENCE: Duration = Duration::from_secs(5);

/// A password that no message, log or artifact can print.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a password.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The password itself, for the wire only.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Where a target listens and how to log in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Host name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// Password, if it wants one.
    pub password: Option<Secret>,
}

/// Host and port; never the password.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// A connection for everything but load. Clones share one socket.
#[derive(Clone)]
pub struct Control {
    connection: MultiplexedConnection,
    endpoint: String,
}

impl Control {
    /// Connects and logs in.
    ///
    /// # Errors
    /// When the target is unreachable, silent or refuses the login.
    pub async fn connect(endpoint: &Endpoint) -> Result<Self, TargetError> {
        let name = endpoint.to_string();
        let fail = |error| TargetError::from_redis(&name, "AUTH", CONNECT_PATIENCE, &error);
        let address = ConnectionAddr::Tcp(endpoint.host.clone(), endpoint.port);
        let info = address.into_connection_info().map_err(fail)?;
        let mut login = info.redis_settings().clone().set_skip_set_lib_name();
        if let Some(password) = &endpoint.password {
            login = login.set_password(password.reveal());
        }
        let client = redis::Client::open(info.set_redis_settings(login)).map_err(fail)?;
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT_PATIENCE))
            .set_response_timeout(Some(PATIENCE));
        let connection =
            client.get_multiplexed_async_connection_with_config(&config).await.map_err(fail)?;
        Ok(Self { connection, endpoint: name })
    }

    /// Host and port, for messages.
    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Sends one command.
    ///
    /// # Errors
    /// When the target is gone or answers with an error.
    pub(crate) async fn ask<T: redis::FromRedisValue>(
        &self,
        name: &'static str,
        command: &Cmd,
    ) -> Result<T, TargetError> {
        let mut connection = self.connection.clone();
        command
            .query_async(&mut connection)
            .await
            .map_err(|error| TargetError::from_redis(&self.endpoint, name, PATIENCE, &error))
    }

    /// Sends a batch without a transaction and waits for every reply.
    ///
    /// # Errors
    /// When the target is gone or answers any of them with an error.
    pub(crate) async fn batch<T: redis::FromRedisValue>(
        &self,
        name: &'static str,
        batch: &Pipeline,
    ) -> Result<T, TargetError> {
        let mut connection = self.connection.clone();
        batch
            .query_async(&mut connection)
            .await
            .map_err(|error| TargetError::from_redis(&self.endpoint, name, PATIENCE, &error))
    }

    /// Everything `INFO` tells, command statistics included.
    ///
    /// # Errors
    /// When the target is gone or refuses INFO.
    pub async fn info(&self) -> Result<Info, TargetError> {
        let text: String = self.ask("INFO", redis::cmd("INFO").arg("everything")).await?;
        Ok(Info::parse(&text))
    }

    /// The memory section as a point; `keys` is how many own keys of each class are stored.
    ///
    /// # Errors
    /// When the target is gone, or prints no `used_memory`.
    pub async fn memory(
        &self,
        keys: Vec<u64>,
        is_settled: bool,
    ) -> Result<MemoryPoint, TargetError> {
        let text: String = self.ask("INFO", redis::cmd("INFO").arg("memory")).await?;
        let info = Info::parse(&text);
        Ok(MemoryPoint {
            keys,
            used_memory_bytes: self.used_memory(&info)?,
            used_memory_peak_bytes: info.bytes("used_memory_peak"),
            used_memory_rss_bytes: info.bytes("used_memory_rss"),
            is_settled,
            info_memory: info,
        })
    }

    fn used_memory(&self, info: &Info) -> Result<Bytes, TargetError> {
        info.bytes("used_memory").ok_or_else(|| TargetError::Unexpected {
            endpoint: self.endpoint.clone(),
            command: "INFO",
            message: "no used_memory in the memory section".into(),
        })
    }

    /// Keys in the selected database.
    ///
    /// # Errors
    /// When the target is gone.
    pub async fn dbsize(&self) -> Result<u64, TargetError> {
        self.ask("DBSIZE", &redis::cmd("DBSIZE")).await
    }

    /// Median time of a PING over this connection, out of 51.
    ///
    /// # Errors
    /// When the target is gone.
    pub async fn round_trip(&self) -> Result<Micros, TargetError> {
        let mut spans = Vec::new();
        for _ in 0..51 {
            let sent = Instant::now();
            let _: String = self.ask("PING", &redis::cmd("PING")).await?;
            spans.push(sent.elapsed());
        }
        spans.sort();
        Ok(spans[spans.len() / 2].into())
    }
}
