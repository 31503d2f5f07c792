//! Reads `[load] closed`: users who wait for their replies, as other tools have them.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use toml::Spanned;
use toml::de::DeValue;

use crate::units::{Micros, OpsPerSec, Parse as _};

use super::reader::Table;
use super::wanted::step;

/// Users who send, wait for the reply, think and send again.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ClosedLoop {
    /// How many; at least 1.
    pub users: u32,
    /// How many begin per second; above zero.
    pub spawn_rate: OpsPerSec,
    /// Shortest and longest time between a reply and the next request, uniform.
    pub think_us: (Micros, Micros),
    /// How long they send.
    pub length: Duration,
}

/// `{ users = 25, spawn_rate = "5/s", think = "1s..3s", step = "30s" }`.
pub(super) fn closed_loop(
    table: &Table<'_, '_>,
    value: &Spanned<DeValue<'_>>,
) -> Option<ClosedLoop> {
    let inner = table.reader().table("closed", value)?;
    let users = inner.require("users", "25").and_then(|v| inner.small_count("users", v, 1));
    let users = users.filter(|n| {
        let fits = *n <= 100_000;
        if !fits {
            inner.problem(&value.span(), "`users` may be at most 100,000");
        }
        fits
    });
    let spawn_rate = match inner.get("spawn_rate") {
        None => users.map(|users| OpsPerSec::of(f64::from(users))),
        Some(value) => inner.quantity::<OpsPerSec>("spawn_rate", value).and_then(|(rate, span)| {
            let fits = rate.per_sec() > 0.0;
            if !fits {
                inner.problem(&span, "`spawn_rate` must be above zero");
            }
            fits.then_some(rate)
        }),
    };
    let think_us = match inner.get("think") {
        None => Some((Micros::ZERO, Micros::ZERO)),
        Some(value) => think(&inner, value),
    };
    let length = step(&inner, Duration::from_secs(30));
    inner.finish();
    Some(ClosedLoop {
        users: users?,
        spawn_rate: spawn_rate?,
        think_us: think_us?,
        length: length?,
    })
}

/// One time, or two between which it lies.
fn think(table: &Table<'_, '_>, value: &Spanned<DeValue<'_>>) -> Option<(Micros, Micros)> {
    let text = table.text("think", value)?;
    let (least, most) = text.split_once("..").unwrap_or((text, text));
    match (Micros::parse(least.trim()), Micros::parse(most.trim())) {
        (Ok(least), Ok(most)) if least <= most => Some((least, most)),
        (Ok(_), Ok(_)) => {
            table.problem(&value.span(), "`think`: the first end of an interval is the smaller");
            None
        }
        (Err(error), _) | (_, Err(error)) => {
            table.problem(&value.span(), format!("`think`: {error}"));
            None
        }
    }
}
