//! The five fields of a use case at a point in time: which hold, which lapsed, and when the gate
//! closes for it.

use crate::{Cause, Live, Month, Record, Stage, UseCase, days_after};
use jiff::Timestamp;
use serde::Serialize;

/// The five things that must be true of every material use case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// Accountable owners.
    Owner,
    /// A risk tier.
    Tier,
    /// A met validation standard.
    Validation,
    /// A monitoring plan that receives data.
    Monitoring,
    /// A decision path for change.
    DecisionPath,
}

/// One of the five fields, at a point in time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Field {
    /// Which.
    pub kind: FieldKind,
    /// How it stands.
    pub state: FieldState,
    /// What it is, or why it does not hold, in plain words.
    pub because: String,
}

/// How a field stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum FieldState {
    /// It holds.
    Met,
    /// It is not there yet.
    Missing,
    /// It held, and does not any more.
    Lapsed {
        /// Since when.
        since: Timestamp,
    },
}

/// The five fields of a use case at a point in time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// The fields, in the order of [`FieldKind`].
    pub fields: Vec<Field>,
    /// Since when a live use case has been out of policy.
    pub out_of_policy_since: Option<Timestamp>,
    /// When the gate closes for it, unless the lapse is mended before.
    pub gate_closes_at: Option<Timestamp>,
}

impl FieldKind {
    /// The five, in the order in which a use case gets them.
    pub const ALL: [Self; 5] =
        [Self::Owner, Self::Tier, Self::Validation, Self::Monitoring, Self::DecisionPath];

    /// The field in plain words.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Owner => "Owner",
            Self::Tier => "Risk tier",
            Self::Validation => "Validation",
            Self::Monitoring => "Monitoring",
            Self::DecisionPath => "Decision path",
        }
    }
}

impl Field {
    fn missing(kind: FieldKind, because: String) -> Self {
        Self { kind, state: FieldState::Missing, because }
    }

    fn lapsed(kind: FieldKind, since: Timestamp, because: String) -> Self {
        Self { kind, state: FieldState::Lapsed { since }, because }
    }

    /// True when the field holds.
    #[must_use]
    pub fn is_met(&self) -> bool {
        self.state == FieldState::Met
    }
}

impl Standing {
    /// How many of the five fields hold.
    #[must_use]
    pub fn met(&self) -> usize {
        self.fields.iter().filter(|field| field.is_met()).count()
    }
}

/// Which fields are put in words: most are only counted.
#[derive(Clone, Copy, PartialEq)]
enum Told {
    InWords,
    /// Those that do not hold.
    Lacks,
    Silently,
}

impl Told {
    fn say(self, words: impl FnOnce() -> String) -> String {
        if self == Self::Silently { String::new() } else { words() }
    }

    /// What is said of a field that holds.
    fn met(self, kind: FieldKind, words: impl FnOnce() -> String) -> Field {
        let because = if self == Self::InWords { words() } else { String::new() };
        Field { kind, state: FieldState::Met, because }
    }

    fn just(self, words: &str) -> String {
        self.say(|| words.to_owned())
    }
}

impl Record {
    /// The five fields of a use case at `now`.
    #[must_use]
    pub fn standing(&self, use_case: &UseCase, now: Timestamp) -> Standing {
        self.standing_told(use_case, now, Told::InWords)
    }

    /// [`Record::standing`] with words for the fields alone that do not hold.
    pub(crate) fn lacking(&self, use_case: &UseCase, now: Timestamp) -> Standing {
        self.standing_told(use_case, now, Told::Lacks)
    }

    /// [`Standing::out_of_policy_since`] alone, without putting anything in words: quick enough to
    /// be asked of every use case for one view.
    #[must_use]
    pub fn out_of_policy_since(&self, use_case: &UseCase, now: Timestamp) -> Option<Timestamp> {
        if self.is_in_policy(use_case, now) {
            return None;
        }
        self.outline(use_case, now).out_of_policy_since
    }

    /// True when no field of a use case has lapsed by `now`, or it does not act anyway. Most do
    /// not lapse for months, and the index knows when they do.
    #[must_use]
    pub fn is_in_policy(&self, use_case: &UseCase, now: Timestamp) -> bool {
        match self.index().outlook(use_case.id) {
            Some(ahead) => ahead.and_then(|it| it.lapse).is_none_or(|lapse| lapse > now),
            None => self.computed_lapse(use_case, now).is_none(),
        }
    }

