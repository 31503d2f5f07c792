//! Where labels go so that none lies on another.

use super::canvas::{At, Font, Frame};

/// Height of one line of label text, as a multiple of its em.
pub(super) const LINE: f64 = 1.28;

/// Moves intervals apart along a line.
///
/// `wanted` holds the middle and the length of each; the result holds the middles, in the same
/// order, with no two intervals overlapping and all within `first..=last` as long as they fit.
pub(super) fn push_apart(wanted: &[(f64, f64)], first: f64, last: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by(|a, b| wanted[*a].0.total_cmp(&wanted[*b].0));
    let mut middles: Vec<f64> = wanted.iter().map(|(middle, _)| *middle).collect();
    let mut free = first;
    for &index in &order {
        let half = wanted[index].1 / 2.0;
        middles[index] = middles[index].max(free + half);
        free = middles[index] + half;
    }
    let mut free = last;
    for &index in order.iter().rev() {
        let half = wanted[index].1 / 2.0;
        middles[index] = middles[index].min(free - half);
        free = middles[index] - half;
    }
    middles
}

/// Splits `text` at spaces, or inside a word that is too long, into lines of at most `width`.
pub(super) fn wrap(text: &str, font: Font, width: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
        if font.width(&longer) <= width {
            line = longer;
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        for letter in word.chars() {
            line.push(letter);
            if line.chars().count() > 1 && font.width(&line) > width {
                line.pop();
                lines.push(std::mem::replace(&mut line, letter.to_string()));
            }
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// A label next to a point.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Placed {
    /// What it covers.
    pub(super) frame: Frame,
    /// Whether it stands so far from its point that a thin line must join them.
    pub(super) is_far: bool,
}

/// Finds a place for each label `(point, width, height)` near its point, inside `plot`, off the
/// `obstacles` and off each other; where there is none, the place that covers the fewest.
pub(super) fn place(labels: &[(At, f64, f64)], obstacles: &[Frame], plot: &Frame) -> Vec<Placed> {
    let mut placed: Vec<Placed> = Vec::new();
    for &(at, width, height) in labels {
        let mut best: Option<(usize, Placed)> = None;
        for candidate in around(at, width, height) {
            let frame = &candidate.frame;
            let on_labels = placed.iter().filter(|other| frame.overlaps(&other.frame)).count();
            let on_others = obstacles.iter().filter(|other| frame.overlaps(other)).count();
            let outside = usize::from(!plot.encloses(frame));
            let cost = 100 * outside + 20 * on_labels + on_others;
            if best.as_ref().is_none_or(|(least, _)| cost < *least) {
                best = Some((cost, candidate));
            }
        }
        placed.extend(best.map(|(_, label)| label));
    }
    placed
}

/// Places around a point, the most readable first: near before far, right before left.
fn around(at: At, width: f64, height: f64) -> impl Iterator<Item = Placed> {
    const DISTANCES: [f64; 5] = [10.0, 20.0, 32.0, 46.0, 62.0];
    const DIRECTIONS: [(f64, f64); 8] = [
        (1.0, 0.0),
        (0.7, -0.7),
        (0.0, -1.0),
        (0.7, 0.7),
        (0.0, 1.0),
        (-1.0, 0.0),
        (-0.7, -0.7),
        (-0.7, 0.7),
    ];
    DISTANCES.into_iter().flat_map(move |distance| {
        DIRECTIONS.into_iter().map(move |(right, down)| {
            let x = at.0 + right * distance + sign(right) * width / 2.0;
            let y = at.1 + down * distance + sign(down) * height / 2.0;
            let frame = Frame {
                left: x - width / 2.0,
                right: x + width / 2.0,
                top: y - height / 2.0,
                bottom: y + height / 2.0,
            };
            Placed { frame, is_far: distance > DISTANCES[0] }
        })
    })
}

/// −1, 0 or 1.
fn sign(x: f64) -> f64 {
    if x == 0.0 { 0.0 } else { x.signum() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_with_room_stay_where_they_are() {
        assert_eq!(push_apart(&[(50.0, 10.0), (10.0, 10.0)], 0.0, 100.0), [50.0, 10.0]);
    }

    #[test]
    fn crowded_intervals_keep_their_order_and_stay_inside() {
        let middles = push_apart(&[(99.0, 10.0), (98.0, 10.0), (97.0, 10.0)], 0.0, 100.0);
        assert_eq!(middles, [95.0, 85.0, 75.0]);
        assert_eq!(push_apart(&[(0.0, 10.0), (0.0, 10.0)], 0.0, 100.0), [5.0, 15.0]);
    }

    #[test]
    fn long_texts_are_wrapped_even_inside_a_word() {
        let font = Font::regular(12.0);
        let lines = wrap("usable memory of cache.t4g.micro", font, 90.0);
        assert!(lines.len() > 1 && lines.iter().all(|line| font.width(line) <= 90.0), "{lines:?}");
        assert_eq!(lines.join(" "), "usable memory of cache.t4g.micro");
        assert!(wrap(&"x".repeat(80), font, 90.0).iter().all(|line| font.width(line) <= 90.0));
        assert!(wrap("", font, 90.0).is_empty());
    }

    #[test]
    fn labels_avoid_points_and_each_other() {
        let plot = Frame { left: 0.0, top: 0.0, right: 200.0, bottom: 200.0 };
        let labels = [(At(100.0, 100.0), 40.0, 12.0), (At(104.0, 100.0), 40.0, 12.0)];
        let placed = place(&labels, &[], &plot);
        assert!(!placed[0].frame.overlaps(&placed[1].frame));
        let corner = place(&[(At(198.0, 2.0), 40.0, 12.0)], &[], &plot);
        assert!(plot.encloses(&corner[0].frame));
    }
}
