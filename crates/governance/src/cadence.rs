//! How often a plan looks: where its numbers come from, the periods it observes, what people report
//! for each, and how slow a tier allows it to be.

use crate::decide::{Decided, Deciding, unsound};
use crate::{
    Alarm, Change, Feed, Live, MonitoringPlan, Month, Observation, Person, PersonId, Record,
    Refusal, Reported, ReportedShare, Reporter, Share, Source, Stage, Task, Tier, UseCase, Waiting,
    days_after,
};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// Days that count as the first 24 months of being live.
const FIRST_DAYS: u32 = 730;
/// Months that may lie between two looks in that time, where a patient or a claim is touched: at
/// least quarterly. Primum's proposal, after the practice that Mount Sinai has published.
const FIRST_MONTHS: u32 = 3;
/// Nominal coverage of the intervals of what is reported.
const LEVEL: f64 = 0.95;

impl Reporter {
    /// True for a person who reports.
    #[must_use]
    pub fn is(&self, person: &Person) -> bool {
        match self {
            Self::Person(named) => *named == person.id,
            Self::Role(role) => person.roles.contains(role),
        }
    }
}

impl MonitoringPlan {
    /// The prediction log that the plan reads; none when people report instead.
    #[must_use]
    pub fn feed(&self) -> Option<&Feed> {
        match &self.source {
            Source::Feed(feed) => Some(feed),
            Source::Reported(_) => None,
        }
    }

    /// What readers must know about the data; empty when there is nothing to say.
    #[must_use]
    pub fn note(&self) -> &str {
        self.feed().map_or("", |feed| &feed.note)
    }

    /// Months between two looks.
    #[must_use]
    pub fn every_months(&self) -> u32 {
        match &self.source {
            Source::Feed(_) => 1,
            Source::Reported(reporting) => reporting.every_months.max(1),
        }
    }

    /// The month after the period that begins with `month`.
    #[must_use]
    pub fn after(&self, month: Month) -> Month {
        month.later(self.every_months())
    }

    /// The instant at which the numbers of the period that begins with `month` are all known, or
    /// are to be reported.
    #[must_use]
    pub fn matures(&self, month: Month) -> Timestamp {
        days_after(self.after(month).start(), self.maturity_days)
    }

    /// What does not fit between the plan's source and its watches; none when all does.
    #[must_use]
    pub fn source_fault(&self) -> Option<String> {
        let share = |alarm: &Alarm| matches!(alarm, Alarm::Share(_));
        let Source::Reported(reporting) = &self.source else {
            let odd = self.watches.iter().find(|watch| share(&watch.alarm))?;
            return Some(format!(
                "the watch `{}` needs a reported share, but the plan reads a log",
                odd.id
            ));
        };
        if ![1, 3, 12].contains(&reporting.every_months) {
            return Some("reports come every 1, 3 or 12 months".to_owned());
        }
        if let Some(odd) = self.watches.iter().find(|watch| !share(&watch.alarm)) {
            return Some(format!(
                "the watch `{}` needs a log, but the plan is reported: watch a share",
                odd.id
            ));
        }
        self.watches
            .iter()
            .find_map(|watch| match &watch.alarm {
                Alarm::Share(share) => Some((watch, share.fault()?)),
                _ => None,
            })
            .map(|(watch, fault)| format!("the watch `{}`: {fault}", watch.id))
    }
}

impl Share {
    /// The bounds in words, such as `reported share at least 0.05, of at least 100`.
    #[must_use]
    pub fn in_words(&self) -> String {
        let bounds = match (self.at_least, self.at_most) {
            (Some(least), Some(most)) => format!("within {least} to {most}"),
            (Some(least), None) => format!("at least {least}"),
            (None, Some(most)) => format!("at most {most}"),
            (None, None) => "known".to_owned(),
        };
        format!("reported share {bounds}, of at least {}", self.min_n)
    }

