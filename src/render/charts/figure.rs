//! The picture as a whole: heading, legend, plot with its axes, and everything in it.

use plotters::prelude::DrawingBackend;
use plotters::style::WHITE;

use crate::report::numbers::tick;
use crate::report::{ChartSpec, Direction, Height, Mark, Point, Series};
use crate::units::num;

use super::Heading;
use super::canvas::{Anchor, At, Canvas, Font, Frame};
use super::labels::{LINE, place, wrap};
use super::markers::Margins;
use super::ruler::Ruler;
use super::style::{AXIS, GRID, INK, SOFT_INK};
use super::{legend, series};

/// Logical width of every chart.
const WIDTH: f64 = 960.0;
/// Left free around everything.
pub(super) const EDGE: f64 = 20.0;

const TITLE: Font = Font::bold(19.0);
const CAPTION: Font = Font::regular(14.0);
const AXIS_LABEL: Font = Font::regular(13.0);
const TICK: Font = Font::regular(12.0);
const POINT_LABEL: Font = Font::regular(12.0);

/// How many ticks fit without crowding: tick labels are wider than high.
const X_TICKS: usize = 8;
const Y_TICKS: usize = 7;

/// A name in place of a tick label is broken into lines of this width.
const WIDEST_NAME: f64 = 240.0;

/// Logical width and height.
pub(super) const fn size(height: Height) -> (u32, u32) {
    match height {
        Height::Full => (960, 540),
        Height::Low => (960, 324),
    }
}

fn height(chart: &ChartSpec) -> f64 {
    f64::from(size(chart.height).1)
}

/// The coordinate system.
pub(super) struct Plot {
    pub(super) frame: Frame,
    x: Ruler,
    y: Ruler,
}

impl Plot {
    pub(super) fn x(&self, value: f64) -> Option<f64> {
        let Frame { left, right, .. } = self.frame;
        self.x.place(value).map(|share| left + share * (right - left))
    }

    pub(super) fn y(&self, value: f64) -> Option<f64> {
        let Frame { top, bottom, .. } = self.frame;
        self.y.place(value).map(|share| bottom - share * (bottom - top))
    }

    /// Where a point lies, perhaps outside the frame.
    pub(super) fn at(&self, point: &Point) -> Option<At> {
        Some(At(self.x(point.x)?, self.y(point.y)?))
    }
}

/// A place in the picture and the values that stand there.
pub(super) struct Spot {
    pub(super) at: At,
    pub(super) text: String,
}

/// Draws `chart`; returns where its values are.
pub(super) fn draw<B: DrawingBackend>(
    canvas: &Canvas<'_, B>,
    chart: &ChartSpec,
    heading: Heading,
) -> Vec<Spot> {
    canvas.fill(WHITE);
    let top = match heading {
        Heading::Drawn => draw_heading(canvas, chart),
        Heading::Omitted => EDGE,
    };
    if chart.is_empty() {
        draw_note(canvas, chart, top);
        return Vec::new();
    }
    let top = legend::draw(canvas, &chart.series, At(EDGE, top), WIDTH - 2.0 * EDGE);
    let (plot, margins) = lay_out(chart, top);
    draw_axes(canvas, chart, &plot, &margins);
    margins.draw(canvas, &plot);
    for one in &chart.series {
        series::draw(canvas, one, &plot);
    }
    draw_point_labels(canvas, chart, &plot, margins.lines(&plot));
    chart.series.iter().flat_map(|one| spots(chart, one, &plot)).collect()
}

/// What each point of a series says: its name and both values.
fn spots(chart: &ChartSpec, series: &Series, plot: &Plot) -> Vec<Spot> {
    let lies = series.mark == Mark::Stretches;
    let y_text = |value: f64| {
        let name = plot.y.ticks.iter().find(|(at, _)| at.total_cmp(&value).is_eq());
        match name.filter(|_| !chart.y.names.is_empty()) {
            Some((_, name)) => name.clone(),
            None => tick(value, chart.y.format),
        }
    };
    let spot = |point: &Point| {
        let x_text = |value: f64| tick(value, chart.x.format);
        let (x, y) = match point.high {
            Some(high) if lies => (x_text(high - point.x), y_text(point.y)),
            Some(high) => (x_text(point.x), format!("{} to {}", y_text(point.y), y_text(high))),
            None => (x_text(point.x), y_text(point.y)),
        };
        let middle = match point.high {
            Some(high) if lies => Point::new(f64::midpoint(point.x, high), point.y),
            _ => Point::new(point.x, point.y),
        };
        let At(left, top) = plot.at(&middle)?;
        let text = format!("{}: {y} at {x}", series.name);
        let text =
            if chart.y.names.is_empty() { text } else { format!("{y}, {}: {x}", series.name) };
        Some(Spot { at: At(left, top), text })
    };
    series.points.iter().filter(|point| chart.shows(point)).filter_map(spot).collect()
}

/// Title and caption; returns where the rest begins.
fn draw_heading<B: DrawingBackend>(canvas: &Canvas<'_, B>, chart: &ChartSpec) -> f64 {
    let mut top = EDGE - 4.0;
    for (text, font, color) in [(&chart.title, TITLE, INK), (&chart.caption, CAPTION, SOFT_INK)] {
        for line in wrap(text, font, WIDTH - 2.0 * EDGE) {
            let height = font.em * LINE;
            canvas.text(&line, At(EDGE, top + height / 2.0), font, color, Anchor::Start);
            top += height;
        }
        top += 3.0;
    }
    top + 6.0
}

