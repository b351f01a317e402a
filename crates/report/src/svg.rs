//! Writes SVG text: elements, escaping, rounding. Nothing here knows what a chart means.

use std::fmt::Write as _;

use crate::{Chart, Heading};

/// Width of every chart in its own units; a page scales it.
pub(crate) const WIDTH: f64 = 360.0;

/// Two lines closer than this to each other look like one on any screen.
const VISIBLE: f64 = 0.5;

/// A place: x to the right, y down.
pub(crate) type Point = (f64, f64);

/// Where a text stands relative to its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// The inside of an SVG that is being drawn.
#[derive(Debug, Default)]
pub(crate) struct Svg {
    body: String,
}

impl Svg {
    pub(crate) fn line(&mut self, class: &str, from: Point, to: Point) {
        let ((x1, y1), (x2, y2)) = (from, to);
        let [x1, y1, x2, y2] = [x1, y1, x2, y2].map(coordinate);
        self.element(format_args!(
            r#"<line class="{class}" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"/>"#
        ));
    }

    /// A rectangle from its upper left corner.
    pub(crate) fn rect(&mut self, class: &str, at: Point, size: (f64, f64)) {
        let [x, y, width, height] = [at.0, at.1, size.0.max(0.0), size.1.max(0.0)].map(coordinate);
        self.element(format_args!(
            r#"<rect class="{class}" x="{x}" y="{y}" width="{width}" height="{height}"/>"#
        ));
    }

