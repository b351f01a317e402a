//! Incidents, their legal clocks and what is done about them.

use crate::hospital::*;
use governance::*;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// The clock rules that Primum comes with.
pub fn clock_rules() -> ClockRules {
    let text = include_str!("../../../../../packs/clocks/primum-clocks.toml");
    toml::from_str(text).expect("clock rules")
}

/// Answers by which no rule of the United States applies.
pub const BENIGN: &[(&str, &str)] = &[
    ("outcome", "none"),
    ("malfunction", "no"),
    ("device", "no"),
    ("device-may-have-caused", "no"),
    ("we-are-manufacturer", "no"),
    ("manufacturer-known", "yes"),
    ("remedial-action", "no"),
    ("phi-breach", "no"),
    ("eu-high-risk", "no"),
    ("widespread", "no"),
    ("ai-disclosed", "yes"),
];

/// An assessment with these answers; the other questions have a benign one.
pub fn assessment(harm: Option<&str>, answers: &[(&str, &str)]) -> Assessment {
    let all = BENIGN.iter().chain(answers);
    Assessment {
        harm: harm.map(id),
        near_miss: YesNo::No,
        facts: all.map(|(fact, answer)| (id(fact), (*answer).to_owned())).collect(),
        ..Assessment::default()
    }
}

pub fn report() -> IncidentReport {
    IncidentReport {
        what: "The score was high and nobody looked".into(),
        noticed_at: None,
        use_case: Some(UC),
        system: None,
        site: None,
        happened_at: None,
        time_zone: None,
    }
}

pub fn plan_action(incident: u32, owner: &str, due: Timestamp, instead_of: Option<usize>) -> Act {
    Act::Incidents(IncidentsAct::PlanAction {
        incident: IncidentId(incident),
        what: "Change the threshold".into(),
        owner: id(owner),
        due,
        check: "Count the alarms of a month".into(),
        check_at: days_after(due, 30),
        instead_of,
    })
}

const CAUSED: [(&str, &str); 2] = [("device", "yes"), ("device-may-have-caused", "yes")];

/// Live, with an open incident of serious harm, one action of which is done and one is not, and a
/// closed near miss.
pub fn harmed() -> Hospital {
    let assess = |incident: u32, kind: usize| {
        let (incident, assessment) = (IncidentId(incident), of_kind(kind));
        Act::Incidents(IncidentsAct::AssessIncident { incident, assessment })
    };
    let report = || Act::Incidents(IncidentsAct::ReportIncident(report()));
    let hospital = Hospital::live();
    let due = days_after(hospital.now, 5);
    let (incident, proof) = (IncidentId(1), "The ticket".to_owned());
    hospital
        .must("office", Act::Incidents(IncidentsAct::AdoptClockRules(clock_rules())))
        .must("idle", report())
        .must("office", assess(1, 2))
        .must("office", plan_action(1, "owner", due, None))
        .must("office", plan_action(1, "owner", due, None))
        .must(
            "owner",
            Act::Incidents(IncidentsAct::CompleteAction { incident, action: 1, proof }),
        )
        .must("idle", report())
        .must("office", assess(2, 3))
        .must("office", Act::Incidents(IncidentsAct::CloseIncident { incident: IncidentId(2) }))
}

/// Live, with a near miss that may be closed.
pub fn missed() -> Hospital {
    let (incident, assessment) = (IncidentId(1), of_kind(3));
    Hospital::live()
        .must("office", Act::Incidents(IncidentsAct::AdoptClockRules(clock_rules())))
        .must("idle", Act::Incidents(IncidentsAct::ReportIncident(report())))
        .must("office", Act::Incidents(IncidentsAct::AssessIncident { incident, assessment }))
}

/// Assessments of a few kinds, by number.
fn of_kind(kind: usize) -> Assessment {
    match kind {
        0 => assessment(Some("i"), &[CAUSED[0], CAUSED[1], ("outcome", "death")]),
        1 => assessment(Some("c"), &[]),
        2 => assessment(Some("e"), &[CAUSED[0], CAUSED[1], ("outcome", "serious-injury")]),
        3 => Assessment { near_miss: YesNo::Yes, ..assessment(Some("b"), &[]) },
        4 => Assessment { people: Some(20), ..assessment(Some("c"), &[("phi-breach", "yes")]) },
        _ => assessment(None, &[("phi-breach", "yes")]),
    }
}

