//! Where two JSON values differ.

use serde::Serialize;
use serde_json::Value;

/// Two floating-point figures that are closer than this share of the larger are the same: logarithms
/// and powers differ in their last bit (2⁻⁵³ ≈ 1.1 · 10⁻¹⁶) between mathematics libraries, and a few
/// thousand operations later by no more than this.
const ROUNDING: f64 = 1e-12;

/// One place where two values differ.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// As in `$.body.levels[3].offered`.
    pub path: String,
    /// What stands there on one side; `None` where nothing does.
    pub a: Option<Value>,
    /// And on the other.
    pub b: Option<Value>,
}

/// What became of a comparison.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Changes {
    /// Texts, numbers, truths and nulls that both sides have.
    pub compared: u64,
    /// In the order of the first side.
    pub found: Vec<Change>,
}

/// Compares two values part by part; the order of an object's names does not matter.
///
/// Integers have to be equal, other numbers within rounding (10⁻¹² of the larger).
pub fn changes(path: &str, a: &Value, b: &Value) -> Changes {
    let mut all = Changes::default();
    all.walk(path, a, b);
    all
}

impl Changes {
    fn walk(&mut self, path: &str, a: &Value, b: &Value) {
        match (a, b) {
            (Value::Object(a_fields), Value::Object(b_fields)) => {
                for (name, value) in a_fields {
                    let path = member(path, name);
                    match b_fields.get(name) {
                        Some(other) => self.walk(&path, value, other),
                        None => self.push(path, Some(value), None),
                    }
                }
                for (name, value) in b_fields {
                    if !a_fields.contains_key(name) {
                        self.push(member(path, name), None, Some(value));
                    }
                }
            }
            (Value::Array(a_items), Value::Array(b_items)) => {
                for index in 0..a_items.len().max(b_items.len()) {
                    let path = format!("{path}[{index}]");
                    match (a_items.get(index), b_items.get(index)) {
                        (Some(a), Some(b)) => self.walk(&path, a, b),
                        (a, b) => self.push(path, a, b),
                    }
                }
            }
            _ if same(a, b) => self.compared += 1,
            _ => {
                self.compared += 1;
                self.push(path.to_owned(), Some(a), Some(b));
            }
        }
    }

    fn push(&mut self, path: String, a: Option<&Value>, b: Option<&Value>) {
        self.found.push(Change { path, a: a.cloned(), b: b.cloned() });
    }
}

/// `$.a.b`, or `$["a b"]` for names that are not plain.
fn member(path: &str, name: &str) -> String {
    let is_plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if is_plain { format!("{path}.{name}") } else { format!("{path}[{name:?}]") }
}

fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(x), Value::Number(y)) if x.is_f64() || y.is_f64() => {
            match (x.as_f64(), y.as_f64()) {
                (Some(x), Some(y)) => (x - y).abs() <= ROUNDING * x.abs().max(y.abs()),
                _ => false,
            }
        }
        _ => a == b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(a: &Value, b: &Value, paths: &[&str]) {
        let found: Vec<String> = changes("$", a, b).found.into_iter().map(|c| c.path).collect();
        assert_eq!(found, paths, "{a} against {b}");
    }

    #[test]
    fn every_difference_has_its_path() {
        check(&json!({"a": 1, "b": [1, {"c": "x"}]}), &json!({"b": [1, {"c": "x"}], "a": 1}), &[]);
        check(&json!({"a": [1, {"c": "x"}]}), &json!({"a": [1, {"c": "y"}]}), &["$.a[1].c"]);
        check(&json!([1, 2, 3]), &json!([1]), &["$[1]", "$[2]"]);
        check(&json!({"a b": 1}), &json!({"c": 1}), &["$[\"a b\"]", "$.c"]);
        check(&json!(null), &json!(0), &["$"]);
        check(&json!({"a": 1}), &json!([1]), &["$"]);
    }

    #[test]
    fn only_rounding_is_forgiven() {
        check(&json!(0.1), &json!(0.100_000_000_000_000_02), &[]);
        check(&json!(0.1), &json!(0.100_000_000_1), &["$"]);
        check(&json!(9_007_199_254_740_993_u64), &json!(9_007_199_254_740_992_u64), &["$"]);
        check(&json!(5), &json!(5.0), &[]);
        check(&json!(0.0), &json!(1e-300), &["$"]);
    }
}
