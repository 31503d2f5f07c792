//! Charts as values: axes, series, marked limits. How they look is `render`'s business.

use serde::{Deserialize, Serialize};

use crate::units::num;

use super::numbers::TickFormat;

/// A chart. With nothing to draw it says why instead. Its texts have no markup at all.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChartSpec {
    /// Names its files: lower-case letters, digits and hyphens, unique in the report.
    pub id: String,
    /// What is drawn against what.
    pub title: String,
    /// The point the picture makes, in one sentence.
    pub caption: String,
    /// From left to right.
    pub x: Axis,
    /// From bottom to top.
    pub y: Axis,
    /// How high the picture is.
    #[serde(default, skip_serializing_if = "Height::is_full")]
    pub height: Height,
    /// Later ones are drawn over earlier ones.
    pub series: Vec<Series>,
    /// Limits and objectives across the plot; they extend the range of their axis.
    pub markers: Vec<Marker>,
    /// Said in place of the plot when no series has a point to draw.
    pub note_when_empty: String,
}

impl ChartSpec {
    /// Whether no series has a point that its axes can show.
    pub fn is_empty(&self) -> bool {
        !self.series.iter().flat_map(|series| &series.points).any(|point| self.shows(point))
    }

    /// Whether both axes have a place for `point`.
    pub fn shows(&self, point: &Point) -> bool {
        self.x.shows(point.x) && self.y.shows(point.y)
    }
}

/// How high a picture is; all are as wide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Height {
    /// 16 : 9.
    #[default]
    Full,
    /// Three fifths of that: a few bars, or one of several pictures that stand below each other.
    Low,
}

impl Height {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the shape serde asks for")]
    fn is_full(&self) -> bool {
        *self == Self::Full
    }
}

/// One axis.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Axis {
    /// What runs along it, with the unit where tick labels do not carry it:
    /// `offered load (operations/s)`.
    pub label: String,
    /// How values map to places.
    pub scale: Scale,
    /// First and last value; `None` fits the data. A fitted linear axis includes zero.
    pub range: Option<(f64, f64)>,
    /// How tick labels are written, and which steps are round.
    pub format: TickFormat,
    /// What stands at 0, 1, 2 … of a `y` axis that has names in place of numbers, from the foot up.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
}

impl Axis {
    /// A linear axis fitted to the data, zero included.
    pub fn linear(label: impl Into<String>, format: TickFormat) -> Self {
        let (label, names) = (label.into(), Vec::new());
        Self { label, scale: Scale::Linear, range: None, format, names }
    }

    /// An upright axis with a row for each of `names`, from the top down; [`Axis::row`] is where
    /// they stand.
    pub fn rows(label: impl Into<String>, names: impl IntoIterator<Item = String>) -> Self {
        let mut names: Vec<String> = names.into_iter().collect();
        names.reverse();
        let range = Some((-0.5, num::float_len(names.len()) - 0.5));
        Self { range, names, ..Self::linear(label, TickFormat::Count) }
    }

    /// The `y` of row `n` of [`Axis::rows`], counted from the top.
    pub fn row(&self, n: usize) -> f64 {
        num::float_len(self.names.len()) - 1.0 - num::float_len(n)
    }

    /// A base-ten logarithmic axis fitted to the data.
    pub fn log10(label: impl Into<String>, format: TickFormat) -> Self {
        Self { scale: Scale::Log10, ..Self::linear(label, format) }
    }

    /// Whether the scale has a place for `value`: finite, above zero on a logarithmic axis, and in
    /// range.
    pub fn shows(&self, value: f64) -> bool {
        value.is_finite()
            && (self.scale == Scale::Linear || value > 0.0)
            && self.range.is_none_or(|(first, last)| (first..=last).contains(&value))
    }
}

/// How values map to places along an axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// Equal distances are equal differences.
    Linear,
    /// Equal distances are equal ratios; ticks at powers of ten.
    Log10,
    /// Equal distances are equal ratios; ticks at powers of two.
    Log2,
}

