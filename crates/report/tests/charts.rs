//! Every chart, on good and on bad input: well-formed, labelled, within its frame, and the same as
//! last time.

use std::collections::BTreeSet;

use report::{
    Annotation, AnnotationKind, Axis, Calibration, CalibrationGroup, Chart, CohortValue, Coverage,
    CoverageRow, DecisionCurve, EvidencePeriod, EvidenceSeries, Forest, ForestRow, Format, Heading,
    HistogramBin, Interval, Period, Reference, Roc, RocMarker, STYLE, ScaleKind, Sparkline,
    TimeSeries,
};

const HOSTILE: &str = "</title><script>alert(\"1\")</script> & 'x' \0 ]]>";

fn heading(id: &str) -> Heading {
    Heading { id: id.to_owned(), title: format!("What {id} finds") }
}

fn reference(value: f64, label: &str) -> Reference {
    Reference { value, label: label.to_owned() }
}

fn interval(estimate: f64, margin: f64) -> Interval {
    Interval { estimate, lower: estimate - margin, upper: estimate + margin }
}

fn ratio_axis(range: Option<(f64, f64)>) -> Axis {
    Axis {
        label: "Observed / expected".to_owned(),
        format: Format::decimals(2),
        scale: ScaleKind::Log,
        range,
        tolerance: Some((0.8, 1.25)),
        reference: Some(reference(1.0, "as expected")),
    }
}

fn calibration() -> Calibration {
    let group = |predicted: f64, observed| CalibrationGroup { predicted, observed };
    Calibration {
        heading: heading("calibration"),
        groups: vec![
            group(0.04, interval(0.05, 0.01)),
            group(0.11, interval(0.12, 0.015)),
            group(0.28, interval(0.24, 0.04)),
        ],
        histogram: (0_u32..50)
            .map(|i| HistogramBin {
                lower: f64::from(i) / 50.0,
                upper: f64::from(i + 1) / 50.0,
                events: 90_u64.saturating_sub(i.into()),
                non_events: 900_u64.saturating_sub(30 * u64::from(i)),
            })
            .collect(),
        threshold: Some(reference(0.15, "threshold 15%")),
        notes: vec!["O/E 1.02 (0.98 to 1.06)".to_owned(), "slope 0.91".to_owned()],
    }
}

fn roc() -> Roc {
    Roc {
        heading: heading("roc"),
        points: vec![(0.0, 0.0), (0.2, 0.45), (0.5, 0.8), (1.0, 1.0)],
        markers: vec![RocMarker {
            false_positive_rate: 0.2,
            sensitivity: 0.45,
            label: "threshold 15%".to_owned(),
        }],
        notes: vec!["AUROC 0.68 (0.67 to 0.69)".to_owned()],
    }
}

fn decision_curve() -> DecisionCurve {
    let thresholds = (0..=20).map(|i| f64::from(i) / 50.0);
    let all = |t: f64| 0.11 - 0.89 * t / (1.0 - t);
    DecisionCurve {
        heading: heading("decision"),
        model_name: "Readmission model 2.1".to_owned(),
        model: thresholds.clone().map(|t| (t, 0.11 * (1.0 - 2.4 * t).max(0.0))).collect(),
        treat_all: thresholds.map(|t| (t, all(t))).collect(),
        relevant: Some((0.1, 0.25)),
    }
}

fn forest() -> Forest {
    let cohort = |label: &str, value| ForestRow::Cohort { label: label.to_owned(), value };
    let estimate = |estimate, margin, n, flagged| CohortValue::Estimate {
        interval: interval(estimate, margin),
        n,
        events: n / 9,
        flagged,
    };
    Forest {
        heading: heading("forest"),
        axis: ratio_axis(Some((0.5, 2.0))),
        rows: vec![
            ForestRow::Group("Sex".to_owned()),
            cohort("Female", estimate(1.02, 0.05, 12_345, false)),
            cohort("Male", estimate(1.4, 0.1, 11_111, true)),
            ForestRow::Group("Race".to_owned()),
            cohort("A rather long name of a cohort", estimate(1.1, 1.05, 300, false)),
            cohort("Asian", CohortValue::Suppressed { minimum: 11 }),
            cohort(
                "Hispanic",
                CohortValue::NotEnough { n: 40, events: 2, missing: "300 more".to_owned() },
            ),
        ],
    }
}

