//! Amounts of a resource, as people and programs read them.

use crate::report::Cell;
use crate::report::numbers;
use crate::size::{Check, Resource, State};
use crate::units::{Bytes, BytesPerSec, OpsPerSec, num};

/// An amount of a resource with its unit.
pub(super) fn amount(resource: Resource, value: f64) -> String {
    match resource {
        Resource::Memory | Resource::Ssd => Bytes::from_float(value).to_string(),
        Resource::EngineCpu | Resource::CpuCredits => format!("{value:.2} cores"),
        Resource::ResponseTime | Resource::Throughput => {
            OpsPerSec::new(value).map_or("–".into(), |rate| rate.to_string())
        }
        Resource::NetworkIn | Resource::NetworkOut | Resource::DurableWrites => {
            BytesPerSec::new(value).map_or("–".into(), |rate| rate.to_string())
        }
        Resource::Packets => format!("{}/s", numbers::count(num::round(value))),
        Resource::Connections => numbers::count(num::round(value)),
    }
}

/// A cell with an amount, or a dash.
pub(super) fn cell(resource: Resource, value: Option<f64>) -> Cell {
    value.map_or_else(Cell::missing, |value| Cell::number(amount(resource, value), value))
}

/// A cell with a share, or a dash.
pub(super) fn share(value: Option<f64>) -> Cell {
    value.map_or_else(Cell::missing, |value| Cell::number(numbers::percent(value), value * 100.0))
}

/// `memory: needs 4.51 GiB, may use 3.83 GiB of 4.79 GiB`.
pub(super) fn shortfall(check: &Check) -> String {
    let shown = |value: Option<f64>| {
        value.map_or_else(|| "an unknown amount".into(), |value| amount(check.resource, value))
    };
    let state = match check.state {
        State::Steady => "",
        State::NodeLost => " with a node lost",
    };
    format!(
        "{}{state}: needs {}, may use {} of {}",
        check.resource,
        shown(check.demand),
        shown(check.allowed),
        shown(check.limit)
    )
}
