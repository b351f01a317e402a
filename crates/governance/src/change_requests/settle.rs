//! How a change is settled, and how one goes back.

use super::{Candidate, ChangeRequest, ChangeRequestsChange, Route, Settled, Settling};
use crate::decide::{Decided, Deciding, say_something, unsound};
use crate::{
    Change, ChangeRequestId, Decision, Deployment, EvidenceId, Live, Question, Refusal,
    RequirementId, Stage, UseCaseId, Validation,
};

impl Deciding<'_> {
    pub(super) fn note_change(&self, id: ChangeRequestId, note: &str) -> Decided {
        let request = self.open_change(id)?;
        let live = self.closable(request, note)?;
        if request.route != Route::Note {
            return Err(Refusal::ChangeTakes { change: id, route: request.route.to_string() });
        }
        let mut changes = Vec::new();
        if request.version.is_some() {
            changes.push(self.runs_from_now(request, live, self.carried_over(request, live)));
        }
        changes.push(self.settled(request, Settling::Noted, note, None, None)?);
        Ok(changes)
    }

    pub(super) fn close_change(&self, id: ChangeRequestId, note: &str) -> Decided {
        let request = self.open_change(id)?;
        let live = self.closable(request, note)?;
        let (validation, evidence) = match request.route {
            Route::Note | Route::Approval => {
                return Err(Refusal::ChangeTakes { change: id, route: request.route.to_string() });
            }
            Route::Full => {
                let validation =
                    self.validation_of(self.use_case(request.use_case)?, to_run(request, live))?;
                let evidence = self.since_request(request, validation.evidence)?;
                (validation, evidence)
            }
            Route::Partial => self.partly_validated(request, live)?,
        };
        Ok(vec![
            self.runs_from_now(request, live, validation),
            self.settled(request, Settling::Validated, note, Some(evidence), None)?,
        ])
    }

    /// The named requirements are met by the newest evidence since the request; the rest is carried
    /// over from the validation before.
    fn partly_validated(
        &self,
        request: &ChangeRequest,
        live: &Live,
    ) -> Result<(Validation, EvidenceId), Refusal> {
        let change = request.id;
        let use_case = self.use_case(request.use_case)?;
        let lacks = |missing: String| Refusal::ChangeLacks { change, missing };
        let evidence = self.record.latest_evidence(use_case.id, to_run(request, live));
        let evidence = evidence.ok_or_else(|| {
            lacks(format!("no evidence on version {} yet", to_run(request, live)))
        })?;
        self.since_request(request, evidence.id)?;
        let standard = self.standard_of(use_case)?;
        if evidence.standard != standard.label() {
            let missing = "its evidence was judged against another version of the standard; \
                           compute it again";
            return Err(lacks(missing.to_owned()));
        }
        let met = |id: &RequirementId| {
            let of = evidence.findings.iter().find(|finding| finding.requirement == *id);
            of.is_some_and(|it| self.record.is_met_or_excepted(use_case.id, it, self.command.at))
        };
        if let Some(unmet) = request.requirements.iter().find(|id| !met(id)) {
            return Err(lacks(format!("{} does not show `{unmet}` met", evidence.id)));
        }
        if self.record.invalid_since(&live.validation, self.command.at).is_some() {
            let missing = "what is to be carried over has run out; have the body approve anew";
            return Err(lacks(missing.to_owned()));
        }
        Ok((self.carried_over(request, live), evidence.id))
    }

    /// Evidence counts for a change only when it is newer than the request.
    pub(crate) fn since_request(
        &self,
        request: &ChangeRequest,
        evidence: EvidenceId,
    ) -> Result<EvidenceId, Refusal> {
        if self.evidence(evidence)?.recorded_at < request.requested_at {
            let missing = format!("{evidence} is older than the request; compute it again");
            return Err(Refusal::ChangeLacks { change: request.id, missing });
        }
        Ok(evidence)
    }

    /// The validation that stands goes on for the version that is to run.
    fn carried_over(&self, request: &ChangeRequest, live: &Live) -> Validation {
        let carried = request.version.is_some();
        Validation {
            version: to_run(request, live).to_owned(),
            carried_by: if carried { Some(request.id) } else { live.validation.carried_by },
            ..live.validation.clone()
        }
    }

    fn runs_from_now(
        &self,
        request: &ChangeRequest,
        live: &Live,
        validation: Validation,
    ) -> Change {
        let deployment =
            Deployment { version: to_run(request, live).to_owned(), ..live.deployment.clone() };
        let use_case = request.use_case;
        Change::ChangeRequests(ChangeRequestsChange::Revalidated {
            use_case,
            deployment,
            validation,
        })
    }

    /// What closing takes on every route; the live use case.
    fn closable(&self, request: &ChangeRequest, note: &str) -> Result<&Live, Refusal> {
        say_something("the note", note)?;
        let use_case = self.use_case(request.use_case)?;
        let live = self.live(use_case)?;
        self.not_being_decided(use_case.id)?;
        let unchecked = request.checks.iter().find(|(id, finding)| {
            let other = self.record.use_cases.get(id);
            finding.is_none() && other.is_some_and(|it| matches!(it.stage, Stage::Live(_)))
        });
        if let Some((other, _)) = unchecked {
            let missing = format!("{other} is not checked yet; note what its check found");
            return Err(Refusal::ChangeLacks { change: request.id, missing });
        }
        let another = self.record.candidate(use_case).filter(|(of, _)| of.id != request.id);
        if let Some((of, _)) = another.filter(|_| request.version.is_some()) {
            let missing = format!("the candidate of {} runs; settle or withdraw it first", of.id);
            return Err(Refusal::ChangeLacks { change: request.id, missing });
        }
        let wants_candidate = request.version.is_some() && request.route != Route::Note;
        match &request.candidate {
            None if wants_candidate => {
                let missing = "its version did not run silently; run it as a candidate".to_owned();
                Err(Refusal::ChangeLacks { change: request.id, missing })
            }
            Some(Candidate { .. }) | None => Ok(live),
        }
    }

    pub(super) fn roll_back(&self, id: UseCaseId, reason: &str) -> Decided {
        let use_case = self.use_case(id)?;
        let live = self.live(use_case)?;
        say_something("the reason", reason)?;
        let of = self.record.change_requests.of.get(&id);
        let nothing = |because: &str| unsound("the rolling back", because);
        let before = of.and_then(|of| of.before.as_ref());
        let before =
            before.ok_or_else(|| nothing("no other version ran before; suspend the use case"))?;
        if self.record.invalid_since(&before.validation, self.command.at).is_some() {
            return Err(nothing("the validation of what ran before has run out; suspend it"));
        }
        let deployment =
            Deployment { site: live.deployment.site.clone(), ..before.deployment.clone() };
        let rolled_back = ChangeRequestsChange::RolledBack {
            use_case: id,
            deployment,
            validation: before.validation.clone(),
            reason: reason.to_owned(),
        };
        let mut changes = vec![Change::ChangeRequests(rolled_back)];
        // What the body was asked about does not run any more.
        changes.extend(self.overtaken(Question::Approve { use_case: id })?);
        Ok(changes)
    }

    /// What a carried approval settles: the change that waited for it.
    pub(crate) fn change_decided(
        &self,
        use_case: UseCaseId,
        decision: &Decision,
        how: Settling,
    ) -> Result<Option<Change>, Refusal> {
        let Some(request) = self.record.change_to_approve(use_case) else { return Ok(None) };
        let (reason, id) = (&decision.motion.reason, Some(decision.id));
        self.settled(request, how, reason, None, id).map(Some)
    }

    pub(super) fn settled(
        &self,
        request: &ChangeRequest,
        how: Settling,
        note: &str,
        evidence: Option<EvidenceId>,
        decision: Option<crate::DecisionId>,
    ) -> Result<Change, Refusal> {
        let settled = Settled {
            how,
            by: self.person()?.id.clone(),
            at: self.command.at,
            note: note.to_owned(),
            evidence,
            decision,
        };
        let change = request.id;
        Ok(Change::ChangeRequests(ChangeRequestsChange::ChangeSettled { change, settled }))
    }
}

/// The version that a change lets run: the one it names, or the one that runs.
fn to_run<'a>(request: &'a ChangeRequest, live: &'a Live) -> &'a str {
    request.version.as_deref().unwrap_or(&live.deployment.version)
}