    pub(crate) fn circle(&mut self, class: &str, at: Point, radius: f64) {
        let [x, y, radius] = [at.0, at.1, radius].map(coordinate);
        self.element(format_args!(r#"<circle class="{class}" cx="{x}" cy="{y}" r="{radius}"/>"#));
    }

    /// A closed shape through these points.
    pub(crate) fn polygon(&mut self, class: &str, points: &[Point]) {
        let points = coordinates(points.iter().copied());
        self.element(format_args!(r#"<polygon class="{class}" points="{points}"/>"#));
    }

    /// An open line through these points, without those nobody could see; a lone point draws
    /// nothing.
    pub(crate) fn polyline(&mut self, class: &str, points: &[Point]) {
        let points = coordinates(thin(points).into_iter());
        self.element(format_args!(r#"<polyline class="{class}" fill="none" points="{points}"/>"#));
    }

    /// A line of text whose baseline is at `at`.
    pub(crate) fn text(&mut self, class: &str, at: Point, anchor: Anchor, text: &str) {
        let [x, y] = [at.0, at.1].map(coordinate);
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => r#" text-anchor="middle""#,
            Anchor::End => r#" text-anchor="end""#,
        };
        let text = escape(text);
        self.element(format_args!(
            r#"<text class="{class}" x="{x}" y="{y}"{anchor}>{text}</text>"#
        ));
    }

    /// Draws with `inside`, cutting off what lies outside the rectangle.
    pub(crate) fn clipped(
        &mut self,
        heading: &Heading,
        at: Point,
        size: (f64, f64),
        inside: impl FnOnce(&mut Svg),
    ) {
        let id = id(heading);
        let [x, y, width, height] = [at.0, at.1, size.0, size.1].map(coordinate);
        let window = format!(r#"<rect x="{x}" y="{y}" width="{width}" height="{height}"/>"#);
        self.element(format_args!(
            r#"<clipPath id="{id}-clip">{window}</clipPath><g clip-path="url(#{id}-clip)">"#
        ));
        inside(self);
        self.element(format_args!("</g>"));
    }

    /// The finished chart.
    pub(crate) fn finish(self, heading: &Heading, height: f64, summary: String) -> Chart {
        self.finish_sized(heading, (WIDTH, height), "chart", summary)
    }

    /// The finished chart in a size and with a root class of its own.
    pub(crate) fn finish_sized(
        self,
        heading: &Heading,
        (width, height): (f64, f64),
        class: &str,
        summary: String,
    ) -> Chart {
        let id = id(heading);
        let [width, height] = [width, height].map(coordinate);
        let (title, description, body) = (escape(&heading.title), escape(&summary), self.body);
        let svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"{class}\" \
             viewBox=\"0 0 {width} {height}\" font-size=\"12\" fill=\"currentColor\" role=\"img\" \
             aria-labelledby=\"{id}-title {id}-desc\">\n<title id=\"{id}-title\">{title}</title>\n\
             <desc id=\"{id}-desc\">{description}</desc>\n{body}</svg>\n"
        );
        Chart { title: heading.title.clone(), summary, svg }
    }

    fn element(&mut self, element: std::fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.body, "{element}");
    }
}

/// The drawn state of a chart that has nothing to draw.
pub(crate) fn not_enough_data(heading: &Heading, reason: &str) -> Chart {
    let mut svg = Svg::default();
    let height = 120.0;
    svg.rect("c-empty", (1.0, 1.0), (WIDTH - 2.0, height - 2.0));
    svg.text("c-label", (WIDTH / 2.0, 58.0), Anchor::Middle, "Not enough data");
    svg.text("c-small", (WIDTH / 2.0, 76.0), Anchor::Middle, reason);
    svg.finish(heading, height, format!("Not enough data: {reason}."))
}

/// The width of a text, estimated on the wide side since the page chooses the font.
pub(crate) fn text_width(text: &str) -> f64 {
    text.chars().count() as f64 * 6.8
}

/// The text cut to a width, with an ellipsis in place of what is missing. Of crossed attributes,
/// such as `Asian × Female`, something of each part is kept, or groups would look the same.
pub(crate) fn fit(text: &str, width: f64) -> String {
    const CROSS: &str = " × ";
    if text_width(text) <= width {
        return text.to_owned();
    }
    let parts: Vec<&str> = text.split(CROSS).collect();
    let crosses = CROSS.chars().count() * (parts.len() - 1);
    let mut room = ((width / text_width("m")) as usize).saturating_sub(crosses);
    let mut shortest_first: Vec<usize> = parts.iter().map(|part| part.chars().count()).collect();
    shortest_first.sort_unstable();
    // What short parts leave over goes to the others.
    let mut each = 0;
    for (place, length) in shortest_first.iter().enumerate() {
        each = room / (parts.len() - place);
        room = room.saturating_sub(each.min(*length));
    }
    parts.iter().map(|part| cut(part, each)).collect::<Vec<_>>().join(CROSS)
}

/// A text of at most so many letters.
fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

fn id(heading: &Heading) -> String {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    heading.id.chars().map(|c| if allowed(c) { c } else { '-' }).collect()
}

/// A coordinate with at most one decimal. Scales hand over finite numbers only; should one not be,
/// it is zero rather than a broken picture.
fn coordinate(value: f64) -> String {
    let tenths = if value.is_finite() { (value * 10.0).round() + 0.0 } else { 0.0 };
    format!("{}", tenths / 10.0)
}

fn coordinates(points: impl Iterator<Item = Point>) -> String {
    let pairs = points.map(|(x, y)| format!("{},{}", coordinate(x), coordinate(y)));
    pairs.collect::<Vec<_>>().join(" ")
}

/// Leaves out points that are hardly away from the one before; the last one always stays.
fn thin(points: &[Point]) -> Vec<Point> {
    let mut kept: Vec<Point> = Vec::new();
    for (index, &(x, y)) in points.iter().enumerate() {
        let last = index + 1 == points.len();
        let far = kept.last().is_none_or(|(px, py)| (x - px).hypot(y - py) >= VISIBLE);
        if far || last {
            kept.push((x, y));
        }
    }
    kept
}

/// Text made safe for XML: markup is escaped, characters that XML 1.0 forbids become U+FFFD.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\n' | '\t' | '\r' => escaped.push(' '),
            c if c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}') => escaped.push('\u{FFFD}'),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_leave_its_element() {
        let check = |text: &str, expected: &str| assert_eq!(escape(text), expected);
        check("a < b & \"c\"", "a &lt; b &amp; &quot;c&quot;");
        check("</text><script>", "&lt;/text&gt;&lt;script&gt;");
        check("nul\0 bell\u{7} line\nbreak", "nul\u{FFFD} bell\u{FFFD} line break");
    }

    #[test]
    fn ids_are_plain_words() {
        let heading = Heading { id: "EV-44 \"x\" onload=".to_owned(), ..Heading::default() };
        assert_eq!(id(&heading), "EV-44--x--onload-");
    }

    #[test]
    fn coordinates_are_short_and_finite() {
        let texts = [1.0, 1.04, -0.04, 12.35, f64::NAN, f64::INFINITY].map(coordinate);
        assert_eq!(texts, ["1", "1", "0", "12.4", "0", "0"]);
    }

    #[test]
    fn a_line_keeps_what_can_be_seen() {
        let dense: Vec<Point> = (0..=10_000).map(|i| (f64::from(i) / 100.0, 0.0)).collect();
        let kept = thin(&dense);
        assert!(kept.len() <= 210, "{}", kept.len());
        assert_eq!(kept.first(), Some(&(0.0, 0.0)));
        assert_eq!(kept.last(), Some(&(100.0, 0.0)));
    }

    #[test]
    fn long_labels_are_cut_with_an_ellipsis() {
        assert_eq!(fit("Medicare", 100.0), "Medicare");
        assert_eq!(fit("Physician referral ward", 100.0), "Physician ref…");
        assert_eq!(fit("African American × Female", 120.0), "African… × Female");
        assert_eq!(fit("African American × Male or Unknown", 120.0), "Africa… × Male o…");
    }
}
