//! Logs in an object store: S3 and what speaks like it, Azure Blob Storage, Google Cloud Storage.
//!
//! Every byte of a log is read at least once, for its digest. So the objects are copied into a
//! folder first, a few pieces at a time, and read there like any other log: in parallel, and again
//! from the start when a fault is to be named.

use crate::{EvidenceError, FileFault, Source};
use futures::{StreamExt, TryStreamExt};
use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::path::Path as ObjectPath;
use object_store::{
    Error, GetOptions, ObjectMeta, ObjectStore, ObjectStoreExt, ObjectStoreScheme, RetryConfig,
};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write;
use std::ops::Range;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;
use url::Url;

/// Pieces that are fetched at the same time.
const AT_ONCE: usize = 8;
/// Bytes of a piece: few enough that one comes within the time that a request may take.
const PIECE: u64 = 8 << 20;
/// The most objects that a log may have.
const MOST_OBJECTS: usize = 100_000;
/// How long a store may take to be reached, and to answer a request in full; a variable of the
/// environment such as `AWS_TIMEOUT` says otherwise.
const PATIENCE: [(&str, &str); 2] = [("connect_timeout", "5 seconds"), ("timeout", "60 seconds")];
/// How often a request that failed is made again, and for how long.
const RETRIES: (usize, Duration) = (4, Duration::from_secs(60));
/// The most of what a store said that a message repeats.
const MOST_SAID: usize = 300;

/// True for what is an address, such as `s3://bucket/log`, and not a path.
#[must_use]
pub fn is_remote(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| {
        text.contains("://") && ObjectStoreScheme::parse(&url).is_ok() && url.scheme() != "file"
    })
}

/// A source of which some files were in object stores: their copies, which go away with this.
#[derive(Debug)]
pub struct Fetched {
    source: Source,
    /// Each copy, and the address that it stands for.
    copies: Vec<(PathBuf, String)>,
    _folder: Option<TempDir>,
}

impl Fetched {
    /// Copies what is at addresses into a folder for temporary files, and leaves paths as they
    /// are. `options` are keys and endpoints by the names that `object_store` gives them, such as
    /// `AWS_ACCESS_KEY_ID`: they come from the environment, never from an address, and no report
    /// or message repeats them.
    ///
    /// # Errors
    /// [`EvidenceError::File`] with [`FileFault::Unreachable`] when an address is none or holds a
    /// key, nothing is there, the store does not answer or does not let in, or an object changes
    /// while it is copied. No copy is kept then.
    pub async fn of(
        files: &[PathBuf],
        events: &[PathBuf],
        options: &[(String, String)],
    ) -> Result<Self, EvidenceError> {
        let (mut folder, mut copies) = (None, Vec::new());
        let mut places = Vec::new();
        for path in files.iter().chain(events) {
            let Some(address) = path.to_str().filter(|text| is_remote(text)) else {
                places.push(path.clone());
                continue;
            };
            let unwritten = |error| unreachable(&plain(address), uncopied(&error));
            let folder = match &folder {
                Some(folder) => folder,
                None => folder.insert(TempDir::new().map_err(unwritten)?),
            };
            let below = folder.path().join(places.len().to_string());
            let copy = fetch(address, options, &below).await?;
            copies.push((copy.clone(), address.trim_end_matches('/').to_owned()));
            places.push(copy);
        }
        let events = places.split_off(files.len());
        let source = Source::files(places).with_events(events);
        Ok(Self { source, copies, _folder: folder })
    }

    /// The source as it can be read here.
    #[must_use]
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// The same copies, read as another source: such as what the configuration in a folder names.
    #[must_use]
    pub fn with(self, source: Source) -> Self {
        Self { source, ..self }
    }

    /// What came of reading the source, where an error names addresses and not their copies.
    ///
    /// # Errors
    /// Those of the reading.
    pub fn named<T>(&self, read: Result<T, EvidenceError>) -> Result<T, EvidenceError> {
        read.map_err(|mut error| {
            for file in error.files_mut() {
                let found = self.copies.iter().find_map(|(copy, address)| {
                    let below = Path::new(file.as_str()).strip_prefix(copy).ok()?.to_str()?;
                    Some(joined(address, below))
                });
                if let Some(address) = found {
                    *file = address;
                }
            }
            error
        })
    }
}

