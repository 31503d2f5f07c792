//! Text of an SVG that looks the same where the bundled fonts are not installed: as outlines in a file
//! of its own, as text of a fixed length in a page.
//!
//! plotters writes text as `<text>` elements; here they are read back and written otherwise.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::LazyLock;

use ab_glyph::{Font as _, FontRef, GlyphId, OutlineCurve, Point};

use crate::render::fonts;

/// Regular and bold.
static FACES: LazyLock<[FontRef<'static>; 2]> = LazyLock::new(|| {
    [fonts::REGULAR, fonts::BOLD]
        .map(|file| FontRef::try_from_slice(file).expect("the bundled fonts are sound"))
});

/// The height of an x in Roboto, in ems: `dy="0.5ex"` lowers text by half of it.
const EX: f32 = 1082.0 / 2048.0;

/// One `<text>` element as plotters writes it.
struct Text<'a> {
    /// Attributes, from the first to the last.
    attributes: &'a str,
    /// As it stands in the file, escaped.
    content: &'a str,
}

impl Text<'_> {
    fn attribute(&self, name: &str) -> Option<&str> {
        let (_, rest) = self.attributes.split_once(&format!("{name}=\""))?;
        Some(rest.split_once('"')?.0)
    }

    fn number(&self, name: &str) -> Option<f32> {
        self.attribute(name)?.parse().ok()
    }

    fn face(&self) -> usize {
        usize::from(self.attribute("font-weight") == Some("bold"))
    }

    /// Its glyphs with where each begins, and where the last one ends, in units of the font; `None`
    /// when the font lacks one.
    fn glyphs(&self) -> Option<(Vec<(GlyphId, f32)>, f32)> {
        let font = &FACES[self.face()];
        let (mut glyphs, mut end) = (Vec::new(), 0.0);
        let mut last: Option<GlyphId> = None;
        for letter in plain(self.content).chars() {
            let glyph = font.glyph_id(letter);
            if glyph.0 == 0 {
                return None;
            }
            end += last.map_or(0.0, |last| font.kern_unscaled(last, glyph));
            glyphs.push((glyph, end));
            end += font.h_advance_unscaled(glyph);
            last = Some(glyph);
        }
        Some((glyphs, end))
    }

    /// Units of the picture to one of the font.
    fn scale(&self) -> Option<f32> {
        Some(self.number("font-size")? / FACES[self.face()].units_per_em()?)
    }
}

/// What stands between the tags, as it is read.
fn plain(content: &str) -> String {
    let entities = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&apos;", "'"),
        ("&amp;", "&"),
    ];
    entities.into_iter().fold(content.to_owned(), |text, (entity, is)| text.replace(entity, is))
}

