//! What a reader of the file finds in it, read back with poppler's tools where they are installed.

use std::io::Write as _;
use std::process::Command;
use std::sync::LazyLock;

use typst::diag::Warned;
use typst_pdf::{PdfStandard, PdfStandards};

use crate::render::fixture::{self, HOSTILE};
use crate::report::{Block, Cell, Column, Paper, Report, Row, Section, Table};

use super::data::data;
use super::output::{export, set};
use super::{PdfError, TEMPLATE, check_template, pdf};

const MARKUP: &str = "#import \"x\": * $x^2$ _a_ \\ *b* @c <d> // e";
const LONG: &str = "a-name-that-no-line-can-hold.because:it/goes_on";

/// The fixture with names that would act in a template, and with tables of every shape.
fn report() -> Report {
    let mut report = fixture::report();
    report.title = format!("Sizing of {MARKUP}");
    report.headline.reasons.push(format!("{HOSTILE} and `{MARKUP}`"));
    let mut section = Section::new("tables", HOSTILE);
    section.blocks.push(Block::Paragraph(LONG.repeat(12)));
    section.blocks.push(Block::Table(table("turned", 23, 12)));
    section.blocks.push(Block::Table(table("long", 9, 70)));
    section.blocks.push(Block::Table(table("wide", 32, 33)));
    report.sections.push(section);
    report
}

/// The report's PDF, made once.
static BYTES: LazyLock<Vec<u8>> = LazyLock::new(|| pdf(&report()).unwrap());

fn table(id: &str, n_columns: usize, n_rows: usize) -> Table {
    let columns = (0..n_columns).map(|at| Column::number(format!("{id} {at}"), "B")).collect();
    let mut table = Table::new(id, format!("The {id} table"), columns);
    for at in 0..n_rows {
        let cell = |column: usize| Cell::number(format!("{at}.{column:02}"), 1.0);
        table.push(Row::new((0..n_columns).map(cell).collect()));
    }
    table
}

/// What one of poppler's tools says of a file, on one line; `None` when it is not installed.
fn asked(tool: &str, options: &[&str], bytes: &[u8]) -> Option<String> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    let mut command = Command::new(tool);
    if tool == "pdftotext" {
        command.args(options).arg(file.path()).arg("-");
    } else {
        command.args(options).arg(file.path());
    }
    match command.output() {
        Ok(output) => {
            let text = String::from_utf8(output.stdout).unwrap();
            Some(text.split_whitespace().collect::<Vec<_>>().join(" "))
        }
        Err(_) if std::env::var_os("CI").is_none() => {
            println!("skipped: {tool} is not installed");
            None
        }
        Err(error) => panic!("{tool}: {error}"),
    }
}

/// All that a template knows, but for the drawings.
#[test]
fn what_a_template_reads() {
    let mut value: serde_json::Value = serde_json::from_slice(&data(&fixture::report())).unwrap();
    for chart in value["charts"].as_object_mut().unwrap().values_mut() {
        assert!(chart.as_str().unwrap().starts_with("<svg "));
        *chart = "…".into();
    }
    insta::assert_snapshot!(serde_json::to_string_pretty(&value).unwrap());
}

#[test]
fn every_text_is_there_and_none_has_acted() {
    let Some(text) = asked("pdftotext", &["-raw"], &BYTES) else { return };
    let headline = fixture::report().headline;
    let mut expected = vec![headline.verdict, HOSTILE.into(), MARKUP.into(), "408 MiB".into()];
    expected.extend(headline.facts.into_iter().map(|fact| fact.label));
    expected.extend(["=HYPERLINK(\"x\")", "Allocator is assumed.", "256 MiB"].map(str::to_owned));
    for (id, last) in [("turned", "11.22"), ("long", "69.08"), ("wide", "32.31")] {
        expected.extend([format!("The {id} table"), last.to_owned()]);
    }
    for needle in expected {
        let found =
            text.contains(&needle) || without_spaces(&text).contains(&without_spaces(&needle));
        assert!(found, "{needle} in {text}");
    }
}