fn draw_note<B: DrawingBackend>(canvas: &Canvas<'_, B>, chart: &ChartSpec, top: f64) {
    let lines = wrap(&chart.note_when_empty, CAPTION, WIDTH * 0.7);
    let mut middle = f64::midpoint(top, height(chart));
    for line in lines {
        canvas.text(&line, At(WIDTH / 2.0, middle), CAPTION, SOFT_INK, Anchor::Middle);
        middle += CAPTION.em * LINE;
    }
}

/// Settles the ranges, then the margins that their labels need.
fn lay_out(chart: &ChartSpec, top: f64) -> (Plot, Margins<'_>) {
    let shown =
        || chart.series.iter().flat_map(|one| &one.points).filter(|point| chart.shows(point));
    let marked = |direction| {
        chart.markers.iter().filter(move |one| one.direction == direction).map(|one| one.at)
    };
    let ends = |lies: bool| {
        let all = chart.series.iter().filter(move |one| (one.mark == Mark::Stretches) == lies);
        all.flat_map(|one| &one.points).filter(|point| chart.shows(point)).filter_map(|p| p.high)
    };
    let xs = shown().map(|point| point.x).chain(ends(true)).chain(marked(Direction::Vertical));
    let ys = shown().map(|point| point.y).chain(ends(false)).chain(marked(Direction::Horizontal));
    let x = Ruler::fit(&chart.x, xs, X_TICKS);
    let y_ticks = if chart.height == Height::Low { Y_TICKS / 2 + 2 } else { Y_TICKS };
    let y = Ruler::fit(&chart.y, ys, y_ticks);

    let lines = y.ticks.iter().flat_map(|(_, label)| wrap(label, TICK, WIDEST_NAME));
    let widest = lines.map(|line| TICK.width(&line)).fold(0.0, f64::max);
    let margins = Margins::measure(chart, &x, &y);
    let left = EDGE + widest + 8.0;
    let right = WIDTH - EDGE - margins.gutter();
    let axis_label_height = AXIS_LABEL.em * LINE + 8.0;
    let frame = Frame {
        left,
        right,
        top: top + axis_label_height + margins.above(right - left),
        bottom: height(chart) - EDGE - 2.0 * AXIS_LABEL.em * LINE - 2.0,
    };
    (Plot { frame, x, y }, margins)
}

fn draw_axes<B: DrawingBackend>(
    canvas: &Canvas<'_, B>,
    chart: &ChartSpec,
    plot: &Plot,
    margins: &Margins<'_>,
) {
    let Frame { left, top, right, bottom } = plot.frame;
    for (value, label) in &plot.x.ticks {
        let Some(x) = plot.x(*value) else { continue };
        canvas.line(&[At(x, top), At(x, bottom)], GRID, 1.0, &[]);
        canvas.text(label, At(x, bottom + 13.0), TICK, SOFT_INK, Anchor::Middle);
    }
    for (value, label) in &plot.y.ticks {
        let Some(y) = plot.y(*value) else { continue };
        canvas.line(&[At(left, y), At(right, y)], GRID, 1.0, &[]);
        let lines = wrap(label, TICK, WIDEST_NAME);
        let mut middle = y - TICK.em * LINE * (num::float_len(lines.len()) - 1.0) / 2.0;
        for line in lines {
            canvas.text(&line, At(left - 8.0, middle), TICK, SOFT_INK, Anchor::End);
            middle += TICK.em * LINE;
        }
    }
    canvas.line(&[At(left, top), At(left, bottom)], AXIS, 1.0, &[]);
    let zero = plot.y(0.0).filter(|_| chart.y.names.is_empty());
    let foot = zero.filter(|y| (top..=bottom).contains(y)).unwrap_or(bottom);
    canvas.line(&[At(left, foot), At(right, foot)], AXIS, 1.0, &[]);
    let above = top - margins.above(right - left) - AXIS_LABEL.em * LINE / 2.0 - 5.0;
    canvas.text(&chart.y.label, At(EDGE, above), AXIS_LABEL, INK, Anchor::Start);
    let below = bottom + 15.0 + AXIS_LABEL.em * LINE;
    let middle = f64::midpoint(left, right);
    canvas.text(&chart.x.label, At(middle, below), AXIS_LABEL, INK, Anchor::Middle);
}

fn draw_point_labels<B: DrawingBackend>(
    canvas: &Canvas<'_, B>,
    chart: &ChartSpec,
    plot: &Plot,
    mut obstacles: Vec<Frame>,
) {
    let shown = || {
        chart
            .series
            .iter()
            .filter(|one| one.mark != Mark::Stretches) // which hold their labels themselves
            .flat_map(|one| one.points.iter().map(move |point| (one, point)))
            .filter(|(_, point)| chart.shows(point))
            .filter_map(|(one, point)| Some((one, point, plot.at(point)?)))
    };
    obstacles.extend(shown().map(|(one, _, at)| series::footprint(one, at)));
    let labelled: Vec<_> =
        shown().filter_map(|(one, point, at)| Some((one, point.label.as_deref()?, at))).collect();
    let boxes: Vec<_> = labelled
        .iter()
        .map(|(_, text, at)| (*at, POINT_LABEL.width(text), POINT_LABEL.em * LINE))
        .collect();
    for ((one, text, at), label) in labelled.iter().zip(place(&boxes, &obstacles, &plot.frame)) {
        let color = super::style::look(one.role).text;
        let Frame { left, top, right, bottom } = label.frame;
        if label.is_far {
            let end = At(at.0.clamp(left, right), at.1.clamp(top, bottom));
            canvas.line(&[*at, end], AXIS, 1.0, &[]);
        }
        canvas.halo(text, At(left, f64::midpoint(top, bottom)), POINT_LABEL, color);
    }
}
