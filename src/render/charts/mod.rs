//! Charts as SVG and PNG, from one drawing function.
//!
//! plotters supplies the two backends and the font rasteriser; axes, legend and label placement are
//! ours, because its own let labels collide and know no logarithmic ticks worth reading. All
//! lengths are in logical pixels of a picture 960 wide; the canvas scales them.

mod canvas;
mod figure;
mod labels;
mod legend;
mod markers;
mod outline;
mod output;
mod ruler;
mod series;
mod style;
mod ticks;

pub use output::{Heading, png, svg, svg_with_values};
