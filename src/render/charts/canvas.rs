//! A drawing surface in logical pixels, over any plotters backend.
//!
//! Both backends draw into memory, so drawing cannot fail for an outside reason; a failure here is
//! a bug, such as a missing font, and panics.

use std::sync::Once;

use plotters::coord::Shift;
use plotters::prelude::{
    Circle, DrawingArea, DrawingBackend, PathElement, Polygon, RGBAColor, RGBColor, ShapeStyle,
    Text, WHITE,
};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontDesc, FontFamily, FontStyle, register_font};

use crate::render::fonts;
use crate::units::num;

/// Registered under the name that SVG files carry, so that a viewer without Roboto falls back to a
/// typeface of about the same width.
const FAMILY: &str = "Roboto, Arial, sans-serif";

/// How a backend turns logical pixels and fonts into its own. plotters gives a font of one size
/// another em, and its middle another height, on each backend.
#[derive(Debug, Clone, Copy)]
pub(super) struct Medium {
    /// Pixels of the backend to a logical one.
    pub(super) scale: f64,
    /// plotters' font size that gives an em of one.
    pub(super) size_per_em: f64,
    /// How far text must be lowered for its middle to be where it was asked for, in ems.
    pub(super) drop: f64,
}

impl Medium {
    /// SVG divides the size by 1.24 and lowers text by `0.5ex` (plotters-svg, `draw_text`).
    /// Coordinates are whole numbers, so they are finer than a screen's pixels.
    pub(super) const SVG: Self = Self { scale: 4.0, size_per_em: 1.24, drop: 0.09 };

    /// The rasteriser takes a size for ascent plus descent, 2400 / 2048 em in Roboto, and sets the
    /// baseline 0.12 em below the middle (plotters, `font/ab_glyph.rs`). Twice the size of the
    /// final picture, which is twice the logical size.
    pub(super) const BITMAP: Self = Self { scale: 4.0, size_per_em: 1.1719, drop: 0.23 };
}

/// A place: to the right, then down.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct At(pub(super) f64, pub(super) f64);

/// An upright rectangle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Frame {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) right: f64,
    pub(super) bottom: f64,
}

impl Frame {
    /// Whether the two share any area.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        self.left < other.right
            && other.left < self.right
            && self.top < other.bottom
            && other.top < self.bottom
    }

    /// Whether `other` lies wholly inside.
    pub(super) fn encloses(&self, other: &Self) -> bool {
        self.left <= other.left
            && self.right >= other.right
            && self.top <= other.top
            && self.bottom >= other.bottom
    }
}

/// A piece of text's size and weight.
#[derive(Debug, Clone, Copy)]
pub(super) struct Font {
    /// Em in logical pixels.
    pub(super) em: f64,
    pub(super) is_bold: bool,
}

impl Font {
    pub(super) const fn regular(em: f64) -> Self {
        Self { em, is_bold: false }
    }

    pub(super) const fn bold(em: f64) -> Self {
        Self { em, is_bold: true }
    }

    /// Width of `text` in logical pixels.
    pub(super) fn width(self, text: &str) -> f64 {
        const FINE: f64 = 64.0; // plotters measures in whole pixels: measure large
        let font = self.sized(FINE * Medium::BITMAP.size_per_em);
        let ((left, _), (right, _)) = font.layout_box(text).expect("the font is bundled");
        f64::from(right - left) / FINE
    }

    /// This font with `scale` of plotters' font size to a logical pixel.
    fn sized(self, scale: f64) -> FontDesc<'static> {
        register_fonts();
        let style = if self.is_bold { FontStyle::Bold } else { FontStyle::Normal };
        FontDesc::new(FontFamily::Name(FAMILY), self.em * scale, style)
    }
}

fn register_fonts() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let regular = register_font(FAMILY, FontStyle::Normal, fonts::REGULAR);
        let bold = register_font(FAMILY, FontStyle::Bold, fonts::BOLD);
        assert!(regular.is_ok() && bold.is_ok(), "the bundled fonts are TrueType files");
    });
}

/// Which end of a text stands at its place. Up and down, its middle does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// The surface.
pub(super) struct Canvas<'a, B: DrawingBackend> {
    area: &'a DrawingArea<B, Shift>,
    medium: Medium,
}

impl<'a, B: DrawingBackend> Canvas<'a, B> {
    /// A surface on `area`.
    pub(super) fn new(area: &'a DrawingArea<B, Shift>, medium: Medium) -> Self {
        Self { area, medium }
    }

    /// Fills everything.
    pub(super) fn fill(&self, color: RGBColor) {
        self.area.fill(&color).expect(IN_MEMORY);
    }

