//! The rights matrix: who may do what at which tier, as a table that a committee can read.
//!
//! Cedar is asked about a made-up hospital with one person for each standing: each role that the
//! policies name, each owner, members and a chair with and without a conflict, who has left, the
//! services. Whatever else a rule may turn on (training, a flag, a count) is tried both ways, and
//! becomes the condition in a cell.

mod shape;
mod trial;

use crate::{Rights, Rule};
use cedar_policy::{Effect, PolicySet};
use governance::Tier;
use serde::Serialize;
use shape::Shapes;
use std::collections::BTreeSet;
use trial::{Standing, Trial};

/// Who may do what at which tier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Matrix {
    /// Each action with those who may do it, in the order of their names.
    pub actions: Vec<ActionRights>,
    /// Every rule that a cell rests on.
    pub legend: Vec<Rule>,
}

/// Who may do one action to one kind of thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ActionRights {
    /// The act's name.
    pub action: String,
    /// What it is done to, such as `UseCase`.
    pub on: String,
    /// Those who may, and those whom a rule forbids what another would permit. Nobody else may.
    pub who: Vec<Row>,
}

/// What somebody of one standing may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The standing.
    pub standing: String,
    /// The answer for T1 to T4; for what is about no use case four times the same.
    pub cells: [Cell; 4],
    /// The rules behind the answers, by id.
    pub rules: BTreeSet<String>,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "answer", content = "condition", rename_all = "snake_case")]
pub enum Cell {
    /// Always.
    Yes,
    /// Never.
    No,
    /// If a condition holds, in words.
    If(String),
}

impl Rights {
    /// The matrix of this pack.
    #[must_use]
    pub fn matrix(&self) -> Matrix {
        let Some(shapes) = Shapes::new(self.shapes()) else {
            return Matrix { actions: Vec::new(), legend: Vec::new() };
        };
        let standings = Standing::all(&self.roles());
        let mut actions: Vec<_> = shapes
            .kinds()
            .into_iter()
            .map(|kind| {
                let policies = self.rules_on(&kind.action);
                let text: String = policies.policies().map(ToString::to_string).collect();
                let trial = Trial::new(&shapes, &kind, &policies, &text);
                let mut who: Vec<_> =
                    standings.iter().filter_map(|standing| row(&trial, standing)).collect();
                who.retain(|row| worth_a_line(row, &policies));
                ActionRights { action: kind.action.clone(), on: kind.resource.clone(), who }
            })
            .collect();
        actions.sort_by(|a, b| (&a.action, &a.on).cmp(&(&b.action, &b.on)));
        let used: BTreeSet<_> =
            actions.iter().flat_map(|it| &it.who).flat_map(|row| &row.rules).collect();
        let legend = self.rules().into_iter().filter(|rule| used.contains(&rule.id)).collect();
        Matrix { actions, legend }
    }
}

/// Those may, or would but for a prohibition.
fn worth_a_line(row: &Row, policies: &PolicySet) -> bool {
    let effect =
        |id: &String| policies.policy(&cedar_policy::PolicyId::new(id)).map(|it| it.effect());
    row.cells.iter().any(|cell| *cell != Cell::No)
        || (row.rules.iter().any(|id| effect(id) == Some(Effect::Forbid))
            && row.rules.iter().any(|id| effect(id) == Some(Effect::Permit)))
}

fn row(trial: &Trial<'_>, standing: &Standing) -> Option<Row> {
    let mut rules = BTreeSet::new();
    let mut cells = Vec::new();
    for tier in Tier::ALL {
        // Asking is slow where nothing turns on the answer.
        let before = cells.last().filter(|_| !trial.turns_on_tier()).cloned();
        cells.push(match before {
            Some(same) => same,
            None => trial.cell(standing, tier, &mut rules)?,
        });
    }
    Some(Row { standing: standing.title.clone(), cells: cells.try_into().ok()?, rules })
}
