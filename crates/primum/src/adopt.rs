//! `primum pack adopt …`: the acts that take packs into the record.

use crate::act;
use crate::ambient;
use crate::cli::Cli;
use crate::folder::Folder;
use crate::output::{Answer, Usage, start_of};
use crate::pack::{built_in, kind, read, short};
use anyhow::{Result, bail};
use clap::Args;
use governance::{
    Act, AgentsAct, ChangeRequestsAct, CommandId, DecisionId, DecisionRightsAct, IncidentsAct,
    Record, RightsPack, UseCaseId, VendorsAct,
};
use jiff::Timestamp;
use packs::builtin::STANDARDS;
use packs::{KINDS, Kind, Pack, PackError};
use std::path::Path;

/// Options of `primum pack adopt`.
#[derive(Debug, Args)]
pub struct Adopt {
    /// Files, and names of built-in packs, such as predictive-t3; for decision rights, the folder
    /// of the three files
    #[arg(required_unless_present = "all_standards", value_name = "PACK")]
    packs: Vec<String>,
    /// Every built-in validation standard that is not in force yet
    #[arg(long)]
    all_standards: bool,
    /// The kind of all of the files, when their keys do not tell
    #[arg(long, value_parser = kind)]
    kind: Option<&'static Kind>,
    /// The use case of a monitoring plan
    #[arg(long, value_name = "USE_CASE")]
    use_case: Option<UseCaseId>,
    /// The decision on decision rights
    #[arg(long, value_name = "DECISION")]
    decision: Option<DecisionId>,
    /// The day from which decision rights are in force; at once when not given
    #[arg(long, value_name = "DATE", requires = "decision")]
    from: Option<String>,
}

/// A pack to adopt: how it was named, and its acts.
struct Wanted {
    name: String,
    acts: Vec<Act>,
}

/// Checks all packs, then adopts them one after the other.
pub async fn run(cli: &Cli, adopt: &Adopt) -> Result<Answer> {
    let from = adopt.from.as_deref().map(start_of).transpose()?;
    let mut wanted = Vec::new();
    for name in &adopt.packs {
        let pack = named(name, adopt.kind)?.map_err(|error| Usage(error.to_string()))?;
        wanted.push(Wanted { name: name.clone(), acts: acts(pack, adopt, from)? });
    }
    if adopt.all_standards {
        let known = |name: &str| adopt.packs.iter().any(|given| given == name);
        for file in STANDARDS.iter().filter(|file| !known(short(file.name()))) {
            let standard = packs::standard(file.path, file.text)?;
            let name = short(file.name()).to_owned();
            wanted.push(Wanted { name, acts: vec![Act::AdoptStandard(standard)] });
        }
    }
    submit(cli, adopt, wanted).await
}

/// A file, or else the built-in pack of this name.
fn named(name: &str, forced: Option<&'static Kind>) -> Result<Result<Pack, PackError>> {
    let path = Path::new(name);
    if path.exists() {
        return Ok(read(path, forced)?.1);
    }
    let Some((kind, file)) = built_in(name) else {
        let names = KINDS.iter().flat_map(|kind| kind.files).map(|file| file.name());
        let names: Vec<_> = names.filter(|name| name.ends_with(".toml")).map(short).collect();
        let problem = format!(
            "`{name}` is neither a file here nor a built-in pack; nothing was kept. Built in are \
             {}",
            names.join(", ")
        );
        return Err(Usage(problem).into());
    };
    if kind.name == "rights" {
        return Ok(packs::builtin::rights().map(Pack::Rights));
    }
    Ok(kind.read(file.path, file.text))
}

