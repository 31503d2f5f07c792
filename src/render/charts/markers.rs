//! Limits across the plot, named in the margins: to the right of horizontal lines, above vertical
//! ones, where no label can lie on data.

use plotters::prelude::DrawingBackend;

use crate::report::{ChartSpec, Direction, Marker};
use crate::units::num;

use super::canvas::{Anchor, At, Canvas, Font, Frame};
use super::figure::Plot;
use super::labels::{LINE, push_apart, wrap};
use super::ruler::Ruler;
use super::style::look;

const FONT: Font = Font::regular(12.5);
/// A longer label is broken into lines.
const WIDEST: f64 = 190.0;
/// From the plot to a label in the right margin.
const LEAD: f64 = 14.0;
/// Between labels in a row.
const GAP: f64 = 12.0;
const ROW: f64 = FONT.em * LINE + 2.0;

/// The markers in range, with their labels broken into lines.
pub(super) struct Margins<'a> {
    horizontal: Vec<(&'a Marker, Vec<String>)>,
    vertical: Vec<(&'a Marker, f64)>,
}

impl<'a> Margins<'a> {
    /// Takes the markers that the axes can show.
    pub(super) fn measure(chart: &'a ChartSpec, x: &Ruler, y: &Ruler) -> Self {
        let shown = |direction, ruler: &'_ Ruler| -> Vec<&'a Marker> {
            chart
                .markers
                .iter()
                .filter(|one| one.direction == direction)
                .filter(|one| ruler.place(one.at).is_some_and(|at| (0.0..=1.0).contains(&at)))
                .collect()
        };
        let mut vertical: Vec<_> = shown(Direction::Vertical, x)
            .into_iter()
            .map(|one| (one, FONT.width(&one.label)))
            .collect();
        vertical.sort_by(|a, b| a.0.at.total_cmp(&b.0.at));
        let horizontal = shown(Direction::Horizontal, y)
            .into_iter()
            .map(|one| (one, wrap(&one.label, FONT, WIDEST)))
            .collect();
        Self { horizontal, vertical }
    }

    /// Width needed to the right of the plot.
    pub(super) fn gutter(&self) -> f64 {
        let lines = self.horizontal.iter().flat_map(|(_, lines)| lines);
        let widest = lines.map(|line| FONT.width(line)).fold(0.0, f64::max);
        if widest > 0.0 { widest + LEAD } else { 0.0 }
    }

    /// Height needed above a plot of `width`.
    pub(super) fn above(&self, width: f64) -> f64 {
        match self.vertical.len() {
            0 => 0.0,
            _ if self.fit_one_row(width) => ROW + 4.0,
            n => ROW * num::float_len(n) + 4.0,
        }
    }

    fn fit_one_row(&self, width: f64) -> bool {
        self.vertical.iter().map(|(_, needed)| needed + GAP).sum::<f64>() <= width
    }

    /// Draws lines and labels.
    pub(super) fn draw<B: DrawingBackend>(&self, canvas: &Canvas<'_, B>, plot: &Plot) {
        self.draw_horizontal(canvas, plot);
        self.draw_vertical(canvas, plot);
    }

    fn draw_horizontal<B: DrawingBackend>(&self, canvas: &Canvas<'_, B>, plot: &Plot) {
        let Frame { left, top, right, bottom } = plot.frame;
        let wanted: Vec<_> = self
            .horizontal
            .iter()
            .map(|(marker, lines)| {
                let height = ROW * num::float_len(lines.len().max(1));
                (plot.y(marker.at).unwrap_or(bottom), height)
            })
            .collect();
        let middles = push_apart(&wanted, top - ROW / 2.0, bottom + ROW / 2.0);
        for (((marker, lines), (y, height)), middle) in
            self.horizontal.iter().zip(&wanted).zip(middles)
        {
            let look = look(marker.role);
            canvas.line(&[At(left, *y), At(right, *y)], look.color, look.width, look.dash);
            let label = At(right + LEAD - 4.0, middle);
            canvas.line(&[At(right, *y), At(right + 2.0, *y), label], look.color, 1.0, &[]);
            let mut line_middle = middle - height / 2.0 + ROW / 2.0;
            for line in lines {
                let at = At(right + LEAD, line_middle);
                canvas.text(line, at, FONT, look.text, Anchor::Start);
                line_middle += ROW;
            }
        }
    }

    /// In one row where the labels fit side by side. Otherwise a stair of flags with the leftmost on
    /// top: each stands to the right of its line, so that no line crosses a label below.
    fn draw_vertical<B: DrawingBackend>(&self, canvas: &Canvas<'_, B>, plot: &Plot) {
        let Frame { left, top, right, bottom } = plot.frame;
        let wanted: Vec<_> = self
            .vertical
            .iter()
            .map(|(marker, width)| (plot.x(marker.at).unwrap_or(left), width + GAP))
            .collect();
        let is_one_row = self.fit_one_row(right - left);
        let middles = if is_one_row {
            push_apart(&wanted, left, right)
        } else {
            wanted.iter().map(|(x, width)| (x + width / 2.0).min(right - width / 2.0)).collect()
        };
        let mut row = top - self.above(right - left) + ROW / 2.0;
        for (((marker, width), (x, _)), middle) in self.vertical.iter().zip(wanted).zip(middles) {
            let look = look(marker.role);
            canvas.line(&[At(x, top), At(x, bottom)], look.color, look.width, look.dash);
            let foot = if is_one_row {
                At(x.clamp(middle - width / 2.0, middle + width / 2.0), row + ROW / 2.0)
            } else {
                At(x, row - ROW / 3.0)
            };
            canvas.line(&[At(x, top), foot], look.color, 1.0, &[]);
            canvas.text(&marker.label, At(middle, row), FONT, look.text, Anchor::Middle);
            if !is_one_row {
                row += ROW;
            }
        }
    }

    /// Where the lines run, for labels to avoid.
    pub(super) fn lines(&self, plot: &Plot) -> Vec<Frame> {
        let horizontal = self.horizontal.iter().filter_map(|(marker, _)| {
            let y = plot.y(marker.at)?;
            Some(Frame { top: y - 1.0, bottom: y + 1.0, ..plot.frame })
        });
        let vertical = self.vertical.iter().filter_map(|(marker, _)| {
            let x = plot.x(marker.at)?;
            Some(Frame { left: x - 1.0, right: x + 1.0, ..plot.frame })
        });
        horizontal.chain(vertical).collect()
    }
}
