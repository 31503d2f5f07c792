//! What is drawn at the points of a series.

use plotters::prelude::DrawingBackend;
use plotters::style::{Color, RGBColor, WHITE};

use crate::report::{Mark, Point, Role, Series};

use super::canvas::{At, Canvas, Font, Frame};
use super::figure::Plot;
use super::style::{INK, Look, Shape, look};

/// How strongly bands cover what is behind them.
const BAND_OPACITY: f64 = 0.22;
const STRETCH_LABEL: Font = Font::regular(12.0);

/// Draws one series inside the plot.
pub(super) fn draw<B: DrawingBackend>(canvas: &Canvas<'_, B>, series: &Series, plot: &Plot) {
    let look = look(series.role);
    let line = |path: &[At]| {
        for piece in clipped(path, &plot.frame) {
            canvas.line(&piece, look.color, look.width, look.dash);
        }
    };
    let places: Vec<At> = series.points.iter().filter_map(|point| plot.at(point)).collect();
    match series.mark {
        Mark::Line => line(&places),
        Mark::Points => shapes(canvas, &places, &look, plot),
        Mark::LineAndPoints => {
            line(&places);
            shapes(canvas, &places, &look, plot);
        }
        Mark::Steps => line(&stairs(&places)),
        Mark::Band => band(canvas, &series.points, look.color, plot),
        Mark::Bars => bars(canvas, &places, look.color, plot),
        Mark::Stretches => stretches(canvas, &series.points, &look, plot),
    }
}

/// The piece of legend that stands for `series`, `width` wide from `start`.
pub(super) fn sample<B: DrawingBackend>(
    canvas: &Canvas<'_, B>,
    series: &Series,
    start: At,
    width: f64,
) {
    let look = look(series.role);
    let At(x, y) = start;
    let line = || canvas.line(&[start, At(x + width, y)], look.color, look.width, look.dash);
    let block = |opacity| {
        let frame = Frame { left: x, right: x + width, top: y - 6.0, bottom: y + 6.0 };
        canvas.rect(&frame, look.color.mix(opacity));
    };
    let middle = At(x + width / 2.0, y);
    match series.mark {
        Mark::Line | Mark::Steps => line(),
        Mark::Points => shape(canvas, middle, &look),
        Mark::LineAndPoints => {
            line();
            shape(canvas, middle, &look);
        }
        Mark::Band => block(BAND_OPACITY),
        Mark::Bars => block(1.0),
        Mark::Stretches => {
            let frame = Frame { left: x, right: x + width, top: y - 6.0, bottom: y + 6.0 };
            stretch(canvas, &frame, &look);
        }
    }
}

/// What a point of `series` at `at` covers.
pub(super) fn footprint(series: &Series, at: At) -> Frame {
    let radius = match (series.mark, series.role) {
        (Mark::Points | Mark::LineAndPoints, Role::Chosen) => 9.0,
        (Mark::Points | Mark::LineAndPoints, _) => 5.0,
        _ => 2.0,
    };
    Frame { left: at.0 - radius, right: at.0 + radius, top: at.1 - radius, bottom: at.1 + radius }
}

fn shapes<B: DrawingBackend>(canvas: &Canvas<'_, B>, places: &[At], look: &Look, plot: &Plot) {
    for at in places.iter().filter(|at| contains(&plot.frame, **at)) {
        shape(canvas, *at, look);
    }
}

/// Whether a point lies in the plot, the rounding of its edges allowed for.
fn contains(frame: &Frame, at: At) -> bool {
    const ROUNDING: f64 = 1e-6;
    (frame.left - ROUNDING..=frame.right + ROUNDING).contains(&at.0)
        && (frame.top - ROUNDING..=frame.bottom + ROUNDING).contains(&at.1)
}

