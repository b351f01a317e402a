//! An object store on the loopback address, for tests: what S3, Azure Blob Storage and Google Cloud
//! Storage answer to HEAD, GET with a range, and lists that come in pages; whether a request is
//! signed; and what goes wrong on the way.

use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// The bucket or container.
pub const BUCKET: &str = "hospital";
/// Who may read, and the key that shows it; 32 bytes, so that Azure takes it too.
pub const NAME: &str = "reader";
pub const KEY: &str = "a key of exactly thirty-two byte";
/// Objects on a page of a list.
const PAGE: usize = 2;
const MODIFIED: &str = "Tue, 01 Sep 2026 08:00:00 GMT";

/// Which protocol is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    S3,
    Azure,
    /// Without the sign-in, which is at an address that cannot be told.
    Google,
}

/// What happens to an object on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    None,
    /// The connection ends after some bytes.
    Dies,
    /// No more comes after some bytes.
    Hangs,
    /// It is another one than was looked at.
    Changes,
}

pub struct Store {
    kind: Kind,
    base: String,
    held: Arc<Mutex<Held>>,
}

#[derive(Default)]
struct Held {
    objects: BTreeMap<String, (Vec<u8>, Trouble)>,
    asked: Vec<String>,
}

impl Store {
    /// Serves until the test ends.
    pub fn new(kind: Kind) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let held = Arc::new(Mutex::new(Held::default()));
        let shared = Arc::clone(&held);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let held = Arc::clone(&shared);
                // A client may go away at any time.
                thread::spawn(move || serve(stream?, kind, &held));
            }
        });
        Self { kind, base, held }
    }

    pub fn put(&self, key: &str, bytes: impl Into<Vec<u8>>, trouble: Trouble) {
        self.held.lock().unwrap().objects.insert(key.to_owned(), (bytes.into(), trouble));
    }

    /// What was asked so far: method and target.
    pub fn asked(&self) -> Vec<String> {
        self.held.lock().unwrap().asked.clone()
    }

    pub fn address(&self, key: &str) -> String {
        let scheme = match self.kind {
            Kind::S3 => "s3",
            Kind::Azure => "az",
            Kind::Google => "gs",
        };
        format!("{scheme}://{BUCKET}/{key}")
    }

    /// The variables of the environment for somebody with a key.
    pub fn options(&self, key: &str) -> Vec<(String, String)> {
        let options = match self.kind {
            Kind::S3 => vec![
                ("AWS_ENDPOINT", self.base.clone()),
                ("AWS_ALLOW_HTTP", "true".to_owned()),
                ("AWS_REGION", "eu-central-1".to_owned()),
                ("AWS_ACCESS_KEY_ID", NAME.to_owned()),
                ("AWS_SECRET_ACCESS_KEY", key.to_owned()),
                ("AWS_TIMEOUT", "1 second".to_owned()),
            ],
            Kind::Azure => vec![
                ("AZURE_STORAGE_ENDPOINT", self.base.clone()),
                ("AZURE_ALLOW_HTTP", "true".to_owned()),
                ("AZURE_STORAGE_ACCOUNT_NAME", NAME.to_owned()),
                ("AZURE_STORAGE_ACCOUNT_KEY", base64(key.as_bytes())),
                ("AZURE_TIMEOUT", "1 second".to_owned()),
            ],
            Kind::Google => {
                let account = format!(
                    r#"{{"gcs_base_url": "{}", "disable_oauth": true, "client_email": "",
                        "private_key": "", "private_key_id": ""}}"#,
                    self.base
                );
                vec![
                    ("GOOGLE_SERVICE_ACCOUNT_KEY", account),
                    ("GOOGLE_ALLOW_HTTP", "true".to_owned()),
                    ("GOOGLE_TIMEOUT", "1 second".to_owned()),
                ]
            }
        };
        options.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

/// A request without a body.
struct Asked {
    method: String,
    path: String,
    /// Names and values, decoded and in order.
    query: BTreeMap<String, String>,
    headers: BTreeMap<String, String>,
}

