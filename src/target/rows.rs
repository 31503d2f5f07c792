//! Rows of a list, set or hash, or of strings, on any server: read first, and taken away only when they
//! are safe where they were meant to go.

use std::collections::BTreeSet;
use std::time::Duration;

use redis::Cmd;

use crate::spec::FeedRow;
use crate::units::num;

use super::{Control, Endpoint, TargetError};

/// Elements that one command asks for.
const BATCH: usize = 1_000;

/// Fields of a hash with their values.
type Fields = Vec<(Vec<u8>, Vec<u8>)>;

/// Where rows are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowsOf {
    /// The elements of a list, from its head on.
    List(String),
    /// The members of a set, in no order.
    Set(String),
    /// The fields of a hash with their values, in no order.
    Hash(String),
    /// Strings whose keys match a pattern, in no order.
    Strings(String),
}

/// Why rows were not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RowsError {
    /// The server.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// It does not answer in time.
    #[error("{endpoint} did not answer {command} within {waited:?}")]
    Timeout {
        /// Host and port.
        endpoint: String,
        /// What was asked.
        command: &'static str,
        /// How long it had.
        waited: Duration,
    },
    /// No such key.
    #[error("{endpoint} has no key `{key}` in database {database}")]
    NoKey {
        /// Host and port.
        endpoint: String,
        /// The key.
        key: String,
        /// The database.
        database: u32,
    },
    /// Another type than was said.
    #[error("`{key}` on {endpoint} is a {found}, not a {wanted}")]
    OtherType {
        /// Host and port.
        endpoint: String,
        /// The key.
        key: String,
        /// What it is.
        found: String,
        /// What it was said to be.
        wanted: &'static str,
    },
    /// Somebody else took rows between reading and removing.
    #[error(
        "{gone} of the {read} rows that were read were gone when they should have been removed"
    )]
    TakenByOthers {
        /// Rows that others took.
        gone: u64,
        /// All that were read.
        read: u64,
    },
}

impl RowsError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Target(TargetError::Denied { .. }) => {
                "give the user +type +llen +lrange +srandmember +sscan +hscan +scan +mget, and +lpop +srem \
                 +hdel for --consume"
            }
            Self::Target(error) => error.hint(),
            Self::Timeout { .. } => "allow it more with --timeout, or ask for fewer --rows",
            Self::NoKey { .. } => {
                "check the key and the database, as in redis://host:6379/2; in a cluster name the node \
                 that has the key"
            }
            Self::OtherType { .. } => "name it with --list, --set or --hash, whichever it is",
            Self::TakenByOthers { .. } => {
                "the file was written, but others have some of its rows as well: start again with \
                 nobody else taking from it"
            }
        }
    }
}

/// Reads rows from another server.
pub struct Rows {
    control: Control,
    timeout: Duration,
    of: RowsOf,
}

impl Rows {
    /// Connects; every command has `timeout` to be answered.
    ///
    /// # Errors
    /// When the server is not reached, or there is no such key, or it is of another type.
    pub async fn open(
        endpoint: &Endpoint,
        of: RowsOf,
        timeout: Duration,
    ) -> Result<Self, RowsError> {
        let connected = tokio::time::timeout(timeout, Control::connect(endpoint)).await;
        let late = |_| RowsError::Timeout {
            endpoint: endpoint.to_string(),
            command: "a connection",
            waited: timeout,
        };
        let control = connected.map_err(late)??;
        let rows = Self { control, timeout, of };
        let (key, wanted) = match &rows.of {
            RowsOf::List(key) => (key, "list"),
            RowsOf::Set(key) => (key, "set"),
            RowsOf::Hash(key) => (key, "hash"),
            RowsOf::Strings(_) => return Ok(rows),
        };
        let found: String = rows.ask("TYPE", redis::cmd("TYPE").arg(key)).await?;
        let (key, endpoint) = (key.clone(), endpoint.to_string());
        match found.as_str() {
            found if found == wanted => Ok(rows),
            "none" => Err(RowsError::NoKey { endpoint, key, database: rows.control.database() }),
            _ => Err(RowsError::OtherType { endpoint, key, found, wanted }),
        }
    }

    /// The first `most` rows: of a list from its head on, of a set at random, of others as they come.
    /// Nothing is changed.
    ///
    /// # Errors
    /// When the server is gone, silent or refuses.
    pub async fn read(&self, most: usize) -> Result<Vec<FeedRow>, RowsError> {
        let mut rows = match &self.of {
            RowsOf::List(key) => self.read_list(key, most).await?,
            RowsOf::Set(key) => {
                let mut command = redis::cmd("SRANDMEMBER");
                let members: Vec<Vec<u8>> =
                    self.ask("SRANDMEMBER", command.arg(key).arg(most)).await?;
                members.into_iter().map(|text| FeedRow { name: None, text }).collect()
            }
            RowsOf::Hash(key) => self.read_hash(key, most).await?,
            RowsOf::Strings(pattern) => self.read_strings(pattern, most).await?,
        };
        rows.truncate(most);
        Ok(rows)
    }

