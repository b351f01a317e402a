//! What several pages show: the shell, the gate, the five fields, chips, tasks.

use crate::assets;
use crate::problem::Problem;
use crate::session::SignedIn;
use crate::state::{Moment, Web};
use crate::words;
use askama::Template;
use gate::{Answer, PermitTable, Request, Verdict};
use governance::{Deployment, FieldState, Record, SiteId, Stage, Task, Tier, UseCase, Waiting};
use jiff::Timestamp;

/// The hospital's name, or the program's before the record is founded.
pub(crate) fn hospital(record: &Record) -> String {
    record.founding.as_ref().map_or_else(|| "Primum".to_owned(), |it| it.hospital.clone())
}

/// Which entry of the navigation a page belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    Home,
    Cases,
    Decisions,
    People,
    Record,
}

/// What surrounds every page of a signed-in person.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    pub title: String,
    pub hospital: String,
    pub who: String,
    pub handle: String,
    pub csrf: String,
    /// The id of the sign-out form.
    pub command: String,
    pub demo: Option<String>,
    pub today: String,
    pub as_of: Option<String>,
    pub style: &'static str,
    pub size: u64,
    pub open_cases: usize,
    pub open_motions: usize,
    section: Section,
}

impl Page {
    pub fn new(
        web: &Web,
        me: &SignedIn,
        at: &Moment,
        section: Section,
        title: impl Into<String>,
    ) -> Result<Self, Problem> {
        let record = &at.record;
        Ok(Self {
            title: title.into(),
            hospital: hospital(record),
            who: words::person(&me.person, record),
            handle: me.person.to_string(),
            csrf: me.csrf.clone(),
            command: web.command_id()?,
            demo: web.app.demo.as_ref().map(|demo| demo.note.clone()),
            today: words::date(at.now),
            as_of: at.as_of.map(words::day),
            style: assets::style_path(),
            size: record.next_seq,
            open_cases: record.cases.values().filter(|case| case.is_open()).count(),
            open_motions: record.decisions.values().filter(|it| it.is_open()).count(),
            section,
        })
    }

    pub fn current(&self, section: &str) -> &'static str {
        let name = match self.section {
            Section::Home => "home",
            Section::Cases => "cases",
            Section::Decisions => "decisions",
            Section::People => "people",
            Section::Record => "record",
        };
        if name == section { " aria-current=\"page\"" } else { "" }
    }
}

/// A word with a colour and a sign.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chip {
    pub class: &'static str,
    pub word: &'static str,
}

/// Where a use case stands, as a chip.
pub(crate) fn stage_chip(use_case: &UseCase, standing: &governance::Standing) -> Chip {
    let (class, word) = match &use_case.stage {
        Stage::Proposed => ("is-review", "Proposed"),
        Stage::Triaged { .. } => ("is-review", "Triaged"),
        Stage::Validating { .. } => ("is-review", "Validating"),
        Stage::Piloting { .. } => ("is-review", "Piloting"),
        Stage::Live(_) if standing.out_of_policy_since.is_some() => {
            ("is-watch", "Live, out of policy")
        }
        Stage::Live(_) => ("is-live", "Live"),
        Stage::Suspended { .. } => ("is-held", "Suspended"),
        Stage::Retired { .. } => ("is-retired", "Over"),
    };
    Chip { class, word }
}

/// The class of a tier's mark.
pub(crate) fn tier_class(tier: Tier) -> String {
    format!("is-t{}", tier.number())
}

/// One of the five fields.
#[derive(Debug, Clone)]
pub(crate) struct FieldView {
    pub class: &'static str,
    pub name: &'static str,
    pub state: String,
    pub because: String,
}

/// The five fields of a use case.
#[derive(Debug, Clone, Template)]
#[template(path = "standing.html")]
pub(crate) struct Standing {
    pub fields: Vec<FieldView>,
}

impl Standing {
    pub fn new(standing: &governance::Standing) -> Self {
        let fields = standing.fields.iter().map(|field| {
            let (class, state) = match field.state {
                FieldState::Met => ("is-met", "Met".to_owned()),
                FieldState::Missing => ("is-missing", "Missing".to_owned()),
                FieldState::Lapsed { since } => {
                    ("is-lapsed", format!("Lapsed {}", words::date(since)))
                }
            };
            let because = words::capital(&field.because);
            FieldView { class, name: field.kind.title(), state, because }
        });
        Self { fields: fields.collect() }
    }
}

/// What the gate answers for a use case as it is deployed.
#[derive(Debug, Clone, Template)]
#[template(path = "gate.html")]
pub(crate) struct Gate {
    pub class: &'static str,
    pub verdict: &'static str,
    pub reasons: Vec<String>,
    pub obligations: Vec<String>,
    pub command: String,
    pub closes: Option<String>,
}

