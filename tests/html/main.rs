//! `report.html` in a headless Chromium, as a reader uses it. `make test-html` runs it.

mod browser;
mod readable;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde_json::{Value, json};
use tempfile::TempDir;

use browser::Page;

/// A report of this program on the measurement of the sample, rendered once.
fn run() -> &'static Path {
    static RUN: OnceLock<TempDir> = OnceLock::new();
    let directory = RUN.get_or_init(|| {
        let directory = tempfile::tempdir().unwrap();
        let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("reports/sample");
        for name in ["01-spec.json", "02-seed.json", "03-steps.json"] {
            fs::copy(sample.join(name), directory.path().join(name)).unwrap();
        }
        for stage in [&["fit"][..], &["size", "--without-pdf"]] {
            let mut command = Command::new(env!("CARGO_BIN_EXE_cachefit"));
            let output = command.args(stage).arg(directory.path()).output().unwrap();
            let text = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success(), "{stage:?}: {text}");
        }
        directory
    });
    directory.path()
}

fn report() -> PathBuf {
    run().join("report.html")
}

fn open() -> Page {
    Page::open(&report(), 1200, 900)
}

/// The shown texts of a column of the candidates, top to bottom.
fn column(page: &mut Page, n: usize) -> Vec<String> {
    let cells = page.eval(&format!(
        "[...document.querySelector('#table-candidates').tBodies[0].rows]\
         .filter(row => !row.hidden).map(row => row.cells[{n}].textContent)"
    ));
    serde_json::from_value(cells).unwrap()
}

const NODE_TYPE: usize = 0;
const ENGINE: usize = 1;
const COST: usize = 4;

#[test]
fn nothing_goes_wrong_and_no_request_leaves_the_file() {
    let mut page = open();
    page.point_at("figure svg");
    page.click("#table-candidates th button");
    let allowed = format!("file://{}", report().display());
    for event in &page.events {
        let params = &event["params"];
        match event["method"].as_str().unwrap() {
            "Network.requestWillBeSent" => assert_eq!(params["request"]["url"], json!(allowed)),
            "Runtime.exceptionThrown" | "Runtime.consoleAPICalled" | "Log.entryAdded" => {
                panic!("{event}")
            }
            _ => {}
        }
    }
}

#[test]
fn a_script_that_is_not_ours_does_not_run() {
    let mut page = open();
    page.eval(
        "(() => { const s = document.createElement('script'); s.textContent = 'window.ran = 1'; \
         document.body.append(s); \
         document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.ran = 2\">'); })()",
    );
    assert!(page.holds("window.ran === undefined"));
    let complaints = page.events.iter().filter(|event| event["method"] == "Log.entryAdded");
    assert!(complaints.count() > 0, "the browser says that it refused");
}

#[test]
fn a_column_sorts_both_ways_with_missing_figures_last() {
    let mut page = open();
    let header = format!("#table-candidates th:nth-child({}) button", COST + 1);
    let as_written = column(&mut page, COST);
    for (sort, sign) in [("ascending", 1.0), ("descending", -1.0)] {
        page.click(&header);
        let sorted = page.text("document.querySelector('#table-candidates [aria-sort]').ariaSort");
        assert_eq!(sorted, sort);
        let shown = column(&mut page, COST);
        let dollars = |text: &String| text.trim_start_matches('$').replace(',', "").parse::<f64>();
        let known: Vec<f64> = shown.iter().map_while(|text| dollars(text).ok()).collect();
        assert!(known.len() > 20, "{shown:?}");
        assert!(known.windows(2).all(|pair| sign * pair[0] <= sign * pair[1]), "{known:?}");
        assert!(shown[known.len()..].iter().all(|text| text == "–"), "{shown:?}");
        assert_eq!(shown.len(), as_written.len());
    }
}

#[test]
fn a_header_sorts_from_the_keyboard() {
    let mut page = open();
    page.eval("document.querySelector('#table-candidates th button').focus()");
    page.press("Enter", 13);
    let types = column(&mut page, NODE_TYPE);
    assert!(types.first() < types.last(), "{types:?}");
    assert!(page.holds("document.querySelector('#table-candidates th').ariaSort === 'ascending'"));
}