    async fn read_list(&self, key: &str, most: usize) -> Result<Vec<FeedRow>, RowsError> {
        let mut rows = Vec::new();
        while rows.len() < most {
            let (first, last) = (rows.len(), (rows.len() + BATCH).min(most) - 1);
            let mut command = redis::cmd("LRANGE");
            let elements: Vec<Vec<u8>> =
                self.ask("LRANGE", command.arg(key).arg(first).arg(last)).await?;
            let is_last = elements.len() <= last - first;
            rows.extend(elements.into_iter().map(|text| FeedRow { name: None, text }));
            if is_last {
                break;
            }
        }
        Ok(rows)
    }

    async fn read_hash(&self, key: &str, most: usize) -> Result<Vec<FeedRow>, RowsError> {
        let (mut rows, mut seen, mut cursor) = (Vec::new(), BTreeSet::new(), 0_u64);
        loop {
            let mut command = redis::cmd("HSCAN");
            command.arg(key).arg(cursor).arg("COUNT").arg(BATCH);
            let (next, fields): (u64, Fields) = self.ask("HSCAN", &command).await?;
            for (name, text) in fields {
                // A field may come twice while the hash moves to another table.
                if seen.insert(name.clone()) {
                    rows.push(FeedRow { name: Some(name), text });
                }
            }
            cursor = next;
            if cursor == 0 || rows.len() >= most {
                return Ok(rows);
            }
        }
    }

    async fn read_strings(&self, pattern: &str, most: usize) -> Result<Vec<FeedRow>, RowsError> {
        let (mut rows, mut seen, mut cursor) = (Vec::new(), BTreeSet::new(), 0_u64);
        loop {
            let mut command = redis::cmd("SCAN");
            command.arg(cursor).arg("MATCH").arg(pattern).arg("COUNT").arg(BATCH);
            command.arg("TYPE").arg("string");
            let (next, mut keys): (u64, Vec<Vec<u8>>) = self.ask("SCAN", &command).await?;
            keys.retain(|key| seen.insert(key.clone()));
            if !keys.is_empty() {
                let mut command = redis::cmd("MGET");
                let values: Vec<Option<Vec<u8>>> = self.ask("MGET", command.arg(&keys)).await?;
                let both = keys.into_iter().zip(values);
                rows.extend(both.filter_map(|(key, text)| {
                    // It may have expired in between.
                    Some(FeedRow { name: Some(key), text: text? })
                }));
            }
            cursor = next;
            if cursor == 0 || rows.len() >= most {
                return Ok(rows);
            }
        }
    }

    /// Takes away the rows that were read; strings stay.
    ///
    /// # Errors
    /// When the server is gone, silent or refuses, or when others have taken some of them meanwhile.
    pub async fn remove(&self, rows: &[FeedRow]) -> Result<(), RowsError> {
        let mut gone = 0;
        for part in rows.chunks(BATCH) {
            let count = num::count(part.len());
            let names = || part.iter().filter_map(|row| row.name.as_ref());
            let texts = || part.iter().map(|row| &row.text);
            gone += match &self.of {
                RowsOf::List(key) => {
                    let mut command = redis::cmd("LPOP");
                    command.arg(key).arg(part.len());
                    let taken: Option<Vec<Vec<u8>>> = self.ask("LPOP", &command).await?;
                    let same = taken.into_iter().flatten().zip(texts()).filter(|(a, b)| a == *b);
                    count - num::count(same.count())
                }
                RowsOf::Set(key) => {
                    let mut command = redis::cmd("SREM");
                    command.arg(key).arg(texts().collect::<Vec<_>>());
                    count - self.ask::<u64>("SREM", &command).await?
                }
                RowsOf::Hash(key) => {
                    let mut command = redis::cmd("HDEL");
                    command.arg(key).arg(names().collect::<Vec<_>>());
                    count - self.ask::<u64>("HDEL", &command).await?
                }
                RowsOf::Strings(_) => 0,
            };
        }
        if gone == 0 {
            return Ok(());
        }
        Err(RowsError::TakenByOthers { gone, read: num::count(rows.len()) })
    }

    async fn ask<T: redis::FromRedisValue>(
        &self,
        name: &'static str,
        command: &Cmd,
    ) -> Result<T, RowsError> {
        let late = |_| RowsError::Timeout {
            endpoint: self.control.endpoint().to_owned(),
            command: name,
            waited: self.timeout,
        };
        let answer = tokio::time::timeout(self.timeout, self.control.ask(name, command)).await;
        Ok(answer.map_err(late)??)
    }
}