/// The rules that apply to a kind, each with a letter for the facts behind it.
fn applying(kind: usize) -> &'static [(&'static str, char)] {
    match kind {
        0 => &[
            ("death-to-fda", 'd'),
            ("death-to-manufacturer", 'd'),
            ("mdr-annual-report", 'd'),
            ("mdr-event-file", 'd'),
        ],
        2 => &[
            ("injury-to-manufacturer", 's'),
            ("mdr-annual-report", 's'),
            ("mdr-event-file", 's'),
        ],
        4 => &[("breach-individuals", 'b'), ("breach-hhs-yearly", 'p')],
        5 => &[
            ("breach-individuals", 'b'),
            ("breach-media", '?'),
            ("breach-hhs", '?'),
            ("breach-hhs-yearly", '?'),
        ],
        _ => &[],
    }
}

/// An act at random, with somebody whose act it may be; none when there is nothing to act on.
pub fn any(hospital: &Hospital, pick: [usize; 4]) -> Option<(&'static str, Act)> {
    let record = &hospital.record.incidents;
    if record.rules.is_none() && pick[0] < 6 {
        return Some(("office", Act::Incidents(IncidentsAct::AdoptClockRules(clock_rules()))));
    }
    let newest = u32::try_from(record.incidents.len()).expect("small");
    if newest == 0 || pick[0] == 0 {
        let known = pick[1].is_multiple_of(2) && hospital.record.use_cases.contains_key(&UC);
        let report = IncidentReport { use_case: known.then_some(UC), ..report() };
        return Some(("idle", Act::Incidents(IncidentsAct::ReportIncident(report))));
    }
    let number = if pick[1].is_multiple_of(2) { newest } else { (newest - 1).max(1) };
    let incident = IncidentId(number);
    let on = record.incidents.get(&incident)?;
    let place = 1 + pick[2] % 4;
    let waits = |it: &IncidentAction| it.proof.is_some() && it.checked.is_none();
    let to_do = on.actions.iter().position(|it| it.proof.is_none()).map_or(place, |at| at + 1);
    let to_check = on.actions.iter().position(waits).map_or(place, |at| at + 1);
    let running = on.clocks.iter().position(|it| it.end.is_none()).map_or(place, |at| at + 1);
    let who = ["office", "owner", "nurse"][pick[3] % 3];
    let say = || "so it is".to_owned();
    let act = match pick[0] {
        1 | 2 => IncidentsAct::AssessIncident { incident, assessment: of_kind(pick[3] % 6) },
        3 => IncidentsAct::RecordCause { incident, analysis: say() },
        4 => {
            let failed = on.unreplaced().next().or((pick[2] == 0).then_some(1));
            return Some((who, plan_action(number, "owner", days_after(hospital.now, 5), failed)));
        }
        5 => IncidentsAct::CompleteAction { incident, action: to_do, proof: say() },
        6 => {
            let (action, effective) = (to_check, pick[2] < 8);
            IncidentsAct::CheckEffectiveness { incident, action, effective, finding: say() }
        }
        7 | 8 => {
            let (clock, at) = (running, hospital.now);
            IncidentsAct::MeetClock { incident, clock, how: say(), at, reference: say() }
        }
        9 => IncidentsAct::StopClock { incident, clock: running, reason: say() },
        10 if !on.is_open() => IncidentsAct::ReopenIncident { incident, reason: say() },
        10 => IncidentsAct::CloseIncident { incident },
        _ if pick[2] < 6 => IncidentsAct::AddTimeline { incident, at: hospital.now, what: say() },
        _ => {
            let document = format!("{:064x}", pick[3]);
            IncidentsAct::RecordAnalysis { incident, document }
        }
    };
    let who = if matches!(act, IncidentsAct::CompleteAction { .. }) { "owner" } else { who };
    Some((who, Act::Incidents(act)))
}

struct AClock {
    rule: &'static str,
    because: char,
    due: Timestamp,
    end: &'static str,
    escalated: bool,
}

struct AnAction {
    check_at: Timestamp,
    instead_of: Option<usize>,
    state: &'static str,
}

struct AnIncident {
    noticed: Timestamp,
    kind: Option<usize>,
    cause: bool,
    analyses: Vec<String>,
    moments: usize,
    clocks: Vec<AClock>,
    actions: Vec<AnAction>,
    open: bool,
}

/// The rules of this part a second time.
#[derive(Default)]
pub struct Model {
    rules: bool,
    /// The people who left do nothing; the others may, as rights are not asked here.
    incidents: Vec<AnIncident>,
}

impl AnIncident {
    /// An action that did not work and is not replaced, by its place from 1.
    fn failed(&self, place: usize) -> bool {
        let here = place.checked_sub(1).and_then(|index| self.actions.get(index));
        here.is_some_and(|it| it.state == "failed")
            && !self.actions.iter().any(|it| it.instead_of == Some(place))
    }