    /// A line through `points`; `dash` as in [`super::style::Look`].
    pub(super) fn line(&self, points: &[At], color: RGBColor, width: f64, dash: &[f64]) {
        let style = ShapeStyle::from(color)
            .stroke_width(u32::try_from(num::pixel(width * self.medium.scale).max(1)).unwrap_or(1));
        for piece in dashes(points, dash) {
            let mut pixels: Vec<_> = piece.into_iter().map(|at| self.pixel(at)).collect();
            pixels.dedup();
            if pixels.len() > 1 {
                self.area.draw(&PathElement::new(pixels, style)).expect(IN_MEMORY);
            }
        }
    }

    /// A filled shape.
    pub(super) fn area(&self, outline: &[At], color: RGBAColor) {
        let pixels: Vec<_> = outline.iter().map(|at| self.pixel(*at)).collect();
        self.area.draw(&Polygon::new(pixels, color)).expect(IN_MEMORY);
    }

    /// A filled rectangle.
    pub(super) fn rect(&self, frame: &Frame, color: RGBAColor) {
        let Frame { left, top, right, bottom } = *frame;
        self.area(&[At(left, top), At(right, top), At(right, bottom), At(left, bottom)], color);
    }

    /// A filled circle.
    pub(super) fn disc(&self, center: At, radius: f64, color: RGBColor) {
        let radius = num::pixel(radius * self.medium.scale);
        self.area.draw(&Circle::new(self.pixel(center), radius, color.filled())).expect(IN_MEMORY);
    }

    /// One line of text whose middle is at the height of `at`.
    pub(super) fn text(&self, text: &str, at: At, font: Font, color: RGBColor, anchor: Anchor) {
        let side = match anchor {
            Anchor::Start => HPos::Left,
            Anchor::Middle => HPos::Center,
            Anchor::End => HPos::Right,
        };
        let Medium { scale, size_per_em, drop } = self.medium;
        let sized = font.sized(scale * size_per_em);
        let style = sized.color(&color).pos(Pos::new(side, VPos::Center));
        let at = At(at.0, at.1 + font.em * drop);
        let shown: String = text.chars().map(printable).collect();
        self.area.draw(&Text::new(shown, self.pixel(at), style)).expect(IN_MEMORY);
    }

    /// One line of text from `at`, on a veil of white that keeps it readable over lines.
    pub(super) fn halo(&self, text: &str, at: At, font: Font, color: RGBColor) {
        let half = font.em * 0.58;
        let (left, right) = (at.0 - 2.0, at.0 + font.width(text) + 2.0);
        let veil = Frame { left, right, top: at.1 - half, bottom: at.1 + half };
        self.rect(&veil, WHITE.mix(0.8));
        self.text(text, at, font, color, Anchor::Start);
    }

    fn pixel(&self, at: At) -> (i32, i32) {
        (num::pixel(at.0 * self.medium.scale), num::pixel(at.1 * self.medium.scale))
    }
}

const IN_MEMORY: &str = "drawing into memory does not fail";

/// Control characters have no glyph and are not allowed in XML.
fn printable(c: char) -> char {
    if c.is_control() { ' ' } else { c }
}

/// The drawn pieces of a line. An empty `pattern` leaves the line whole.
fn dashes(points: &[At], pattern: &[f64]) -> Vec<Vec<At>> {
    if pattern.is_empty() {
        return vec![points.to_vec()];
    }
    let mut pieces = Vec::new();
    let mut lengths = pattern.iter().copied().cycle();
    let mut left = lengths.next().unwrap_or(f64::INFINITY);
    let mut piece: Option<Vec<At>> = points.first().map(|first| vec![*first]);
    for pair in points.windows(2) {
        let (mut from, to) = (pair[0], pair[1]);
        loop {
            let distance = (to.0 - from.0).hypot(to.1 - from.1);
            if distance < left {
                left -= distance;
                break;
            }
            let share = left / distance;
            from = At(from.0 + (to.0 - from.0) * share, from.1 + (to.1 - from.1) * share);
            piece = if let Some(mut drawn) = piece {
                drawn.push(from);
                pieces.push(drawn);
                None
            } else {
                Some(vec![from])
            };
            left = lengths.next().unwrap_or(f64::INFINITY);
        }
        if let Some(drawn) = &mut piece {
            drawn.push(to);
        }
    }
    pieces.extend(piece);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dashes_run_on_around_corners() {
        let corner = [At(0.0, 0.0), At(3.0, 0.0), At(3.0, 4.0)];
        let pieces = dashes(&corner, &[4.0, 2.0]);
        assert_eq!(
            pieces,
            [vec![At(0.0, 0.0), At(3.0, 0.0), At(3.0, 1.0)], vec![At(3.0, 3.0), At(3.0, 4.0)]]
        );
        assert_eq!(dashes(&corner, &[]), [corner.to_vec()]);
        assert!(dashes(&[], &[4.0, 2.0]).is_empty());
    }

    #[test]
    fn bold_text_is_wider() {
        let text = "used_memory";
        assert!(Font::bold(12.0).width(text) > Font::regular(12.0).width(text));
        assert!(Font::regular(12.0).width(text) > 40.0);
    }
}
