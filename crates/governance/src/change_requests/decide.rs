//! What may be asked about change, and what comes of it.

use super::{
    ChangeKind, ChangeMatrix, ChangeRequest, ChangeRequestsAct, ChangeRequestsChange, Envelope,
    Route, Settling,
};
use crate::decide::{Decided, Deciding, find, finite, is_new, next_number, say_something, unsound};
use crate::{
    Change, ChangeRequestId, Deployment, Live, Mode, Refusal, RequirementId, SiteId, Stage, Tier,
    UseCase, UseCaseId, days_after,
};
use std::collections::{BTreeMap, BTreeSet};

/// What a request asks for.
struct Asked<'a> {
    kind: ChangeKind,
    version: &'a Option<String>,
    site: &'a Option<SiteId>,
    description: &'a str,
    values: &'a BTreeMap<String, f64>,
}

/// What a change takes, and why.
struct Routed {
    route: Route,
    requirements: BTreeSet<RequirementId>,
    because: String,
}

impl Deciding<'_> {
    fn adopt_change_matrix(&self, matrix: &ChangeMatrix) -> Decided {
        say_something("the matrix's id", &matrix.id)?;
        say_something("the matrix's version", &matrix.version)?;
        say_something("the matrix's title", &matrix.title)?;
        say_something("the matrix's source", &matrix.source)?;
        if let Some((_, what, remedy)) = matrix.faults().into_iter().next() {
            return Err(unsound("the change matrix", format!("{what}; {remedy}")));
        }
        let label = |it: &ChangeMatrix| format!("{} {}", it.id, it.version);
        let in_force = self.record.change_requests.matrix.as_ref();
        is_new("the change matrix", in_force, matrix, label)?;
        one(ChangeRequestsChange::ChangeMatrixAdopted(matrix.clone()))
    }

    pub(crate) fn change_requests(&self, act: &ChangeRequestsAct) -> Decided {
        match act {
            ChangeRequestsAct::AdoptChangeMatrix(matrix) => self.adopt_change_matrix(matrix),
            ChangeRequestsAct::DraftEnvelope { use_case, envelope } => {
                self.draft_envelope(*use_case, envelope)
            }
            ChangeRequestsAct::RequestChange {
                use_case,
                kind,
                version,
                site,
                description,
                values,
            } => {
                let asked = Asked { kind: *kind, version, site, description, values };
                self.request_change(*use_case, &asked)
            }
            ChangeRequestsAct::RunCandidate { change } => self.run_candidate(*change),
            ChangeRequestsAct::NoteCheck { use_case, change, finding } => {
                self.note_check(*use_case, *change, finding)
            }
            ChangeRequestsAct::NoteChange { change, note } => self.note_change(*change, note),
            ChangeRequestsAct::CloseChange { change, note } => self.close_change(*change, note),
            ChangeRequestsAct::WithdrawChange { change, reason } => {
                let request = self.open_change(*change)?;
                say_something("the reason", reason)?;
                self.not_being_decided(request.use_case)?;
                Ok(vec![self.settled(request, Settling::Withdrawn, reason, None, None)?])
            }
            ChangeRequestsAct::RollBack { use_case, reason } => self.roll_back(*use_case, reason),
        }
    }

    fn draft_envelope(&self, id: UseCaseId, envelope: &Envelope) -> Decided {
        let use_case = self.use_case(id)?;
        if matches!(use_case.stage, Stage::Retired { .. }) {
            return Err(Refusal::Over(id));
        }
        say_something("the protocol", &envelope.protocol)?;
        say_something("the impact", &envelope.impact)?;
        let fault = |because: String| Err(unsound("the envelope", because));
        if envelope.modifications.is_empty() {
            return fault("it describes no modification".to_owned());
        }
        for modification in &envelope.modifications {
            let kind = modification.kind;
            say_something("a modification's description", &modification.description)?;
            // Without a limit every change would be inside.
            if modification.limits.is_empty() {
                return fault(format!("{} has no limits in it", kind.with_article()));
            }
            for (what, limits) in &modification.limits {
                finite("a limit", [limits.at_least, limits.at_most])?;
                if limits.at_least > limits.at_most {
                    return fault(format!("nothing is within the limits of `{what}`"));
                }
            }
        }
        self.not_being_decided(id)?;
        let envelope = envelope.clone();
        one(ChangeRequestsChange::EnvelopeDrafted { use_case: id, envelope })
    }

    fn request_change(&self, id: UseCaseId, asked: &Asked<'_>) -> Decided {
        let use_case = self.use_case(id)?;
        let live = self.live(use_case)?;
        say_something("the description", asked.description)?;
        finite("a value", asked.values.values().copied())?;
        self.change_fits(use_case, live, asked)?;
        let open = self.record.open_changes(id).find(|it| {
            it.kind == asked.kind && it.version == *asked.version && it.site == *asked.site
        });
        if let Some(open) = open {
            return Err(Refusal::ChangeOpen(open.id));
        }
        let routed = self.route(use_case, live, asked)?;
        let matrix = self.record.change_requests.matrix.as_ref().ok_or(Refusal::NoChangeMatrix)?;
        let tier = self.tier_of(use_case, live);
        let rule = matrix.rule(asked.kind, tier).ok_or(Refusal::NoChangeMatrix)?;
        if routed.route == Route::Approval {
            if let Some(open) = self.record.change_to_approve(id) {
                return Err(Refusal::ChangeOpen(open.id));
            }
            self.not_being_decided(id)?;
        }
        let requests = &self.record.change_requests.requests;
        one(ChangeRequestsChange::ChangeRequested(Box::new(ChangeRequest {
            id: ChangeRequestId(next_number(requests, |id: ChangeRequestId| id.0)),
            use_case: id,
            kind: asked.kind,
            version: asked.version.clone(),
            site: asked.site.clone(),
            description: asked.description.to_owned(),
            values: asked.values.clone(),
            requested_by: self.person()?.id.clone(),
            requested_at: self.command.at,
            owner: live.owners.technical.clone(),
            due: days_after(self.command.at, rule.due_days),
            tier,
            route: routed.route,
            requirements: routed.requirements,
            because: routed.because,
            checks: self.to_check(use_case, asked.kind),
            candidate: None,
            settled: None,
        })))
    }

    /// The tier that a live use case is governed by.
    fn tier_of(&self, use_case: &UseCase, live: &Live) -> Tier {
        self.record.effective_tier(use_case, self.command.at).unwrap_or(live.tier.tier)
    }

    /// What is named must fit the kind of change.
    fn change_fits(
        &self,
        use_case: &UseCase,
        live: &Live,
        asked: &Asked<'_>,
    ) -> Result<(), Refusal> {
        let fault = |because: String| Err(unsound("the change request", because));
        let kind = asked.kind;
        match asked.version {
            None if kind.brings_a_version() => {
                return fault(format!("{} needs the version that is to run", kind.with_article()));
            }
            None => {}
            Some(version) => {
                self.known_version(use_case, version)?;
                if *version == live.deployment.version {
                    return fault(format!("version {version} runs already"));
                }
            }
        }
        if asked.site.is_some() != (kind == ChangeKind::Site) {
            return fault("name the site for an added site, and only there".to_owned());
        }
        if asked.site.as_ref() == Some(&live.deployment.site) {
            return fault("it runs at that site already".to_owned());
        }
        Ok(())
    }

    pub(crate) fn known_version(&self, of: &UseCase, version: &str) -> Result<(), Refusal> {
        let system = find(&self.record.systems, &of.proposal.system, "AI system")?;
        if system.versions.contains_key(version) {
            return Ok(());
        }
        Err(Refusal::UnknownVersion { system: system.id, version: version.to_owned() })
    }

    /// What a change takes by the matrix, one step lighter inside the approved envelope.
    fn route(&self, of: &UseCase, live: &Live, asked: &Asked<'_>) -> Result<Routed, Refusal> {
        let matrix = self.record.change_requests.matrix.as_ref().ok_or(Refusal::NoChangeMatrix)?;
        let (kind, tier) = (asked.kind, self.tier_of(of, live));
        let rule = matrix.rule(kind, tier).ok_or(Refusal::NoChangeMatrix)?;
        let mut because = format!(
            "{} in {tier} takes {} by {} {}: {}",
            kind.with_article(),
            rule.route,
            matrix.id,
            matrix.version,
            rule.reason
        );
        let (mut route, mut wanted) = (rule.route, &rule.requirements);
        let envelope =
            self.record.change_requests.of.get(&of.id).and_then(|it| it.envelope.as_ref());
        if let Some(approved) = envelope {
            let of = format!("the envelope approved by {}", approved.decision);
            match approved.envelope.holds(kind, asked.values) {
                Ok(modification) => {
                    route = route.lighter();
                    if rule.route == Route::Full {
                        wanted = &modification.requirements;
                    }
                    because += &format!("; inside {of}, so one step lighter");
                }
                Err(outside) => because += &format!("; outside {of}: {outside}"),
            }
        }
        let standard = self.standard_of(of)?;
        let known = |id: &&RequirementId| standard.requirements.iter().any(|it| it.id == **id);
        let requirements: BTreeSet<_> = match route {
            Route::Partial => wanted.iter().filter(known).cloned().collect(),
            _ => BTreeSet::new(),
        };
        if route == Route::Partial && requirements.is_empty() {
            route = Route::Full;
            because += "; its standard has none of the requirements to show again, so it takes all";
        }
        Ok(Routed { route, requirements, because })
    }

    /// The live use cases of the vendor, when the electronic health record is upgraded.
    fn to_check(&self, of: &UseCase, kind: ChangeKind) -> BTreeMap<UseCaseId, Option<String>> {
        let vendor = |it: &UseCase| Some(&self.record.systems.get(&it.proposal.system)?.vendor);
        let of_vendor = self.record.use_cases.values().filter(|other| {
            let live = matches!(other.stage, Stage::Live(_));
            kind == ChangeKind::EhrUpgrade && live && vendor(other) == vendor(of)
        });
        of_vendor.map(|other| (other.id, None)).collect()
    }

    fn run_candidate(&self, id: ChangeRequestId) -> Decided {
        let request = self.open_change(id)?;
        let use_case = self.use_case(request.use_case)?;
        let live = self.live(use_case)?;
        let fault = |because: String| Err(unsound("the candidate", because));
        let Some(version) = &request.version else {
            return fault(format!(
                "{id} brings no other version; compute the evidence on what runs"
            ));
        };
        if request.route == Route::Note {
            return fault(format!("{id} takes no more than a note"));
        }
        if *version == live.deployment.version {
            return fault(format!("version {version} runs already"));
        }
        if let Some((other, _)) = self.record.candidate(use_case) {
            return fault(format!(
                "that of {} runs already; settle or withdraw it first",
                other.id
            ));
        }
        self.not_being_decided(use_case.id)?;
        let deployment = Deployment {
            version: version.clone(),
            site: live.deployment.site.clone(),
            mode: Mode::Silent,
        };
        one(ChangeRequestsChange::CandidateBegun { change: id, deployment })
    }

    fn note_check(&self, of: UseCaseId, id: ChangeRequestId, finding: &str) -> Decided {
        let request = self.open_change(id)?;
        say_something("the finding", finding)?;
        if request.checks.get(&of) != Some(&None) {
            let because = format!("{id} waits for no check of {of}");
            return Err(unsound("the check", because));
        }
        let finding = finding.to_owned();
        one(ChangeRequestsChange::CheckNoted { change: id, use_case: of, finding })
    }

    pub(super) fn open_change(&self, id: ChangeRequestId) -> Result<&ChangeRequest, Refusal> {
        let request = find(&self.record.change_requests.requests, &id, "change request")?;
        if request.is_open() { Ok(request) } else { Err(Refusal::ChangeSettled(id)) }
    }

    pub(super) fn live<'b>(&self, use_case: &'b UseCase) -> Result<&'b Live, Refusal> {
        match &use_case.stage {
            Stage::Live(live) => Ok(live),
            _ => {
                let so = "only what is live is changed by request; have it approved or resumed";
                Err(Refusal::NotLive { use_case: use_case.id, so })
            }
        }
    }
}

fn one(change: ChangeRequestsChange) -> Decided {
    Ok(vec![Change::ChangeRequests(change)])
}
