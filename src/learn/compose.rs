//! A workload file made of another one: its classes and settings, with figures of production in place of
//! its own.

use toml::de::{DeTable, DeValue};

use super::words::{quoted, underscored};

/// Tables that are taken over as they are.
const KEPT: [&str; 4] = ["framework", "load", "origin", "policy"];

/// What takes the place of the file's own.
#[derive(Debug, Clone, Default)]
pub(super) struct Figures {
    /// Keys of each class, in the order of the file.
    pub keys: Vec<u64>,
    /// Weight of each line of traffic, in the order of the file; lines of zero are left out.
    pub weights: Vec<f64>,
    /// Lines of `[objective]` in place of those of the same keys.
    pub objective: Vec<(&'static str, String)>,
    /// The same of `[capacity]`.
    pub capacity: Vec<(&'static str, String)>,
    /// The same of `[aws]`.
    pub aws: Vec<(&'static str, String)>,
    /// `[incumbent]`; without any, the file's.
    pub incumbent: Vec<(&'static str, String)>,
    /// `[incumbent.observed]`; empty where there is no incumbent.
    pub observed: Vec<(&'static str, String)>,
}

/// The file with these figures; `None` when it is not TOML.
pub(super) fn composed(base: &str, head: &[String], figures: &Figures) -> Option<String> {
    let document = DeTable::parse(base).ok()?;
    let root = document.get_ref();
    let table = |name: &str| root.get(name).and_then(|value| value.get_ref().as_table());
    let mut lines: Vec<String> = head.iter().map(|line| format!("# {line}")).collect();
    lines.extend(root.get("name").map(|name| format!("name = {}", inline(name.get_ref()))));
    for (class, keys) in tables(root, "class").zip(&figures.keys) {
        let seeded = class.get("keys").and_then(|value| count(value.get_ref()));
        let seeded = seeded.map_or(*keys, |seeded| seeded.min(*keys)).max(1);
        lines.extend(block("[[class]]", class, &[("keys", underscored(seeded))]));
    }
    let traffic = tables(root, "traffic").zip(&figures.weights);
    for (line, weight) in traffic.filter(|(_, weight)| **weight > 0.0) {
        let weight = format!("{}", (weight * 1e5).round().max(1.0) / 1e3);
        lines.extend(block("[[traffic]]", line, &[("weight", weight)]));
    }
    for name in KEPT {
        lines.extend(table(name).into_iter().flat_map(|of| block(&format!("[{name}]"), of, &[])));
    }
    let empty = DeTable::new();
    for (name, figures) in
        [("objective", &figures.objective), ("capacity", &figures.capacity), ("aws", &figures.aws)]
    {
        lines.extend(block(&format!("[{name}]"), table(name).unwrap_or(&empty), figures));
    }
    let incumbent = if figures.incumbent.is_empty() { table("incumbent") } else { Some(&empty) };
    if let Some(of) = incumbent {
        let mut own = block("[incumbent]", of, &figures.incumbent);
        if !figures.observed.is_empty() {
            own.retain(|line| !line.starts_with("observed = "));
            own.extend(block("[incumbent.observed]", &empty, &figures.observed));
        }
        lines.extend(own);
    }
    lines.push(String::new());
    Some(lines.join("\n"))
}

fn tables<'a>(root: &'a DeTable<'a>, name: &str) -> impl Iterator<Item = &'a DeTable<'a>> {
    let items = root.get(name).and_then(|value| value.get_ref().as_array());
    items.into_iter().flatten().filter_map(|item| item.get_ref().as_table())
}

/// A blank line, the header, its own lines but those that are replaced, and these. Its name comes first.
fn block(header: &str, own: &DeTable<'_>, figures: &[(&'static str, String)]) -> Vec<String> {
    let mut lines = vec![String::new(), header.to_owned()];
    let is_replaced = |key: &str| figures.iter().any(|(name, _)| *name == key);
    let mut entries: Vec<(&str, &DeValue<'_>)> = own
        .iter()
        .map(|(key, value)| (key.get_ref().as_ref(), value.get_ref()))
        .filter(|(key, _)| !is_replaced(key))
        .collect();
    entries.sort_by_key(|(key, _)| *key != "name" && *key != "class");
    lines.extend(
        entries.into_iter().map(|(key, value)| format!("{} = {}", name(key), inline(value))),
    );
    let figures = figures.iter().filter(|(_, value)| !value.is_empty());
    lines.extend(figures.map(|(key, value)| format!("{key} = {value}")));
    lines
}

fn name(key: &str) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !key.is_empty() && key.chars().all(is_bare) { key.to_owned() } else { quoted(key) }
}

/// A value on one line.
fn inline(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => quoted(text),
        DeValue::Integer(n) => n.to_string(),
        DeValue::Float(x) => x.to_string(),
        DeValue::Boolean(flag) => flag.to_string(),
        DeValue::Datetime(at) => at.to_string(),
        DeValue::Array(items) => {
            let items: Vec<String> = items.iter().map(|item| inline(item.get_ref())).collect();
            format!("[{}]", items.join(", "))
        }
        DeValue::Table(entries) => {
            let entry = |(key, value): (&toml::Spanned<_>, &toml::Spanned<DeValue<'_>>)| {
                let key: &std::borrow::Cow<'_, str> = key.get_ref();
                format!("{} = {}", name(key), inline(value.get_ref()))
            };
            let entries: Vec<String> = entries.iter().map(entry).collect();
            format!("{{ {} }}", entries.join(", "))
        }
    }
}

fn count(value: &DeValue<'_>) -> Option<u64> {
    use crate::units::Parse as _;
    match value {
        DeValue::Integer(n) => u64::parse(n.as_str()).ok(),
        DeValue::String(text) => u64::parse(text).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_settings_stay_and_figures_take_their_place() {
        let base = "name = \"x\" # theirs\nclass = [{ key = \"a:{n}\", name = \"a\", keys = \"5k\", \
                    size = { uniform = { min = \"1B\", max = \"2B\" } } }]\n\
                    traffic = [{ class = \"a\", command = \"get\", weight = 9 }, \
                    { class = \"a\", command = \"set\", weight = 1 }]\n[objective]\np99 = \"2ms\"\n\
                    peak = \"1k/s\"\n[capacity]\narrivals = { a = \"5/s\" }\nheadroom = \"30%\"\n\
                    [incumbent]\nnode_type = \"n\"\nobserved = { keys = 1 }\n[unknown]\nx = 1\n";
        let figures = Figures {
            keys: vec![1_234],
            weights: vec![0.75, 0.0],
            objective: vec![("peak", "\"7/s\"".into())],
            capacity: vec![("keys", "{ a = 1_234 }".into()), ("arrivals", String::new())],
            observed: vec![("keys", "2".into())],
            ..Figures::default()
        };
        let text = composed(base, &["said".into()], &figures).unwrap();
        let expected = "# said\nname = \"x\"\n\n[[class]]\nname = \"a\"\nkey = \"a:{n}\"\n\
            size = { uniform = { max = \"2B\", min = \"1B\" } }\nkeys = 1_234\n\n\
            [[traffic]]\nclass = \"a\"\ncommand = \"get\"\nweight = 75\n\n[objective]\np99 = \"2ms\"\n\
            peak = \"7/s\"\n\n[capacity]\nheadroom = \"30%\"\nkeys = { a = 1_234 }\n\n[aws]\n\n\
            [incumbent]\nnode_type = \"n\"\n\n[incumbent.observed]\nkeys = 2\n";
        assert_eq!(text, expected);
        assert_eq!(composed("not = = toml", &[], &figures), None);
    }
}
