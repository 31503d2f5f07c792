//! Charts as values: axes, series, marked limits. How they look is `render`'s business.

use serde::{Deserialize, Serialize};

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
}

impl Axis {
    /// A linear axis fitted to the data, zero included.
    pub fn linear(label: impl Into<String>, format: TickFormat) -> Self {
        Self { label: label.into(), scale: Scale::Linear, range: None, format }
    }

    /// A base-ten logarithmic axis fitted to the data.
    pub fn log10(label: impl Into<String>, format: TickFormat) -> Self {
        Self { label: label.into(), scale: Scale::Log10, range: None, format }
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
    /// Named in the legend.
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
}

/// What a series or marker is in its picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The first of up to four equal series: solid line, discs.
    First,
    /// The second: dashed line, squares.
    Second,
    /// The third: dash-dotted line, triangles.
    Third,
    /// The fourth: dotted line, diamonds.
    Fourth,
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
    /// The upper edge of a band.
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

    /// This point with `label` next to it.
    #[must_use]
    pub fn labelled(self, label: impl Into<String>) -> Self {
        Self { label: Some(label.into()), ..self }
    }
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
