//! The control connection: INFO, seeding, verification. The load path has its own sockets.

use std::sync::Arc;
use std::time::{Duration, Instant};

use redis::aio::MultiplexedConnection;
use redis::{
    AsyncConnectionConfig, Cmd, ConnectionAddr, IntoConnectionInfo, Pipeline, RedisConnectionInfo,
};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::measurement::{Info, MemoryPoint};
use crate::units::{Bytes, Micros};

use super::renewal::Renewal;
use super::{Endpoint, Secret, TargetError, Tls};

/// How long a control command may take; seeding batches and INFO stay far below it.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long connecting may take.
const CONNECT_PATIENCE: Duration = Duration::from_secs(5);

/// A connection for everything but load. Clones share one socket.
#[derive(Clone)]
pub struct Control {
    connection: MultiplexedConnection,
    endpoint: String,
    database: u32,
    /// Keeps it logged in; ends with the last clone.
    _renewal: Option<Arc<Renewal>>,
}

/// A stream on which client and server have agreed on TLS.
async fn tls_stream(endpoint: &Endpoint, tls: Tls) -> Result<TlsStream<TcpStream>, TargetError> {
    let name = endpoint.to_string();
    let unreachable = |error: std::io::Error| TargetError::Unreachable {
        endpoint: name.clone(),
        cause: error.to_string(),
    };
    let waited = CONNECT_PATIENCE;
    let socket = tokio::time::timeout(waited, TcpStream::connect(endpoint.socket()))
        .await
        .map_err(|_| TargetError::NoReply { endpoint: name.clone(), waited })?
        .map_err(unreachable)?;
    socket.set_nodelay(true).map_err(unreachable)?;
    let agreed = TlsConnector::from(tls.config).connect(tls.name, socket);
    let cause = match tokio::time::timeout(waited, agreed).await {
        Ok(Ok(stream)) => return Ok(stream),
        Ok(Err(error)) => error.to_string(),
        Err(_) => format!("it did not answer a TLS client within {waited:?}"),
    };
    Err(TargetError::Tls { endpoint: name, cause })
}

impl Control {
    /// Connects, logs in and selects the database.
    ///
    /// # Errors
    /// When the target is unreachable, silent or refuses the login.
    pub async fn connect(endpoint: &Endpoint) -> Result<Self, TargetError> {
        let name = endpoint.to_string();
        let fail = |error| TargetError::from_connecting(&name, CONNECT_PATIENCE, &error);
        let (host, port) = endpoint.socket();
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT_PATIENCE))
            .set_response_timeout(Some(PATIENCE));
        // The login is ours: the library's own hides what the server says about it.
        let settings = RedisConnectionInfo::default().set_skip_set_lib_name();
        let connection = if let Some(tls) = endpoint.session()? {
            let stream = tls_stream(endpoint, tls).await?;
            let (connection, driver) =
                MultiplexedConnection::new_with_config(&settings, stream, config)
                    .await
                    .map_err(fail)?;
            // It ends with the last clone of the connection.
            tokio::spawn(driver);
            connection
        } else {
            let address = ConnectionAddr::Tcp(host.to_owned(), port);
            let info = address.into_connection_info().map_err(fail)?;
            let client = redis::Client::open(info.set_redis_settings(settings)).map_err(fail)?;
            client.get_multiplexed_async_connection_with_config(&config).await.map_err(fail)?
        };
        // From before the login: a password that is renewed meanwhile is not missed.
        let renewals = endpoint.password.as_ref().map(Secret::renewals);
        let renewal = renewals.map(|renewals| {
            Arc::new(Renewal::start(connection.clone(), endpoint.clone(), renewals))
        });
        let database = endpoint.database;
        let control = Self { connection, endpoint: name, database, _renewal: renewal };
        let greeted = control.log_in(endpoint).await;
        if endpoint.tls.is_none() {
            return greeted.map(|()| control);
        }
        // A server that wants a client's certificate says so only after both have agreed on TLS.
        let greeted = match greeted {
            Ok(()) => control.greet::<String>("PING", &redis::cmd("PING")).await.map(|_| ()),
            refused => refused,
        };
        greeted.map(|()| control).map_err(TargetError::right_after_tls)
    }

    async fn log_in(&self, endpoint: &Endpoint) -> Result<(), TargetError> {
        if let Some(words) = endpoint.login() {
            let mut login = Cmd::new();
            login.arg(words);
            let outcome = self.greet::<()>("AUTH", &login).await;
            outcome.map_err(|error| error.of_login(|message| endpoint.strike_out(message)))?;
        }
        if endpoint.database != 0 {
            let select = redis::cmd("SELECT").arg(endpoint.database).to_owned();
            self.greet::<()>("SELECT", &select).await?;
        }
        Ok(())
    }

    /// The selected database.
    pub(crate) fn database(&self) -> u32 {
        self.database
    }

    /// Sends one of the first commands, which a target that can be used answers soon.
    pub(super) async fn greet<T: redis::FromRedisValue>(
        &self,
        name: &'static str,
        command: &Cmd,
    ) -> Result<T, TargetError> {
        let answer = tokio::time::timeout(CONNECT_PATIENCE, self.ask(name, command)).await;
        answer.unwrap_or_else(|_| {
            let endpoint = self.endpoint.clone();
            Err(TargetError::NoReply { endpoint, waited: CONNECT_PATIENCE })
        })
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

    /// Waits until so many replicas have what was written over this connection; returns how many have.
    ///
    /// # Errors
    /// When the target is gone or refuses WAIT.
    pub async fn wait_for_replicas(&self, replicas: usize) -> Result<u64, TargetError> {
        let patience = u64::try_from(PATIENCE.as_millis()).unwrap_or(u64::MAX) / 2;
        self.ask("WAIT", redis::cmd("WAIT").arg(replicas).arg(patience)).await
    }

    /// Keys in the selected database.
    ///
    /// # Errors
    /// When the target is gone.
    pub async fn dbsize(&self) -> Result<u64, TargetError> {
        self.ask("DBSIZE", &redis::cmd("DBSIZE")).await
    }

    /// Unix time in milliseconds by the target's own clock.
    ///
    /// # Errors
    /// When the target is gone or refuses TIME.
    pub(crate) async fn unix_ms(&self) -> Result<u64, TargetError> {
        let (secs, micros): (u64, u64) = self.ask("TIME", &redis::cmd("TIME")).await?;
        Ok(secs * 1000 + micros / 1000)
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
