//! Asking the solver.

use crate::promise::{Claim, Promise};
use anyhow::{Context, Result, bail};
use cedar_policy::{Authorizer, Decision, Effect, Policy, PolicyId, PolicySet, RequestEnv, Schema};
use cedar_policy_symcc::solver::LocalSolver;
use cedar_policy_symcc::{CedarSymCompiler, CompiledPolicy, CompiledPolicySet, Env};

/// Whether a promise holds.
pub enum Answer {
    /// For every request; the solver or its simplifier was asked this often.
    Proved {
        /// How often.
        questions: usize,
    },
    /// Not for this request.
    Refuted(String),
}

/// A solver and what it is asked about.
pub struct Prover {
    compiler: CedarSymCompiler<LocalSolver>,
    schema: Schema,
}

/// The policies of a text, each known by its `@id`.
pub fn policies(text: &str) -> Result<PolicySet> {
    let mut known = PolicySet::new();
    for policy in text.parse::<PolicySet>()?.policies() {
        let id = policy.annotation("id").context("a policy has no @id")?;
        known.add(policy.new_id(PolicyId::new(id)))?;
    }
    Ok(known)
}

impl Prover {
    /// A prover for packs of a schema.
    pub fn new(compiler: CedarSymCompiler<LocalSolver>, schema: Schema) -> Self {
        Self { compiler, schema }
    }

    /// Whether a promise holds for a pack.
    pub async fn holds(&mut self, promise: &Promise, pack: &PolicySet) -> Result<Answer> {
        match &promise.claim {
            Claim::Ceiling(actions, text) => {
                self.implies(actions, pack.clone(), text.parse()?).await
            }
            Claim::Floor(actions, text) => self.implies(actions, text.parse()?, pack.clone()).await,
            Claim::NoOtherForbid(actions, text) => {
                let all = "permit (principal, action, resource);";
                let mut open = pack.clone();
                open.add(Policy::parse(Some(PolicyId::new("everything")), all)?)?;
                self.implies(actions, text.parse()?, open).await
            }
            Claim::ForbidsNeverFail => self.never_fail(pack).await,
        }
    }

    /// The kinds of request with one of these actions by a person.
    fn kinds(&self, actions: Option<&[&str]>) -> Vec<RequestEnv> {
        let wanted = |kind: &RequestEnv| {
            actions.is_none_or(|actions| actions.contains(&kind.action().id().unescaped()))
        };
        self.schema.request_envs().filter(wanted).collect()
    }

    /// Whether all that `narrow` allows, `wide` allows too.
    async fn implies(
        &mut self,
        actions: &[&str],
        narrow: PolicySet,
        wide: PolicySet,
    ) -> Result<Answer> {
        let kinds = self.kinds(Some(actions));
        if kinds.is_empty() {
            bail!("the schema has none of the actions {actions:?}");
        }
        for kind in &kinds {
            let first = CompiledPolicySet::compile(&narrow, kind, &self.schema)?;
            let second = CompiledPolicySet::compile(&wide, kind, &self.schema)?;
            let found =
                self.compiler.check_implies_with_counterexample_opt(&first, &second).await?;
            let Some(found) = found else { continue };
            // The example is asked again, for an answer that does not rest on the solver.
            let allows = |set| {
                let answer = Authorizer::new().is_authorized(&found.request, set, &found.entities);
                answer.decision() == Decision::Allow
            };
            if !allows(&narrow) || allows(&wide) {
                bail!("the solver's example does not show what it should:\n{found}");
            }
            return Ok(Answer::Refuted(told(&found)));
        }
        Ok(Answer::Proved { questions: kinds.len() })
    }

    /// Whether no prohibition can fail while it is applied.
    async fn never_fail(&mut self, pack: &PolicySet) -> Result<Answer> {
        let mut questions = 0;
        for policy in pack.policies().filter(|policy| policy.effect() == Effect::Forbid) {
            for kind in self.kinds(None) {
                let compiled = CompiledPolicy::compile(policy, &kind, &self.schema)?;
                let found = self.compiler.check_never_errors_with_counterexample_opt(&compiled);
                questions += 1;
                if let Some(found) = found.await? {
                    return Ok(Answer::Refuted(told(&found)));
                }
            }
        }
        Ok(Answer::Proved { questions })
    }
}

/// An example, indented.
fn told(example: &Env) -> String {
    let lines = example.to_string();
    // Of the entities only those with attributes or memberships tell something.
    let bare = |line: &&str| !(line.starts_with("  ") && line.ends_with("\","));
    lines.lines().filter(bare).map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}
