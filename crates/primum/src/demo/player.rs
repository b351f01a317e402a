//! Plays a story: each step becomes commands to the registrar, and what came of them is told in
//! plain words.

use crate::demo::files;
use crate::demo::script::{Ballot, Deed, Step, Story};
use crate::evidence::evidence_act;
use crate::output::{instant, say, start_of};
use anyhow::{Context, Result, bail};
use governance::{
    Act, Actor, Change, DecisionId, Event, Founding, PersonId, Record, Service, UseCaseId,
    days_after,
};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;
use registrar::{Acknowledged, Registrar, Submission, SubmitError};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Plays a story.
pub struct Player {
    pub(super) registrar: Registrar,
    predictions: PathBuf,
    /// Who takes use cases in.
    pub(super) office: Option<PersonId>,
    quiet: bool,
    bar: ProgressBar,
    /// Commands given so far; it makes their ids, so that a second try repeats and changes nothing.
    given: u32,
    chapters: u32,
    pub(super) now: Timestamp,
}

impl Player {
    /// A player that acts through a registrar.
    pub fn new(registrar: Registrar, predictions: PathBuf, quiet: bool) -> Self {
        let bar = ProgressBar::hidden();
        let now = Timestamp::UNIX_EPOCH;
        Self { registrar, predictions, office: None, quiet, bar, given: 0, chapters: 0, now }
    }

    /// Plays all steps; gives the time at which the story ends.
    pub async fn play(mut self, story: &Story) -> Result<Timestamp> {
        if !self.quiet {
            // Drawn on standard error, and only where somebody looks at it.
            self.bar = ProgressBar::new(story.steps.len() as u64);
            let style = ProgressStyle::with_template("{bar:30} {pos} of {len} steps {msg}")?;
            self.bar.set_style(style);
        }
        self.office.clone_from(&story.office);
        self.tell(&format!("{}\n{}", story.title, crate::demo::NOTE))?;
        for step in &story.steps {
            let what = step.say.as_deref().unwrap_or("a step of the demo");
            self.step(step).await.with_context(|| format!("the demo stopped at: {what}"))?;
            self.bar.inc(1);
        }
        self.bar.finish_and_clear();
        Ok(self.now)
    }

    async fn step(&mut self, step: &Step) -> Result<()> {
        if let Some(chapter) = &step.chapter {
            self.chapters += 1;
            self.tell(&format!("\n{}. {chapter}", self.chapters))?;
        }
        let until = step.at.unwrap_or(self.now);
        if !matches!(step.deed, Deed::Watch) {
            self.now = until;
        }
        if let Some(said) = &step.say {
            self.tell(&format!("\n{}  {said}", instant(self.now)))?;
        }
        let by = || step.by.clone().context("the step does not say who acts");
        match &step.deed {
            Deed::Found { hospital, people } => self.found(hospital, people).await,
            Deed::Charter { body } => {
                let (path, text) = files::text(body)?;
                let body = packs::body(path, text)?;
                self.act(by()?, Act::CharterBody(body)).await
            }
            Deed::AdoptTierPolicy => {
                self.act(by()?, Act::AdoptTierPolicy(packs::builtin::tier_policy()?)).await
            }
            Deed::AdoptStandards => {
                for standard in packs::builtin::standards()? {
                    self.act(by()?, Act::AdoptStandard(standard)).await?;
                }
                Ok(())
            }
            Deed::AdoptPacks => self.adopt_packs(by()?).await,
            Deed::Act { act } => self.act(by()?, act.clone()).await,
            Deed::Acts { acts } => {
                for act in acts {
                    self.act(by()?, act.clone()).await?;
                }
                Ok(())
            }
            Deed::Refused { act } => self.refused(by()?, act.clone()).await,
            Deed::Plan { use_case, plan } => {
                let (path, text) = files::text(plan)?;
                let plan = Box::new(packs::plan(path, text)?);
                self.act(by()?, Act::AdoptPlan { use_case: *use_case, plan }).await
            }
            Deed::Evidence { use_case, from, until } => {
                self.evidence(by()?, *use_case, from, until).await
            }
            Deed::Votes { decision, votes } => self.votes(*decision, votes).await,
            Deed::TakeIn { .. }
            | Deed::Lanes { .. }
            | Deed::Attest { .. }
            | Deed::Review { .. }
            | Deed::Decide { .. }
            | Deed::Reports { .. } => self.in_one_go(step).await,
            Deed::Tick => {
                let ticked = self.tick(self.now).await?;
                self.tell_events(&ticked)
            }
            Deed::Watch => self.watch(until).await,
            Deed::Wait { days } => self.wait(*days).await,
        }
    }

