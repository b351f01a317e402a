//! Evidence and attestations against the standard.

use super::{
    Decided, Deciding, finite_bound, finite_estimates, is_new, next_number, say_something, unsound,
};
use crate::{
    Act, Attestation, Change, Deployment, DocumentNeed, Evidence, EvidenceId, Proof, Refusal,
    Requirement, UseCase, ValidationStandard, days_after,
};
use jiff::Timestamp;
use std::sync::Arc;

impl Deciding<'_> {
    pub(super) fn adopt_standard(&self, standard: &ValidationStandard) -> Decided {
        for requirement in &standard.requirements {
            if let Proof::Computed(bound) = &requirement.proof {
                finite_bound(bound)?;
            }
        }
        crate::reviews::sound_standard(standard)?;
        self.has_its_place(standard)?;
        Ok(vec![Change::StandardAdopted(standard.clone())])
    }

    /// One standard for a tier and AI type, under one id from version to version: whoever looks one
    /// up finds the same, and evidence names what it was judged against.
    fn has_its_place(&self, standard: &ValidationStandard) -> Result<(), Refusal> {
        let (tier, ai_type) = (standard.tier, standard.ai_type);
        let of_that_place = |it: &&ValidationStandard| it.tier == tier && it.ai_type == ai_type;
        let in_force = self.record.standards.values().find(of_that_place);
        if let Some(other) = in_force.filter(|it| it.id != standard.id) {
            let ai_type = ai_type.to_string();
            return Err(Refusal::StandardInForce { id: other.id.clone(), tier, ai_type });
        }
        let Some(former) = self.record.standards.get(&standard.id) else { return Ok(()) };
        if !of_that_place(&former) {
            let because = format!(
                "its id is that of the one for {} {}; choose another",
                former.tier, former.ai_type
            );
            return Err(unsound("the standard", because));
        }
        let label = |it: &ValidationStandard| format!("{} {}", it.id, it.version);
        is_new("the standard", Some(former), standard, label)
    }

    pub(super) fn record_evidence(&self) -> Decided {
        let Act::RecordEvidence { use_case, version, span, report_digest, document, n, estimates } =
            &self.command.act
        else {
            return Ok(Vec::new());
        };
        let use_case = self.use_case(*use_case)?;
        let standard = self.standard_of(use_case)?;
        let mode = self.runs(use_case, version)?.mode;
        say_something("the report's digest", report_digest)?;
        self.not_erased(document)?;
        finite_estimates(estimates)?;
        let assessor = self.person()?.id.clone();
        self.has_not_voted(use_case.id, &assessor)?;
        let attested: Vec<_> =
            self.record.attested(use_case.id, version, self.command.at).collect();
        let reviewed = self.record.reviewed(use_case.id, version, standard);
        let findings = standard.judge(estimates, &attested, &reviewed);
        Ok(vec![Change::EvidenceRecorded(Arc::new(Evidence {
            id: EvidenceId(next_number(&self.record.evidence, |id: EvidenceId| id.0)),
            use_case: use_case.id,
            version: version.clone(),
            assessor,
            recorded_at: self.command.at,
            span: span.clone(),
            mode: Some(mode),
            n: *n,
            report_digest: report_digest.clone(),
            document: document.clone(),
            standard: standard.label(),
            status: ValidationStandard::verdict(&findings),
            findings,
        }))])
    }

    pub(super) fn attest(&self) -> Decided {
        let Act::Attest { use_case, version, requirement, statement, document, valid_until } =
            &self.command.act
        else {
            return Ok(Vec::new());
        };
        let use_case = self.use_case(*use_case)?;
        let standard = self.standard_of(use_case)?;
        self.runs(use_case, version)?;
        say_something("the statement", statement)?;
        if *valid_until <= self.command.at {
            return Err(Refusal::NotInFuture("the end of validity"));
        }
        let asked = standard.requirements.iter().find(|asked| asked.id == *requirement);
        let asked = asked.ok_or_else(|| Refusal::NotAttestable(requirement.clone()))?;
        self.attestable(asked, document.as_deref(), *valid_until)?;
        Ok(vec![Change::Attested(Attestation {
            use_case: use_case.id,
            version: version.clone(),
            requirement: requirement.clone(),
            statement: statement.clone(),
            document: document.clone(),
            signer: self.person()?.id.clone(),
            at: self.command.at,
            valid_until: *valid_until,
        })])
    }

    /// Refuses a word that is not asked for, or not by this person, for so long or without a
    /// document.
    fn attestable(
        &self,
        requirement: &Requirement,
        document: Option<&str>,
        valid_until: Timestamp,
    ) -> Result<(), Refusal> {
        let Proof::Attested { signer_role, max_valid_days, document: need, .. } =
            &requirement.proof
        else {
            return Err(Refusal::NotAttestable(requirement.id.clone()));
        };
        let requirement = requirement.id.clone();
        let signer = self.person()?;
        if let Some(role) = signer_role.as_ref().filter(|role| !signer.roles.contains(*role)) {
            return Err(Refusal::Part(crate::PartRefusal::SignerLacksRole {
                requirement,
                role: role.clone(),
            }));
        }
        if let Some(days) = *max_valid_days
            && valid_until > days_after(self.command.at, days)
        {
            return Err(Refusal::Part(crate::PartRefusal::WordTooLong { requirement, days }));
        }
        // In lower case only, as everywhere: holds and erasure compare hashes letter by letter.
        let hash = |text: &str| crate::vendors::sound_hash(text).is_ok();
        match document {
            None if *need == DocumentNeed::Required => {
                Err(Refusal::Part(crate::PartRefusal::NoDocument(requirement)))
            }
            Some(document) if !hash(document) => Err(unsound(
                "the document",
                "write its SHA-256 as 64 hexadecimal digits in lower case",
            )),
            Some(document) => self.not_erased(document),
            None => Ok(()),
        }
    }

    /// The standard that a use case has to meet now.
    pub(crate) fn standard_of(&self, use_case: &UseCase) -> Result<&ValidationStandard, Refusal> {
        let standard = self.record.standard_of(use_case, self.command.at);
        standard.ok_or_else(|| self.no_standard(use_case))
    }

    /// Where a version runs; evidence about one that does not is refused.
    pub(crate) fn runs<'b>(
        &'b self,
        use_case: &'b UseCase,
        version: &str,
    ) -> Result<&'b Deployment, Refusal> {
        let candidate = self.record.candidate(use_case).map(|(_, it)| &it.deployment);
        if let Some(deployment) = candidate.filter(|it| it.version == version) {
            return Ok(deployment);
        }
        match use_case.stage.deployment() {
            Some(deployment) if deployment.version == version => Ok(deployment),
            Some(deployment) => Err(Refusal::OtherVersion {
                use_case: use_case.id,
                runs: deployment.version.clone(),
                given: version.to_owned(),
            }),
            None => Err(Refusal::NotRunning(use_case.id)),
        }
    }
}
