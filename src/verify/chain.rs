//! The digests by which each artifact names what it was made from.

use std::collections::BTreeMap;

use crate::artifact::{Digest, Kind};

use super::Difference;

/// Where the digests that `kind` records are not those of the files that are there.
///
/// * `recorded`: as in the artifact.
/// * `found`: of the texts of all artifacts that are there.
///
/// An input whose file is missing is reported with that file, not here.
pub(super) fn broken_links(
    kind: Kind,
    recorded: &BTreeMap<Kind, Digest>,
    found: &BTreeMap<Kind, Digest>,
) -> Vec<Difference> {
    let mut broken = Vec::new();
    for input in kind.inputs() {
        let (Some(found), recorded) = (found.get(&input), recorded.get(&input)) else { continue };
        if recorded != Some(found) {
            let recorded = recorded.map(|digest| made_from(digest, input));
            let found = format!("{} of {} as it is", found.short(), input.file_name());
            let at = format!("$.inputs.{}", name(input));
            broken.push(Difference::new(at, recorded.as_deref(), Some(&found)));
        }
    }
    let foreign = recorded.keys().filter(|input| **input >= kind);
    broken.extend(foreign.map(|input| {
        Difference::new(format!("$.inputs.{}", name(*input)), Some("a digest"), None)
    }));
    broken
}

fn made_from(digest: &Digest, input: Kind) -> String {
    format!("{} of another {}", digest.short(), input.file_name())
}

/// Its name among the inputs.
fn name(kind: Kind) -> String {
    let file = kind.file_name();
    file.trim_end_matches(".json").chars().skip(3).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_digest_and_one_that_is_not_named_are_found() {
        let digests = |texts: &[(Kind, &str)]| -> BTreeMap<Kind, Digest> {
            texts.iter().map(|(kind, text)| (*kind, Digest::of(text))).collect()
        };
        let found = digests(&[(Kind::Spec, "a"), (Kind::Seed, "b"), (Kind::Steps, "c")]);
        let at = |recorded: &[(Kind, &str)]| -> Vec<String> {
            let broken = broken_links(Kind::Steps, &digests(recorded), &found);
            broken.into_iter().map(|difference| difference.at).collect()
        };
        assert_eq!(at(&[(Kind::Spec, "a"), (Kind::Seed, "b")]), Vec::<String>::new());
        assert_eq!(at(&[(Kind::Spec, "a"), (Kind::Seed, "older")]), ["$.inputs.seed"]);
        assert_eq!(at(&[(Kind::Seed, "b")]), ["$.inputs.spec"]);
        assert_eq!(
            at(&[(Kind::Spec, "a"), (Kind::Seed, "b"), (Kind::Report, "x")]),
            ["$.inputs.report"]
        );
    }
}
