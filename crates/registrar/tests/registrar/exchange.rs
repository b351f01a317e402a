//! The exit guarantee: out and in again with the same leaves and state, and damaged files that
//! leave nothing behind.

use crate::house::*;
use registrar::{ExchangeError, Imported, Opened, Registrar, export, import};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;

const SEED: [u8; 32] = [9; 32];

fn facts() -> BTreeMap<String, String> {
    BTreeMap::from([("demo.clock".to_owned(), "noon".to_owned())])
}

/// A live use case, and a document.
async fn house() -> House {
    let mut house = House::furnished().await;
    house.goes_live("v1", plan("log.csv")).await;
    let mut with_document = house.next("office", add_person("zoe"));
    with_document.documents = vec![b"a report".to_vec(), b"another".to_vec()];
    house.registrar().submit(with_document).await.expect("it is accepted");
    house
}

async fn exported(house: &House) -> String {
    let mut bytes = Vec::new();
    export(house.registrar().reader(), facts(), &mut bytes).await.expect("it is written");
    String::from_utf8(bytes).expect("JSON")
}

/// Where to import into, in a folder of its own.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn dir(&self) -> PathBuf {
        self.0.path().join("record")
    }

    async fn import(&self, text: &[u8]) -> Result<Imported, ExchangeError> {
        import(text, &self.dir(), SEED, &["demo.clock"]).await
    }

    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.0.path()).expect("it is there");
        let name = |entry: std::io::Result<std::fs::DirEntry>| entry.expect("a file").file_name();
        entries.map(|entry| name(entry).to_string_lossy().into_owned()).collect()
    }
}

#[tokio::test]
async fn what_goes_out_comes_in_with_the_same_leaves_and_the_same_state() {
    let house = house().await;
    let text = exported(&house).await;
    let lines: Vec<Value> =
        text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let reader = house.registrar().reader();
    let size = house.record().next_seq;
    assert_eq!(lines.len() as u64, 1 + size + 2, "a header, events and documents");
    let place = Place::new();
    let imported = place.import(text.as_bytes()).await.expect("it is sound");
    assert_eq!((imported.events, imported.documents), (size, 2));
    assert_eq!(imported.state_hash, house.hash());
    assert_eq!(imported.root, reader.root_at(size).await.expect("a root").to_string());
    assert_eq!(imported.former_vkey, reader.vkey());
    assert_ne!(imported.vkey, reader.vkey());
    assert_eq!(place.names(), ["record"]);

    let ledger = ledger::Ledger::open(&place.dir()).await.expect("it opens");
    let again = ledger.reader().clone();
    assert_eq!(
        again.entries(0..size).await.expect("sound"),
        reader.entries(0..size).await.expect("sound"),
    );
    assert_eq!(again.document_hashes().await.unwrap(), reader.document_hashes().await.unwrap());
    assert_eq!(again.meta_get("demo.clock").await.unwrap().as_deref(), Some("noon"));
    let Opened { registrar, writer } = Registrar::open(ledger, salts()).await.expect("it folds");
    assert_eq!(registrar.record(), house.record());
    assert_eq!(registrar.unused_snapshot(), None);
    // Exported again, only key and checkpoint differ.
    let mut second = Vec::new();
    export(&again, facts(), &mut second).await.expect("it is written");
    let second = String::from_utf8(second).expect("JSON");
    assert!(text.lines().skip(1).eq(second.lines().skip(1)));
    // It goes on where it was.
    let more = submission("more", house.now, "office", add_person("yan"));
    assert_eq!(registrar.submit(more).await.expect("it goes on").first_seq, Some(size));
    drop(registrar);
    drop(again);
    writer.await.expect("the writer ends well");
    let verified = ledger::verify(&place.dir(), Some(&imported.vkey)).await.expect("it verifies");
    assert_eq!(verified.events, size + 1);
}

#[tokio::test]
async fn a_record_without_events_goes_out_and_in() {
    let house = House::empty().await;
    let place = Place::new();
    std::fs::create_dir(place.dir()).expect("an empty folder");
    let imported = place.import(exported(&house).await.as_bytes()).await.expect("it is sound");
    assert_eq!((imported.events, imported.hospital), (0, None));
    assert_eq!(place.names(), ["record"]);
}

