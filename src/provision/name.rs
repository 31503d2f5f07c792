//! Names that `ElastiCache` accepts.

/// Longest identifier of a replication group.
/// Source: `CreateReplicationGroup`, `ReplicationGroupId`.
const LONGEST: usize = 40;

/// `plan` as an identifier of a replication group: at most 40 lower-case letters, digits and single
/// hyphens, a letter first, no hyphen last. Other characters become hyphens.
pub(super) fn identifier(plan: &str) -> String {
    let mut name = String::new();
    for c in plan.chars().map(|c| c.to_ascii_lowercase()) {
        if c.is_ascii_alphanumeric() {
            name.push(c);
        } else if !name.is_empty() && !name.ends_with('-') {
            name.push('-');
        }
    }
    if !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        name.insert_str(0, if name.is_empty() { "cache" } else { "cache-" });
    }
    name.truncate(LONGEST);
    name.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(plan: &str, expected: &str) {
        assert_eq!(identifier(plan), expected);
    }

    #[test]
    fn any_plan_has_a_name() {
        check("identity-cache", "identity-cache");
        check("Orders / EU (v2)", "orders-eu-v2");
        check("2nd cache", "cache-2nd-cache");
        check("${file(\"x\")}", "file-x");
        check("漢字", "cache");
        check("", "cache");
        check(
            "a23456789012345678901234567890123456789-b",
            "a23456789012345678901234567890123456789",
        );
    }
}
