//! The hazard log: what could harm a patient, how that is controlled, and the risk that remains.
//!
//! Ratings are those of the DCB0129 matrix ([`crate::dcb`]). Controls lower the risk that remains,
//! never the inherent tier.

mod log;

pub use log::{ClosedHazard, Control, Hazard, HazardRating, Reasoned, Residual};

use crate::apply::{Fault, unknown};
use crate::dcb::{Likelihood, Severity};
use crate::decide::{Decided, Deciding, find, next_number, say_something};
use crate::{
    Change, Duty, Event, HazardId, Instant, Map, PersonId, Record, Refusal, Stage, Subject, Task,
    UseCase, UseCaseId,
};
use jiff::Timestamp;
use log::UNDESIRABLE;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantNames};

/// What can be asked for about the hazard log.
#[derive(
    Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, IntoStaticStr, VariantNames,
)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
#[strum(serialize_all = "snake_case")]
pub enum HazardsAct {
    /// Writes a hazard down, with its risk before any control.
    LogHazard {
        /// The use case.
        use_case: UseCaseId,
        /// What could harm a patient.
        hazard: String,
        /// What would cause it.
        cause: String,
        /// What it would do to the patient.
        effect: String,
        /// How severe the harm would be.
        severity: Severity,
        /// How likely the harm is, before any control.
        likelihood: Likelihood,
    },
    /// Plans a control of a hazard.
    AddControl {
        /// The hazard.
        hazard: HazardId,
        /// What is done about it.
        control: String,
        /// Who sees to it.
        owner: PersonId,
        /// By when it must be in place and verified.
        #[schemars(with = "Instant")]
        due: Timestamp,
    },
    /// Proves that a control is in place and works.
    VerifyControl {
        /// The hazard.
        hazard: HazardId,
        /// The control's place in the hazard, from 1.
        control: usize,
        /// What proves it.
        proof: String,
    },
    /// Rates the risk that remains with the verified controls.
    RateResidual {
        /// The hazard.
        hazard: HazardId,
        /// How severe the harm would still be.
        severity: Severity,
        /// How likely the harm still is.
        likelihood: Likelihood,
        /// Why so.
        reason: String,
    },
    /// Accepts a hazard that is rated 3, because reducing it further is impractical.
    AcceptHazard {
        /// The hazard.
        hazard: HazardId,
        /// Why it cannot be reduced further.
        reason: String,
    },
    /// Notes who else deals with a hazard, such as the manufacturer. It goes on counting here.
    TransferHazard {
        /// The hazard.
        hazard: HazardId,
        /// Who deals with it.
        to: String,
        /// Why.
        reason: String,
    },
    /// Closes a hazard whose risk can be borne.
    CloseHazard {
        /// The hazard.
        hazard: HazardId,
        /// Why it is over.
        reason: String,
    },
}

/// What changed about the hazard log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum HazardsChange {
    /// A hazard was logged.
    HazardLogged(Box<Hazard>),
    /// A control was planned.
    ControlAdded {
        /// The hazard.
        hazard: HazardId,
        /// The control.
        control: Control,
    },
    /// A control was verified.
    ControlVerified {
        /// The hazard.
        hazard: HazardId,
        /// The control's place, from 1.
        control: usize,
        /// By whom, when, and the proof.
        verified: Reasoned,
    },
    /// The remaining risk was rated.
    ResidualRated {
        /// The hazard.
        hazard: HazardId,
        /// The rating.
        residual: Residual,
    },
    /// A hazard was accepted.
    HazardAccepted {
        /// The hazard.
        hazard: HazardId,
        /// By whom, when and why.
        accepted: Reasoned,
    },
    /// Somebody else deals with a hazard too.
    HazardTransferred {
        /// The hazard.
        hazard: HazardId,
        /// Who.
        to: String,
        /// By whom, when and why.
        noted: Reasoned,
    },
    /// A hazard is over.
    HazardClosed {
        /// The hazard.
        hazard: HazardId,
        /// By whom, when and why.
        closed: ClosedHazard,
    },
}

