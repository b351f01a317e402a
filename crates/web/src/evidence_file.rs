//! An evidence report as one HTML file that needs nothing else: no server, no script, no network.

use crate::assets;
use crate::numbers::Numbers;
use crate::pages::use_case::{FindingRow, check_class};
use crate::words;
use askama::Template;
use evidence::Report;
use governance::{Status, ValidationStandard};
use report::count;

#[derive(Template)]
#[template(path = "evidence_file.html")]
struct EvidenceFile {
    title: String,
    style: &'static str,
    meta: String,
    judged: Option<Judged>,
    numbers: Numbers,
}

/// What became of the requirements that numbers can prove.
struct Judged {
    standard: String,
    class: &'static str,
    status: String,
    findings: Vec<FindingRow>,
    /// Requirements that ask for a person's word.
    elsewhere: Vec<String>,
}

impl Judged {
    fn of(report: &Report, standard: &ValidationStandard) -> Self {
        let findings = standard.judge_numbers(&report.estimates);
        let status = governance::verdict(findings.iter().map(|it| it.status));
        let asked = || standard.requirements.iter();
        let row = |finding: &governance::Judgement| FindingRow {
            title: finding.title.clone(),
            class: check_class(finding.status),
            status: words::capital(&finding.status.to_string()),
            because: std::iter::once(finding.because.clone())
                .chain(finding.trials.iter().filter_map(report::sheet::lacking))
                .map(|said| words::capital(&said))
                .collect::<Vec<_>>()
                .join(". "),
        };
        Self {
            standard: standard.label(),
            class: check_class(status),
            status: match status {
                Status::Met => "Numbers meet the standard".to_owned(),
                Status::NotEnoughData => "Not enough data for the standard".to_owned(),
                Status::Failed => "Numbers miss the standard".to_owned(),
            },
            findings: findings.iter().map(row).collect(),
            elsewhere: asked()
                .filter(|it| !findings.iter().any(|finding| finding.requirement == it.id))
                .map(|it| it.title.clone())
                .collect(),
        }
    }
}

/// Writes a report as an HTML document. Where a standard is given, what it asks of numbers is
/// judged in it. `title` is its heading.
///
/// # Errors
/// When the document cannot be put together.
pub fn evidence_file(
    report: &Report,
    standard: Option<&ValidationStandard>,
    title: &str,
) -> Result<String, askama::Error> {
    let rows = &report.rows;
    let note = format!("n {}", count(rows.used));
    let document = EvidenceFile {
        title: title.to_owned(),
        style: assets::style(),
        meta: format!(
            "Score “{}” against outcome “{}” · {} predictions used of {} read",
            report.request.score,
            report.request.outcome,
            count(rows.used),
            count(rows.read)
        ),
        judged: standard.map(|standard| Judged::of(report, standard)),
        numbers: Numbers::of(report, standard, &note),
    };
    document.render()
}

/// A chart of a report as a file of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChartFile {
    /// What it shows in a word, to name the file: `calibration`.
    pub name: String,
    /// The chart, with title and description in it, and its stylesheet.
    pub svg: String,
    /// The numbers behind it, header first, to be read beside the chart.
    pub table: Vec<Vec<String>>,
}

/// The charts of a report, each as a file of its own.
#[must_use]
pub fn evidence_charts(report: &Report, standard: Option<&ValidationStandard>) -> Vec<ChartFile> {
    let note = format!("n {}", count(report.rows.used));
    let numbers = Numbers::of(report, standard, &note);
    let names = ["calibration", "roc", "decision-curve", "cohorts-oe", "cohorts-auroc"];
    let figures = numbers.figures.into_iter().chain(numbers.forests);
    names.into_iter().zip(figures).map(|(name, figure)| figure.file(name)).collect()
}