fn time_series() -> TimeSeries {
    let month = |i: i32| format!("2008-{:02}", i + 1);
    let note = |period, label: &str, kind| Annotation { period, label: label.to_owned(), kind };
    TimeSeries {
        heading: heading("series"),
        axis: Axis { range: None, ..ratio_axis(None) },
        periods: (0..12)
            .map(|i| Period {
                label: month(i),
                value: (i != 4).then(|| interval(0.9 + 0.05 * f64::from(i), 0.1)),
                provisional: i == 11,
                flagged: i == 10,
            })
            .collect(),
        annotations: vec![
            note(1, "live", AnnotationKind::Milestone),
            note(2, "version 2", AnnotationKind::Milestone),
            note(11, "signal", AnnotationKind::Signal),
            note(99, "beyond the end", AnnotationKind::Signal),
        ],
    }
}

fn evidence_series() -> EvidenceSeries {
    EvidenceSeries {
        heading: heading("evidence"),
        periods: [1.0, 0.4, 2.0, 30.0, 900.0, 1e5, 0.0, f64::INFINITY]
            .into_iter()
            .zip(1..)
            .map(|(evidence, month)| EvidencePeriod { label: format!("2008-{month:02}"), evidence })
            .collect(),
        limit: reference(1000.0, "alarm at 1,000"),
        budget: "At most one false alarm in 1,000 months on average, however often one looks."
            .to_owned(),
        annotations: Vec::new(),
    }
}

fn coverage() -> Coverage {
    let row = |label: &str, met, total| CoverageRow { label: label.to_owned(), met, total };
    Coverage {
        heading: heading("coverage"),
        rows: vec![row("Owner", 4, 4), row("Monitoring", 2, 4), row("Validation", 31, 1200)],
    }
}

fn sparkline() -> Sparkline {
    Sparkline {
        heading: heading("spark"),
        values: vec![1.0, 1.1, 1.05, 1.3],
        reference: Some(1.0),
        format: Format::decimals(2),
    }
}

/// Charts as they should be drawn on ordinary days.
fn ordinary() -> Vec<Chart> {
    vec![
        calibration().draw(),
        roc().draw(),
        decision_curve().draw(),
        forest().draw(),
        time_series().draw(),
        evidence_series().draw(),
        coverage().draw(),
        sparkline().draw(),
    ]
}

/// Charts of nothing at all.
fn empty() -> Vec<Chart> {
    vec![
        Calibration { groups: Vec::new(), ..calibration() }.draw(),
        Roc { points: Vec::new(), ..roc() }.draw(),
        DecisionCurve { model: Vec::new(), ..decision_curve() }.draw(),
        Forest { rows: Vec::new(), ..forest() }.draw(),
        TimeSeries { periods: Vec::new(), ..time_series() }.draw(),
        EvidenceSeries { periods: Vec::new(), ..evidence_series() }.draw(),
        Coverage { rows: Vec::new(), ..coverage() }.draw(),
        Sparkline { values: Vec::new(), ..sparkline() }.draw(),
    ]
}