    fn may_close(&self, now: Timestamp) -> bool {
        self.open
            && self.kind.is_some()
            && (self.cause || self.kind == Some(3))
            && !self.clocks.iter().any(AClock::runs)
            && self.actions.iter().all(|it| {
                it.state != "planned" && (it.state != "done" || it.check_at > now)
            })
            && !(1..=self.actions.len()).any(|place| self.failed(place))
    }
}

impl AClock {
    fn runs(&self) -> bool {
        self.end.is_empty() && self.rule != "mdr-event-file"
    }
}

/// When a clock of a rule is due, day by day.
fn due_by_hand(rule: &str, start: Timestamp) -> Timestamp {
    let zone: TimeZone =
        jiff::tz::TimeZoneDatabase::bundled().get("America/New_York").expect("a zone");
    let first = start.to_zoned_datetime(zone.clone()).date();
    let mut day = first;
    let mut left = match rule {
        "mdr-annual-report" | "mdr-event-file" | "breach-hhs-yearly" => 0,
        "breach-individuals" | "breach-media" | "breach-hhs" => 60,
        _ => 10,
    };
    let work_days = left == 10;
    while left > 0 {
        day = day.tomorrow().expect("a day");
        left -= i32::from(!work_days || is_work_day(day, Calendar::UsFederal));
    }
    if rule == "mdr-annual-report" {
        day = jiff::civil::date(first.year() + 1, 1, 1);
    }
    if rule == "breach-hhs-yearly" {
        // The sixtieth day of the next year: 1 March, or 29 February.
        day = jiff::civil::date(first.year(), 12, 31);
        for _ in 0..60 {
            day = day.tomorrow().expect("a day");
        }
    }
    if rule == "mdr-event-file" {
        // Two years later; 29 February becomes 28.
        let same = |day| jiff::civil::Date::new(first.year() + 2, first.month(), day).ok();
        day = same(first.day()).or(same(28)).expect("a day");
    }
    day.tomorrow().expect("a day").to_zoned_datetime(zone).expect("in range").timestamp()
}

impl Model {
    fn of(&self, incident: IncidentId) -> Option<&AnIncident> {
        self.incidents.get((incident.0 as usize).checked_sub(1)?)
    }

    /// Whether the core must accept the command; none when the model does not know.
    pub fn expects(&self, command: &Command) -> Option<bool> {
        let Act::Incidents(act) = &command.act else { return None };
        // Who left, or was never here, is told by another model; what is refused is refused anyway.
        let may = match act {
            IncidentsAct::AssessIncident { incident, .. } => {
                self.rules && self.of(*incident).is_some_and(|it| it.open)
            }
            IncidentsAct::RecordCause { incident, .. }
            | IncidentsAct::AddTimeline { incident, .. } => self.of(*incident)?.open,
            IncidentsAct::RecordAnalysis { incident, document } => {
                !self.of(*incident)?.analyses.contains(document)
            }
            IncidentsAct::PlanAction { incident, instead_of, .. } => {
                let it = self.of(*incident)?;
                it.open && instead_of.is_none_or(|place| it.failed(place))
            }
            IncidentsAct::CompleteAction { incident, action, .. } => {
                let it = self.of(*incident)?;
                let owner = command.actor.person().is_some_and(|who| who.as_str() == "owner");
                it.open && owner && it.actions.get(action - 1)?.state == "planned"
            }
            IncidentsAct::CheckEffectiveness { incident, action, .. } => {
                let owner = command.actor.person().is_some_and(|who| who.as_str() == "owner");
                !owner && self.of(*incident)?.actions.get(action - 1)?.state == "done"
            }
            IncidentsAct::MeetClock { incident, clock, .. } => {
                self.of(*incident)?.clocks.get(clock - 1)?.runs()
            }
            IncidentsAct::StopClock { incident, clock, .. } => {
                self.of(*incident)?.clocks.get(clock - 1)?.end.is_empty()
            }
            IncidentsAct::CloseIncident { incident } => self.of(*incident)?.may_close(command.at),
            IncidentsAct::ReopenIncident { incident, .. } => !self.of(*incident)?.open,
            IncidentsAct::AdoptClockRules(_) => !self.rules,
            IncidentsAct::ReportIncident(_) => return None,
        };
        // What the model would accept may still be refused for who asks, or for a used id.
        if may { None } else { Some(false) }
    }