    async fn found(&mut self, hospital: &str, people: &str) -> Result<()> {
        let (path, text) = files::text(people)?;
        let founding = Founding {
            hospital: hospital.to_owned(),
            rights: packs::builtin::rights()?,
            people: packs::people(path, text)?,
        };
        let installer = Actor::Service(Service::Installer);
        let done = self.submit(installer, Act::Found(founding), Vec::new()).await?;
        self.tell_events(&done.events)
    }

    pub(super) async fn act(&mut self, by: PersonId, act: Act) -> Result<()> {
        self.act_with(by, act, Vec::new()).await
    }

    /// An act with the documents that it names.
    pub(super) async fn act_with(
        &mut self,
        by: PersonId,
        act: Act,
        documents: Vec<Vec<u8>>,
    ) -> Result<()> {
        let name = act.name();
        let done = self.submit(Actor::Person(by.clone()), act, documents).await;
        let done = done.with_context(|| format!("{name} by {by} did not go through"))?;
        self.tell_events(&done.events)
    }

    /// An act that the rights or the rules must not let through.
    async fn refused(&mut self, by: PersonId, act: Act) -> Result<()> {
        if self.went_on() {
            // It was refused before the story was interrupted; asked again now, the reason could be
            // another.
            self.given += 1;
            return Ok(());
        }
        match self.submit(Actor::Person(by), act, Vec::new()).await {
            Ok(_) => bail!("an act went through that had to be refused"),
            Err(error @ (SubmitError::Denied(_) | SubmitError::Refused(_))) => {
                self.tell(&format!("    refused: {error}"))
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn evidence(
        &mut self,
        by: PersonId,
        use_case: UseCaseId,
        from: &str,
        until: &str,
    ) -> Result<()> {
        if self.went_on() {
            // It was recorded before the story was interrupted; the use case may be elsewhere by
            // now.
            self.given += 1;
            return Ok(());
        }
        self.bar.set_message("computing evidence");
        let span = (start_of(from)?, start_of(until)?);
        let record = self.registrar.record();
        let (act, document) =
            evidence_act(&record, &self.predictions, use_case, span, self.now).await?;
        self.bar.set_message("");
        let done = self.submit(Actor::Person(by), act, vec![document]).await?;
        self.tell_events(&done.events)
    }

    pub(super) async fn votes(
        &mut self,
        decision: DecisionId,
        votes: &BTreeMap<PersonId, Ballot>,
    ) -> Result<()> {
        for (person, ballot) in votes {
            let reason = ballot.reason.clone();
            let act = Act::CastVote { decision, choice: ballot.choice, reason };
            self.act(person.clone(), act).await?;
        }
        Ok(())
    }

    /// Lets months pass, each observed when its outcomes are known, until a case opens.
    async fn watch(&mut self, until: Timestamp) -> Result<()> {
        if let Some(events) = self.watched_before(until).await? {
            return self.tell_events(&events);
        }
        let mut months = 0;
        while let Some(at) = next_due(&self.registrar.record()).filter(|at| *at <= until) {
            self.now = at;
            self.bar.set_message(format!("monitoring, {}", instant(at)));
            let ran = monitoring::run_due(&self.registrar, &self.predictions, at).await?;
            months += ran.len();
            let events: Vec<Event> = ran.into_iter().flat_map(|ran| ran.events).collect();
            let opened = events.iter().any(|it| matches!(it.change, Change::CaseOpened(_)));
            let ticked = self.tick(at).await?;
            if opened {
                self.tell(&format!("    {months} months observed; on {}:", instant(at)))?;
                self.tell_events(&events)?;
                self.tell_events(&ticked)?;
                self.bar.set_message("");
                return Ok(());
            }
        }
        self.now = until;
        self.bar.set_message("");
        self.tell(&format!("    {months} months observed by {}, no signal", instant(until)))
    }

    /// Lets days pass; every day the clocks are looked at.
    async fn wait(&mut self, days: u32) -> Result<()> {
        let start = self.now;
        for day in 1..=days {
            self.now = days_after(start, day);
            let ticked = self.tick(self.now).await?;
            self.tell_events(&ticked)?;
        }
        Ok(())
    }

    /// Goes on where a story was interrupted while it watched. Gives what the clocks then did when
    /// the case that ends this watch is on record already.
    async fn watched_before(&mut self, until: Timestamp) -> Result<Option<Vec<Event>>> {
        let record = self.registrar.record();
        let mut opened = record.cases.values().map(|case| case.opened_at);
        if let Some(at) = opened.find(|at| (self.now..=until).contains(at)) {
            self.now = at;
            return Ok(Some(self.tick(at).await?));
        }
        if let Some(last) = record.last_at.filter(|last| (self.now..=until).contains(last)) {
            // The month may have been observed without its clocks being looked at.
            let ticked = self.tick(last).await?;
            self.tell_events(&ticked)?;
        }
        Ok(None)
    }

    /// Fires the clocks, unless the record went on before the story was interrupted: then they
    /// were.
    async fn tick(&self, at: Timestamp) -> Result<Vec<Event>> {
        if self.registrar.record().last_at.is_some_and(|last| last > at) {
            return Ok(Vec::new());
        }
        Ok(self.registrar.tick(at).await?.events)
    }

    /// True in a story that is taken up again, at a step that comes before the last event.
    fn went_on(&self) -> bool {
        self.registrar.record().last_at.is_some_and(|last| last > self.now)
    }

    async fn submit(
        &mut self,
        actor: Actor,
        act: Act,
        documents: Vec<Vec<u8>>,
    ) -> Result<Acknowledged, SubmitError> {
        self.given += 1;
        let id = format!("demo-{:03}", self.given);
        let id = id.parse().map_err(|_| SubmitError::Internal(format!("`{id}` is no id")))?;
        self.registrar.submit(Submission { id, at: self.now, actor, act, documents }).await
    }

    /// Tells the events that matter to a reader of the story.
    fn tell_events(&self, events: &[Event]) -> Result<()> {
        let record = self.registrar.record();
        for event in events.iter().filter(|event| is_told(&event.change)) {
            let sentence = web::words::sentence(event, &record);
            self.tell(&format!("    event {:<3} {sentence}", event.seq))?;
            if let Change::EvidenceRecorded(evidence) = &event.change {
                for finding in &evidence.findings {
                    self.tell(&format!(
                        "        {:<16} {}: {}",
                        finding.status.to_string(),
                        finding.requirement,
                        finding.because
                    ))?;
                }
            }
        }
        Ok(())
    }

    fn tell(&self, line: &str) -> Result<()> {
        if self.quiet { Ok(()) } else { self.bar.suspend(|| say(line)) }
    }
}

/// When the next month of any live use case can be observed.
fn next_due(record: &Record) -> Option<Timestamp> {
    let due = record.use_cases.values().filter_map(|use_case| {
        let plan = &use_case.stage.live()?.plan;
        plan.feed()?;
        Some(plan.matures(record.next_month(use_case)?))
    });
    due.min()
}

/// True for what a reader of the story wants to know; the rest is in the record.
fn is_told(change: &Change) -> bool {
    !matches!(
        change,
        Change::PersonAdded(_)
            | Change::StandardAdopted(_)
            | Change::TierPolicyAdopted(_)
            | Change::SystemRegistered(_)
            | Change::VersionRegistered { .. }
            | Change::OwnersAssigned { .. }
            | Change::ValidationBegun { .. }
            | Change::VoteCast { .. }
            | Change::Attested(_)
            | Change::Observed(_)
            | Change::Organisation(_)
            | Change::Lanes(_)
            | Change::Vendors(_)
            | Change::Reviews(_)
    )
}
