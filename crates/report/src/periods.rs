//! Periods from left to right, and what happened in them.

use crate::plot::{Area, LINE};
use crate::svg::{Anchor, Svg, text_width};

/// What kind of thing happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnnotationKind {
    /// Something that was done: went live, new version, suspended.
    Milestone,
    /// Something that was found: a signal, a breach.
    Signal,
}

/// Something that happened in a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Annotation {
    /// Index of the period, counted from zero; one that is not in the chart is not drawn.
    pub period: usize,
    /// One to three words: "live", "signal", "version 2".
    pub label: String,
    /// What kind of thing happened.
    pub kind: AnnotationKind,
}

/// The places of periods on the horizontal axis.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Periods {
    area: Area,
    count: usize,
}

impl Periods {
    pub(crate) fn new(area: Area, count: usize) -> Periods {
        Periods { area, count }
    }

    /// The middle of a period.
    pub(crate) fn at(&self, index: usize) -> f64 {
        self.area.left + self.width() * (index as f64 + 0.5)
    }

    fn width(&self) -> f64 {
        self.area.width() / self.count.max(1) as f64
    }

    /// Labels below the axis: the last one always, and as many before it as have room.
    pub(crate) fn labels<'a>(&self, svg: &mut Svg, labels: impl Iterator<Item = &'a str>) {
        let labels: Vec<&str> = labels.collect();
        let widest = labels.iter().map(|label| text_width(label)).fold(0.0, f64::max);
        let stride = ((widest + 6.0) / self.width()).ceil().max(1.0) as usize;
        let last = labels.len().saturating_sub(1);
        for (index, label) in labels.into_iter().enumerate() {
            if (last - index).is_multiple_of(stride) {
                let x = self.at(index);
                svg.line("c-axis", (x, self.area.bottom), (x, self.area.bottom + 4.0));
                // A wide label at the edge is pulled in rather than cut.
                let half = text_width(label) / 2.0;
                let (x, anchor) = match x + half > self.area.right + 8.0 {
                    true => (self.area.right + 8.0, Anchor::End),
                    false => (x, Anchor::Middle),
                };
                svg.text("c-tick", (x, self.area.bottom + 17.0), anchor, label);
            }
        }
    }

    /// Upright lines with their labels above the plot, lane upon lane where labels would meet.
    pub(crate) fn annotations(&self, svg: &mut Svg, annotations: &[Annotation]) {
        for (annotation, lane, start) in self.lanes(annotations) {
            let class = match annotation.kind {
                AnnotationKind::Milestone => "c-milestone",
                AnnotationKind::Signal => "c-signal",
            };
            let x = self.at(annotation.period);
            let y = self.area.top - 6.0 - lane as f64 * LINE;
            svg.line(class, (x, y + 3.0), (x, self.area.bottom));
            let text = format!("{}{}", symbol(annotation.kind), annotation.label);
            svg.text(&format!("c-label {class}-label"), (start, y), Anchor::Start, &text);
        }
    }

    /// Height that [`Periods::annotations`] needs above the plot.
    pub(crate) fn annotation_height(&self, annotations: &[Annotation]) -> f64 {
        let lanes = self.lanes(annotations).into_iter().map(|(_, lane, _)| lane + 1).max();
        lanes.unwrap_or(0) as f64 * LINE
    }

    /// Each annotation with its lane (0 is next to the plot) and where its label starts.
    fn lanes<'a>(&self, annotations: &'a [Annotation]) -> Vec<(&'a Annotation, usize, f64)> {
        let mut inside: Vec<&Annotation> =
            annotations.iter().filter(|annotation| annotation.period < self.count).collect();
        inside.sort_by_key(|annotation| annotation.period);
        let mut ends: Vec<f64> = Vec::new();
        let mut placed = Vec::new();
        for annotation in inside {
            let width = text_width(&annotation.label) + text_width(symbol(annotation.kind));
            let start = (self.at(annotation.period) - 4.0).min(self.area.right + 8.0 - width);
            let lane = ends.iter().position(|end| *end <= start).unwrap_or(ends.len());
            match ends.get_mut(lane) {
                Some(end) => *end = start + width + 6.0,
                None => ends.push(start + width + 6.0),
            }
            placed.push((annotation, lane, start));
        }
        placed
    }
}

fn symbol(kind: AnnotationKind) -> &'static str {
    match kind {
        AnnotationKind::Milestone => "▾ ",
        AnnotationKind::Signal => "◆ ",
    }
}

/// "From 2008-01 to 2009-02", for the sentence that says what a chart shows.
pub(crate) fn span<'a>(labels: impl Iterator<Item = &'a str>) -> String {
    let labels: Vec<&str> = labels.collect();
    match (labels.first(), labels.last()) {
        (Some(first), Some(last)) if labels.len() > 1 => {
            format!("{} periods from {first} to {last}", labels.len())
        }
        (Some(only), _) => format!("one period, {only}"),
        _ => "no period".to_owned(),
    }
}

/// "Marked: live (2008-03), signal (2008-09)." or nothing.
pub(crate) fn marked<'a>(
    annotations: &[Annotation],
    labels: impl Iterator<Item = &'a str>,
) -> String {
    let labels: Vec<&str> = labels.collect();
    let marks: Vec<String> = annotations
        .iter()
        .filter_map(|a| labels.get(a.period).map(|period| format!("{} ({period})", a.label)))
        .collect();
    if marks.is_empty() { String::new() } else { format!(" Marked: {}.", marks.join(", ")) }
}