    /// What is wrong with the bounds; none when they can be crossed.
    #[must_use]
    pub fn fault(&self) -> Option<String> {
        let limits = || [self.at_least, self.at_most].into_iter().flatten();
        if limits().any(|limit| !(0.0..=1.0).contains(&limit)) {
            return Some("a bound is no share from 0 to 1".to_owned());
        }
        match (self.at_least, self.at_most) {
            (None, None) => Some("it has neither `at_least` nor `at_most`".to_owned()),
            (Some(least), Some(most)) if least > most => {
                Some(format!("nothing is at least {least} and at most {most}"))
            }
            _ if self.min_n == 0 => Some("`min_n` must be at least 1".to_owned()),
            _ => None,
        }
    }

    /// Why a reported share raises a signal: its whole interval lies beyond a bound. None when it
    /// does not, or when fewer were counted than count as enough.
    #[must_use]
    pub fn breach(&self, reported: &ReportedShare) -> Option<String> {
        if reported.of < self.min_n {
            return None;
        }
        let (lower, upper) = (reported.lower?, reported.upper?);
        let side = match (self.at_least, self.at_most) {
            (Some(least), _) if upper < least => format!("below the least agreed, {least}"),
            (_, Some(most)) if lower > most => format!("above the most agreed, {most}"),
            _ => return None,
        };
        let (count, of) = (reported.count, reported.of);
        Some(format!("{count} of {of} ({lower:.3} to {upper:.3}) is {side}"))
    }
}

impl Observation {
    /// The month after the period that was observed.
    #[must_use]
    pub fn next_month(&self) -> Month {
        self.month.later(self.months.max(1))
    }
}

impl Record {
    /// Why a plan looks too seldom for the tier of a use case; none when it does not, or while the
    /// tier is not known.
    #[must_use]
    pub fn too_slow(
        &self,
        use_case: &UseCase,
        plan: &MonitoringPlan,
        now: Timestamp,
    ) -> Option<String> {
        let tier = self.duty_tier(use_case, now)?;
        let by_tier = self.tier_policy.as_ref()?.duties_of(tier)?.monitor_every_months;
        let every = plan.every_months();
        if every > by_tier {
            return Some(format!(
                "{tier} is looked at every {by_tier} months at least, the plan does every {every}"
            ));
        }
        let since = use_case.stage.live().map(|live| live.since);
        let young = since.is_none_or(|since| now < days_after(since, FIRST_DAYS));
        (tier >= Tier::T2 && young && every > FIRST_MONTHS).then(|| {
            format!(
                "in the first 24 months {tier} is looked at every {FIRST_MONTHS} months at least"
            )
        })
    }

    /// Those who report on a live use case, as far as they work here.
    pub fn reporters<'a>(&'a self, use_case: &'a UseCase) -> impl Iterator<Item = &'a PersonId> {
        let plan = use_case.stage.live().map(|live| &live.plan);
        let by = plan.and_then(|plan| match &plan.source {
            Source::Reported(reporting) => Some(&reporting.by),
            Source::Feed(_) => None,
        });
        // A named person is looked up; only a role is searched for.
        let named = match by {
            Some(Reporter::Person(person)) => self.people.get(person),
            _ => None,
        };
        let role = by.filter(|by| matches!(by, Reporter::Role(_)));
        let holders = role.into_iter().flat_map(|by| self.people.values().filter(|it| by.is(it)));
        named.into_iter().chain(holders).filter(|it| it.left_at.is_none()).map(|it| &it.id)
    }
}