/// A shape with a white rim, so that neighbours stay apart.
fn shape<B: DrawingBackend>(canvas: &Canvas<'_, B>, at: At, look: &Look) {
    let polygon = |corners: &[(f64, f64)]| {
        for (size, color) in [(6.2, WHITE), (4.8, look.color)] {
            let outline: Vec<At> =
                corners.iter().map(|(x, y)| At(at.0 + x * size, at.1 + y * size)).collect();
            canvas.area(&outline, color.to_rgba());
        }
    };
    let ring = |outer, inner, color| {
        canvas.disc(at, outer, color);
        canvas.disc(at, inner, WHITE);
    };
    match look.shape {
        Shape::Disc => {
            canvas.disc(at, 5.5, WHITE);
            canvas.disc(at, 4.5, look.color);
        }
        Shape::Square => polygon(&[(-0.85, -0.85), (0.85, -0.85), (0.85, 0.85), (-0.85, 0.85)]),
        Shape::Triangle => polygon(&[(0.0, -1.15), (1.05, 0.75), (-1.05, 0.75)]),
        Shape::Diamond => polygon(&[(0.0, -1.2), (1.2, 0.0), (0.0, 1.2), (-1.2, 0.0)]),
        Shape::Tip => polygon(&[(0.0, 1.15), (1.05, -0.75), (-1.05, -0.75)]),
        Shape::Plus => polygon(&[
            (-0.4, -1.1),
            (0.4, -1.1),
            (0.4, -0.4),
            (1.1, -0.4),
            (1.1, 0.4),
            (0.4, 0.4),
            (0.4, 1.1),
            (-0.4, 1.1),
            (-0.4, 0.4),
            (-1.1, 0.4),
            (-1.1, -0.4),
            (-0.4, -0.4),
        ]),
        Shape::Ring => ring(4.0, 2.75, look.color),
        Shape::Crossed => {
            ring(6.0, 4.75, look.color);
            for slope in [1.0, -1.0] {
                let (from, to) =
                    (At(at.0 - 4.0, at.1 - 4.0 * slope), At(at.0 + 4.0, at.1 + 4.0 * slope));
                canvas.line(&[from, to], look.color, 1.25, &[]);
            }
        }
        Shape::Bullseye => {
            canvas.disc(at, 9.5, WHITE);
            canvas.disc(at, 8.5, INK);
            canvas.disc(at, 6.5, look.color);
        }
    }
}

/// A line that keeps its height until the next point.
fn stairs(places: &[At]) -> Vec<At> {
    let mut path = Vec::with_capacity(2 * places.len());
    for pair in places.windows(2) {
        path.extend([pair[0], At(pair[1].0, pair[0].1)]);
    }
    path.extend(places.last());
    path
}

fn band<B: DrawingBackend>(canvas: &Canvas<'_, B>, points: &[Point], color: RGBColor, plot: &Plot) {
    let Frame { left, top, right, bottom } = plot.frame;
    let edge = |point: &Point, value: f64| {
        Some(At(plot.x(point.x)?.clamp(left, right), plot.y(value)?.clamp(top, bottom)))
    };
    let (mut outline, mut lower) = (Vec::new(), Vec::new());
    for point in points {
        let high = point.high.unwrap_or(point.y);
        if let (Some(below), Some(above)) = (edge(point, point.y), edge(point, high)) {
            outline.push(above);
            lower.push(below);
        }
    }
    outline.extend(lower.into_iter().rev());
    if outline.len() > 2 {
        canvas.area(&outline, color.mix(BAND_OPACITY));
    }
}

/// Bars as wide as the closest two allow, from zero or from the foot of a logarithmic axis.
fn bars<B: DrawingBackend>(canvas: &Canvas<'_, B>, places: &[At], color: RGBColor, plot: &Plot) {
    let Frame { left, top, right, bottom } = plot.frame;
    let foot = plot.y(0.0).unwrap_or(bottom).clamp(top, bottom);
    let closest = places.windows(2).map(|pair| pair[1].0 - pair[0].0).fold(60.0, f64::min).max(2.0);
    for at in places {
        let end = at.1.clamp(top, bottom);
        let bar = Frame {
            left: (at.0 - closest * 0.4).clamp(left, right),
            right: (at.0 + closest * 0.4).clamp(left, right),
            top: end.min(foot),
            bottom: end.max(foot),
        };
        canvas.rect(&bar, color.to_rgba());
    }
}

