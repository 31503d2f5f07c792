//! Every format of one small report.

use std::io::Cursor;

use crate::report::{Axis, ChartSpec, Height, Mark, Point, Role, Series};

use super::charts::{Heading, png, svg, svg_with_values};
use super::fixture::{HOSTILE, classes, memory_chart, report};
use super::{csv, html, markdown, summary};

#[test]
fn markdown_of_the_report() {
    insta::assert_snapshot!(markdown(&report()));
}

#[test]
fn summary_of_the_report() {
    insta::assert_snapshot!(summary(&report()));
}

#[test]
fn svg_of_a_chart() {
    insta::assert_snapshot!(svg(&memory_chart(), Heading::Drawn));
}

#[test]
fn svg_of_bars_in_rows() {
    insta::assert_snapshot!(svg_with_values(&bars_in_rows()));
}

/// A row with a name of its own length, and bars one after the other with values to point at.
fn bars_in_rows() -> ChartSpec {
    let mut chart = memory_chart();
    chart.height = Height::Low;
    chart.y = Axis::rows("class", [HOSTILE.to_owned(), "claims of one tenant ".repeat(4)]);
    chart.markers.clear();
    let bar = |role, from: f64, to| Series {
        name: format!("{role:?}"),
        mark: Mark::Stretches,
        role,
        points: (0..2)
            .map(|row| Point::stretch(chart.y.row(row), from, to).labelled(to.to_string()))
            .collect(),
    };
    chart.series = vec![bar(Role::First, 0.0, 90.0), bar(Role::Second, 90.0, 300.0)];
    chart
}

/// The page without its charts, which have tests of their own, and without its style and script.
#[test]
fn html_of_the_report() {
    let page = html(&report());
    let page = without(&page, "<style>", "</style>");
    let page = without(&page, "<script>", "</script>");
    let page = without(&page, "'sha256-", "'\"");
    insta::assert_snapshot!(without(&page, "<svg ", "</svg>"));
}

fn without(text: &str, start: &str, end: &str) -> String {
    let (before, rest) = text.split_once(start).expect("starts");
    let (_, after) = rest.split_once(end).expect("ends");
    format!("{before}{start}…{end}{after}")
}

#[test]
fn csv_of_a_table() {
    insta::assert_snapshot!(csv(&classes()));
}

#[test]
fn a_hostile_name_is_text_in_every_format() {
    let shown = "&lt;script&gt;";
    for text in [html(&report()), markdown(&report()), svg(&memory_chart(), Heading::Omitted)] {
        assert!(text.contains(shown) && !text.contains("<script>alert"), "{text}");
    }
    assert!(csv(&classes()).contains(HOSTILE), "CSV has no markup to escape");
}

#[test]
fn a_page_asks_the_network_for_nothing() {
    let page = html(&report()).replace("http://www.w3.org/2000/svg", "");
    for needle in ["http:", "https:", "src=", "@import", "url(", "<link"] {
        assert!(!page.contains(needle), "{needle}");
    }
}

#[test]
fn an_svg_names_everything_it_draws() {
    let chart = memory_chart();
    let text = svg_with_values(&chart);
    let expected = [
        "measured",
        "calculated",
        "used_memory",
        "keys",
        "cache.t4g.micro",
        "today",
        "peak",
        "256 MiB",
        "200k",
        &chart.title,
        &chart.caption,
    ];
    for name in expected {
        assert!(text.contains(name), "{name} in {text}");
    }
    assert!(text.starts_with("<svg xmlns=") && text.ends_with("</svg>\n"));
    let bare = svg(&chart, Heading::Omitted);
    assert_eq!(bare.matches(&chart.caption).count(), 1, "only in <desc>");
}

#[test]
fn the_same_chart_gives_the_same_bytes() {
    let chart = memory_chart();
    assert_eq!(svg(&chart, Heading::Drawn), svg(&chart, Heading::Drawn));
    assert!(png(&chart) == png(&chart));
}

#[test]
fn a_png_has_twice_the_logical_size() {
    let bytes = png(&memory_chart());
    let reader = png::Decoder::new(Cursor::new(bytes)).read_info().unwrap();
    assert_eq!((reader.info().width, reader.info().height), (1920, 1080));
}

#[test]
fn an_empty_chart_says_why() {
    let mut chart = memory_chart();
    for series in &mut chart.series {
        series.points.clear();
    }
    assert!(svg(&chart, Heading::Omitted).contains(&chart.note_when_empty));
    assert!(!png(&chart).is_empty());
}

#[test]
fn values_that_no_axis_can_show_are_left_out() {
    let mut chart = memory_chart();
    chart.y.scale = crate::report::Scale::Log2;
    chart.series[0].points[0].y = 0.0;
    chart.series[1].points[0].y = f64::NAN;
    chart.series[1].points[1].x = f64::INFINITY;
    let text = svg(&chart, Heading::Drawn);
    assert!(!text.contains("NaN") && !text.contains("-2147483648"));
}
