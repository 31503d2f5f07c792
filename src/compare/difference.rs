//! What runs were asked and measured on, where that is not the same.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::artifact::changes;

/// One thing that is not the same in all runs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// As in `$.objective.peak`.
    pub path: String,
    /// Of each run; `None` where it has no such thing.
    pub values: Vec<Option<Value>>,
}

/// Where values differ from the first; in the order of their paths. `root` starts the paths.
pub fn differences(root: &str, values: &[Value]) -> Vec<Difference> {
    let Some((first, others)) = values.split_first() else { return Vec::new() };
    let mut found: BTreeMap<String, Vec<Option<Value>>> = BTreeMap::new();
    for (index, other) in others.iter().enumerate() {
        for change in changes(root, first, other).found {
            let of_first = change.a.clone();
            let values = found.entry(change.path).or_insert_with(|| vec![of_first; values.len()]);
            values[index + 1] = change.b;
        }
    }
    found.into_iter().map(|(path, values)| Difference { path, values }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_run_has_its_value_and_what_is_the_same_is_left_out() {
        let found = differences(
            "$",
            &[json!({"a": 1, "b": 2}), json!({"a": 1, "b": 3}), json!({"a": 4, "b": 2})],
        );
        let of = |path: &str, values: [u64; 3]| Difference {
            path: path.into(),
            values: values.map(|n| Some(json!(n))).to_vec(),
        };
        assert_eq!(found, [of("$.a", [1, 1, 4]), of("$.b", [2, 3, 2])]);
        assert_eq!(differences("$", &[]), []);
    }
}