/// Charts of numbers that are no numbers and words that are markup.
fn hostile() -> Vec<Chart> {
    let heading = Heading { id: "a b\"c".to_owned(), title: HOSTILE.to_owned() };
    let nan = Interval { estimate: f64::NAN, lower: f64::NEG_INFINITY, upper: f64::INFINITY };
    let mut charts = Vec::new();
    let mut chart = calibration();
    chart.heading = heading.clone();
    chart.groups.push(CalibrationGroup { predicted: f64::NAN, observed: nan });
    chart.threshold = Some(reference(f64::NAN, HOSTILE));
    charts.push(chart.draw());
    let mut chart = roc();
    chart.points.push((f64::NAN, f64::INFINITY));
    chart.markers.push(RocMarker {
        false_positive_rate: f64::NAN,
        sensitivity: 0.5,
        label: String::new(),
    });
    charts.push(Roc { heading: heading.clone(), ..chart }.draw());
    let mut chart = decision_curve();
    chart.treat_all.push((0.5, f64::NEG_INFINITY));
    charts.push(DecisionCurve { relevant: Some((f64::NAN, 9.0)), ..chart }.draw());
    let mut chart = forest();
    chart.axis.range = Some((f64::NAN, 0.0));
    chart.rows.push(ForestRow::Cohort {
        label: "& <b>".to_owned(),
        value: CohortValue::Estimate { interval: nan, n: 0, events: 0, flagged: true },
    });
    charts.push(chart.draw());
    let mut chart = time_series();
    for period in &mut chart.periods {
        period.value = Some(if period.flagged { interval(0.0, 0.0) } else { nan });
    }
    charts.push(chart.draw());
    let mut chart = evidence_series();
    chart.limit.value = -1.0;
    chart.periods.push(EvidencePeriod { label: "&".to_owned(), evidence: f64::NAN });
    charts.push(chart.draw());
    let mut chart = sparkline();
    chart.values = vec![f64::NAN, 2.0];
    charts.push(chart.draw());
    charts
}

#[test]
fn every_chart_is_well_formed_labelled_and_without_inline_style() {
    for chart in ordinary().into_iter().chain(empty()).chain(hostile()) {
        let document = roxmltree::Document::parse(&chart.svg).unwrap_or_else(|error| {
            panic!("{error}\n{}", chart.svg);
        });
        let root = document.root_element();
        assert_eq!(root.attribute("role"), Some("img"));
        let text_of = |id: &str| {
            let node = root.descendants().find(|node| node.attribute("id") == Some(id));
            node.and_then(|node| node.text()).unwrap_or_default().to_owned()
        };
        let labels: Vec<&str> = root.attribute("aria-labelledby").unwrap().split(' ').collect();
        assert_eq!(labels.len(), 2, "{labels:?}");
        assert_eq!(text_of(labels[0]), chart.title.replace('\0', "\u{FFFD}"));
        assert_eq!(text_of(labels[1]), chart.summary.replace('\0', "\u{FFFD}"));
        for node in root.descendants().filter(roxmltree::Node::is_element) {
            assert_ne!(node.tag_name().name(), "script");
            for attribute in node.attributes() {
                let (name, value) = (attribute.name(), attribute.value());
                assert!(name != "style" && !name.starts_with("on"), "{name}");
                assert!(!value.contains("NaN") && !value.contains("inf"), "{name}={value}");
            }
        }
    }
}

#[test]
fn nothing_is_drawn_outside_the_frame() {
    for chart in ordinary().into_iter().chain(empty()).chain(hostile()) {
        let document = roxmltree::Document::parse(&chart.svg).unwrap();
        let root = document.root_element();
        let frame = root.attribute("viewBox").unwrap().split(' ');
        let frame: Vec<f64> = frame.map(|number| number.parse().unwrap()).collect();
        let (width, height) = (frame[2], frame[3]);
        let clipped = |node: &roxmltree::Node<'_, '_>| {
            node.ancestors().any(|ancestor| ancestor.has_attribute("clip-path"))
        };
        for node in root.descendants().filter(|node| node.is_element() && !clipped(node)) {
            for (names, end) in
                [(["x", "x1", "x2", "cx"], width), (["y", "y1", "y2", "cy"], height)]
            {
                for value in names.iter().filter_map(|name| node.attribute(*name)) {
                    let value: f64 = value.parse().unwrap();
                    assert!((0.0..=end).contains(&value), "{node:?} in {}", chart.svg);
                }
            }
            if node.tag_name().name() == "text" {
                let (left, right) = extent(&node);
                assert!(left >= -2.0 && right <= width + 2.0, "{left} {right} {node:?}");
            }
        }
    }
}

