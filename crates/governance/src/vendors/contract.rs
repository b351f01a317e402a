//! Contracts, the clauses that are demanded of them, and what is missing.

use crate::{ClauseId, ContractId, DocumentId, Instant, Record, SystemId, Tier, UseCase, VendorId};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write};

/// Whether a contract has a clause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClauseState {
    /// It is in the contract.
    Held,
    /// It is not.
    Absent,
    /// It is being negotiated.
    Negotiating,
}

/// What a contract says on a clause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClauseHeld {
    /// Whether it is in the contract.
    pub state: ClauseState,
    /// The days or hours that it gives, for a clause with a limit.
    #[serde(default)]
    pub within: Option<u32>,
}

/// What is agreed with a vendor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Agreement {
    /// The vendor.
    pub vendor: VendorId,
    /// The AI systems that it covers, all of that vendor. At least one.
    pub systems: BTreeSet<SystemId>,
    /// From when it holds.
    #[schemars(with = "Instant")]
    pub from: Timestamp,
    /// Until when.
    #[schemars(with = "Instant")]
    pub until: Timestamp,
    /// What it says on each clause; a clause that is not named is absent.
    #[serde(default)]
    pub clauses: BTreeMap<ClauseId, ClauseHeld>,
    /// The signed document, attached before.
    #[serde(default)]
    pub document: Option<DocumentId>,
}

/// A contract on record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Contract {
    /// Its id.
    pub id: ContractId,
    /// What it says, as last amended.
    pub agreement: Agreement,
}

/// The clauses that contracts are checked for, by tier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ContractTerms {
    /// The handle of the terms, such as `primum-contracts`.
    pub id: String,
    /// Their version.
    pub version: String,
    /// What they are.
    pub title: String,
    /// Where they come from.
    pub source: String,
    /// The clauses. At least one.
    pub clauses: Vec<Clause>,
}

/// A clause that is demanded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Clause {
    /// The clause's handle.
    pub id: ClauseId,
    /// What it is.
    pub title: String,
    /// What the letter to the vendor asks for: a whole sentence.
    pub ask: String,
    /// The lowest tier that demands it.
    pub demanded_from: Tier,
    /// The lowest tier whose approval waits for it; none when it never does.
    #[serde(default)]
    pub blocks_from: Option<Tier>,
    /// What the days or hours that it gives must be.
    #[serde(default)]
    pub limit: Option<ClauseLimit>,
}

/// What the days or hours of a clause must be: at least or at most so many, or both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClauseLimit {
    /// Days or hours.
    pub unit: TimeUnit,
    /// The least.
    #[serde(default)]
    pub at_least: Option<u32>,
    /// The most.
    #[serde(default)]
    pub at_most: Option<u32>,
}

/// In what a clause counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TimeUnit {
    /// Days.
    Days,
    /// Hours.
    Hours,
}

/// A clause that a use case demands and no contract in force gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ContractGap {
    /// The clause.
    pub clause: ClauseId,
    /// What it is.
    pub title: String,
    /// Why it is a gap, in plain words.
    pub because: String,
    /// What to ask the vendor for.
    pub ask: String,
    /// True when the approval of the use case waits for it.
    pub blocks: bool,
}

impl fmt::Display for TimeUnit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Days => "days",
            Self::Hours => "hours",
        })
    }
}

impl ContractTerms {
    /// What is wrong with them, each with the clause where there is one, and what to do.
    #[must_use]
    pub fn faults(&self) -> Vec<(Option<ClauseId>, String, &'static str)> {
        let mut faults = Vec::new();
        if self.clauses.is_empty() {
            faults.push((None, "no clause is demanded".to_owned(), "add at least one [[clauses]]"));
        }
        for (place, clause) in self.clauses.iter().enumerate() {
            let id = &clause.id;
            let mut fault = |what: String, remedy| faults.push((Some(id.clone()), what, remedy));
            if self.clauses.iter().take(place).any(|before| before.id == *id) {
                fault(format!("the clause `{id}` is there twice"), "keep one of them");
            }
            if clause.title.trim().is_empty() || clause.ask.trim().is_empty() {
                let what = format!("the clause `{id}` lacks a title or what is asked for");
                fault(what, "say what it is, and what the vendor is asked for");
            }
            if clause.blocks_from.is_some_and(|tier| tier < clause.demanded_from) {
                let what = format!("the clause `{id}` blocks where it is not demanded");
                fault(what, "let `blocks_from` be `demanded_from` or higher");
            }
            match clause.limit.map(|limit| (limit.at_least, limit.at_most)) {
                Some((None, None)) => fault(
                    format!("the limit of the clause `{id}` limits nothing"),
                    "give it `at_least` or `at_most`, or leave `limit` out",
                ),
                Some((Some(least), Some(most))) if least > most => fault(
                    format!("nothing is at least {least} and at most {most} in `{id}`"),
                    "swap the two or widen them",
                ),
                _ => {}
            }
        }
        faults
    }
}