/// The acts that adopt a pack: one, or one for each person.
fn acts(pack: Pack, adopt: &Adopt, from: Option<Timestamp>) -> Result<Vec<Act>> {
    Ok(vec![match pack {
        Pack::Tiers(it) => Act::AdoptTierPolicy(it),
        Pack::Standard(it) => Act::AdoptStandard(it),
        Pack::Body(it) => Act::CharterBody(it),
        Pack::People(people) => return Ok(people.into_iter().map(Act::AddPerson).collect()),
        Pack::Contracts(it) => Act::Vendors(VendorsAct::AdoptContractTerms(it)),
        Pack::Changes(it) => Act::ChangeRequests(ChangeRequestsAct::AdoptChangeMatrix(it)),
        Pack::Clocks(it) => Act::Incidents(IncidentsAct::AdoptClockRules(it)),
        Pack::Agents(it) => Act::Agents(AgentsAct::AdoptAgentPolicy(it)),
        Pack::Rubric(it) => {
            let problem = format!(
                "a rubric is used, not adopted: `primum evidence ratings --rubric {}`; a \
                 validation standard, which is adopted, can hold its criteria",
                it.id
            );
            return Err(Usage(problem).into());
        }
        Pack::Plan(plan) => {
            let missing = "a plan is adopted for a use case; name it with --use-case UC-1";
            let use_case = adopt.use_case.ok_or_else(|| Usage(missing.to_owned()))?;
            Act::AdoptPlan { use_case, plan: Box::new(plan) }
        }
        Pack::Rights(pack) => {
            let decision = adopt.decision.ok_or_else(|| Usage(by_decision(&pack)))?;
            let act = DecisionRightsAct::AdoptRights { pack, effective_from: from, decision };
            Act::DecisionRights(act)
        }
    }])
}

/// How decision rights are adopted.
fn by_decision(pack: &RightsPack) -> String {
    format!(
        "decision rights are adopted on a decision of a body. Put this question to it with \
         `open_motion`: {{\"kind\": \"pack\", \"digest\": \"{}\"}}. When it decided go, say so: \
         --decision DEC-1",
        pack.digest()
    )
}

async fn submit(cli: &Cli, adopt: &Adopt, wanted: Vec<Wanted>) -> Result<Answer> {
    let person = act::acting(cli)?;
    let folder = Folder::of(cli);
    let opened = folder.write(ambient::salts()).await?;
    let record = opened.registrar.record();
    if let Some(known) = known_person(&record, &wanted) {
        act::close(opened).await?;
        bail!("`{known}` is on record already; nothing was kept. Take that entry out of the file");
    }
    let single = wanted.iter().map(|pack| pack.acts.len()).sum::<usize>() == 1;
    let mut events = Vec::new();
    let (mut adopted, mut number) = (Vec::new(), 0);
    let mut failed = None;
    'packs: for Wanted { name, acts } in wanted {
        let before = events.len();
        for act in acts {
            number += 1;
            if adopt.all_standards && in_force(&record, &act) {
                continue;
            }
            let at = folder.now(opened.registrar.reader()).await?;
            let id = match &cli.command_id {
                // Each act of several needs an id of its own, the same one when tried again.
                Some(id) if !single => format!("{id}-{number}").parse::<CommandId>()?,
                Some(id) => id.clone(),
                None => ambient::command_id()?,
            };
            match act::submit_as(id, person.clone(), &opened.registrar, act, at, Vec::new()).await {
                Ok(done) => events.extend(done.events),
                Err(error) => {
                    let part = events.len() > before;
                    failed = Some(match (&*adopted, part) {
                        ([], false) => error,
                        (adopted, part) => error.context(refused(adopted, &name, part)),
                    });
                    break 'packs;
                }
            }
        }
        adopted.push(name);
    }
    let record = opened.registrar.record();
    act::close(opened).await?;
    failed.map_or_else(|| act::told(&events, &record), Err)
}

/// Somebody to be added who is on record already.
fn known_person(record: &Record, wanted: &[Wanted]) -> Option<String> {
    wanted.iter().flat_map(|pack| &pack.acts).find_map(|act| match act {
        Act::AddPerson(person) => {
            record.people.contains_key(&person.id).then(|| person.id.to_string())
        }
        _ => None,
    })
}

/// True for a standard that is in force as it is.
fn in_force(record: &Record, act: &Act) -> bool {
    matches!(act, Act::AdoptStandard(it) if record.standards.get(&it.id) == Some(it))
}

/// What was refused, and what was kept before it.
fn refused(adopted: &[String], name: &str, part: bool) -> String {
    let part = if part { " but for a part of it" } else { "" };
    let kept = match adopted {
        [] => "nothing was adopted before it".to_owned(),
        adopted => format!("adopted before it: {}", adopted.join(", ")),
    };
    format!("`{name}` was refused{part}; {kept}")
}