/// The part of the record about the hazard log.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Hazards {
    /// Hazards, closed ones too.
    pub hazards: Map<HazardId, Hazard>,
}

impl HazardsAct {
    /// What the act is about, as far as rights depend on it.
    #[must_use]
    pub fn subject(&self) -> Subject {
        match self {
            Self::LogHazard { use_case, .. } => Subject::UseCase(*use_case),
            Self::VerifyControl { hazard, control, .. } => {
                Subject::Duty(Duty::Control { hazard: *hazard, control: *control })
            }
            Self::AddControl { hazard, .. }
            | Self::RateResidual { hazard, .. }
            | Self::AcceptHazard { hazard, .. }
            | Self::TransferHazard { hazard, .. }
            | Self::CloseHazard { hazard, .. } => Subject::Hazard(*hazard),
        }
    }
}

impl HazardsChange {
    /// The use case that the change is about, if it is about one.
    #[must_use]
    pub fn use_case(&self, record: &Record) -> Option<UseCaseId> {
        let of = |id: &HazardId| record.hazards.hazards.get(id).map(|hazard| hazard.use_case);
        match self {
            Self::HazardLogged(hazard) => Some(hazard.use_case),
            Self::ControlAdded { hazard, .. }
            | Self::ControlVerified { hazard, .. }
            | Self::ResidualRated { hazard, .. }
            | Self::HazardAccepted { hazard, .. }
            | Self::HazardTransferred { hazard, .. }
            | Self::HazardClosed { hazard, .. } => of(hazard),
        }
    }

    /// What changed, in plain words. The record gives names to what it mentions.
    #[must_use]
    pub fn in_words(&self, _record: &Record) -> String {
        match self {
            Self::HazardLogged(hazard) => {
                format!("{} rated {}: {}", hazard.id, hazard.initial.rating(), hazard.hazard)
            }
            Self::ControlAdded { hazard, control } => {
                format!("Control of {hazard} planned: {}", control.control)
            }
            Self::ControlVerified { hazard, control, verified } => {
                format!("Control {control} of {hazard} verified: {}", verified.text)
            }
            Self::ResidualRated { hazard, residual } => {
                let rating = residual.assessment.rating();
                format!("What remains of {hazard} rated {rating}: {}", residual.rated.text)
            }
            Self::HazardAccepted { hazard, accepted } => {
                format!("{hazard} accepted: {}", accepted.text)
            }
            Self::HazardTransferred { hazard, to, noted } => {
                format!("{hazard} is dealt with by {to} too: {}", noted.text)
            }
            Self::HazardClosed { hazard, closed } => format!("{hazard} closed: {}", closed.text),
        }
    }
}