    /// Since when a use case that acts is out of policy at `now`, from its fields alone. At the end
    /// of time it tells when it will be, unless something is done.
    pub(crate) fn computed_lapse(&self, use_case: &UseCase, now: Timestamp) -> Option<Timestamp> {
        if !matches!(use_case.stage, Stage::Live(_)) {
            return None;
        }
        self.outline(use_case, now).out_of_policy_since
    }

    /// How many of the five fields of a use case hold at `now`.
    #[must_use]
    pub fn fields_met(&self, use_case: &UseCase, now: Timestamp) -> usize {
        let ahead = self.index().outlook(use_case.id).flatten();
        if ahead.is_some_and(|it| it.lapse.is_none_or(|lapse| lapse > now)) {
            return FieldKind::ALL.len();
        }
        self.outline(use_case, now).met()
    }

    /// [`Record::standing`] without words: [`Field::because`] is empty. For lists of many use
    /// cases.
    #[must_use]
    pub fn outline(&self, use_case: &UseCase, now: Timestamp) -> Standing {
        self.standing_told(use_case, now, Told::Silently)
    }

    fn standing_told(&self, use_case: &UseCase, now: Timestamp, told: Told) -> Standing {
        if matches!(use_case.stage, Stage::Retired { .. }) {
            let over = |kind| {
                Field::missing(kind, told.just("the use case is over; nothing may act for it"))
            };
            let fields = FieldKind::ALL.into_iter().map(over).collect();
            return Standing { fields, out_of_policy_since: None, gate_closes_at: None };
        }
        let fields = vec![
            self.owner_field(use_case, told),
            tier_field(use_case, told),
            self.validation_field(use_case, now, told),
            self.monitoring_field(use_case, now, told),
            self.path_field(use_case, now, told),
        ];
        let lapses = fields.iter().filter_map(|field| match field.state {
            FieldState::Lapsed { since } => Some(since),
            FieldState::Met | FieldState::Missing => None,
        });
        let out_of_policy_since = lapses.min().filter(|_| matches!(use_case.stage, Stage::Live(_)));
        let grace = self.effective_tier(use_case, now).and_then(|tier| {
            Some(self.tier_policy.as_ref()?.duties_of(tier)?.gate_closes_after_days)
        });
        let gate_closes_at = out_of_policy_since.map(|since| days_after(since, grace.unwrap_or(0)));
        Standing { fields, out_of_policy_since, gate_closes_at }
    }

    fn owner_field(&self, use_case: &UseCase, told: Told) -> Field {
        let Some(owners) = &use_case.owners else {
            return Field::missing(FieldKind::Owner, told.just("nobody answers for it yet"));
        };
        let left = owners.all().into_iter().filter_map(|(role, owner)| {
            let at = self.people.get(owner)?.left_at?;
            Some((at, told.say(|| format!("its {role}, {owner}, has left"))))
        });
        match left.min_by_key(|(at, _)| *at) {
            Some((since, because)) => Field::lapsed(FieldKind::Owner, since, because),
            None => told.met(FieldKind::Owner, || {
                format!("{}, {}, {}", owners.sponsor, owners.business, owners.technical)
            }),
        }
    }

    fn validation_field(&self, use_case: &UseCase, now: Timestamp, told: Told) -> Field {
        const KIND: FieldKind = FieldKind::Validation;
        if let Some(live) = use_case.stage.live() {
            return self.live_validation(use_case, live, now, told);
        }
        let Some(standard) = use_case.stage.standard() else {
            return Field::missing(KIND, told.just("no standard to meet yet"));
        };
        let runs = use_case.stage.deployment().map(|deployment| deployment.version.as_str());
        match runs.and_then(|version| self.latest_evidence(use_case.id, version)) {
            None => {
                Field::missing(KIND, told.say(|| format!("no evidence against {standard} yet")))
            }
            Some(evidence) if self.shows_enough(evidence, now) => {
                told.met(KIND, || format!("{} meets {}", evidence.id, evidence.standard))
            }
            Some(evidence) => Field::missing(
                KIND,
                told.say(|| {
                    format!("{} against {}: {}", evidence.id, evidence.standard, evidence.status)
                }),
            ),
        }
    }

