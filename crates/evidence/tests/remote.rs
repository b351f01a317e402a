//! Logs in object stores, by the protocols that these speak.
#![cfg(test)]

mod store;

use evidence::{Fetched, Request, Source};
use std::fs;
use std::path::{Path, PathBuf};
use store::{BUCKET, KEY, Kind, Store, Trouble};

const KINDS: [Kind; 3] = [Kind::S3, Kind::Azure, Kind::Google];

/// Rows of a site: more than none, and of both outcomes.
fn rows(site: usize) -> String {
    let rows = (0..60).map(|i| format!("0.{:02},{}\n", (i * 7 + site) % 100, i % 3 / 2));
    format!("p,y\n{}", rows.collect::<String>())
}

const SITES: [&str; 5] = ["main", "north", "west", "east side", "a=b"];

fn request() -> Request {
    Request { by: vec!["site".into()], ..Request::new("y", "p") }
}

async fn fetched(address: &str, options: &[(String, String)]) -> Result<Fetched, String> {
    let files = [PathBuf::from(address)];
    Fetched::of(&files, &[], options).await.map_err(|error| error.to_string())
}

#[tokio::test]
async fn a_log_in_each_kind_of_store_gives_the_report_of_its_files() {
    let dir = tempfile::tempdir().unwrap();
    for (i, site) in SITES.iter().enumerate() {
        let folder = dir.path().join(format!("log/site={site}"));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("a.csv"), rows(i)).unwrap();
    }
    let local = evidence::run(&Source::file(dir.path().join("log")), &request()).await.unwrap();
    let one = dir.path().join("log/site=main/a.csv");
    let alone = evidence::run(&Source::file(one), &Request::new("y", "p")).await.unwrap();
    for kind in KINDS {
        let store = Store::new(kind);
        for (i, site) in SITES.iter().enumerate() {
            store.put(&format!("log/site={site}/a.csv"), rows(i), Trouble::None);
        }
        store.put("logs/other.csv", "p,y\n0.5,1\n", Trouble::None);
        let options = store.options(KEY);
        let log = fetched(&store.address("log"), &options).await.unwrap();
        let report = evidence::run(log.source(), &request()).await.unwrap();
        assert_eq!(report.digest, local.digest, "{kind:?}");
        assert_eq!(report.source, local.source, "{kind:?}");
        let told = serde_json::to_string(&report).unwrap();
        assert!(!told.contains(KEY) && !told.contains("127.0.0.1"), "{told}");
        let asked = store.asked();
        let lists = asked.iter().filter(|it| **it == format!("GET /{BUCKET} ")).count();
        assert_eq!(lists, 3, "five objects on pages of two: {asked:#?}");
        let gets = asked.iter().filter(|it| it.contains("bytes=0-")).count();
        assert_eq!(gets, SITES.len(), "{asked:#?}");
        let log = fetched(&store.address("log/site=main/a.csv"), &options).await.unwrap();
        let report = evidence::run(log.source(), &Request::new("y", "p")).await.unwrap();
        assert_eq!(report.digest, alone.digest, "{kind:?}");
        // The copies go away with what was fetched.
        let copy = log.source().paths().first().unwrap().clone();
        assert!(copy.is_file());
        drop(log);
        assert!(!copy.exists());
    }
}

#[tokio::test]
async fn an_empty_mark_of_a_folder_is_no_log() {
    for kind in KINDS {
        let store = Store::new(kind);
        store.put("log", "", Trouble::None);
        store.put("log/site=main", "", Trouble::None);
        store.put("log/site=main/a.csv", rows(0), Trouble::None);
        let log = fetched(&store.address("log"), &store.options(KEY)).await.unwrap();
        let report = evidence::run(log.source(), &request()).await.unwrap();
        assert_eq!(report.rows.used, 60, "{kind:?}");
    }
}

#[tokio::test]
async fn what_goes_wrong_is_told_with_the_address_and_leaves_nothing() {
    let barred = "the store does not let you in: check the keys in the environment";
    for kind in KINDS {
        let store = Store::new(kind);
        store.put("well/a.csv", rows(0), Trouble::None);
        store.put("dies/a.csv", rows(0), Trouble::None);
        store.put("dies/b.csv", rows(1), Trouble::Dies);
        store.put("dies.csv", rows(1), Trouble::Dies);
        store.put("hangs.csv", rows(1), Trouble::Hangs);
        store.put("changes.csv", rows(1), Trouble::Changes);
        let mut cases = vec![
            ("none.csv", KEY, "none.csv", "there is no object, and none below it"),
            ("dies", KEY, "dies/b.csv", "the store failed: "),
            ("dies.csv", KEY, "dies.csv", "the store failed: "),
            ("hangs.csv", KEY, "hangs.csv", "the store failed: "),
            ("changes.csv", KEY, "changes.csv", "it changed while it was copied; try again"),
        ];
        if kind != Kind::Google {
            let other = "another key of thirty-two bytes.";
            cases.push(("well", other, "well", barred));
            cases.push(("well/a.csv", other, "well/a.csv", barred));
        }
        for (key, secret, named, wanted) in cases {
            let error = fetched(&store.address(key), &store.options(secret)).await.unwrap_err();
            let wanted = format!("`{}` cannot be fetched: {wanted}", store.address(named));
            assert!(error.starts_with(&wanted), "{kind:?}: {error}");
            assert!(error.ends_with("; nothing was kept"), "{error}");
            assert!(!error.contains(secret), "{error}");
        }
    }
}

#[tokio::test]
async fn a_store_that_is_not_there_is_given_up() {
    // Nobody listens at the address of a listener that is gone.
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut options = Store::new(Kind::S3).options(KEY);
    options.push(("AWS_ENDPOINT".into(), format!("http://{gone}")));
    let error = fetched("s3://hospital/log", &options).await.unwrap_err();
    assert!(
        error.starts_with("`s3://hospital/log` cannot be fetched: the store failed: "),
        "{error}"
    );
}

#[tokio::test]
async fn a_fault_in_a_copy_is_told_with_the_address() {
    let store = Store::new(Kind::S3);
    store.put("log/a.csv", "p,y\n0.5,1\n", Trouble::None);
    store.put("log/b.csv", "p,y\n0.5,1\n1.5,1\n", Trouble::None);
    store.put("mixed/a.csv", "p,y\n0.5,1\n", Trouble::None);
    store.put("mixed/b.ndjson", "{\"p\":0.5,\"y\":1}\n", Trouble::None);
    let check = async |key: &str, wanted: &str| {
        let log = fetched(&store.address(key), &store.options(KEY)).await.unwrap();
        let read = evidence::run(log.source(), &Request::new("y", "p")).await;
        let error = log.named(read).unwrap_err().to_string();
        assert!(error.starts_with(wanted), "{error}");
    };
    check("log", "`s3://hospital/log/b.csv`, row 2, column `p`: `1.5` is not a score").await;
    check("log/b.csv", "`s3://hospital/log/b.csv`, row 2, column `p`").await;
    let mixed = "`s3://hospital/mixed/b.ndjson` is not of the same format as \
                 `s3://hospital/mixed/a.csv`";
    check("mixed", mixed).await;
}

#[tokio::test]
async fn paths_are_left_as_they_are() {
    let (files, events) = ([PathBuf::from("a.csv"), PathBuf::from("b.csv")], ["e.csv".into()]);
    let log = Fetched::of(&files, &events, &[]).await.unwrap();
    assert_eq!(log.source().paths(), files);
    assert_eq!(log.source().events(), [Path::new("e.csv")]);
}