impl Deciding<'_> {
    pub(crate) fn hazards(&self, act: &HazardsAct) -> Decided {
        let change = match act {
            HazardsAct::LogHazard { .. } => self.log_hazard(act)?,
            HazardsAct::AddControl { hazard, control, owner, due } => {
                self.open_hazard(*hazard)?;
                say_something("the control", control)?;
                self.employed(owner)?;
                if *due <= self.command.at {
                    return Err(Refusal::NotInFuture("the control's due date"));
                }
                let control = Control {
                    control: control.clone(),
                    owner: owner.clone(),
                    due: *due,
                    verified: None,
                };
                HazardsChange::ControlAdded { hazard: *hazard, control }
            }
            HazardsAct::VerifyControl { hazard, control, proof } => {
                self.verify_control(*hazard, *control, proof)?
            }
            HazardsAct::RateResidual { hazard, severity, likelihood, reason } => {
                let assessment = HazardRating { severity: *severity, likelihood: *likelihood };
                self.rate_residual(*hazard, assessment, reason)?
            }
            HazardsAct::AcceptHazard { hazard, reason } => self.accept_hazard(*hazard, reason)?,
            HazardsAct::TransferHazard { hazard, to, reason } => {
                self.open_hazard(*hazard)?;
                say_something("who deals with it", to)?;
                let noted = self.reasoned("the reason", reason)?;
                HazardsChange::HazardTransferred { hazard: *hazard, to: to.clone(), noted }
            }
            HazardsAct::CloseHazard { hazard, reason } => {
                let open = self.open_hazard(*hazard)?;
                self.not_own(open)?;
                if let Some(because) = open.unbearable() {
                    return Err(Refusal::Part(crate::PartRefusal::HazardNotBearable { because }));
                }
                let closed = self.reasoned("the reason", reason)?;
                HazardsChange::HazardClosed { hazard: *hazard, closed }
            }
        };
        Ok(vec![Change::Hazards(change)])
    }

    fn log_hazard(&self, act: &HazardsAct) -> Result<HazardsChange, Refusal> {
        let HazardsAct::LogHazard { use_case, hazard, cause, effect, severity, likelihood } = act
        else {
            return Err(Refusal::Empty("the hazard"));
        };
        let use_case = self.use_case(*use_case)?;
        if matches!(use_case.stage, Stage::Retired { .. }) {
            return Err(Refusal::Over(use_case.id));
        }
        say_something("the hazard", hazard)?;
        say_something("the cause", cause)?;
        say_something("the effect", effect)?;
        Ok(HazardsChange::HazardLogged(Box::new(Hazard {
            id: HazardId(next_number(&self.record.hazards.hazards, |id: HazardId| id.0)),
            use_case: use_case.id,
            hazard: hazard.clone(),
            cause: cause.clone(),
            effect: effect.clone(),
            initial: HazardRating { severity: *severity, likelihood: *likelihood },
            logged_by: self.person()?.id.clone(),
            logged_at: self.command.at,
            controls: Vec::new(),
            residual: None,
            accepted: None,
            transferred: None,
            closed: None,
        })))
    }

    fn verify_control(
        &self,
        id: HazardId,
        place: usize,
        proof: &str,
    ) -> Result<HazardsChange, Refusal> {
        let hazard = self.open_hazard(id)?;
        let none = || Refusal::Part(crate::PartRefusal::NoControl { hazard: id, control: place });
        let control = place.checked_sub(1).and_then(|place| hazard.controls.get(place));
        let control = control.filter(|control| control.verified.is_none()).ok_or_else(none)?;
        if self.person()?.id != control.owner {
            return Err(Refusal::Part(crate::PartRefusal::NotTheControlOwner(
                control.owner.clone(),
            )));
        }
        let verified = self.reasoned("the proof", proof)?;
        Ok(HazardsChange::ControlVerified { hazard: id, control: place, verified })
    }

    fn rate_residual(
        &self,
        id: HazardId,
        assessment: HazardRating,
        reason: &str,
    ) -> Result<HazardsChange, Refusal> {
        let hazard = self.open_hazard(id)?;
        if hazard.controls.iter().all(|control| control.verified.is_none()) {
            return Err(Refusal::Part(crate::PartRefusal::NoVerifiedControl(id)));
        }
        self.not_own(hazard)?;
        let residual = Residual { assessment, rated: self.reasoned("the reason", reason)? };
        Ok(HazardsChange::ResidualRated { hazard: id, residual })
    }

    fn accept_hazard(&self, id: HazardId, reason: &str) -> Result<HazardsChange, Refusal> {
        let hazard = self.open_hazard(id)?;
        let rating = hazard.now().rating().number();
        if rating != UNDESIRABLE || hazard.accepted.is_some() {
            return Err(Refusal::Part(crate::PartRefusal::NotAcceptable { hazard: id, rating }));
        }
        self.not_own(hazard)?;
        let accepted = self.reasoned("the reason", reason)?;
        Ok(HazardsChange::HazardAccepted { hazard: id, accepted })
    }

    /// Nobody rates, accepts or closes a hazard of what they own.
    fn not_own(&self, hazard: &Hazard) -> Result<(), Refusal> {
        crate::reviews::not_an_owner(self.use_case(hazard.use_case)?, &self.person()?.id)
    }

    fn open_hazard(&self, id: HazardId) -> Result<&Hazard, Refusal> {
        let hazard = find(&self.record.hazards.hazards, &id, "hazard")?;
        if hazard.closed.is_some() {
            Err(Refusal::Part(crate::PartRefusal::HazardOver(id)))
        } else {
            Ok(hazard)
        }
    }

    fn reasoned(&self, what: &'static str, text: &str) -> Result<Reasoned, Refusal> {
        say_something(what, text)?;
        let by = self.person()?.id.clone();
        Ok(Reasoned { by, at: self.command.at, text: text.to_owned() })
    }
}

