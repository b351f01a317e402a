//! The packs that Primum comes with, as the files under `packs/` say them.

use crate::PackError;
use governance::{
    AgentPolicy, ChangeMatrix, ClockRules, ContractTerms, RightsPack, TierPolicy,
    ValidationStandard,
};

/// A built-in file: its path in the project and its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct File {
    /// The path, from the root of the project.
    pub path: &'static str,
    /// The text.
    pub text: &'static str,
}

impl File {
    /// Its name, without folder and ending.
    #[must_use]
    pub fn stem(&self) -> &'static str {
        self.name().split_once('.').map_or(self.name(), |(stem, _)| stem)
    }

    /// Its name, without the folder.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.path.rsplit_once('/').map_or(self.path, |(_, name)| name)
    }
}

macro_rules! file {
    ($path:literal) => {
        File { path: $path, text: include_str!(concat!("../../../", $path)) }
    };
}

/// The tier policy.
pub const TIERS: File = file!("packs/tiers/primum-tiers.toml");
/// The validation standard for predictive AI of T2.
pub const PREDICTIVE_T2: File = file!("packs/standards/predictive-t2.toml");
/// The validation standard for predictive AI of T3.
pub const PREDICTIVE_T3: File = file!("packs/standards/predictive-t3.toml");
/// The validation standards: one for each kind of AI system and tier.
pub const STANDARDS: [File; 24] = [
    file!("packs/standards/predictive-t1.toml"),
    PREDICTIVE_T2,
    PREDICTIVE_T3,
    file!("packs/standards/predictive-t4.toml"),
    file!("packs/standards/imaging-t1.toml"),
    file!("packs/standards/imaging-t2.toml"),
    file!("packs/standards/imaging-t3.toml"),
    file!("packs/standards/imaging-t4.toml"),
    file!("packs/standards/generative-t1.toml"),
    file!("packs/standards/generative-t2.toml"),
    file!("packs/standards/generative-t3.toml"),
    file!("packs/standards/generative-t4.toml"),
    file!("packs/standards/chatbot-t1.toml"),
    file!("packs/standards/chatbot-t2.toml"),
    file!("packs/standards/chatbot-t3.toml"),
    file!("packs/standards/chatbot-t4.toml"),
    file!("packs/standards/agent-t1.toml"),
    file!("packs/standards/agent-t2.toml"),
    file!("packs/standards/agent-t3.toml"),
    file!("packs/standards/agent-t4.toml"),
    file!("packs/standards/coverage-t1.toml"),
    file!("packs/standards/coverage-t2.toml"),
    file!("packs/standards/coverage-t3.toml"),
    file!("packs/standards/coverage-t4.toml"),
];
/// The agent policy.
pub const AGENTS: File = file!("packs/agents/primum-agents.toml");
/// The clock rules for incidents.
pub const CLOCKS: File = file!("packs/clocks/primum-clocks.toml");
/// The clauses that contracts are checked for.
pub const CONTRACTS: File = file!("packs/contracts/primum-contracts.toml");
/// What a change of a live use case takes.
pub const CHANGES: File = file!("packs/changes/primum-changes.toml");
/// Rubrics for ratings of output.
pub const RUBRICS: [File; 1] = [file!("packs/rubrics/primum-note.toml")];
/// The header of the decision rights.
pub const RIGHTS: File = file!("packs/rights/rights.toml");
/// The schema of the decision rights.
pub const RIGHTS_SCHEMA: File = file!("packs/rights/rights.cedarschema");
/// The policies of the decision rights.
pub const RIGHTS_POLICIES: File = file!("packs/rights/rights.cedar");

/// Bodies to start from: that of the demo hospital. Which bodies there are is the hospital's
/// choice.
pub const BODIES: [File; 1] = [file!("demo/ai-committee.toml")];
/// Monitoring plans to start from: those of the demo hospital.
pub const PLANS: [File; 2] = [file!("demo/plan-local.toml"), file!("demo/plan-vendor.toml")];
/// People to start from: those of the demo hospital.
pub const PEOPLE: [File; 1] = [file!("demo/people.toml")];

/// The built-in rubric with this handle.
#[must_use]
pub fn rubric(id: &str) -> Option<File> {
    RUBRICS.into_iter().find(|file| file.stem() == id)
}

/// The built-in tier policy.
///
/// # Errors
/// None in a released Primum: a test checks every built-in pack.
pub fn tier_policy() -> Result<TierPolicy, PackError> {
    crate::tier_policy(TIERS.path, TIERS.text)
}

/// The built-in validation standards.
///
/// # Errors
/// As [`tier_policy`].
pub fn standards() -> Result<Vec<ValidationStandard>, PackError> {
    STANDARDS.iter().map(|file| crate::standard(file.path, file.text)).collect()
}

/// The built-in clock rules.
///
/// # Errors
/// As [`tier_policy`].
pub fn clocks() -> Result<ClockRules, PackError> {
    crate::clocks(CLOCKS.path, CLOCKS.text)
}

/// The built-in contract terms.
///
/// # Errors
/// As [`tier_policy`].
pub fn contract_terms() -> Result<ContractTerms, PackError> {
    crate::contract_terms(CONTRACTS.path, CONTRACTS.text)
}

/// The built-in change matrix.
///
/// # Errors
/// As [`tier_policy`].
pub fn change_matrix() -> Result<ChangeMatrix, PackError> {
    crate::change_matrix(CHANGES.path, CHANGES.text)
}

/// The built-in agent policy.
///
/// # Errors
/// As [`tier_policy`].
pub fn agent_policy() -> Result<AgentPolicy, PackError> {
    crate::agent_policy(AGENTS.path, AGENTS.text)
}

/// The built-in decision rights.
///
/// # Errors
/// As [`tier_policy`].
pub fn rights() -> Result<RightsPack, PackError> {
    crate::rights(RIGHTS.path, RIGHTS.text, RIGHTS_SCHEMA.text, RIGHTS_POLICIES.text)
}