impl Gate {
    pub fn new(table: &PermitTable, record: &Record, use_case: &UseCase, now: Timestamp) -> Self {
        let (request, answer) = gate_of(table, record, use_case, now);
        let permit = answer.verdict == Verdict::Permit;
        let closes = record.standing(use_case, now).gate_closes_at.filter(|at| permit && *at > now);
        let reasons = answer.reasons.into_iter().map(|reason| words::capital(&reason.text));
        Self {
            class: if permit { "is-permit" } else { "is-deny" },
            verdict: if permit { "Permit" } else { "Deny" },
            reasons: reasons.collect(),
            obligations: answer.obligations,
            command: format!(
                "primum gate check {} --version {} --site {} --workflow {}",
                request.use_case, request.version, request.site, request.workflow
            ),
            closes: closes.map(words::instant),
        }
    }
}

/// The question that the deployed version would ask the gate, and the answer. A use case that is
/// not deployed asks for its newest version.
pub(crate) fn gate_of(
    table: &PermitTable,
    record: &Record,
    use_case: &UseCase,
    now: Timestamp,
) -> (Request, Answer) {
    let system = record.systems.get(&use_case.proposal.system);
    let newest = system.and_then(|system| {
        system.versions.values().max_by_key(|version| version.released).map(|it| it.label.clone())
    });
    let (version, site) = match use_case.stage.deployment() {
        Some(Deployment { version, site, .. }) => (version.clone(), site.clone()),
        None => (newest.unwrap_or_else(|| "none".to_owned()), anywhere()),
    };
    let request = Request {
        use_case: use_case.id,
        version,
        site,
        workflow: use_case.proposal.workflow.clone(),
    };
    let answer = table.check(&request, now);
    (request, answer)
}

/// A site for the question of what runs nowhere: the answer does not depend on it.
fn anywhere() -> SiteId {
    #[expect(clippy::expect_used, reason = "a constant that a test reads")]
    "any".parse().expect("`any` is a handle")
}

/// One task.
#[derive(Debug, Clone)]
pub(crate) struct TaskView {
    pub what: String,
    pub href: String,
    pub about: String,
    pub due: Option<String>,
    pub overdue: bool,
}

impl TaskView {
    pub fn new(task: &Task, record: &Record, now: Timestamp) -> Self {
        let href = match (task.case, task.decision, task.use_case) {
            (Some(case), ..) => format!("/cases/{case}"),
            (None, Some(decision), _) => format!("/decisions/{decision}"),
            (None, None, Some(use_case)) => format!("/use-cases/{use_case}"),
            (None, None, None) => "/record".to_owned(),
        };
        let who = match &task.who {
            Waiting::Person(person) => words::person(person, record),
            Waiting::Body(body) => {
                record.bodies.get(body).map_or_else(|| body.to_string(), |body| body.name.clone())
            }
        };
        let verb = if task.overdue { "Was due" } else { "Due" };
        Self {
            what: task.what.clone(),
            href,
            about: match task.use_case {
                Some(id) => format!("{} · waits for {who}", words::use_case(id, record)),
                None => format!("Waits for {who}"),
            },
            due: task.due.map(|due| format!("{verb} {}", words::days_from(now, due))),
            overdue: task.overdue,
        }
    }
}

/// A line of a history.
#[derive(Debug, Clone)]
pub(crate) struct LineView {
    pub seq: u64,
    pub class: &'static str,
    pub when: String,
    pub datetime: String,
    pub title: String,
    pub sentence: String,
    pub actor: String,
    pub leaf: String,
}

impl From<&crate::history::Line> for LineView {
    fn from(line: &crate::history::Line) -> Self {
        let class = match line.title.as_str() {
            "Signal raised" | "Case opened" | "Case escalated" => "is-signal",
            "Decided" | "Went live" | "Suspended" | "Resumed" | "Retired" => "is-decision",
            _ => "",
        };
        Self {
            seq: line.seq,
            class,
            when: words::date(line.at),
            datetime: line.at.to_string(),
            title: line.title.clone(),
            sentence: line.sentence.clone(),
            actor: line.actor.clone(),
            leaf: line.leaf.clone(),
        }
    }
}

/// A button that a person may use, or the reason why not.
#[derive(Debug, Clone)]
pub(crate) struct May {
    pub not: Option<String>,
}

impl From<Result<(), String>> for May {
    fn from(answer: Result<(), String>) -> Self {
        Self { not: answer.err().map(|why| words::capital(&why)) }
    }
}

impl May {
    pub fn disabled(&self) -> &'static str {
        if self.not.is_some() { " disabled" } else { "" }
    }
}
