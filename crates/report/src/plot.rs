//! The rectangle that values are drawn in, with its axes.

use crate::number::Format;
use crate::scale::{Scale, Tick};
use crate::svg::{Anchor, Point, Svg, text_width};

/// Height of a line of text.
pub(crate) const LINE: f64 = 15.0;

/// The rectangle between the axes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Area {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) right: f64,
    pub(crate) bottom: f64,
}

impl Area {
    pub(crate) fn width(&self) -> f64 {
        self.right - self.left
    }

    pub(crate) fn height(&self) -> f64 {
        self.bottom - self.top
    }

    pub(crate) fn corner(&self) -> Point {
        (self.left, self.top)
    }

    pub(crate) fn size(&self) -> (f64, f64) {
        (self.width(), self.height())
    }

    /// The pixels of the horizontal axis, left to right.
    pub(crate) fn across(&self) -> (f64, f64) {
        (self.left, self.right)
    }

    /// The pixels of the vertical axis, bottom to top.
    pub(crate) fn upwards(&self) -> (f64, f64) {
        (self.bottom, self.top)
    }
}

/// Grid lines and labels of the vertical axis, with its name above it.
pub(crate) fn vertical_axis(svg: &mut Svg, area: Area, scale: &Scale, format: Format, name: &str) {
    svg.text("c-name", (0.0, area.top - 10.0), Anchor::Start, name);
    for Tick { value, label } in scale.ticks(format) {
        let y = scale.at(value);
        svg.line("c-grid", (area.left, y), (area.right, y));
        svg.text("c-tick", (area.left - 6.0, y + 4.0), Anchor::End, &label);
    }
}

/// Grid lines and labels of the horizontal axis, `label_y` being the baseline of the labels; its
/// name goes one line below.
pub(crate) fn horizontal_axis(
    svg: &mut Svg,
    area: Area,
    scale: &Scale,
    format: Format,
    label_y: f64,
    name: &str,
) {
    let mut free_from = f64::NEG_INFINITY;
    for Tick { value, label } in scale.ticks(format) {
        let x = scale.at(value);
        svg.line("c-grid", (x, area.top), (x, area.bottom));
        // A label that would run into the one before is left out; its grid line stays.
        let half = text_width(&label) / 2.0;
        if x - half >= free_from {
            svg.text("c-tick", (x, label_y), Anchor::Middle, &label);
            free_from = x + half + 3.0;
        }
    }
    let middle = (area.left + area.right) / 2.0;
    svg.text("c-name", (middle, label_y + LINE + 1.0), Anchor::Middle, name);
}

/// The frame at the left and lower edge.
pub(crate) fn frame(svg: &mut Svg, area: Area) {
    svg.line("c-axis", (area.left, area.top), (area.left, area.bottom));
    svg.line("c-axis", (area.left, area.bottom), (area.right, area.bottom));
}

/// Lines of text within the plot, downwards from `at`, legible on whatever is below them.
pub(crate) fn notes(svg: &mut Svg, at: Point, anchor: Anchor, lines: &[String]) {
    let mut y = at.1;
    for line in lines {
        svg.text("c-label c-halo", (at.0, y), anchor, line);
        y += LINE;
    }
}

/// Puts pieces of text one after the other into as few lines as they need; a piece is never broken.
pub(crate) fn flow<'a>(
    pieces: impl Iterator<Item = &'a str>,
    separator: &str,
    width: f64,
) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for piece in pieces {
        match lines.last_mut() {
            Some(line) if text_width(line) + text_width(separator) + text_width(piece) <= width => {
                line.push_str(separator);
                line.push_str(piece);
            }
            _ => lines.push(piece.to_owned()),
        }
    }
    lines
}

/// One line style in a chart and its name.
pub(crate) struct Key<'a> {
    pub(crate) class: &'a str,
    pub(crate) name: &'a str,
}

/// Length of a sample of a line.
const SAMPLE: f64 = 18.0;

/// How many rows [`key`] takes.
pub(crate) fn key_rows(keys: &[Key<'_>], width: f64) -> usize {
    place_keys(keys, width).last().map_or(0, |(row, _)| row + 1)
}

/// Samples of lines with their names, from `at`, in as many rows as they need.
pub(crate) fn key(svg: &mut Svg, at: Point, keys: &[Key<'_>], width: f64) {
    for (key, (row, x)) in keys.iter().zip(place_keys(keys, width)) {
        let (x, y) = (at.0 + x, at.1 + row as f64 * LINE);
        svg.line(key.class, (x, y - 4.0), (x + SAMPLE, y - 4.0));
        svg.text("c-label", (x + SAMPLE + 5.0, y), Anchor::Start, key.name);
    }
}

fn place_keys(keys: &[Key<'_>], width: f64) -> Vec<(usize, f64)> {
    let (mut row, mut x) = (0, 0.0);
    let mut places = Vec::new();
    for key in keys {
        let needed = SAMPLE + 5.0 + text_width(key.name);
        if x > 0.0 && x + needed > width {
            (row, x) = (row + 1, 0.0);
        }
        places.push((row, x));
        x += needed + 8.0;
    }
    places
}
