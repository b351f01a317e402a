//! A version of a pack means one text, and what is in force is not adopted again.

use crate::hospital::*;
use crate::judged::agent_policy;
use crate::parts::decision_rights::{adopt, pack};
use crate::parts::incidents::clock_rules;
use governance::*;

/// Checks that the second is refused after the first, and the third too, and that the last is not.
fn check(what: &str, in_force: Act, changed: Act, renewed: Act) {
    let hospital = Hospital::founded().must("office", in_force.clone());
    let refused = |act: Act| hospital.clone().give("office", act).expect_err(what).to_string();
    let again = refused(in_force);
    let wanted = format!("{what} in force already, word for word; there is nothing to adopt");
    assert_eq!(again, wanted.replace("{is}", "is"));
    let other = refused(changed);
    assert!(
        other.ends_with("on record says something else; give this one a new version"),
        "{other}"
    );
    hospital.must("office", renewed);
}

/// The pack itself, with other words under its version, and these under a new version.
fn three<T: Clone>(pack: &T, change: fn(&mut T), renew: fn(&mut T), act: fn(T) -> Act) -> [Act; 3] {
    let mut changed = pack.clone();
    change(&mut changed);
    let mut renewed = changed.clone();
    renew(&mut renewed);
    [pack.clone(), changed, renewed].map(act)
}

macro_rules! packs {
    ($($what:literal, $pack:expr, $act:expr;)*) => {$(
        let [in_force, changed, renewed] = three(
            &$pack,
            |pack| pack.title.push('!'),
            |pack| pack.version.push('1'),
            $act,
        );
        check($what, in_force, changed, renewed);
    )*};
}

#[test]
fn a_version_means_one_text() {
    packs! {
        "the tier policy `tiers 1` is", tier_policy(), Act::AdoptTierPolicy;
        "the standard `predictive-t3 1` is", standard(Tier::T3), Act::AdoptStandard;
        "the agent policy `agents 1` is", agent_policy(),
            |pack| Act::Agents(AgentsAct::AdoptAgentPolicy(pack));
        "the pack of contract terms `terms 1` is", contract_terms(),
            |pack| Act::Vendors(VendorsAct::AdoptContractTerms(pack));
        "the pack of clock rules `primum-clocks 1.0.0` is", clock_rules(),
            |pack| Act::Incidents(IncidentsAct::AdoptClockRules(pack));
        "the change matrix `changes 1` is", change_matrix(),
            |pack| Act::ChangeRequests(ChangeRequestsAct::AdoptChangeMatrix(pack));
    }
}

/// A hospital whose body approved these packs of rights, in `DEC-1` and so on.
fn decided(packs: &[RightsPack]) -> Hospital {
    (1..).zip(packs).fold(Hospital::furnished(), |hospital, (number, pack)| {
        let question = Question::Pack { digest: pack.digest() };
        hospital.must("chair", open_motion(motion(question, Outcome::Go))).carried(number)
    })
}

#[test]
fn rights_in_force_are_not_adopted_again_but_former_ones_are() {
    let changed = RightsPack { policies: "// other".to_owned(), ..pack(1) };
    let of_founding = decided(&[]).record.founding.expect("it was founded").rights;
    let packs = [pack(1), pack(1), changed.clone(), of_founding.clone()];
    let hospital = decided(&packs).must("office", adopt(1, None, DecisionId(1)));
    let again = hospital.clone().give("office", adopt(1, None, DecisionId(2)));
    let again = again.expect_err("it is in force").to_string();
    assert!(again.contains("`2.1` is in force already"), "{again}");
    let taken = |pack: RightsPack, decision| {
        let (effective_from, decision) = (None, DecisionId(decision));
        Act::DecisionRights(DecisionRightsAct::AdoptRights { pack, effective_from, decision })
    };
    let other = hospital.clone().give("office", taken(changed, 3));
    let other = other.expect_err("the version means another text").to_string();
    assert!(other.contains("`2.1` on record says something else"), "{other}");
    hospital.must("office", taken(of_founding, 4));
}