/// Folds a change into the record.
pub(crate) fn apply(
    record: &mut Record,
    _event: &Event,
    change: &HazardsChange,
) -> Result<(), Fault> {
    let hazards = &mut record.hazards.hazards;
    match change {
        HazardsChange::HazardLogged(hazard) => {
            hazards.insert(hazard.id, (**hazard).clone());
        }
        HazardsChange::ControlAdded { hazard, control } => {
            of(hazards, hazard)?.controls.push(control.clone());
        }
        HazardsChange::ControlVerified { hazard, control, verified } => {
            let place = control.checked_sub(1).ok_or_else(|| unknown(control))?;
            let controls = &mut of(hazards, hazard)?.controls;
            let control = controls.get_mut(place).ok_or_else(|| unknown(control))?;
            control.verified = Some(verified.clone());
        }
        HazardsChange::ResidualRated { hazard, residual } => {
            let hazard = of(hazards, hazard)?;
            hazard.residual = Some(residual.clone());
            // What was accepted was another risk.
            hazard.accepted = None;
        }
        HazardsChange::HazardAccepted { hazard, accepted } => {
            of(hazards, hazard)?.accepted = Some(accepted.clone());
        }
        HazardsChange::HazardTransferred { hazard, to, noted } => {
            of(hazards, hazard)?.transferred = Some((to.clone(), noted.clone()));
        }
        HazardsChange::HazardClosed { hazard, closed } => {
            of(hazards, hazard)?.closed = Some(closed.clone());
        }
    }
    Ok(())
}

fn of<'a>(hazards: &'a mut Map<HazardId, Hazard>, id: &HazardId) -> Result<&'a mut Hazard, Fault> {
    hazards.get_mut(id).ok_or_else(|| unknown(id))
}

/// What waits about the hazard log: controls to verify, and risks to rate or accept.
pub(crate) fn tasks(record: &Record, now: Timestamp, tasks: &mut Vec<Task>) {
    for hazard in record.hazards.hazards.values().filter(|hazard| hazard.closed.is_none()) {
        let Some(use_case) = record.use_cases.get(&hazard.use_case) else { continue };
        if matches!(use_case.stage, Stage::Retired { .. }) {
            continue;
        }
        let mut task = |person: &PersonId, what: String, due: Option<Timestamp>| {
            let Some(who) = record.answers(use_case, person) else { return };
            tasks.push(Task {
                who,
                what,
                use_case: Some(use_case.id),
                case: None,
                decision: None,
                due,
                overdue: due.is_some_and(|due| due <= now),
            });
        };
        let waits = hazard.controls.iter().filter(|control| control.verified.is_none());
        for control in waits {
            let what = format!("Verify the control of {}: {}", hazard.id, control.control);
            task(&control.owner, what, Some(control.due));
        }
        if let Some(because) = hazard.unbearable() {
            let owner = use_case.owners.as_ref().map(|owners| &owners.business);
            task(owner.unwrap_or(&use_case.submitter), format!("Reduce a risk: {because}"), None);
        }
    }
}

/// What a use case lacks in this part before it may go live, stay so or be resumed; each says what
/// to do.
pub(crate) fn missing(record: &Record, use_case: &UseCase, _now: Timestamp) -> Vec<String> {
    let hazards = record.hazards.hazards.values();
    let open = hazards.filter(|it| it.use_case == use_case.id && it.closed.is_none());
    open.filter_map(Hazard::unbearable).collect()
}