impl Asked {
    fn of(head: &str) -> Self {
        let mut lines = head.lines();
        let mut first = lines.next().unwrap().split(' ');
        let method = first.next().unwrap().to_owned();
        let target = first.next().unwrap();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let path = path.to_owned();
        let query = query.split('&').filter(|it| !it.is_empty());
        let query = query.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        let query = query.map(|(name, value)| (decoded(name), decoded(value))).collect();
        let headers = lines.filter_map(|line| line.split_once(':'));
        let headers =
            headers.map(|(name, value)| (name.to_lowercase(), value.trim().to_owned())).collect();
        Self { method, path, query, headers }
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    fn argument(&self, name: &str) -> &str {
        self.query.get(name).map_or("", String::as_str)
    }
}

fn serve(mut stream: TcpStream, kind: Kind, held: &Mutex<Held>) -> std::io::Result<()> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let asked = Asked::of(&String::from_utf8_lossy(&head));
    let mut held = held.lock().unwrap();
    held.asked.push(format!("{} {} {}", asked.method, asked.path, asked.header("range")));
    let allowed = match kind {
        Kind::S3 => signed_for_s3(&asked),
        Kind::Azure => signed_for_azure(&asked),
        Kind::Google => true,
    };
    let path = decoded(&asked.path);
    let key = path.strip_prefix(&format!("/{BUCKET}")).unwrap_or("?").trim_start_matches('/');
    let lists = !asked.argument("list-type").is_empty() || asked.argument("comp") == "list";
    if !allowed {
        return answer(&mut stream, "403 Forbidden", "", &format!("<Error>not {KEY}</Error>"));
    }
    if lists {
        return answer(&mut stream, "200 OK", "", &list(kind, &asked, &held.objects));
    }
    let Some((bytes, trouble)) = held.objects.get(key).cloned() else {
        return answer(&mut stream, "404 Not Found", "", "<Error><Code>NoSuchKey</Code></Error>");
    };
    drop(held);
    send(&mut stream, &asked, &bytes, trouble)
}

fn answer(stream: &mut TcpStream, status: &str, headers: &str, body: &str) -> std::io::Result<()> {
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
    )
}

/// An object, or the part of it that is asked for.
fn send(
    stream: &mut TcpStream,
    asked: &Asked,
    bytes: &[u8],
    trouble: Trouble,
) -> std::io::Result<()> {
    let whole = bytes.len();
    let tag = tag(bytes, asked.method == "GET" && trouble == Trouble::Changes);
    let wanted = asked.header("if-match");
    if !wanted.is_empty() && wanted != tag {
        return answer(stream, "412 Precondition Failed", "", "<Error/>");
    }
    let span = asked.header("range").strip_prefix("bytes=").and_then(|it| it.split_once('-'));
    let (from, until) = span.map_or((0, whole), |(from, last)| {
        (from.parse().unwrap(), whole.min(last.parse::<usize>().unwrap() + 1))
    });
    let status = if span.is_some() { "206 Partial Content" } else { "200 OK" };
    write!(
        stream,
        "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {}\r\nLast-Modified: \
         {MODIFIED}\r\nETag: {tag}\r\nAccept-Ranges: bytes\r\n",
        until - from
    )?;
    if span.is_some() {
        write!(stream, "Content-Range: bytes {from}-{}/{whole}\r\n", until - 1)?;
    }
    write!(stream, "\r\n")?;
    if asked.method == "HEAD" {
        return Ok(());
    }
    match trouble {
        Trouble::None | Trouble::Changes => stream.write_all(&bytes[from..until]),
        Trouble::Dies => stream.write_all(&bytes[from..from + 1]),
        Trouble::Hangs => {
            stream.write_all(&bytes[from..from + 1])?;
            thread::sleep(Duration::from_secs(60));
            Ok(())
        }
    }
}

fn tag(bytes: &[u8], other: bool) -> String {
    format!("\"{}{}\"", hex::encode(&Sha256::digest(bytes)[..8]), if other { "-2" } else { "" })
}

/// A page of the objects below a prefix.
fn list(kind: Kind, asked: &Asked, objects: &BTreeMap<String, (Vec<u8>, Trouble)>) -> String {
    let after = match kind {
        Kind::Azure => asked.argument("marker"),
        Kind::S3 | Kind::Google => asked.argument("continuation-token"),
    };
    let found = objects.iter().filter(|(key, _)| key.starts_with(asked.argument("prefix")));
    let mut found = found.filter(|(key, _)| key.as_str() > after);
    let page: Vec<_> = found.by_ref().take(PAGE).collect();
    let next = found.next().and_then(|_| page.last()).map(|(key, _)| key.as_str());
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
    match kind {
        Kind::Azure => {
            xml += "<EnumerationResults><Blobs>";
            for (key, (bytes, _)) in page {
                write!(
                    xml,
                    "<Blob><Name>{key}</Name><Properties><Last-Modified>{MODIFIED}</Last-Modified>\
                     <Content-Length>{}</Content-Length><Content-Type>text/csv</Content-Type>\
                     <Etag>{}</Etag></Properties></Blob>",
                    bytes.len(),
                    tag(bytes, false)
                )
                .unwrap();
            }
            write!(xml, "</Blobs><NextMarker>{}</NextMarker>", next.unwrap_or_default()).unwrap();
            xml + "</EnumerationResults>"
        }
        Kind::S3 | Kind::Google => {
            xml += "<ListBucketResult>";
            for (key, (bytes, _)) in page {
                write!(
                    xml,
                    "<Contents><Key>{key}</Key><LastModified>2026-09-01T08:00:00.000Z\
                     </LastModified><ETag>{}</ETag><Size>{}</Size></Contents>",
                    tag(bytes, false),
                    bytes.len()
                )
                .unwrap();
            }
            if let Some(next) = next {
                write!(xml, "<NextContinuationToken>{next}</NextContinuationToken>").unwrap();
            }
            xml + "</ListBucketResult>"
        }
    }
}

