//! The state from zero is the state from a snapshot.

use crate::common::{Home, verified};
use governance::{Act, Actor, Person, days_after};
use ledger::Ledger;
use registrar::{Registrar, Submission};

/// Adds so many people in one go, as a server would: the writer then saves a snapshot when it ends.
async fn add_people(home: &Home, names: impl Iterator<Item = String>) {
    let ledger = Ledger::open(&home.data()).await.unwrap();
    let salts: registrar::Salts = Box::new(|seq| {
        let mut salt = [7; 32];
        salt[..8].copy_from_slice(&seq.to_be_bytes());
        Ok(salt)
    });
    let opened = Registrar::open(ledger, salts).await.unwrap();
    let at = opened.registrar.record().last_at.unwrap();
    for name in names {
        let person = Person {
            id: name.parse().unwrap(),
            title: "Nurse".to_owned(),
            roles: [].into(),
            clinician: true,
            trained_until: days_after(at, 365),
            interests: [].into(),
            employment: None,
            trained_on: std::collections::BTreeMap::new(),
            left_at: None,
        };
        let submission = Submission {
            id: format!("add-{name}").parse().unwrap(),
            at,
            actor: Actor::Person("ada".parse().unwrap()),
            act: Act::AddPerson(person),
            documents: Vec::new(),
        };
        opened.registrar.submit(submission).await.unwrap();
    }
    let registrar::Opened { registrar, writer } = opened;
    drop(registrar);
    writer.await.unwrap();
}

#[tokio::test]
async fn the_state_from_zero_is_the_state_from_a_snapshot() {
    let home = Home::empty();
    home.run("init --hospital Anna --person ada --title Head").expect(0, "is founded");
    let verify = home.run("log verify --json").expect(0, "").json();
    assert_eq!(verify["snapshot"], serde_json::Value::Null);
    add_people(&home, (0..300).map(|n| format!("nurse-{n}"))).await;
    let verify = home.run("log verify --json").expect(0, "").json();
    assert_eq!((&verify["events"], &verify["snapshot"]), (&301.into(), &301.into()));
    let text =
        home.run("log verify").expect(0, "the same from zero and from the snapshot at event 301");
    assert!(text.out.contains(verify["state_hash"].as_str().unwrap()), "{}", text.out);
    // Events after the snapshot are folded onto it.
    let person = r#"'{"act":"add_person","id":"bo","title":"Nurse",
        "trained_until":"2030-01-01T00:00:00Z"}'"#;
    home.run(&format!("--as ada act {person}")).expect(0, "event 301:");
    let after = home.run("log verify --json").expect(0, "").json();
    assert_eq!((&after["events"], &after["snapshot"]), (&302.into(), &301.into()));
    assert_ne!(after["state_hash"], verify["state_hash"]);
    // Without the snapshot it is the same state.
    let (_, state) = verified(&home.data());
    let reader = Ledger::open_reader(&home.data()).await.unwrap();
    let from_zero = registrar::replay(&reader, false).await.unwrap();
    let from_snapshot = registrar::replay(&reader, true).await.unwrap();
    assert_eq!((from_zero.from_snapshot, from_snapshot.from_snapshot), (0, 301));
    assert_eq!(from_zero.record, from_snapshot.record);
    assert_eq!(from_zero.record.state_hash().unwrap(), state);
}