/// Where a text starts and ends in an ordinary font.
fn extent(node: &roxmltree::Node<'_, '_>) -> (f64, f64) {
    // A text without a place is nowhere: no comparison with it holds.
    let x = node.attribute("x").and_then(|x| x.parse().ok()).unwrap_or(f64::NAN);
    let width = node.text().unwrap_or_default().chars().count() as f64 * 6.0;
    match node.attribute("text-anchor") {
        Some("end") => (x - width, x),
        Some("middle") => (x - width / 2.0, x + width / 2.0),
        _ => (x, x + width),
    }
}

#[test]
fn the_stylesheet_has_every_class_and_no_other() {
    let mut used = BTreeSet::new();
    for chart in ordinary().into_iter().chain(empty()) {
        let document = roxmltree::Document::parse(&chart.svg).unwrap();
        for classes in document.descendants().filter_map(|node| node.attribute("class")) {
            used.extend(classes.split(' ').filter(|c| c.starts_with("c-")).map(str::to_owned));
        }
    }
    let class = |part: &str| {
        let name = part.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-');
        name.collect::<String>()
    };
    let styled: BTreeSet<String> =
        STYLE.split('.').map(class).filter(|name| name.starts_with("c-")).collect();
    assert_eq!(used.difference(&styled).collect::<Vec<_>>(), Vec::<&String>::new());
    assert_eq!(styled.difference(&used).collect::<Vec<_>>(), Vec::<&String>::new());
}

#[test]
fn nothing_to_draw_is_said_in_the_picture() {
    for chart in empty() {
        assert!(chart.summary.starts_with("Not enough data"), "{}", chart.summary);
        let said = ["Not enough data</text>", "no data yet</text>"];
        assert!(said.iter().any(|text| chart.svg.contains(text)), "{}", chart.svg);
    }
}

#[test]
fn suppressed_cohorts_leave_no_number_behind() {
    let row = |value| ForestRow::Cohort { label: "Few".to_owned(), value };
    let chart = Forest { rows: vec![row(CohortValue::Suppressed { minimum: 11 })], ..forest() };
    let svg = chart.draw().svg;
    assert!(svg.contains("n &lt; 11"), "{svg}");
    assert!(!svg.contains("c-point") && !svg.contains("c-interval"), "{svg}");
}

#[test]
fn states_differ_by_shape_and_not_only_by_colour() {
    let svg = time_series().draw().svg;
    let count = |what: &str| svg.matches(what).count();
    assert_eq!(count("<polygon class=\"c-point c-flagged\""), 1, "a flagged point is a diamond");
    assert_eq!(count("<circle class=\"c-point c-hollow\""), 1, "a provisional point is hollow");
    assert_eq!(count("<circle class=\"c-point\""), 9, "all others are dots");
    assert_eq!(count("<polyline"), 2, "the line does not bridge the missing period");
    assert!(!svg.contains("beyond the end"), "an annotation without its period is not drawn");
}

#[test]
fn an_interval_beyond_the_axis_ends_in_an_arrow() {
    let svg = forest().draw().svg;
    assert_eq!(svg.matches("<polygon class=\"c-beyond\"").count(), 2, "both ends of one interval");
}

#[test]
fn summaries_say_what_the_picture_shows() {
    let summaries: Vec<String> = ordinary().into_iter().map(|chart| chart.summary).collect();
    insta::assert_snapshot!(summaries.join("\n"));
}

#[test]
fn charts_are_drawn_as_last_time() {
    for chart in ordinary() {
        let name = chart.title.replace(' ', "_");
        insta::assert_snapshot!(name, chart.svg);
    }
}
