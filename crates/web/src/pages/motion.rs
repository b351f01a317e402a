//! The form by which a motion is put to a body.

use crate::problem::Problem;
use governance::{Condition, EvidenceId, Motion, Outcome, PersonId, Question};
use jiff::civil::Date;
use jiff::tz::Offset;
use serde::Deserialize;
use std::collections::BTreeSet;

/// A motion as it was filled in.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct MotionForm {
    #[serde(default)]
    pub outcome: String,
    #[serde(default)]
    pub reason: String,
    /// One a line.
    #[serde(default)]
    pub alternatives: String,
    #[serde(default)]
    pub residual_risk: String,
    #[serde(default)]
    pub condition: String,
    #[serde(default)]
    pub condition_owner: String,
    /// A day; the condition is due at its end.
    #[serde(default)]
    pub condition_due: String,
    #[serde(default)]
    pub ai_help: String,
}

/// Non-empty lines of a text.
pub(crate) fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

impl MotionForm {
    /// The motion.
    pub fn motion(
        &self,
        question: Question,
        evidence: BTreeSet<EvidenceId>,
    ) -> Result<Motion, Problem> {
        let outcome = match self.outcome.as_str() {
            "go" => Outcome::Go,
            "go_with_conditions" => Outcome::GoWithConditions,
            "re_review" => Outcome::ReReview,
            "no_go" => Outcome::NoGo,
            "defer" => Outcome::Defer,
            other => return Err(Problem::bad_request(format!("`{other}` is no outcome."))),
        };
        let help = self.ai_help.trim();
        Ok(Motion {
            question,
            outcome,
            reason: self.reason.trim().to_owned(),
            alternatives: lines(&self.alternatives),
            evidence,
            residual_risk: self.residual_risk.trim().to_owned(),
            conditions: self.conditions()?,
            ai_help: if help.is_empty() { "none" } else { help }.to_owned(),
            exhibits: Vec::new(),
            next_look: None,
        })
    }

    fn conditions(&self) -> Result<Vec<Condition>, Problem> {
        let what = self.condition.trim();
        if what.is_empty() {
            return Ok(Vec::new());
        }
        let owner: PersonId = self
            .condition_owner
            .trim()
            .parse()
            .map_err(|error| Problem::bad_request(format!("{error}.")))?;
        let wrong = || {
            let due = &self.condition_due;
            Problem::bad_request(format!("`{due}` is not a date; write it like `2024-03-31`."))
        };
        let due: Date = self.condition_due.trim().parse().map_err(|_| wrong())?;
        let due = Offset::UTC.to_timestamp(due.at(23, 59, 59, 0)).map_err(|_| wrong())?;
        Ok(vec![Condition { what: what.to_owned(), owner, due, proof: None }])
    }
}