/// Lines of a page may end anywhere in a long name.
fn without_spaces(text: &str) -> String {
    text.replace(char::is_whitespace, "")
}

#[test]
fn pages_are_of_the_paper_and_nothing_is_odd() {
    for (paper, width) in [(Paper::A4, 595), (Paper::UsLetter, 612)] {
        let mut report = report();
        report.setting.paper = paper;
        let Warned { output, warnings } = set(&report);
        assert!(warnings.is_empty(), "{warnings:?}");
        let document = output.unwrap();
        assert!(document.pages().len() >= 3);
        let first = document.pages().first().unwrap().frame.width();
        assert!((first.to_pt() - f64::from(width)).abs() < 1.0, "{first:?}");
    }
}

#[test]
fn nothing_stands_outside_the_margins() {
    let Some(boxes) = asked("pdftotext", &["-bbox"], &BYTES) else { return };
    let mut page_width = 0.0;
    let mut n_words = 0;
    for tag in boxes.split('<') {
        let value = |name: &str| -> Option<f64> {
            tag.split_once(&format!("{name}=\""))?.1.split_once('"')?.0.parse().ok()
        };
        if tag.starts_with("page ") {
            page_width = value("width").unwrap();
        } else if tag.starts_with("word ") {
            let (left, right) = (value("xMin").unwrap(), value("xMax").unwrap());
            assert!(left > 40.0 && right < page_width - 40.0, "{tag} of {page_width}");
            n_words += 1;
        }
    }
    assert!(n_words > 1000, "{n_words}");
}

#[test]
fn the_same_report_gives_the_same_bytes() {
    let first = &*BYTES;
    typst::comemo::evict(0); // or the second time would be a copy of the first
    assert!(*first == pdf(&report()).unwrap());
}

#[test]
fn fonts_are_embedded() {
    let Some(fonts) = asked("pdffonts", &[], &BYTES) else { return };
    assert_eq!(fonts.matches("Roboto").count(), 2, "{fonts}");
    assert_eq!(fonts.matches("yes yes yes").count(), 2, "embedded, subset, to Unicode: {fonts}");
}

#[test]
fn a_screen_reader_can_read_it() {
    let pages = set(&report()).output.unwrap();
    export(&pages, PdfStandards::new(&[PdfStandard::Ua_1]).unwrap()).unwrap();
}

#[test]
fn controls_and_letters_without_a_glyph_do_no_harm() {
    let mut report = report();
    report.title = "a\nb\u{202e}c\0 漢字 \u{1f680} שלום".into();
    report.sections.clear();
    report.headline.facts.clear();
    assert!(pdf(&report).is_ok());
}

#[test]
fn an_empty_chart_is_a_note() {
    let mut report = report();
    for block in &mut report.sections[0].blocks {
        if let Block::Chart(chart) = block {
            chart.series.clear();
        }
    }
    let bytes = pdf(&report).unwrap();
    let Some(text) = asked("pdftotext", &["-raw"], &bytes) else { return };
    assert!(text.contains("No checkpoint was measured."), "{text}");
}

#[test]
fn a_template_of_a_team_takes_the_place_of_the_built_in_one() {
    check_template(TEMPLATE).unwrap();
    let mut report = report();
    let own = "#let data = json(\"report.json\")\n= Board 7\n#data.report.headline.verdict";
    check_template(own).unwrap();
    report.setting.template = Some(own.into());
    let Some(text) = asked("pdftotext", &["-raw"], &pdf(&report).unwrap()) else { return };
    assert!(text.starts_with(&format!("Board 7 {}", report.headline.verdict)), "{text}");
}

#[test]
fn a_template_that_is_wrong_is_told_with_its_place() {
    let refused = |template: &str| match check_template(template) {
        Err(PdfError::Template { line, column, message }) => (line, column, message),
        other => panic!("{other:?}"),
    };
    assert_eq!(refused("fine\n  #nothing").0, 2);
    let (line, column, message) = refused("\n#let a = read(\"/etc/passwd\")");
    assert_eq!((line, column), (2, 15), "{message}");
    assert!(message.contains("not found"), "{message}");
}