    /// Plays a command that the core accepted.
    #[expect(clippy::too_many_lines, reason = "one arm for each act, to be read as a list")]
    pub fn play(&mut self, command: &Command) {
        let now = command.at;
        let act = match &command.act {
            Act::Incidents(act) => act,
            Act::Tick => {
                let open = self.incidents.iter_mut().filter(|it| it.open);
                for clock in open.flat_map(|it| &mut it.clocks) {
                    clock.escalated |= clock.runs() && clock.due <= now;
                }
                return;
            }
            _ => return,
        };
        let place = |incident: &IncidentId| incident.0 as usize - 1;
        match act {
            IncidentsAct::AdoptClockRules(_) => self.rules = true,
            IncidentsAct::ReportIncident(_) => self.incidents.push(AnIncident {
                noticed: now,
                kind: None,
                cause: false,
                analyses: Vec::new(),
                moments: 0,
                clocks: Vec::new(),
                actions: Vec::new(),
                open: true,
            }),
            IncidentsAct::AssessIncident { incident, assessment } => {
                let it = &mut self.incidents[place(incident)];
                let kind = (0..6).find(|kind| of_kind(*kind) == *assessment).expect("a kind");
                it.kind = Some(kind);
                for (rule, because) in applying(kind) {
                    let settled = it.clocks.iter().any(|clock| {
                        clock.rule == *rule && (clock.end != "stopped" || clock.because == *because)
                    });
                    if !settled {
                        let due = due_by_hand(rule, it.noticed);
                        let (rule, because) = (*rule, *because);
                        it.clocks.push(AClock { rule, because, due, end: "", escalated: false });
                    }
                }
            }
            IncidentsAct::AddTimeline { incident, .. } => {
                self.incidents[place(incident)].moments += 1;
            }
            IncidentsAct::RecordCause { incident, .. } => {
                self.incidents[place(incident)].cause = true;
            }
            IncidentsAct::RecordAnalysis { incident, document } => {
                self.incidents[place(incident)].analyses.push(document.clone());
            }
            IncidentsAct::PlanAction { incident, check_at, instead_of, .. } => {
                let (check_at, instead_of) = (*check_at, *instead_of);
                let action = AnAction { check_at, instead_of, state: "planned" };
                self.incidents[place(incident)].actions.push(action);
            }
            IncidentsAct::CompleteAction { incident, action, .. } => {
                self.incidents[place(incident)].actions[action - 1].state = "done";
            }
            IncidentsAct::CheckEffectiveness { incident, action, effective, .. } => {
                let it = &mut self.incidents[place(incident)];
                it.actions[action - 1].state = if *effective { "works" } else { "failed" };
                it.open |= !effective;
            }
            IncidentsAct::MeetClock { incident, clock, .. } => {
                self.incidents[place(incident)].clocks[clock - 1].end = "met";
            }
            IncidentsAct::StopClock { incident, clock, .. } => {
                self.incidents[place(incident)].clocks[clock - 1].end = "stopped";
            }
            IncidentsAct::CloseIncident { incident } => {
                assert!(self.incidents[place(incident)].may_close(now), "closed too early");
                self.incidents[place(incident)].open = false;
            }
            IncidentsAct::ReopenIncident { incident, .. } => {
                self.incidents[place(incident)].open = true;
            }
        }
    }

    /// What stands, in words.
    pub fn picture(&self) -> String {
        let line = |it: &AnIncident| {
            let clocks = it.clocks.iter().map(|clock| {
                format!("{} {} {} {}", clock.rule, clock.due, clock.end, clock.escalated)
            });
            let actions = it.actions.iter().map(|action| action.state.to_owned());
            format!(
                "open {}, cause {}, {} analyses, {} moments: {}",
                it.open,
                it.cause,
                it.analyses.len(),
                it.moments,
                clocks.chain(actions).collect::<Vec<_>>().join(", ")
            )
        };
        self.incidents.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}

/// What stands in the record, in the words of [`Model::picture`].
pub fn picture(record: &Record) -> String {
    let line = |it: &Incident| {
        let clocks = it.clocks.iter().map(|clock| {
            let end = match clock.end {
                None => "",
                Some(ClockEnd::Met { .. }) => "met",
                Some(ClockEnd::Stopped { .. }) => "stopped",
            };
            format!("{} {} {end} {}", clock.rule.id, clock.due, clock.escalated.is_some())
        });
        let actions = it.actions.iter().map(|action| {
            let state = match (&action.proof, &action.checked) {
                (None, _) => "planned",
                (_, None) => "done",
                (_, Some(checked)) if checked.effective => "works",
                _ => "failed",
            };
            state.to_owned()
        });
        format!(
            "open {}, cause {}, {} analyses, {} moments: {}",
            it.is_open(),
            it.cause.is_some(),
            it.analyses.len(),
            it.timeline.len(),
            clocks.chain(actions).collect::<Vec<_>>().join(", ")
        )
    };
    record.incidents.incidents.values().map(line).collect::<Vec<_>>().join("\n")
}