/// An object, and the file that it is copied to.
struct Object {
    from: ObjectPath,
    address: String,
    size: u64,
    /// What the store calls this state of it.
    e_tag: Option<String>,
    to: PathBuf,
}

impl Object {
    fn new(found: ObjectMeta, address: String, to: PathBuf) -> Self {
        Self { from: found.location, address, size: found.size, e_tag: found.e_tag, to }
    }

    /// The pieces it is fetched in: one at least, so that an empty object is a file too.
    fn pieces(&self) -> impl Iterator<Item = Range<u64>> {
        let size = self.size;
        (0..size.div_ceil(PIECE).max(1)).map(move |i| i * PIECE..size.min((i + 1) * PIECE))
    }

    /// Appends a piece to the file.
    fn keep(&self, bytes: &[u8]) -> std::io::Result<()> {
        if let Some(folder) = self.to.parent() {
            std::fs::create_dir_all(folder)?;
        }
        File::options().append(true).create(true).open(&self.to)?.write_all(bytes)
    }
}

/// Copies the object of an address, or all below it, into a folder; gives the path that stands for
/// it there.
async fn fetch(
    address: &str,
    options: &[(String, String)],
    folder: &Path,
) -> Result<PathBuf, EvidenceError> {
    let plain = plain(address);
    let url = Url::parse(address).map_err(|error| unreachable(&plain, error.to_string()))?;
    // The part before an `@` is a container in Azure's addresses, and a key in others.
    let user = !url.username().is_empty() && matches!(url.scheme(), "s3" | "s3a" | "gs");
    if user || url.password().is_some() || url.query().is_some() {
        let why = "an address holds no key, and no `?`: give keys as variables of the environment, \
                   such as AWS_ACCESS_KEY_ID";
        return Err(unreachable(&plain, why.to_owned()));
    }
    let (store, path) = opened(&url, options).map_err(|error| unreachable(&plain, why(&error)))?;
    let Some(store) = store else {
        let why = "it must begin with s3://, az://, abfss:// or gs://; copy the log to a disk, and \
                   name it there";
        return Err(unreachable(&plain, why.to_owned()));
    };
    fetch_from(store.as_ref(), &plain, &path, folder).await
}

/// An address without what may be secret in it.
fn plain(address: &str) -> String {
    let bare = address.split('?').next().unwrap_or_default();
    match (bare.split_once("://"), bare.rsplit_once('@')) {
        (Some((scheme, _)), Some((before, after))) if before.matches(':').count() > 1 => {
            format!("{scheme}://{after}")
        }
        _ => bare.to_owned(),
    }
}

/// The store of an address, if it is of a kind that is read here, and the path in it.
fn opened(
    url: &Url,
    options: &[(String, String)],
) -> Result<(Option<Box<dyn ObjectStore>>, ObjectPath), Error> {
    /// The builders of the three kinds have the same methods, and no trait that says so.
    macro_rules! store {
        ($builder:ty) => {{
            let patience = PATIENCE.map(|(key, value)| (key.to_owned(), value.to_owned()));
            let (max_retries, retry_timeout) = RETRIES;
            let retry = RetryConfig { max_retries, retry_timeout, ..RetryConfig::default() };
            let builder = patience.iter().chain(options).fold(
                <$builder>::new().with_url(url.as_str()).with_retry(retry),
                |builder, (key, value)| match key.to_ascii_lowercase().parse() {
                    Ok(key) => builder.with_config(key, value),
                    Err(_) => builder,
                },
            );
            Some(Box::new(builder.build()?) as Box<dyn ObjectStore>)
        }};
    }
    let (scheme, path) = ObjectStoreScheme::parse(url)?;
    let store = match scheme {
        ObjectStoreScheme::AmazonS3 => store!(AmazonS3Builder),
        ObjectStoreScheme::MicrosoftAzure => store!(MicrosoftAzureBuilder),
        ObjectStoreScheme::GoogleCloudStorage => store!(GoogleCloudStorageBuilder),
        _ => None,
    };
    Ok((store, path))
}

