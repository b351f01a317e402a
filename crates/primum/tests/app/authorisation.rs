//! Every command that changes a record is denied to somebody without the right to it.

use crate::common::{Home, command, demo, on, primum};
use governance::Catalogue;
use std::collections::BTreeSet;

/// Why a command needs no test of rights, or how it is denied.
enum Needs {
    /// It reads only.
    Nothing,
    /// It changes a folder by the hand of whoever may write to it: the system's permissions are its
    /// rights. It acts in nobody's name.
    Folder,
    /// A right: this command line is denied to this person, by this rule.
    Right(&'static str, &'static str, &'static str),
}
use Needs::{Folder, Nothing, Right};

const STOP: &str = "decision record CASE-1 --reason Why --alternative None --residual-risk None";
const EVIDENCE: &str = "evidence record UC-1 --from 2023-03-01 --until 2024-01-01";
const ADOPT: &str =
    concat!("pack adopt '", env!("CARGO_MANIFEST_DIR"), "/../../packs/tiers/primum-tiers.toml'");

/// Every command with what it needs.
const COMMANDS: &[(&str, Needs)] = &[
    (
        "act",
        Right(
            "act '{\"act\":\"begin_validation\",\"use_case\":\"UC-1\"}'",
            "chief-nurse",
            "P2-office-takes-a-use-case-in",
        ),
    ),
    ("as-of case list", Nothing),
    ("as-of case show", Nothing),
    ("as-of list", Nothing),
    ("as-of show", Nothing),
    ("as-of decision list", Nothing),
    ("as-of decision times", Nothing),
    ("as-of decision show", Nothing),
    ("as-of evidence show", Nothing),
    ("as-of gate check", Nothing),
    ("as-of incident export", Nothing),
    ("as-of incident worksheet", Nothing),
    ("as-of tier explain", Nothing),
    ("as-of tier labels", Nothing),
    ("as-of tier preview", Nothing),
    ("as-of tier what-if", Nothing),
    ("as-of use-case list", Nothing),
    ("as-of use-case show", Nothing),
    ("as-of work", Nothing),
    ("case list", Nothing),
    ("case show", Nothing),
    ("completions", Nothing),
    ("decision carry", Right("decision carry DEC-3", "chief-nurse", "P13-chair-carries")),
    ("decision record", Right(STOP, "chief-nurse", "P15-chair-stops-on-a-case")),
    (
        "decision recuse",
        Right("decision recuse DEC-3 --reason Why", "data-lead", "P12-members-step-aside"),
    ),
    (
        "decision vote",
        Right("decision vote DEC-3 approve --reason Why", "data-lead", "F1-separation-of-duties"),
    ),
    ("decision list", Nothing),
    ("decision times", Nothing),
    ("decision show", Nothing),
    ("demo", Folder),
    ("evidence card", Nothing),
    ("evidence claim", Nothing),
    ("evidence classes", Nothing),
    ("evidence compare", Nothing),
    ("evidence explain", Nothing),
    ("evidence export", Nothing),
    ("evidence grades", Nothing),
    ("evidence judge", Nothing),
    ("evidence models", Nothing),
    ("evidence record", Right(EVIDENCE, "chief-nurse", "P6-evidence-and-plan")),
    ("evidence reproduce", Nothing),
    ("evidence ratings", Nothing),
    ("evidence run", Nothing),
    ("evidence sample", Nothing),
    ("evidence show", Nothing),
    ("evidence size", Nothing),
    ("evidence survival", Nothing),
    ("evidence values", Nothing),
    ("evidence workflow", Nothing),
    ("evidence workload", Nothing),
    ("export", Nothing),
    // The gate's answer changes nothing; for a version that is not on record the gate itself opens
    // a case.
    ("gate check", Nothing),
    // As an access key.
    ("gate token", Folder),
    ("import", Folder),
    ("incident export", Nothing),
    ("incident worksheet", Nothing),
    ("init", Folder),
    ("inventory export", Nothing),
    (
        "inventory import",
        Right("inventory import /dev/null", "chief-nurse", "N4-office-imports-inventories"),
    ),
    ("list", Nothing),
    ("log checkpoint", Nothing),
    ("log receipt", Nothing),
    ("log show", Nothing),
    ("log verify", Nothing),
    // What is due is a function of record and time: the monitor and the scheduler do it, whoever
    // asks.
    ("monitor run", Folder),
    ("pack adopt", Right(ADOPT, "chief-nurse", "P1-office-keeps-the-record")),
    ("pack check", Nothing),
    ("pack list", Nothing),
    ("pack show", Nothing),
    // An access key lets its bearer act over the network; whoever can write to the folder needs
    // none.
    ("person key", Folder),
    ("rights check", Nothing),
    ("rights explain", Nothing),
    ("rights matrix", Nothing),
    ("serve", Folder),
    ("show", Nothing),
    ("suspend", Right("suspend UC-1 --reason Why", "chief-nurse", "P17-owner-or-chair-suspends")),
    ("tier explain", Nothing),
    ("tier labels", Nothing),
    ("tier preview", Nothing),
    ("tier what-if", Nothing),
    ("use-case list", Nothing),
    ("use-case show", Nothing),
    ("work", Nothing),
];

/// The commands under a path, from the program's own help.
fn commands(path: &str) -> Vec<String> {
    let help = primum(&format!("{path} --help")).expect(0, "Usage:").out;
    let listed = help.split("Commands:\n").nth(1).unwrap_or_default();
    let names = listed.lines().take_while(|line| !line.trim().is_empty()).filter_map(|line| {
        // A name stands two spaces in; what follows it may be wrapped further in.
        let name = line.strip_prefix("  ").filter(|rest| !rest.starts_with(' '))?;
        name.split_whitespace().next()
    });
    let below: Vec<String> = names
        .filter(|name| *name != "help")
        .map(|name| format!("{path} {name}").trim().to_owned())
        .collect();
    if below.is_empty() {
        return vec![path.to_owned()];
    }
    below.iter().flat_map(|path| commands(path)).collect()
}

#[test]
fn every_command_is_in_the_table() {
    let found: BTreeSet<String> = commands("").into_iter().collect();
    let table: BTreeSet<String> = COMMANDS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let missing: Vec<_> = found.difference(&table).collect();
    let gone: Vec<_> = table.difference(&found).collect();
    assert!(missing.is_empty(), "commands without an entry in the table: {missing:?}");
    assert!(gone.is_empty(), "entries without a command: {gone:?}");
}

#[test]
fn a_command_without_the_right_is_denied_by_a_named_rule_and_changes_nothing() {
    let home = Home::demo();
    let before = home.events();
    for (name, needs) in COMMANDS {
        let Right(line, person, rule) = needs else { continue };
        assert!(line.starts_with(name), "{line} is no test of {name}");
        let ran = home.run(&format!("{line} --as {person}")).expect(3, &format!("[{rule}]"));
        assert!(ran.err.starts_with(&format!("error: `{person}` may not ")), "{}", ran.err);
        assert_eq!(ran.out, "", "{line}");
        // Somebody who is not on record has no right to anything.
        home.run(&format!("{line} --as nobody")).expect(3, "`nobody`");
    }
    assert_eq!(home.events(), before);
}

#[test]
fn without_a_name_nothing_is_done() {
    let home = Home::demo();
    let before = home.events();
    for (_, needs) in COMMANDS {
        let Right(line, ..) = needs else { continue };
        home.run(line).expect(2, "say who acts: add --as PERSON");
    }
    assert_eq!(home.events(), before);
}

/// The services of Primum have rights that no person can take: an act of theirs is denied to all
/// people.
#[test]
fn nobody_acts_as_a_service() {
    let report = r#"'{"act":"report_unknown_version","use_case":"UC-1","version":"9",
        "site":"main","workflow":"discharge-planning"}'"#;
    for act in [r#"'{"act":"tick"}'"#, report] {
        let home = Home::demo();
        for person in ["governance-office", "committee-chair"] {
            home.run(&format!("act {act} --as {person}")).expect(3, "may not");
        }
        assert_eq!(home.events().len(), 101);
    }
    on(demo(), "case list --as 'primum:scheduler'").expect(2, "--as");
}