/// Lying bars as thick as half a row, with their labels in them where those fit.
fn stretches<B: DrawingBackend>(
    canvas: &Canvas<'_, B>,
    points: &[Point],
    look: &Look,
    plot: &Plot,
) {
    let Frame { left, right, .. } = plot.frame;
    for point in points {
        let (Some(from), Some(middle)) = (plot.x(point.x), plot.y(point.y)) else { continue };
        let (Some(to), Some(above)) =
            (point.high.and_then(|high| plot.x(high)), plot.y(point.y + 1.0))
        else {
            continue;
        };
        let half = ((middle - above) * 0.3).min(18.0);
        let frame = Frame {
            left: from.clamp(left, right),
            right: to.clamp(left, right),
            top: middle - half,
            bottom: middle + half,
        };
        stretch(canvas, &frame, look);
        let Some(label) = &point.label else { continue };
        if STRETCH_LABEL.width(label) + 10.0 <= frame.right - frame.left {
            let start = f64::midpoint(frame.left, frame.right) - STRETCH_LABEL.width(label) / 2.0;
            canvas.halo(label, At(start, middle), STRETCH_LABEL, INK);
        }
    }
}

/// One lying bar, its right end set off from what follows.
fn stretch<B: DrawingBackend>(canvas: &Canvas<'_, B>, frame: &Frame, look: &Look) {
    const APART: f64 = 9.0;
    canvas.rect(frame, look.color.to_rgba());
    let Frame { left, top, right, bottom } = *frame;
    if let Some(slope) = look.hatch {
        let height = bottom - top;
        let mut x = left - height;
        while x < right + height {
            let (from, to) = if slope > 0.0 {
                (At(x, bottom), At(x + height, top))
            } else {
                (At(x, top), At(x + height, bottom))
            };
            if let Some((from, to)) = clip(from, to, frame) {
                canvas.line(&[from, to], WHITE, 1.5, &[]);
            }
            x += APART;
        }
    }
    canvas.line(&[At(right, top), At(right, bottom)], WHITE, 1.0, &[]);
}

/// The pieces of `path` inside `frame`.
fn clipped(path: &[At], frame: &Frame) -> Vec<Vec<At>> {
    let mut pieces: Vec<Vec<At>> = Vec::new();
    for pair in path.windows(2) {
        let Some((from, to)) = clip(pair[0], pair[1], frame) else { continue };
        match pieces.last_mut() {
            Some(piece) if piece.last() == Some(&from) => piece.push(to),
            _ => pieces.push(vec![from, to]),
        }
    }
    pieces
}

/// The part of a straight line inside `frame` (Liang and Barsky's algorithm).
fn clip(from: At, to: At, frame: &Frame) -> Option<(At, At)> {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let (mut enter, mut leave) = (0.0_f64, 1.0_f64);
    let edges = [
        (-dx, from.0 - frame.left),
        (dx, frame.right - from.0),
        (-dy, from.1 - frame.top),
        (dy, frame.bottom - from.1),
    ];
    for (outward, room) in edges {
        if outward == 0.0 {
            if room < 0.0 {
                return None;
            }
        } else if outward < 0.0 {
            enter = enter.max(room / outward);
        } else {
            leave = leave.min(room / outward);
        }
    }
    let along = |share: f64| At(from.0 + dx * share, from.1 + dy * share);
    let start = if enter > 0.0 { along(enter) } else { from };
    let end = if leave < 1.0 { along(leave) } else { to };
    (enter <= leave).then_some((start, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: Frame = Frame { left: 0.0, top: 0.0, right: 10.0, bottom: 10.0 };

    #[test]
    fn lines_end_at_the_frame() {
        let path = [At(-5.0, 5.0), At(5.0, 5.0), At(5.0, 15.0)];
        assert_eq!(clipped(&path, &FRAME), [vec![At(0.0, 5.0), At(5.0, 5.0), At(5.0, 10.0)]]);
        assert!(clipped(&[At(-5.0, -1.0), At(20.0, -1.0)], &FRAME).is_empty());
    }

    #[test]
    fn a_line_that_leaves_and_returns_is_two_pieces() {
        let path = [At(1.0, 1.0), At(1.0, 20.0), At(9.0, 20.0), At(9.0, 1.0)];
        assert_eq!(clipped(&path, &FRAME).len(), 2);
    }

    #[test]
    fn steps_hold_their_value() {
        let path = stairs(&[At(0.0, 9.0), At(4.0, 5.0)]);
        assert_eq!(path, [At(0.0, 9.0), At(4.0, 9.0), At(4.0, 5.0)]);
    }
}