#[tokio::test]
async fn only_an_empty_folder_is_imported_into() {
    let text = exported(&House::founded().await).await;
    let place = Place::new();
    std::fs::write(place.dir(), b"a file").expect("it is written");
    let refused = place.import(text.as_bytes()).await.expect_err("it is a file");
    assert!(matches!(refused, ExchangeError::NotEmpty { .. }), "{refused:?}");
    std::fs::remove_file(place.dir()).expect("it goes");
    place.import(text.as_bytes()).await.expect("it is sound");
    let refused = place.import(text.as_bytes()).await.expect_err("there is one");
    assert!(refused.to_string().contains("is not empty; nothing was imported"), "{refused}");
    let place = Place::new();
    std::fs::create_dir(place.0.path().join("record.importing")).expect("a folder");
    let refused = place.import(text.as_bytes()).await.expect_err("it was cut off");
    assert!(refused.to_string().contains("remove that folder"), "{refused}");
    assert_eq!(place.names(), ["record.importing"]);
}

/// The fields of a line, byte for byte as they are.
type Fields = BTreeMap<String, Box<RawValue>>;

/// The lines of an export, to be damaged.
#[derive(Clone)]
struct File(Vec<String>);

impl File {
    fn line(&self, kind: &str, number: usize) -> usize {
        let start = format!("{{\"{kind}\":");
        let of_kind = (0..self.0.len()).filter(|&line| self.0[line].starts_with(&start));
        of_kind.collect::<Vec<_>>()[number]
    }

    /// With another value in a field of the header, or of an event or document by its number.
    fn with(&self, kind: &str, number: usize, field: &str, value: Value) -> Vec<u8> {
        let value = RawValue::from_string(value.to_string()).expect("JSON");
        let mut file = self.clone();
        if kind == "header" {
            let mut fields: Fields = serde_json::from_str(&self.0[0]).expect("a header");
            fields.insert(field.to_owned(), value);
            file.0[0] = serde_json::to_string(&fields).expect("JSON");
            return file.text();
        }
        let line = self.line(kind, number);
        let mut fields: BTreeMap<String, Fields> =
            serde_json::from_str(&self.0[line]).expect("a line");
        fields.get_mut(kind).expect("of this kind").insert(field.to_owned(), value);
        file.0[line] = serde_json::to_string(&fields).expect("JSON");
        file.text()
    }

    fn changed(&self, change: impl FnOnce(&mut Vec<String>)) -> Vec<u8> {
        let mut file = self.clone();
        change(&mut file.0);
        file.text()
    }

    fn text(&self) -> Vec<u8> {
        self.0.iter().map(|line| format!("{line}\n")).collect::<String>().into_bytes()
    }
}

/// What was done to a file, the file, and what is said of it.
type Damaged = (&'static str, Vec<u8>, &'static str);

fn damaged(file: &File) -> Vec<Damaged> {
    [lines_damaged(file), documents_damaged(file), fields_damaged(file)].concat()
}

fn lines_damaged(file: &File) -> Vec<Damaged> {
    let whole = file.text();
    let last = file.0.len() - 1;
    let (first, second) = (file.line("event", 4), file.line("event", 5));
    vec![
        ("nothing", Vec::new(), "line 1: the file is empty"),
        ("an empty line", b"\n".to_vec(), "line 1: is not the first line of an export"),
        ("a text", b"hello\n".to_vec(), "line 1: is not the first line of an export"),
        ("bytes", vec![0xff, 0xfe, b'\n'], "line 1: is not the first line of an export"),
        ("half a line", whole[..40].to_vec(), "line 1: it is cut off"),
        ("no last line feed", whole[..whole.len() - 1].to_vec(), "it is cut off"),
        ("half a file", whole[..whole.len() / 2].to_vec(), "it is cut off"),
        ("no header", file.changed(|it| drop(it.remove(0))), "is not the first line"),
        ("two headers", file.changed(|it| it.insert(0, it[0].clone())), "line 2: is no event"),
        ("header only", file.changed(|it| it.truncate(1)), "ends after 0 of"),
        ("no last event", file.changed(|it| it.truncate(last)), "the file ends after"),
        ("an array", file.changed(|it| it[2] = json!([1]).to_string()), "line 3: is no event"),
        ("a number", file.changed(|it| it[2] = json!(7).to_string()), "line 3: is no event"),
        (
            "another kind",
            file.changed(|it| it[4] = json!({ "note": {} }).to_string()),
            "line 5: is no event",
        ),
        (
            "two in a line",
            file.changed(|it| it[4] = json!({ "event": 1, "x": 2 }).to_string()),
            "line 5: is",
        ),
        ("a line after the end", file.changed(|it| it.push("{}".to_owned())), "is no event"),
        ("an event again", file.changed(|it| it.push(it[last].clone())), "is due"),
        ("events swapped", file.changed(|it| it.swap(first, second)), "it is event 5, and event 4"),
        ("an event left out", file.changed(|it| drop(it.remove(first))), "and event 4 is due"),
        ("an event twice", file.changed(|it| it.insert(first, it[first].clone())), "is due"),
    ]
}

