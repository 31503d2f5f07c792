//! The legend: every series once, with what it looks like, in lines above the plot.

use plotters::prelude::DrawingBackend;

use crate::report::{Mark, Series};

use super::canvas::{Anchor, At, Canvas, Font};
use super::labels::wrap;
use super::series;
use super::style::INK;

const FONT: Font = Font::regular(13.0);
const ROW: f64 = 20.0;
/// Two dashes of every pattern and a marker between them.
const SAMPLE: f64 = 35.0;
const GAP: f64 = 24.0;

/// Draws the legend from `start` within `width`; returns where the rest begins.
pub(super) fn draw<B: DrawingBackend>(
    canvas: &Canvas<'_, B>,
    series: &[Series],
    start: At,
    width: f64,
) -> f64 {
    let At(mut x, mut y) = start;
    let drawn = series.iter().filter(|one| !one.points.is_empty());
    let mut named: Vec<&str> = Vec::new();
    for one in drawn {
        if named.contains(&one.name.as_str()) {
            continue;
        }
        named.push(&one.name);
        let sample = match one.mark {
            Mark::Points => SAMPLE / 2.0,
            _ => SAMPLE,
        };
        let longest = width - sample - 6.0;
        let name = wrap(&one.name, FONT, longest).join(" ");
        let needed = sample + 6.0 + FONT.width(&name).min(longest);
        if x > start.0 && x + needed > start.0 + width {
            x = start.0;
            y += ROW;
        }
        let middle = y + ROW / 2.0;
        series::sample(canvas, one, At(x, middle), sample);
        canvas.text(&name, At(x + sample + 6.0, middle), FONT, INK, Anchor::Start);
        x += needed + GAP;
    }
    y + ROW + 6.0
}