impl Contract {
    /// True from its beginning until its end.
    #[must_use]
    pub fn is_in_force(&self, now: Timestamp) -> bool {
        self.agreement.from <= now && now < self.agreement.until
    }
}

impl Clause {
    /// Why a contract does not give it; none when it does.
    fn gap(&self, said: Option<&ClauseHeld>) -> Option<String> {
        let Some(said) = said else { return Some("it says nothing on it".to_owned()) };
        match (said.state, self.limit) {
            (ClauseState::Absent, _) => Some("it does not have it".to_owned()),
            (ClauseState::Negotiating, _) => Some("it is being negotiated".to_owned()),
            (ClauseState::Held, None) => None,
            (ClauseState::Held, Some(limit)) => limit.gap(said.within),
        }
    }
}

impl ClauseLimit {
    fn gap(self, within: Option<u32>) -> Option<String> {
        let unit = self.unit;
        let Some(within) = within else { return Some(format!("it names no {unit}")) };
        let short = self.at_least.filter(|least| within < *least);
        let long = self.at_most.filter(|most| within > *most);
        short
            .map(|least| format!("it gives {within} {unit}, not at least {least}"))
            .or_else(|| long.map(|most| format!("it gives {within} {unit}, not at most {most}")))
    }
}

impl Record {
    /// The contracts that cover an AI system, over ones too.
    pub fn contracts_on(&self, system: SystemId) -> impl Iterator<Item = &Contract> {
        let ids = self.vendors.contracts_of.get(&system);
        ids.into_iter().flatten().filter_map(|id| self.vendors.contracts.get(id))
    }

    /// The clauses that a use case demands by its tier and that no contract in force at `now`
    /// gives.
    /// Empty for what the hospital made itself, before a tier is known, and while no terms are
    /// adopted.
    #[must_use]
    pub fn contract_gaps(&self, use_case: &UseCase, now: Timestamp) -> Vec<ContractGap> {
        let (Some(terms), Some(tier), Some(system)) = (
            self.vendors.terms.as_ref(),
            self.effective_tier(use_case, now),
            self.systems.get(&use_case.proposal.system),
        ) else {
            return Vec::new();
        };
        if system.vendor.is_in_house() {
            return Vec::new();
        }
        let on = self.contracts_on(system.id).filter(|contract| contract.is_in_force(now));
        let on: Vec<_> = on.collect();
        let demanded = terms.clauses.iter().filter(|clause| clause.demanded_from <= tier);
        let gap = |clause: &Clause| {
            let mut because = format!("no contract on {} is in force", system.id);
            for contract in &on {
                let why = clause.gap(contract.agreement.clauses.get(&clause.id))?;
                because = format!("{}: {why}", contract.id);
            }
            Some(ContractGap {
                clause: clause.id.clone(),
                title: clause.title.clone(),
                because,
                ask: clause.ask.clone(),
                blocks: clause.blocks_from.is_some_and(|from| from <= tier),
            })
        };
        demanded.filter_map(gap).collect()
    }

    /// A letter to the vendor of a use case that asks for the clauses that are missing; none when
    /// none is. The same record and time give the same text.
    #[must_use]
    pub fn gap_letter(&self, use_case: &UseCase, now: Timestamp) -> Option<String> {
        let gaps = self.contract_gaps(use_case, now);
        let system = self.systems.get(&use_case.proposal.system)?;
        if gaps.is_empty() {
            return None;
        }
        let mut text = self.letter_head(system, "Clauses missing from our contract");
        let _ = write!(
            text,
            "We use {} for \"{}\" ({}). For a use of its risk our terms ask for the following \
             clauses, which we do not find in our contract with you:\n\n",
            system.name, use_case.proposal.title, use_case.id,
        );
        for (number, gap) in (1..).zip(&gaps) {
            let waits = if gap.blocks { " Our approval waits for this." } else { "" };
            let _ = writeln!(
                text,
                "{number}. {}. {}{waits}\n   Where we stand: {}.",
                gap.title, gap.ask, gap.because
            );
        }
        text += "\nPlease tell us by when you can agree to each, or what stands in the way.\n";
        text += &self.letter_foot();
        Some(text)
    }
}