/// Points that belong together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// Named in the legend, which names several of one name once.
    pub name: String,
    /// What is drawn at the points.
    pub mark: Mark,
    /// What the series is in this picture; decides colour, dash and marker shape.
    pub role: Role,
    /// Ascending in `x` for everything but `Points`.
    pub points: Vec<Point>,
}

impl Series {
    /// A series of bare `(x, y)` points.
    pub fn new(
        name: impl Into<String>,
        mark: Mark,
        role: Role,
        points: impl IntoIterator<Item = (f64, f64)>,
    ) -> Self {
        let points = points.into_iter().map(|(x, y)| Point::new(x, y)).collect();
        Self { name: name.into(), mark, role, points }
    }
}

/// What is drawn at the points of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// A line through the points.
    Line,
    /// A marker at each point.
    Points,
    /// Both.
    LineAndPoints,
    /// The area between each point's `y` and its `high`.
    Band,
    /// A line that keeps its value until the next point.
    Steps,
    /// An upright bar from the foot of the plot to each point.
    Bars,
    /// A lying bar in each point's row, from its `x` as far as its `high`.
    Stretches,
}

/// What a series or marker is in its picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The first of up to six equal series: solid line, discs.
    First,
    /// The second: dashed line, squares.
    Second,
    /// The third: dash-dotted line, triangles.
    Third,
    /// The fourth: dotted line, diamonds.
    Fourth,
    /// The fifth: long dashes, triangles that stand on their tips.
    Fifth,
    /// The sixth: short dashes, upright crosses.
    Sixth,
    /// The one to look at: large, strong.
    Chosen,
    /// A limit that must be kept: the objective, usable memory.
    Limit,
    /// A helping line: y = x, a frontier.
    Guide,
    /// The crowd behind the others.
    Muted,
    /// Measured but not valid: hollow and crossed out, joined to nothing.
    Void,
}

/// One point of a series.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Along the x axis.
    pub x: f64,
    /// Along the y axis; the lower edge of a band.
    pub y: f64,
    /// The upper edge of a band, the right end of a stretch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<f64>,
    /// Written next to the point.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}

impl Point {
    /// A bare point.
    pub fn new(x: f64, y: f64) -> Self {
        Self { x, y, high: None, label: None }
    }

    /// A stretch of a band.
    pub fn between(x: f64, low: f64, high: f64) -> Self {
        Self { x, y: low, high: Some(high), label: None }
    }

    /// A lying bar in a row, from one `x` to another.
    pub fn stretch(row: f64, from: f64, to: f64) -> Self {
        Self { x: from, y: row, high: Some(to), label: None }
    }

    /// This point with `label` next to it.
    #[must_use]
    pub fn labelled(self, label: impl Into<String>) -> Self {
        Self { label: Some(label.into()), ..self }
    }
}

impl Role {
    /// Of equal series, in their order.
    pub const EQUAL: [Self; 6] =
        [Self::First, Self::Second, Self::Third, Self::Fourth, Self::Fifth, Self::Sixth];
}

/// A line across the whole plot, named in the margin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Marker {
    /// Which way it runs.
    pub direction: Direction,
    /// Its value on the axis it crosses.
    pub at: f64,
    /// Its name.
    pub label: String,
    /// `Limit`, `Guide`, `Chosen` or `Muted`.
    pub role: Role,
}

impl Marker {
    /// A line at `y`.
    pub fn horizontal(at: f64, label: impl Into<String>, role: Role) -> Self {
        Self { direction: Direction::Horizontal, at, label: label.into(), role }
    }

    /// A line at `x`.
    pub fn vertical(at: f64, label: impl Into<String>, role: Role) -> Self {
        Self { direction: Direction::Vertical, at, label: label.into(), role }
    }
}

/// Which way a line runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// At one `y`.
    Horizontal,
    /// At one `x`.
    Vertical,
}