    fn live_validation(
        &self,
        use_case: &UseCase,
        live: &Live,
        now: Timestamp,
        told: Told,
    ) -> Field {
        const KIND: FieldKind = FieldKind::Validation;
        let validation = &live.validation;
        // A new version makes the old validation stale on the day it is released.
        let newer = self.newer_versions(use_case);
        let stale = newer.map(|version| {
            let label = &version.label;
            let because = told
                .say(|| format!("version {label} is out; {} was validated", validation.version));
            (version.released, because)
        });
        let run_out = self.invalid_since(validation, now);
        let run_out = run_out
            .map(|since| (since, told.say(|| format!("{} has run out", validation.evidence))));
        if let Some((since, because)) = earliest(stale.chain(run_out), now) {
            return Field::lapsed(KIND, since, because);
        }
        told.met(KIND, || format!("{} meets the standard", validation.evidence))
    }

    fn monitoring_field(&self, use_case: &UseCase, now: Timestamp, told: Told) -> Field {
        const KIND: FieldKind = FieldKind::Monitoring;
        let Some(live) = use_case.stage.live() else {
            return match &use_case.plan {
                Some(_) => {
                    told.met(KIND, || "a plan is adopted; it starts with going live".to_owned())
                }
                None => Field::missing(KIND, told.just("no monitoring plan yet")),
            };
        };
        // A month that was looked at and held no predictions is no data. While it was stopped, none
        // were owed.
        let months = self.observations.get(&use_case.id);
        let seen = months.and_then(|months| months.values().rev().find(|month| month.has_data()));
        let start = Month::of(live.acting_since);
        let owed = seen.map_or(start, crate::Observation::next_month).max(start);
        // Two periods without data: the period after the one that is owed is mature too.
        let lapses_at = live.plan.matures(live.plan.after(owed));
        if lapses_at <= now {
            let periods = if live.plan.every_months() == 1 { "months" } else { "periods" };
            let because = told.say(|| format!("no data for two {periods} since {owed}"));
            return Field::lapsed(KIND, lapses_at, because);
        }
        match seen {
            Some(seen) => told.met(KIND, || format!("last month observed: {}", seen.month)),
            None => told.met(KIND, || format!("first month, {owed}, is due later")),
        }
    }

    fn path_field(&self, use_case: &UseCase, now: Timestamp, told: Told) -> Field {
        const KIND: FieldKind = FieldKind::DecisionPath;
        let Some(live) = use_case.stage.live() else {
            let body = use_case.stage.tier().and_then(|_| self.deciding_body(use_case));
            return match body {
                Some(body) => told.met(KIND, || format!("{} decides", body.name)),
                None => Field::missing(KIND, told.just("no body has the right to decide on it")),
            };
        };
        let path = &live.path;
        let expired = (path.expires <= now)
            .then(|| (path.expires, told.say(|| format!("{} has lapsed", path.decision))));
        // A version that nobody knows is denied already; it does not tell against the one that was
        // approved.
        let unanswered = self
            .open_cases(use_case.id)
            .filter(|case| case.answer_by <= now)
            .filter(|case| !matches!(case.cause, Cause::UnknownVersion { .. }))
            .map(|case| (case.answer_by, told.say(|| format!("{} waits unanswered", case.id))));
        let lowered = self.lowered_until(use_case, live).map(|until| {
            let because = told.say(|| {
                format!("{} was decided as of a lower tier, and that has ended", path.decision)
            });
            (until, because)
        });
        let lapses = unanswered.chain(expired).chain(lowered);
        if let Some((since, because)) = earliest(lapses, now) {
            return Field::lapsed(KIND, since, because);
        }
        told.met(KIND, || format!("{} under {}", path.body, path.decision))
    }
}

fn tier_field(use_case: &UseCase, told: Told) -> Field {
    const KIND: FieldKind = FieldKind::Tier;
    let Some(tier) = use_case.stage.tier() else {
        return Field::missing(KIND, told.just("its facts are not stated yet"));
    };
    match use_case.stage.live().and_then(|live| live.risen.as_ref()) {
        Some(risen) => {
            let because = told.say(|| {
                format!(
                    "it is {} by {}, and was approved as {}; have it approved again",
                    tier.tier, tier.policy, risen.approved
                )
            });
            Field::lapsed(KIND, risen.at, because)
        }
        None => told.met(KIND, || format!("{} by {}", tier.tier, tier.policy)),
    }
}

/// The first lapse that has come by `now`.
fn earliest(
    lapses: impl Iterator<Item = (Timestamp, String)>,
    now: Timestamp,
) -> Option<(Timestamp, String)> {
    lapses.filter(|(since, _)| *since <= now).min_by_key(|(since, _)| *since)
}
