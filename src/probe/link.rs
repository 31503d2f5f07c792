//! A connection that counts what it sends and remembers what was refused.

use std::collections::BTreeMap;

use redis::{Pipeline, Value};

use crate::target::{Control, TargetError};
use crate::units::num;

use super::ask::Ask;

/// A connection to one server.
pub(super) struct Link {
    pub(super) control: Control,
    /// Commands sent.
    pub(super) sent: u64,
    /// Commands that the server refuses, with its reason; they are not sent again.
    pub(super) refused: BTreeMap<&'static str, String>,
}

impl Link {
    pub(super) fn new(control: Control) -> Self {
        Self { control, sent: 0, refused: BTreeMap::new() }
    }

    /// Sends commands together; the answers in their order, `None` where there is none: refused now or
    /// earlier, or about a key that has changed its type meanwhile.
    pub(super) async fn ask(
        &mut self,
        asks: &[Ask<'_>],
    ) -> Result<Vec<Option<Value>>, TargetError> {
        let is_allowed: Vec<bool> =
            asks.iter().map(|ask| !self.refused.contains_key(ask.name())).collect();
        let mut batch = Pipeline::new();
        for (ask, _) in asks.iter().zip(&is_allowed).filter(|(_, is_allowed)| **is_allowed) {
            batch.add_command(ask.command());
        }
        if batch.is_empty() {
            return Ok(vec![None; asks.len()]);
        }
        self.sent += num::count(batch.len());
        batch.ignore_errors();
        let name = asks.first().map_or("", |ask| ask.name());
        let Value::Array(answers) = self.control.batch(name, &batch).await? else {
            return Ok(vec![None; asks.len()]);
        };
        let mut answers = answers.into_iter();
        let pairs = asks.iter().zip(is_allowed);
        Ok(pairs
            .map(
                |(ask, is_allowed)| {
                    if is_allowed { self.take(*ask, answers.next()?) } else { None }
                },
            )
            .collect())
    }

    /// An answer that is none is remembered as a refusal.
    fn take(&mut self, ask: Ask<'_>, answer: Value) -> Option<Value> {
        let Value::ServerError(error) = answer else { return Some(answer) };
        // Between two commands a key may become another's.
        if error.code() != "WRONGTYPE" {
            let reason = format!("{} {}", error.code(), error.details().unwrap_or_default());
            self.refused.entry(ask.name()).or_insert(reason);
        }
        None
    }
}