/// [`fetch`] from a store that is open. `path` is the object's path in it, or the start of the
/// paths of several.
async fn fetch_from(
    store: &dyn ObjectStore,
    address: &str,
    path: &ObjectPath,
    folder: &Path,
) -> Result<PathBuf, EvidenceError> {
    let name = path.filename().unwrap_or("log");
    let whole = inside(folder, name).ok_or_else(|| unreachable(address, bad_name(name)))?;
    let objects = objects(store, address, path, &whole).await?;
    let pieces = objects.iter().flat_map(|object| object.pieces().map(move |span| (object, span)));
    let mut pieces = futures::stream::iter(pieces)
        .map(|(object, span)| async move {
            let bytes = match span.is_empty() {
                true => Vec::new(),
                false => piece(store, object, span).await?,
            };
            Ok::<_, EvidenceError>((object, bytes))
        })
        .buffered(AT_ONCE);
    while let Some((object, bytes)) = pieces.try_next().await? {
        object.keep(&bytes).map_err(|error| unreachable(&object.address, uncopied(&error)))?;
    }
    Ok(whole)
}

/// The object of a path, or those below it.
async fn objects(
    store: &dyn ObjectStore,
    address: &str,
    path: &ObjectPath,
    whole: &Path,
) -> Result<Vec<Object>, EvidenceError> {
    // Who may read one object need not be let to list.
    let found = match path.as_ref().is_empty() {
        true => None,
        false => match store.head(path).await {
            Ok(found) => Some(found),
            Err(Error::NotFound { .. }) => None,
            Err(error) => return Err(unreachable(address, why(&error))),
        },
    };
    // An empty object may be the mark of a folder.
    let mut objects = match &found {
        Some(found) if found.size > 0 => Vec::new(),
        _ => below(store, address, path, whole).await?,
    };
    match found {
        Some(found) if objects.is_empty() => {
            objects.push(Object::new(found, address.to_owned(), whole.to_owned()));
        }
        None if objects.is_empty() => {
            let why = "there is no object, and none below it";
            return Err(unreachable(address, why.to_owned()));
        }
        _ => {}
    }
    Ok(objects)
}

/// The objects below a path.
async fn below(
    store: &dyn ObjectStore,
    address: &str,
    path: &ObjectPath,
    whole: &Path,
) -> Result<Vec<Object>, EvidenceError> {
    let mut objects = Vec::new();
    let mut listed = store.list((!path.as_ref().is_empty()).then_some(path));
    while let Some(found) = listed.next().await {
        let found = found.map_err(|error| unreachable(address, why(&error)))?;
        let parts = found.location.prefix_match(path);
        let parts: Vec<String> =
            parts.into_iter().flatten().map(|part| part.as_ref().to_owned()).collect();
        let name = parts.join("/");
        // What is named like the path itself is the object, or the mark of a folder.
        if name.is_empty() {
            continue;
        }
        let to = inside(whole, &name).ok_or_else(|| unreachable(address, bad_name(&name)))?;
        objects.push(Object::new(found, joined(address, &name), to));
        if objects.len() > MOST_OBJECTS {
            let why = format!("there are more than {MOST_OBJECTS} objects below it");
            return Err(unreachable(address, why));
        }
    }
    // Some stores mark a folder by an empty object of its name.
    let folders: BTreeSet<PathBuf> =
        objects.iter().flat_map(|it| it.to.ancestors().skip(1).map(Path::to_owned)).collect();
    objects.retain(|object| object.size > 0 || !folders.contains(&object.to));
    objects.sort_by(|a, b| a.to.cmp(&b.to));
    Ok(objects)
}

/// A piece of an object in the state in which it was found.
async fn piece(
    store: &dyn ObjectStore,
    object: &Object,
    span: Range<u64>,
) -> Result<Vec<u8>, EvidenceError> {
    let wanted = span.end - span.start;
    let options = GetOptions {
        range: Some(span.into()),
        if_match: object.e_tag.clone(),
        ..GetOptions::default()
    };
    let fault = |error: Error| unreachable(&object.address, why(&error));
    let got = store.get_opts(&object.from, options).await.map_err(fault)?;
    let bytes = got.bytes().await.map_err(fault)?;
    if bytes.len() as u64 != wanted {
        let why = format!("the store gave {} bytes where it has {wanted}", bytes.len());
        return Err(unreachable(&object.address, why));
    }
    Ok(bytes.to_vec())
}

fn unreachable(address: &str, why: String) -> EvidenceError {
    EvidenceError::file(Path::new(address), FileFault::Unreachable { why })
}

fn uncopied(error: &std::io::Error) -> String {
    format!("no copy can be written: {error}; TMPDIR names the folder for temporary files")
}