/// Signature version 4 of AWS, worked out from its specification.
fn signed_for_s3(asked: &Asked) -> bool {
    let part = |name: &str| {
        let rest = asked.header("authorization").split_once(name)?.1;
        rest.split([',', ' ']).next().map(ToOwned::to_owned)
    };
    let (Some(credential), Some(names), Some(signature)) =
        (part("Credential="), part("SignedHeaders="), part("Signature="))
    else {
        return false;
    };
    let Some((name, scope)) = credential.split_once('/') else { return false };
    let query: Vec<String> = asked
        .query
        .iter()
        .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
        .collect();
    let lines = names.split(';').map(|name| format!("{name}:{}\n", asked.header(name)));
    let request = format!(
        "{}\n{}\n{}\n{}\n{names}\n{}",
        asked.method,
        asked.path,
        query.join("&"),
        lines.collect::<String>(),
        asked.header("x-amz-content-sha256"),
    );
    let text = format!(
        "AWS4-HMAC-SHA256\n{}\n{scope}\n{}",
        asked.header("x-amz-date"),
        hex::encode(Sha256::digest(request))
    );
    let first = format!("AWS4{KEY}").into_bytes();
    let key = scope.split('/').fold(first, |key, part| hmac(&key, part.as_bytes()));
    let signs = ["host", "x-amz-date"].iter().all(|it| names.split(';').any(|name| name == *it));
    name == NAME && signs && hex::encode(hmac(&key, text.as_bytes())) == signature
}

/// The shared key of Azure, worked out from its specification.
fn signed_for_azure(asked: &Asked) -> bool {
    let mut text = format!("{}\n", asked.method);
    for name in [
        "content-encoding",
        "content-language",
        "content-length",
        "content-md5",
        "content-type",
        "date",
        "if-modified-since",
        "if-match",
        "if-none-match",
        "if-unmodified-since",
        "range",
    ] {
        // No length is written as none.
        let value = asked.header(name);
        text += if name == "content-length" && value == "0" { "" } else { value };
        text += "\n";
    }
    for (name, value) in asked.headers.iter().filter(|(name, _)| name.starts_with("x-ms-")) {
        text += &format!("{name}:{value}\n");
    }
    text += &format!("/{NAME}{}", asked.path);
    for (name, value) in &asked.query {
        text += &format!("\n{name}:{value}");
    }
    let signature = base64(&hmac(KEY.as_bytes(), text.as_bytes()));
    asked.header("authorization") == format!("SharedKey {NAME}:{signature}")
}

/// HMAC-SHA256 (RFC 2104), for keys of no more than a block.
fn hmac(key: &[u8], text: &[u8]) -> Vec<u8> {
    let padded = |mark: u8| -> Vec<u8> {
        (0..64).map(|i| key.get(i).copied().unwrap_or_default() ^ mark).collect()
    };
    let inner = Sha256::digest([&padded(0x36), text].concat());
    Sha256::digest([padded(0x5c).as_slice(), &inner].concat()).to_vec()
}

fn base64(bytes: &[u8]) -> String {
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let bits =
            three.iter().enumerate().map(|(i, byte)| u32::from(*byte) << (16 - 8 * i)).sum::<u32>();
        for i in 0..4 {
            let sign = SIGNS[(bits >> (18 - 6 * i) & 63) as usize];
            text.push(if i <= three.len() { char::from(sign) } else { '=' });
        }
    }
    text
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digits = [rest.next().unwrap(), rest.next().unwrap()];
                u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
            }
            b'+' => b' ',
            byte => byte,
        });
    }
    String::from_utf8(bytes).unwrap()
}

fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}