#[test]
fn rows_are_filtered_by_words() {
    let mut page = open();
    let all = column(&mut page, NODE_TYPE).len();
    page.click("#table-candidates-filter");
    page.type_in("R7G -redis");
    let (types, engines) = (column(&mut page, NODE_TYPE), column(&mut page, ENGINE));
    assert!(!types.is_empty() && types.len() < all);
    assert!(types.iter().all(|name| name.contains("r7g")), "{types:?}");
    assert!(engines.iter().all(|name| name.contains("valkey")), "{engines:?}");
    let count = page.text("document.querySelector('output[for=table-candidates-filter]').value");
    assert_eq!(count, format!("{} of {all} rows", types.len()));
    page.eval("document.querySelector('#table-candidates-filter').select()");
    page.type_in("no such type");
    assert!(column(&mut page, NODE_TYPE).is_empty());
    page.eval(
        "(() => { const f = document.querySelector('#table-candidates-filter'); f.value = ''; \
         f.dispatchEvent(new Event('input')); })()",
    );
    assert_eq!(column(&mut page, NODE_TYPE).len(), all);
}

/// Every place of the grid, against the artifact that sizing wrote.
#[test]
fn the_panel_says_what_was_calculated() {
    let text = fs::read_to_string(run().join("05-recommendation.json")).unwrap();
    let artifact: Value = serde_json::from_str(&text).unwrap();
    let grid = &artifact["body"]["recommendation"]["what_if"];
    let mut page = open();
    let answer = "document.querySelector('.explorer [role=status]').textContent";
    assert!(page.text(answer).ends_with("That is the recommendation."));
    let length = |axis: &str| grid[axis].as_array().unwrap().len();
    let (peaks, headrooms) = (length("peaks"), length("headrooms"));
    let last = length("keys") - 1;
    for place in
        [[0, 0, 0], [last, 0, 0], [0, peaks - 1, 1], [last, peaks - 1, headrooms - 1], [5, 4, 3]]
    {
        for (id, at) in ["keys", "peak", "headroom"].into_iter().zip(place) {
            page.eval(&format!(
                "(() => {{ const s = document.querySelector('#explore-{id}'); s.value = {at}; \
                 s.dispatchEvent(new Event('input')); }})()"
            ));
        }
        let [keys, peak, headroom] = place;
        let cell = &grid["cells"][(keys * peaks + peak) * headrooms + headroom];
        let shown = page.text(answer);
        match cell.as_u64() {
            Some(index) => {
                let node_type = &grid["answers"][usize::try_from(index).unwrap()]["node_type"];
                assert!(shown.starts_with(node_type.as_str().unwrap()), "{place:?}: {shown}");
            }
            None => assert_eq!(shown, "Nothing fits.", "{place:?}"),
        }
    }
    page.click(".explorer button");
    assert!(page.text(answer).ends_with("That is the recommendation."));
    page.eval("document.querySelector('#explore-keys').focus()");
    let before = page.text("document.querySelector('output[for=explore-keys]').value");
    page.press("ArrowRight", 39);
    let spoken =
        page.text("document.querySelector('#explore-keys').getAttribute('aria-valuetext')");
    assert!(spoken != before && spoken.contains("keys, 1.25×"), "{spoken}");
}

#[test]
fn a_chart_names_what_the_pointer_is_at() {
    let mut page = open();
    assert!(page.holds("document.querySelector('.tip').hidden"));
    page.point_at("#chart-response-time .values circle:last-child");
    let tip = page.text("document.querySelector('.tip').textContent");
    assert!(tip.starts_with("p99.9: ") && tip.contains(" at "), "{tip}");
    assert!(page.holds("!document.querySelector('.tip').hidden"));
    page.point_at("h1");
    assert!(page.holds("document.querySelector('.tip').hidden"));
}

#[test]
fn a_phone_shows_it_without_scrolling_sideways() {
    let mut page = Page::open(&report(), 390, 844);
    assert_eq!(page.eval("document.documentElement.scrollWidth"), json!(390));
    assert!(page.holds("document.querySelector('.explorer input').offsetWidth > 200"));
}

#[test]
fn a_print_leaves_the_controls_out() {
    let mut page = open();
    page.call("Emulation.setEmulatedMedia", &json!({ "media": "print" }));
    for selector in [".filter", ".explorer", "nav"] {
        let shown = format!("document.querySelector('{selector}').offsetParent === null");
        assert!(page.holds(&shown), "{selector}");
    }
    let pdf = page.call("Page.printToPDF", &json!({ "printBackground": true }));
    let length = pdf["data"].as_str().unwrap().len();
    assert!(length > 100_000, "{length}");
}

#[test]
fn without_scripts_everything_is_there_but_the_controls() {
    let mut page = open();
    page.call("Emulation.setScriptExecutionDisabled", &json!({ "value": true }));
    page.load(&report());
    assert!(page.holds("document.querySelector('.explorer').hidden"));
    assert!(page.holds("document.querySelectorAll('th button').length === 0"));
    assert!(page.holds("document.querySelector('.values circle title').textContent.length > 0"));
    assert!(column(&mut page, NODE_TYPE).len() > 50);
}