impl Deciding<'_> {
    /// A person who is to report must be on record and work here.
    pub(crate) fn reporter_exists(&self, plan: &MonitoringPlan) -> Result<(), Refusal> {
        match &plan.source {
            Source::Reported(reporting) => match &reporting.by {
                Reporter::Person(person) => self.employed(person).map(|_| ()),
                Reporter::Role(role) => crate::decide::say_something("the reporter's role", role),
            },
            Source::Feed(_) => Ok(()),
        }
    }

    pub(crate) fn report_observation(&self, reported: &Reported) -> Decided {
        let use_case = self.use_case(reported.use_case)?;
        let (Some(live), Some(due)) = (use_case.stage.live(), self.record.next_month(use_case))
        else {
            let so = "periods are observed from going live on";
            return Err(Refusal::NotLive { use_case: use_case.id, so });
        };
        let Source::Reported(reporting) = &live.plan.source else {
            return Err(Refusal::Part(crate::PartRefusal::NotReported(use_case.id)));
        };
        if !reporting.by.is(self.person()?) {
            return Err(Refusal::Part(crate::PartRefusal::NotTheReporter(
                self.person()?.id.clone(),
            )));
        }
        if due != reported.month {
            return Err(Refusal::MonthOutOfOrder {
                use_case: use_case.id,
                expected: due.to_string(),
                given: reported.month.to_string(),
            });
        }
        let over = live.plan.after(due).start();
        if over > self.command.at {
            return Err(Refusal::Part(crate::PartRefusal::PeriodNotOver {
                month: due.to_string(),
                over,
            }));
        }
        let observation = self.reported(live, reported)?;
        let mut changes = vec![Change::Observed(Arc::new(observation.clone()))];
        self.raise(use_case, live, &observation, &mut changes);
        Ok(changes)
    }

    /// The counts with their intervals: one for each watch, and for no other.
    fn reported(&self, live: &Live, reported: &Reported) -> Result<Observation, Refusal> {
        let mut shares = Vec::new();
        for watch in &live.plan.watches {
            let mut about = reported.measures.iter().filter(|it| it.watch == watch.id);
            let (Some(measure), None) = (about.next(), about.next()) else {
                let because = format!("it must count for the watch `{}` once", watch.id);
                return Err(unsound("the report", because));
            };
            if measure.numerator > measure.denominator {
                let because = format!("`{}` counts more than there were", watch.id);
                return Err(unsound("the report", because));
            }
            let (count, of) = (measure.numerator, measure.denominator);
            let interval = statistics::wilson(count, of, LEVEL);
            shares.push(ReportedShare {
                watch: watch.id.clone(),
                count,
                of,
                lower: interval.map(|(lower, _)| lower),
                upper: interval.map(|(_, upper)| upper),
            });
        }
        if reported.measures.len() > shares.len() {
            return Err(unsound("the report", "it counts for a watch that the plan does not have"));
        }
        let counted = serde_json::to_vec(&reported.measures)
            .map_err(|error| unsound("the report", error.to_string()))?;
        Ok(Observation {
            use_case: reported.use_case,
            version: live.deployment.version.clone(),
            site: live.deployment.site.clone(),
            month: reported.month,
            months: live.plan.every_months(),
            tallies_digest: hex::encode(Sha256::digest(counted)),
            estimates: Vec::new(),
            shares,
            readings: Vec::new(),
        })
    }
}

/// Reports that are due: from the end of a period until its numbers are to be known.
pub(crate) fn tasks(record: &Record, now: Timestamp, tasks: &mut Vec<Task>) {
    for use_case in record.that_may_wait(now) {
        let Stage::Live(live) = &use_case.stage else { continue };
        if live.plan.feed().is_some() {
            continue;
        }
        let Some(month) = record.next_month(use_case) else { continue };
        if live.plan.after(month).start() > now {
            continue;
        }
        let due = live.plan.matures(month);
        let mut who: Vec<_> = record.reporters(use_case).cloned().map(Waiting::Person).collect();
        if who.is_empty() {
            // Nobody to report: the owner finds somebody.
            who.extend(record.answers(use_case, &live.owners.business));
        }
        tasks.extend(who.into_iter().map(|who| Task {
            who,
            what: format!("Report what was counted on {} from {month} on", use_case.id),
            use_case: Some(use_case.id),
            case: None,
            decision: None,
            due: Some(due),
            overdue: due <= now,
        }));
    }
}
