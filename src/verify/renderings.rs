//! A rendering on disk against the one that follows.

use serde_json::Value;

use crate::artifact::changes;

use super::{Checked, Difference};

/// Compares one rendering: variables by JSON path, tables by row and column, texts by line,
/// everything else by the first byte that differs.
///
/// * `excuse`: why it may differ without being at fault.
pub fn compare_rendering(
    file: &str,
    stored: &[u8],
    rendered: &[u8],
    excuse: Option<&str>,
) -> Checked {
    let extension = file.rsplit_once('.').map_or("", |(_, extension)| extension);
    let differences = if stored == rendered {
        Vec::new()
    } else {
        match (extension, std::str::from_utf8(stored), std::str::from_utf8(rendered)) {
            ("json", Ok(stored), Ok(rendered)) => variables(stored, rendered),
            ("csv", Ok(stored), Ok(rendered)) => cells(stored, rendered),
            ("html" | "md" | "svg", Ok(stored), Ok(rendered)) => lines(stored, rendered),
            _ => vec![bytes(stored, rendered)],
        }
    };
    Checked::new(file, "the report rendered again", 0, differences).excused(excuse)
}

fn variables(stored: &str, rendered: &str) -> Vec<Difference> {
    let (Ok(a), Ok(b)) =
        (serde_json::from_str::<Value>(stored), serde_json::from_str::<Value>(rendered))
    else {
        return lines(stored, rendered);
    };
    let found = Difference::of_changes(changes("$", &a, &b));
    if found.is_empty() { lines(stored, rendered) } else { found }
}

/// By row, from 1 without the header, and the heading of the column.
fn cells(stored: &str, rendered: &str) -> Vec<Difference> {
    let (Some(a), Some(b)) = (records(stored), records(rendered)) else {
        return lines(stored, rendered);
    };
    let header = b.first().cloned().unwrap_or_default();
    let mut found = Vec::new();
    for row in 0..a.len().max(b.len()) {
        let (one, other) = (a.get(row), b.get(row));
        let (Some(one), Some(other)) = (one, other) else {
            let joined = |cells: Option<&Vec<String>>| cells.map(|cells| cells.join(","));
            let (one, other) = (joined(one), joined(other));
            found.push(Difference::new(format!("row {row}"), one.as_deref(), other.as_deref()));
            continue;
        };
        for column in 0..one.len().max(other.len()) {
            let (one, other) = (one.get(column), other.get(column));
            if one != other {
                let name = header.get(column).map_or("?", String::as_str);
                let at = if row == 0 { "header".into() } else { format!("row {row}, `{name}`") };
                found.push(Difference::new(at, one.map(String::as_str), other.map(String::as_str)));
            }
        }
    }
    if found.is_empty() { lines(stored, rendered) } else { found }
}

fn records(text: &str) -> Option<Vec<Vec<String>>> {
    let mut reader = csv::ReaderBuilder::new();
    let mut reader = reader.has_headers(false).flexible(true).from_reader(text.as_bytes());
    let cells = |record: csv::StringRecord| record.iter().map(str::to_owned).collect();
    reader.records().map(|record| record.ok().map(cells)).collect()
}

/// From 1; each difference from the first letter that differs, a few before it.
fn lines(stored: &str, rendered: &str) -> Vec<Difference> {
    let (mut a, mut b) = (stored.split('\n'), rendered.split('\n'));
    let mut found = Vec::new();
    for line in 1_u64.. {
        let (one, other) = (a.next(), b.next());
        if one.is_none() && other.is_none() {
            break;
        }
        if one != other {
            let (one, other) = apart(one, other);
            found.push(Difference::new(format!("line {line}"), one.as_deref(), other.as_deref()));
        }
    }
    found
}

/// Both lines from shortly before they part.
fn apart(one: Option<&str>, other: Option<&str>) -> (Option<String>, Option<String>) {
    const BEFORE: usize = 12;
    let (Some(a), Some(b)) = (one, other) else {
        return (one.map(str::to_owned), other.map(str::to_owned));
    };
    let common = a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count();
    let from = |text: &str| {
        let start = common.saturating_sub(BEFORE);
        let rest: String = text.chars().skip(start).collect();
        if start > 0 { format!("…{rest}") } else { rest }
    };
    (Some(from(a)), Some(from(b)))
}

fn bytes(stored: &[u8], rendered: &[u8]) -> Difference {
    let first = stored.iter().zip(rendered).take_while(|(a, b)| a == b).count();
    let length = |bytes: &[u8]| format!("{} bytes", bytes.len());
    let (a, b) = (length(stored), length(rendered));
    Difference::new(format!("byte {first}"), Some(&a), Some(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(file: &str, stored: &str, rendered: &str, at: &[&str]) {
        let one = compare_rendering(file, stored.as_bytes(), rendered.as_bytes(), None);
        let found: Vec<&str> = one.differences.iter().map(|one| one.at.as_str()).collect();
        assert_eq!(found, at, "{file}");
        assert_eq!(one.agrees(), at.is_empty());
    }

    #[test]
    fn each_format_names_its_own_place() {
        check("a.csv", "n,µs\n1,2\n", "n,µs\n1,2\n", &[]);
        check("a.csv", "n,µs\n1,2\n1,9\n", "n,µs\n1,2\n1,3\n", &["row 2, `µs`"]);
        check("a.csv", "n\n1\n", "n\n1\n2\n", &["row 2"]);
        check("a.csv", "n\r\n1\n", "n\n1\n", &["line 1"]);
        check("v.json", "{\"shards\": 2}", "{\"shards\": 3}", &["$.shards"]);
        check("r.md", "a\nb\n", "a\nc\n", &["line 2"]);
        check("r.png", "ab", "aX", &["byte 1"]);
        check("r.pdf", "ab", "abc", &["byte 2"]);
    }

    #[test]
    fn an_excuse_turns_differences_into_not_compared() {
        let one = compare_rendering("r.md", b"a", b"b", Some("written by cachefit 0.0.1"));
        assert!(matches!(one.finding, super::super::Finding::NotCompared { .. }));
        assert!(one.differences.is_empty());
        assert!(compare_rendering("r.md", b"a", b"a", Some("x")).agrees());
    }
}
