//! The two backends.

use std::fmt::Write as _;

use plotters::prelude::{BitMapBackend, DrawingBackend, IntoDrawingArea, SVGBackend};

use crate::render::html::escape;
use crate::report::ChartSpec;
use crate::units::num;

use super::canvas::{Canvas, Medium};
use super::figure::{self, Spot};
use super::outline::{of_fixed_length, outlined};

/// Whether a picture carries its own title and caption, or stands under a heading that does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heading {
    /// Title and caption are part of the picture, which stands alone.
    Drawn,
    /// The document around the picture prints them.
    Omitted,
}

/// `chart` as an SVG document, 960 wide, with an accessible name. One with a heading stands alone, so
/// its text is outlines, which look the same in every viewer; the text of others is text.
pub fn svg(chart: &ChartSpec, heading: Heading) -> String {
    let (drawn, _) = document(chart, heading);
    match heading {
        Heading::Drawn => outlined(&drawn),
        Heading::Omitted => drawn,
    }
}

/// The same for a page that names what the pointer is at: with a spot on every value, which nobody
/// sees, that has the value as its title.
pub fn svg_with_values(chart: &ChartSpec) -> String {
    let (drawn, spots) = document(chart, Heading::Omitted);
    let mut group = String::from("<g class=\"values\" fill=\"none\" pointer-events=\"all\">\n");
    for Spot { at, text } in spots {
        let place = |value: f64| num::pixel(value * Medium::SVG.scale);
        let (x, y, text) = (place(at.0), place(at.1), escape(&text));
        writeln!(group, "<circle cx=\"{x}\" cy=\"{y}\" r=\"28\"><title>{text}</title></circle>")
            .expect("text can always grow");
    }
    of_fixed_length(&drawn).replace("</svg>\n", &(group + "</g>\n</svg>\n"))
}

fn document(chart: &ChartSpec, heading: Heading) -> (String, Vec<Spot>) {
    let (width, height) = figure::size(chart.height);
    let mut body = String::new();
    let full = scaled(chart, Medium::SVG.scale);
    let backend = SVGBackend::with_string(&mut body, full);
    let spots = draw(backend, Medium::SVG, chart, heading);
    let (_, shapes) = body.split_once('\n').expect("the backend writes its opening tag first");
    let text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"{width}\" \
         height=\"{height}\" viewBox=\"0 0 {} {}\">\n<title>{}</title>\n<desc>{}</desc>\n{shapes}",
        full.0,
        full.1,
        escape(&chart.title),
        escape(&chart.caption),
    );
    (text, spots)
}

/// `chart` as a PNG, 1920 wide, with its heading drawn.
pub fn png(chart: &ChartSpec) -> Vec<u8> {
    let full = scaled(chart, Medium::BITMAP.scale);
    let mut pixels = vec![0; length(full)];
    let backend = BitMapBackend::with_buffer(&mut pixels, full);
    draw(backend, Medium::BITMAP, chart, Heading::Drawn);
    encode(&halve(&pixels, full), (full.0 / 2, full.1 / 2))
}

/// Width and height of a chart in pixels of a backend.
fn scaled(chart: &ChartSpec, scale: f64) -> (u32, u32) {
    let side = |logical: u32| {
        u32::try_from(num::pixel(f64::from(logical) * scale)).expect("a side is not negative")
    };
    let (width, height) = figure::size(chart.height);
    (side(width), side(height))
}

fn draw<B: DrawingBackend>(
    backend: B,
    medium: Medium,
    chart: &ChartSpec,
    heading: Heading,
) -> Vec<Spot> {
    let area = backend.into_drawing_area();
    let spots = figure::draw(&Canvas::new(&area, medium), chart, heading);
    area.present().expect("presenting in memory does not fail");
    spots
}

/// Bytes of an RGB bitmap.
fn length((width, height): (u32, u32)) -> usize {
    num::index(u64::from(width) * u64::from(height) * 3)
}

/// Smooths the rough edges of plotters' polygons: an RGB bitmap of even size at half its width and height, each pixel the mean of four.
fn halve(pixels: &[u8], size: (u32, u32)) -> Vec<u8> {
    let row = length((size.0, 1));
    let mut half = Vec::with_capacity(pixels.len() / 4);
    for rows in pixels.chunks_exact(2 * row) {
        let (upper, lower) = rows.split_at(row);
        for (above, below) in upper.chunks_exact(6).zip(lower.chunks_exact(6)) {
            for channel in 0..3 {
                let sum = u16::from(above[channel])
                    + u16::from(above[channel + 3])
                    + u16::from(below[channel])
                    + u16::from(below[channel + 3]);
                half.push(u8::try_from((sum + 2) / 4).expect("the mean of bytes is a byte"));
            }
        }
    }
    half
}

fn encode(pixels: &[u8], (width, height): (u32, u32)) -> Vec<u8> {
    const IN_MEMORY: &str = "encoding a bitmap of the stated size into memory does not fail";
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    // Flat areas and thin lines compress best unfiltered; the highest level takes five times as long
    // for a twentieth.
    encoder.set_compression(png::Compression::Default);
    encoder.set_filter(png::FilterType::NoFilter);
    let mut writer = encoder.write_header().expect(IN_MEMORY);
    writer.write_image_data(pixels).expect(IN_MEMORY);
    writer.finish().expect(IN_MEMORY);
    bytes
}
