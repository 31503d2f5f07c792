//! `cachefit report`: what is written of a run, and how it is set.

use std::fs;

use crate::support::SampleRun;

#[test]
fn a_run_is_put_beside_another_on_the_same_charts() {
    let (first, second) = (SampleRun::copy(), SampleRun::copy());
    let changed = second.command(&["size", "--headroom", "40%"]);
    assert!(changed.concluded(), "{changed:?}");
    let other = second.path().display().to_string();
    let finished = first.command(&["report", "--compare", &other]);
    assert!(finished.concluded(), "{finished:?}");
    let read = |name: &str| fs::read_to_string(first.path().join("compared").join(name)).unwrap();
    for name in ["compare.html", "compare.md", "compare-summary.md", "compare.json"] {
        assert!(read(name).contains(&other), "{name} names the other run");
    }
    let names = fs::read_dir(first.path().join("compared/charts")).unwrap();
    assert!(names.count() >= 4, "pictures of both");
    let nobody = first.command(&["report", "--compare", "/nowhere"]);
    assert_eq!(nobody.code, Some(3), "{nobody:?}");
}

/// The answer in a pull request: within what one may hold, with the verdict's figures.
#[test]
fn a_summary_is_short_and_complete() {
    let summary = fs::read_to_string(SampleRun::whole().join("summary.md")).unwrap();
    assert!(summary.len() < 10_000, "{}", summary.len());
    for part in
        ["Provision cache.", "a month", "| memory |", "What to doubt", "Probability that it fits"]
    {
        assert!(summary.contains(part), "no `{part}` in:\n{summary}");
    }
}

#[cfg(feature = "pdf")]
mod setting {
    use super::*;

    #[test]
    fn paper_and_template_are_kept_until_others_are_named() {
        let run = SampleRun::copy();
        let own = run.path().join("own.typ");
        fs::write(&own, "#let data = json(\"report.json\")\n= Board: #data.report.title").unwrap();
        let own = own.display().to_string();
        let set = run.command_with_pdf(&["report", "--paper", "us-letter", "--template", &own]);
        assert!(set.concluded(), "{set:?}");
        let pdf = || fs::read(run.path().join("report.pdf")).unwrap();
        let other = SampleRun::whole().display().to_string();
        assert!(run.command_with_pdf(&["report", "--compare", &other]).concluded());
        let compared = fs::read(run.path().join("compared/compare.pdf")).unwrap();
        let is_letter = |pdf: &[u8]| pdf.windows(12).any(|part| part == b"[0 0 612 792");
        assert!(is_letter(&compared), "compared on the paper of the first run");
        let of_team = pdf();
        assert!(of_team.len() < 100_000, "one page, not {} bytes", of_team.len());

        // Sized again, it is still theirs, and follows.
        assert!(run.command_with_pdf(&["size", "--headroom", "25%"]).concluded());
        assert!(pdf().len() < 100_000);
        let verified = run.command_with_pdf(&["verify", "--strict"]);
        assert_eq!(verified.code, Some(0), "{verified:?}");

        assert!(run.command_with_pdf(&["report", "--template", "builtin"]).concluded());
        assert!(pdf().len() > 300_000);
    }

    #[test]
    fn a_template_that_is_wrong_is_told_before_anything_is_done() {
        let run = SampleRun::copy();
        let wrong = run.path().join("wrong.typ");
        fs::write(&wrong, "fine\n#no-such-thing").unwrap();
        let wrong = wrong.display().to_string();
        let before = fs::read(run.path().join("06-report.json")).unwrap();
        let refused = run.command_with_pdf(&["report", "--template", &wrong]);
        assert_eq!(refused.code, Some(3), "{refused:?}");
        for part in ["wrong.typ", "line 2, column 2", "unknown variable", "cachefit template"] {
            assert!(refused.stderr.contains(part), "no `{part}` in {}", refused.stderr);
        }
        assert!(before == fs::read(run.path().join("06-report.json")).unwrap());
        let missing = run.command_with_pdf(&["report", "--template", "/nowhere.typ"]);
        assert_eq!(missing.code, Some(3), "{missing:?}");
    }
}
