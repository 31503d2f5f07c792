//! One visual language for all charts.
//!
//! Colours are Okabe and Ito's, which people with any colour vision tell apart
//! (<https://jfly.uni-koeln.de/color/>), with a dark one in place of their yellow; dashes, hatching and shapes say the same again for a greyscale print.

use plotters::style::RGBColor;

use crate::report::Role;

/// Ordinary text.
pub(super) const INK: RGBColor = RGBColor(0x22, 0x22, 0x22);
/// Tick labels and other text that stands back.
pub(super) const SOFT_INK: RGBColor = RGBColor(0x55, 0x55, 0x55);
/// Grid lines.
pub(super) const GRID: RGBColor = RGBColor(0xe4, 0xe4, 0xe4);
/// Axis lines.
pub(super) const AXIS: RGBColor = RGBColor(0x88, 0x88, 0x88);

const BLUE: RGBColor = RGBColor(0x00, 0x72, 0xb2);
const VERMILION: RGBColor = RGBColor(0xd5, 0x5e, 0x00);
const GREEN: RGBColor = RGBColor(0x00, 0x9e, 0x73);
const PURPLE: RGBColor = RGBColor(0xcc, 0x79, 0xa7);
const ORANGE: RGBColor = RGBColor(0xe6, 0x9f, 0x00);
const SKY: RGBColor = RGBColor(0x56, 0xb4, 0xe9);
const BROWN: RGBColor = RGBColor(0x7a, 0x52, 0x00);
const GREY: RGBColor = RGBColor(0x8a, 0x8a, 0x8a);

/// What stands at a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Disc,
    Square,
    Triangle,
    Diamond,
    /// A triangle that stands on its tip.
    Tip,
    /// An upright cross.
    Plus,
    /// A hollow circle.
    Ring,
    /// A hollow circle, crossed out.
    Crossed,
    /// A large disc with a dark rim.
    Bullseye,
}

/// How a role looks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    /// Of lines, shapes and areas.
    pub(super) color: RGBColor,
    /// Of labels: dark enough on white to read.
    pub(super) text: RGBColor,
    /// Lengths drawn and left out in turn; empty for a solid line.
    pub(super) dash: &'static [f64],
    /// Of lines.
    pub(super) width: f64,
    /// At points.
    pub(super) shape: Shape,
    /// Slope of the white strokes across areas, so that neighbours differ without colours; `None`
    /// for plain ones.
    pub(super) hatch: Option<f64>,
}

/// The look of `role`.
pub(super) const fn look(role: Role) -> Look {
    let (color, text, dash, width, shape): (_, _, &'static [f64], _, _) = match role {
        Role::First => (BLUE, BLUE, &[], 2.0, Shape::Disc),
        Role::Second => (VERMILION, VERMILION, &[9.0, 4.0], 2.0, Shape::Square),
        Role::Third => (GREEN, GREEN, &[9.0, 3.5, 2.0, 3.5], 2.0, Shape::Triangle),
        Role::Fourth => (PURPLE, INK, &[2.0, 3.5], 2.0, Shape::Diamond),
        Role::Fifth => (SKY, BLUE, &[16.0, 4.0], 2.0, Shape::Tip),
        Role::Sixth => (BROWN, BROWN, &[5.0, 3.0], 2.0, Shape::Plus),
        Role::Chosen => (ORANGE, INK, &[], 2.5, Shape::Bullseye),
        Role::Limit => (INK, INK, &[12.0, 5.0], 1.5, Shape::Diamond),
        Role::Guide => (SOFT_INK, SOFT_INK, &[3.0, 4.0], 1.5, Shape::Ring),
        Role::Muted => (GREY, SOFT_INK, &[], 1.0, Shape::Ring),
        Role::Void => (SOFT_INK, SOFT_INK, &[2.0, 3.0], 1.0, Shape::Crossed),
    };
    let hatch = match role {
        Role::Second => Some(1.0),
        Role::Fourth => Some(-1.0),
        _ => None,
    };
    Look { color, text, dash, width, shape, hatch }
}