fn documents_damaged(file: &File) -> Vec<Damaged> {
    let document = file.line("document", 0);
    vec![
        ("a document twice", file.changed(|it| it.insert(1, it[document].clone())), "comes twice"),
        ("a document left out", file.changed(|it| drop(it.remove(document))), "the 1 documents"),
        (
            "a document in another's place",
            file.changed(|it| {
                let (sha256, base64) = (ledger::document_hash(b"x"), "eA==");
                it[document] =
                    json!({ "document": { "sha256": hex::encode(sha256), "base64": base64 } })
                        .to_string();
            }),
            "the 2 documents are not the 2",
        ),
        ("no base64", file.with("document", 0, "base64", json!("!")), "Invalid"),
        ("other bytes", file.with("document", 0, "base64", json!("eA==")), "the hash"),
        ("another hash", file.with("document", 0, "sha256", json!("0".repeat(64))), "the hash"),
        ("a document with more", file.with("document", 0, "more", json!(1)), "unknown field"),
    ]
}

fn fields_damaged(file: &File) -> Vec<Damaged> {
    let zeros = json!("0".repeat(64));
    let of_header = [
        ("format", json!("primum export 2"), "the format is `primum export 2`"),
        ("format", json!(1), "is not the first line"),
        ("events", json!(3), "covers"),
        ("events", json!(-1), "is not the first line"),
        ("events", json!(1_000), "of 1000 events"),
        ("documents", json!(7), "are not the 7"),
        ("documents_digest", zeros.clone(), "documents are not the 2"),
        ("root", json!("AAAA"), "the root is not the one in the first line"),
        ("state_hash", zeros.clone(), "the state hash is not the one in the first line"),
        ("hospital", json!("Elsewhere"), "the hospital is not the one in the first line"),
        ("hospital", json!(null), "the hospital is not the one in the first line"),
        ("origin", json!("other.example.org/x"), "is not the name in the vkey"),
        ("vkey", json!("no key"), "vkey:"),
        ("checkpoint", json!("no note"), "checkpoint:"),
        ("checkpoint", json!(""), "checkpoint:"),
        ("facts", json!({ "gate.token": "a secret" }), "the fact `gate.token` is not known"),
        ("facts", json!([]), "is not the first line"),
        ("more", json!(1), "unknown field"),
    ];
    let of_event = [
        ("seq", json!(4), "it is event 4, and event 3 is due"),
        ("seq", json!("3"), "is no event"),
        ("stream", json!("UC-9"), "do not give its leaf"),
        ("kind", json!("other"), "do not give its leaf"),
        ("recorded_at", json!(0), "do not give its leaf"),
        ("actor", json!("chair"), "do not give its leaf"),
        ("command_id", json!("x"), "do not give its leaf"),
        ("salt", zeros.clone(), "do not give its leaf"),
        ("salt", json!("00"), "salt:"),
        ("salt", json!("zz"), "salt:"),
        ("leaf", json!("AAAA"), "do not give its leaf"),
        ("body", json!({}), "body: missing field"),
        ("body", json!("text"), "body:"),
        ("more", json!(1), "unknown field"),
    ];
    let of = |kind, number, (field, value, expected): (&'static str, Value, &'static str)| {
        (field, file.with(kind, number, field, value), expected)
    };
    let header = of_header.into_iter().map(|it| of("header", 0, it));
    header.chain(of_event.into_iter().map(|it| of("event", 3, it))).collect()
}

#[tokio::test]
async fn a_damaged_file_is_named_by_line_and_leaves_nothing_behind() {
    let house = house().await;
    let text = exported(&house).await;
    let file = File(text.lines().map(str::to_owned).collect());
    Place::new().import(&file.text()).await.expect("undamaged, it is sound");
    let cases = damaged(&file);
    assert!(cases.len() >= 55, "{}", cases.len());
    for (name, bytes, expected) in cases {
        let place = Place::new();
        let refused = match place.import(&bytes).await {
            Err(refused) => refused.to_string(),
            Ok(imported) => panic!("{name}: it was imported: {imported:?}"),
        };
        assert!(refused.starts_with("line "), "{name}: {refused}");
        assert!(refused.contains(expected), "{name}: `{expected}` is not in: {refused}");
        assert!(refused.contains("nothing was imported; make the export again"), "{refused}");
        assert_eq!(place.names(), [""; 0], "{name} left something behind");
    }
}
