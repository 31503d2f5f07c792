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
    if check.resource == Resource::ResponseTime && check.limit == Some(0.0) {
        return format!(
            "{}{state}: needs {}, and no valid level met the objective",
            check.resource,
            shown(check.demand)
        );
    }
    format!(
        "{}{state}: needs {}, may use {} of {}",
        check.resource,
        shown(check.demand),
        shown(check.allowed),
        shown(check.limit)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::Grade;

    #[test]
    fn a_limit_that_nothing_showed_is_no_figure() {
        let check = |limit| Check {
            resource: Resource::ResponseTime,
            state: State::Steady,
            demand: Some(6000.0),
            interval: None,
            limit: Some(limit),
            allowed: Some(limit * 0.8),
            utilisation: None,
            grade: Grade::Assumed,
            note: String::new(),
        };
        let none = "response time: needs 6.00k/s, and no valid level met the objective";
        assert_eq!(shortfall(&check(0.0)), none);
        assert!(shortfall(&check(5000.0)).ends_with("may use 4.00k/s of 5.00k/s"));
    }
}