/// What anybody on record with valid training may do, and the rule that says so. The drafts are
/// those that the same person began.
const ANYBODY: &[(&str, &str)] = &[
    ("propose_use_case", "P4-anybody-proposes"),
    ("begin_draft", "N1-anybody-begins-a-draft"),
    ("save_draft", "N2-authors-keep-their-drafts"),
    ("discard_draft", "N2-authors-keep-their-drafts"),
    ("attach_document", "V3-anybody-attaches-documents"),
    ("report_incident", "I1-anybody-reports"),
    ("log_hazard", "H1-anybody-logs-a-hazard"),
];

/// Acts whose examples are about what the demo does not have: a wrong id, whoever asks. The tests
/// of the decision rights ask for each of them about what is there.
const NOT_THERE: &[&str] = &[
    "meet_condition",
    "revoke_delegation",
    "amend_agenda",
    "open_meeting",
    "record_attendance",
    "close_meeting",
    "submit_intake",
    "renew_exception",
    "end_exception",
    "run_candidate",
    "note_change",
    "close_change",
    "withdraw_change",
    "complete_action",
    "verify_control",
    "record_ratings",
    "close_review",
    "erase_document",
];

/// Every act, by its example, is denied to a person on record who holds no role, seat or duty;
/// but for those that anybody may do.
#[test]
fn every_act_is_denied_to_somebody_without_any_role() {
    let home = Home::demo();
    let add = "act add-person --id visitor --title Visitor --trained-until 2040-01-01";
    home.run(&format!("{add} --as governance-office")).expect(0, "event ");
    let before = home.events();
    let catalogue = Catalogue::new();
    let mut wrong = Vec::new();
    for act in catalogue.acts() {
        let example = catalogue.example(act).to_string();
        let output = command()
            .arg("--data")
            .arg(home.data())
            .args(["--as", "visitor", "act", example.as_str()])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        // Nothing can be denied where the example is about what the demo does not have.
        let missing = output.status.code() == Some(1) && said.contains("the record has no ");
        assert_eq!(missing, NOT_THERE.contains(&act.name.as_str()), "{}: {said}", act.name);
        let denied =
            missing || output.status.code() == Some(3) && said.contains("`visitor` may not");
        let anybody = ANYBODY.iter().find(|(name, _)| *name == act.name);
        if denied == anybody.is_some() {
            wrong.push(format!("{}: {:?} {said}", act.name, output.status.code()));
        }
        // The rule is one that the decision rights have.
        if let Some((_, rule)) = anybody {
            let rights = packs::builtin::rights().unwrap().policies;
            assert!(rights.contains(&format!("@id(\"{rule}\")")), "{rule}");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let anybody: usize = home.events().len() - before.len();
    assert!(anybody <= ANYBODY.len() * 4, "{anybody} events by somebody without a role");
}