/// What a store said, and what to do about it.
fn why(error: &Error) -> String {
    match error {
        Error::NotFound { .. } => "it is not there any more".to_owned(),
        Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => {
            "the store does not let you in: check the keys in the environment, and what they may \
             read"
                .to_owned()
        }
        Error::Precondition { .. } => "it changed while it was copied; try again".to_owned(),
        other => {
            // What comes after a `?` may be a signature.
            let words = other.to_string();
            let words = words.split_whitespace().filter_map(|word| word.split('?').next());
            let said: String =
                words.collect::<Vec<_>>().join(" ").chars().take(MOST_SAID).collect();
            // Without keys, a store is asked for those of the machine.
            if said.contains("169.254.169.254") || said.contains("metadata") {
                return "no keys are in the environment, such as AWS_ACCESS_KEY_ID and \
                        AWS_SECRET_ACCESS_KEY, AZURE_STORAGE_ACCOUNT_KEY or \
                        GOOGLE_SERVICE_ACCOUNT, and this machine has none of its own"
                    .to_owned();
            }
            format!("the store failed: {said}")
        }
    }
}

fn bad_name(name: &str) -> String {
    format!("the object `{name}` has a name that cannot be a file's")
}

fn joined(address: &str, below: &str) -> String {
    match below.is_empty() {
        true => address.to_owned(),
        false => format!("{}/{below}", address.trim_end_matches('/')),
    }
}

/// A path below a folder, which no name may leave.
fn inside(folder: &Path, name: &str) -> Option<PathBuf> {
    let plain = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
    (plain && !name.is_empty()).then(|| folder.join(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Request, tally};
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
        // The mark of a folder is no log.
        put("hospital/log/site=west", "").await;
        put("hospital/logs.csv", "p,y\n0.4,1\n").await;
        put("hospital/large.csv", &format!("p,y\n{}", "0.5,1\n".repeat(2_000_000))).await;
        let dir = tempfile::tempdir().unwrap();
        let get = async |path: &str| {
            fetch_from(&store, &format!("s3://b/{path}"), &path.into(), dir.path()).await
        };
        let request = Request { by: vec!["site".into()], ..Request::new("y", "p") };
        let set = tally(&Source::file(get("hospital/log").await.unwrap()), &request).await.unwrap();
        assert_eq!((set.rows_used, set.cells.len()), (3, 3));
        let one = get("hospital/logs.csv").await.unwrap();
        let set = tally(&Source::file(one), &Request::new("y", "p")).await.unwrap();
        assert_eq!(set.rows_used, 1);
        // More bytes than a piece has.
        let large = get("hospital/large.csv").await.unwrap();
        let set = tally(&Source::file(large), &Request::new("y", "p")).await.unwrap();
        assert_eq!(set.rows_used, 2_000_000);
        let wanted = "`s3://b/no` cannot be fetched: there is no object, and none below it; \
                      nothing was kept";
        assert_eq!(get("no").await.unwrap_err().to_string(), wanted);
    }

    #[tokio::test]
    async fn an_address_that_cannot_be_fetched_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let check = async |address: &str, named: &str, wanted: &str| {
            let found = fetch(address, &[], dir.path()).await.unwrap_err().to_string();
            let wanted = format!("`{named}` cannot be fetched: {wanted}");
            assert!(found.starts_with(&wanted), "{found}");
        };
        let same = async |address: &str, wanted: &str| check(address, address, wanted).await;
        same("memory:///log", "it must begin with s3://").await;
        same("https://example.org/log.csv", "it must begin with s3://").await;
        same("nowhere", "relative URL without a base").await;
        // No account is named.
        same("az://container/log", "the store failed: ").await;
        let key = "an address holds no key";
        check("s3://b/log?X-Amz-Signature=secret", "s3://b/log", key).await;
        check("s3://me:secret@b/log", "s3://b/log", key).await;
        check("s3://me:se@cret@b/log", "s3://b/log", key).await;
        check("az://c:secret@account/log", "az://account/log", key).await;
        same("gs://me@b/log", key).await;
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_a_store_says_is_repeated_without_signatures() {
        let source = "GET https://store/b?sig=secret failed\nafter a while".into();
        let said = why(&Error::Generic { store: "S3", source });
        let wanted = "the store failed: Generic S3 error: GET https://store/b failed after a while";
        assert_eq!(said, wanted);
    }
}