/// `document` with every text element made into something else; `None` leaves one as it is.
fn each_text(document: &str, mut made: impl FnMut(&Text<'_>) -> Option<String>) -> String {
    let mut out = String::with_capacity(document.len());
    let mut rest = document;
    while let Some((before, after)) = rest.split_once("<text ") {
        let parts = after.split_once("</text>").and_then(|(element, after)| {
            let (attributes, content) = element.split_once('>')?;
            Some((Text { attributes, content: content.trim_matches('\n') }, element, after))
        });
        let Some((text, element, after)) = parts else { break };
        out.push_str(before);
        match made(&text) {
            Some(other) => out.push_str(&other),
            None => write!(out, "<text {element}</text>").expect(IN_MEMORY),
        }
        rest = after;
    }
    out + rest
}

/// Texts as outlines; those with a letter that the font lacks stay text.
pub(super) fn outlined(document: &str) -> String {
    let mut used: BTreeSet<(usize, u16)> = BTreeSet::new();
    let shapes = each_text(document, |text| {
        let (glyphs, end) = text.glyphs()?;
        let (scale, face) = (text.scale()?, text.face());
        let shift = match text.attribute("text-anchor")? {
            "middle" => end / 2.0,
            "end" => end,
            _ => 0.0,
        };
        let left = text.number("x")? - shift * scale;
        let foot = text.number("y")? + text.number("font-size")? * EX / 2.0;
        let mut group = format!(
            "<g transform=\"translate({left:.1} {foot:.1}) scale({scale:.5})\" fill=\"{}\">",
            text.attribute("fill")?
        );
        for (glyph, at) in glyphs {
            if FACES[face].outline(glyph).is_some_and(|outline| !outline.curves.is_empty()) {
                used.insert((face, glyph.0));
                write!(group, "<use href=\"#{}\" x=\"{at}\"/>", name(face, glyph.0))
                    .expect(IN_MEMORY);
            }
        }
        Some(group + "</g>")
    });
    let mut definitions = String::from("<defs>\n");
    for (face, glyph) in used {
        let path = path(&FACES[face], GlyphId(glyph));
        writeln!(definitions, "<path id=\"{}\" d=\"{path}\"/>", name(face, glyph))
            .expect(IN_MEMORY);
    }
    let begins = "</desc>\n";
    shapes.replacen(begins, &(begins.to_owned() + &definitions + "</defs>\n"), 1)
}

fn name(face: usize, glyph: u16) -> String {
    format!("{}{glyph}", ["r", "b"][face])
}

/// Texts that are as long in every font as in ours; those with a letter that ours lacks stay as they are.
pub(super) fn of_fixed_length(document: &str) -> String {
    each_text(document, |text| {
        let (_, end) = text.glyphs().filter(|(_, end)| *end > 0.0)?;
        let length = end * text.scale()?;
        let Text { attributes, content } = text;
        Some(format!(
            "<text {attributes} textLength=\"{length:.0}\" lengthAdjust=\"spacingAndGlyphs\">\n{content}\n</text>"
        ))
    })
}

/// The outline of a glyph as path data, upright as SVG has it.
fn path(font: &FontRef<'_>, glyph: GlyphId) -> String {
    let mut data = String::new();
    let mut at: Option<Point> = None;
    let curves = font.outline(glyph).map_or_else(Vec::new, |outline| outline.curves);
    for curve in curves {
        let (from, to) = match curve {
            OutlineCurve::Line(from, to)
            | OutlineCurve::Quad(from, _, to)
            | OutlineCurve::Cubic(from, _, _, to) => (from, to),
        };
        if at != Some(from) {
            write!(data, "M{} {}", from.x, -from.y).expect(IN_MEMORY);
        }
        match curve {
            OutlineCurve::Line(..) => write!(data, "L{} {}", to.x, -to.y),
            OutlineCurve::Quad(_, by, _) => write!(data, "Q{} {} {} {}", by.x, -by.y, to.x, -to.y),
            OutlineCurve::Cubic(_, a, b, _) => {
                write!(data, "C{} {} {} {} {} {}", a.x, -a.y, b.x, -b.y, to.x, -to.y)
            }
        }
        .expect(IN_MEMORY);
        at = Some(to);
    }
    data
}

const IN_MEMORY: &str = "text can always grow";

#[cfg(test)]
mod tests {
    use super::*;

    const START: &str = "<svg>\n<desc>d</desc>\n<text x=\"100\" y=\"50\" dy=\"0.5ex\" text-anchor=\"end\" \
                         font-size=\"20\" fill=\"#222\">\nA &lt;B\n</text>\n</svg>\n";

    #[test]
    fn every_letter_is_drawn_once_and_used_where_it_stands() {
        let text = outlined(&START.replace("A &lt;B", "ABBA"));
        assert!(!text.contains("<text"), "{text}");
        assert_eq!(text.matches("<path ").count(), 2);
        assert_eq!(text.matches("<use ").count(), 4);
        let width = Text { attributes: "font-size=\"20\"", content: "ABBA" };
        let (_, end) = width.glyphs().unwrap();
        let left = 100.0 - end * width.scale().unwrap();
        assert!(text.contains(&format!("translate({left:.1} 55.3)")), "{text}");
    }

    #[test]
    fn escaped_letters_are_one_letter() {
        assert_eq!(outlined(START).matches("<use ").count(), 3, "a space has no outline");
        let fixed = of_fixed_length(START);
        assert!(fixed.contains("A &lt;B") && fixed.contains("textLength=\"4"), "{fixed}");
    }

    #[test]
    fn text_in_other_scripts_stays_text() {
        let other = START.replace("A &lt;B", "漢字");
        assert!(outlined(&other).contains("漢字"));
        assert_eq!(of_fixed_length(&other), other);
    }
}
