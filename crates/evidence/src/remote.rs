//! Logs in an object store.
//!
//! Every byte of a log is read at least once, for its digest. So the objects are copied into a
//! folder first, a few at a time and piece by piece, and read there like any other log: in
//! parallel, and again from the start when a fault is to be named.

use crate::{EvidenceError, FileFault};
use futures::StreamExt;
use object_store::path::Path as ObjectPath;
use object_store::{ObjectStore, ObjectStoreExt, ObjectStoreScheme};
use std::fs::File;
use std::io::Write;
use std::path::{Component, Path, PathBuf};
use url::Url;

/// Objects that are copied at the same time.
const AT_ONCE: usize = 4;

/// The most objects that a log may have.
const MOST_OBJECTS: usize = 100_000;

/// True for what is an address of an object store, such as `s3://bucket/log`, and not a path.
#[must_use]
pub fn is_remote(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| {
        text.contains("://") && ObjectStoreScheme::parse(&url).is_ok() && url.scheme() != "file"
    })
}

/// Copies the object of an address, or all below it, into a folder; gives the path that stands for
/// it there.
///
/// This build has no TLS, so that `s3://`, `az://` and `gs://` are refused here: open the store
/// with `object_store` and its features `aws`, `azure` and `gcp`, and use [`fetch_from`]. `options`
/// are keys and endpoints by the names that `object_store` gives them, such as the variables of
/// the environment.
///
/// # Errors
/// [`EvidenceError::File`] with [`FileFault::Unreachable`] when the address is none, nothing is
/// there, or the store does not answer; with [`FileFault::Unreadable`] when the folder cannot be
/// written.
pub async fn fetch(
    address: &str,
    options: impl IntoIterator<Item = (String, String)>,
    folder: &Path,
) -> Result<PathBuf, EvidenceError> {
    let unreachable = |why: String| unreachable(address, why);
    let url = Url::parse(address).map_err(|error| unreachable(error.to_string()))?;
    let (store, path) = object_store::parse_url_opts(&url, options).map_err(|error| {
        unreachable(format!("{error}; copy the log to a disk, and name it there"))
    })?;
    fetch_from(store.as_ref(), address, path.as_ref(), folder).await
}

/// [`fetch`] from a store that is open. `path` is the object's path in it, or the start of the
/// paths of several.
///
/// # Errors
/// As [`fetch`].
pub async fn fetch_from(
    store: &dyn ObjectStore,
    address: &str,
    path: &str,
    folder: &Path,
) -> Result<PathBuf, EvidenceError> {
    let fault = |error: object_store::Error| unreachable(address, error.to_string());
    let path = ObjectPath::parse(path).map_err(|error| unreachable(address, error.to_string()))?;
    let name = path.filename().unwrap_or("log");
    let whole = inside(folder, name).ok_or_else(|| unreachable(address, bad_name(name)))?;
    if store.head(&path).await.is_ok() {
        copy(store, &path, &whole).await?;
        return Ok(whole);
    }
    let mut objects: Vec<(ObjectPath, PathBuf)> = Vec::new();
    let mut listed = store.list(Some(&path));
    while let Some(object) = listed.next().await {
        let object = object.map_err(fault)?.location;
        let below: Vec<String> = object
            .prefix_match(&path)
            .map(|parts| parts.map(|part| part.as_ref().to_owned()).collect())
            .unwrap_or_default();
        let name = below.join("/");
        let to = inside(&whole, &name).ok_or_else(|| unreachable(address, bad_name(&name)))?;
        objects.push((object, to));
        if objects.len() > MOST_OBJECTS {
            let why = format!("there are more than {MOST_OBJECTS} objects below it");
            return Err(unreachable(address, why));
        }
    }
    if objects.is_empty() {
        return Err(unreachable(address, "there is no object, and none below it".into()));
    }
    let copies = objects.iter().map(|(object, to)| copy(store, object, to));
    let mut copies = futures::stream::iter(copies).buffer_unordered(AT_ONCE);
    while let Some(copied) = copies.next().await {
        copied?;
    }
    Ok(whole)
}

fn unreachable(address: &str, why: String) -> EvidenceError {
    EvidenceError::file(Path::new(address), FileFault::Unreachable { why })
}

fn bad_name(name: &str) -> String {
    format!("the object `{name}` has a name that cannot be a file's")
}

/// A path below a folder, which no name may leave.
fn inside(folder: &Path, name: &str) -> Option<PathBuf> {
    let plain = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
    (plain && !name.is_empty()).then(|| folder.join(name))
}

async fn copy(store: &dyn ObjectStore, from: &ObjectPath, to: &Path) -> Result<(), EvidenceError> {
    let unwritten = |error: std::io::Error| EvidenceError::file(to, error);
    let unread = |error: object_store::Error| unreachable(from.as_ref(), error.to_string());
    if let Some(folder) = to.parent() {
        std::fs::create_dir_all(folder).map_err(unwritten)?;
    }
    let mut file = File::create(to).map_err(unwritten)?;
    let mut pieces = store.get(from).await.map_err(unread)?.into_stream();
    while let Some(piece) = pieces.next().await {
        file.write_all(&piece.map_err(unread)?).map_err(unwritten)?;
    }
    file.sync_all().map_err(unwritten)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Request, Source, tally};
    use object_store::memory::InMemory;

    #[test]
    fn an_address_is_told_from_a_path() {
        let check = |text: &str, wanted: bool| assert_eq!(is_remote(text), wanted, "{text}");
        check("s3://bucket/log.parquet", true);
        check("az://container/log", true);
        check("gs://bucket/log", true);
        check("log.parquet", false);
        check("/data/s3/log", false);
        check("C:\\log.csv", false);
        check("file:///data/log.csv", false);
    }

    #[tokio::test]
    async fn a_log_in_a_store_is_worth_what_it_is_on_a_disk() {
        let store = InMemory::new();
        let put = async |path: &str, text: &str| {
            store.put(&ObjectPath::from(path), text.to_owned().into()).await.unwrap();
        };
        put("hospital/log/site=main/a.csv", "p,y\n0.1,0\n0.2,1\n").await;
        put("hospital/log/site=west/b.csv", "p,y\n0.3,1\n").await;
        put("hospital/logs.csv", "p,y\n0.4,1\n").await;
        let dir = tempfile::tempdir().unwrap();
        let request = Request { by: vec!["site".into()], ..Request::new("y", "p") };
        let path = fetch_from(&store, "s3://b", "hospital/log", dir.path()).await.unwrap();
        let set = tally(&Source::file(path), &request).await.unwrap();
        assert_eq!((set.rows_used, set.cells.len()), (3, 3));
        let one = fetch_from(&store, "s3://b", "hospital/logs.csv", dir.path()).await.unwrap();
        let set = tally(&Source::file(one), &Request::new("y", "p")).await.unwrap();
        assert_eq!(set.rows_used, 1);
        let nothing = fetch_from(&store, "s3://b/no", "no", dir.path()).await.unwrap_err();
        let wanted = "`s3://b/no` cannot be fetched: there is no object, and none below it; \
                      nothing was kept";
        assert_eq!(nothing.to_string(), wanted);
    }

    #[tokio::test]
    async fn an_address_that_cannot_be_fetched_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let check = async |address: &str, wanted: &str| {
            let found = fetch(address, [], dir.path()).await.unwrap_err().to_string();
            assert!(
                found.starts_with(&format!("`{address}` cannot be fetched: {wanted}")),
                "{found}"
            );
        };
        check("memory:///log", "there is no object").await;
        check("nowhere", "relative URL without a base").await;
        check("s3://bucket/log", "").await;
    }
}
