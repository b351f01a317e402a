//! Runs the built `primum` and looks at what it says.

use serde_json::Value;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::Duration;
use tempfile::TempDir;

/// A demo folder is used again within this time; the time in a demo runs on from the end of its
/// story.
const FRESH: Duration = Duration::from_secs(3600);

/// What a run of the program said.
#[derive(Debug)]
pub struct Ran {
    pub line: String,
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Ran {
    pub fn of(line: &str, output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("the program writes UTF-8");
        let (out, err) = (text(output.stdout), text(output.stderr));
        Self { line: line.to_owned(), code: output.status.code(), out, err }
    }

    /// Exits so, and says this somewhere.
    #[track_caller]
    pub fn expect(self, code: i32, fragment: &str) -> Self {
        assert_eq!(self.code, Some(code), "primum {}\n{}{}", self.line, self.out, self.err);
        let said = self.out.contains(fragment) || self.err.contains(fragment);
        assert!(said, "`{fragment}` is not in:\nprimum {}\n{}{}", self.line, self.out, self.err);
        assert!(!self.err.contains("panicked"), "primum {}\n{}", self.line, self.err);
        self
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        let parsed = serde_json::from_str(&self.out);
        parsed.unwrap_or_else(|error| panic!("primum {}: {error}\n{}", self.line, self.out))
    }
}

/// Words of a command line; single quotes keep one together.
pub fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (quoted, part) in line.split('\'').enumerate() {
        if quoted % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}

/// The program, without the settings of whoever runs the tests.
pub fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_primum"));
    command.env_remove("PRIMUM_DATA").env_remove("PRIMUM_AS").stdin(Stdio::null());
    command
}

/// Runs a command line on no folder in particular.
pub fn primum(line: &str) -> Ran {
    Ran::of(line, command().args(words(line)).output().unwrap())
}

/// Runs a command line on a data folder.
pub fn on(data: &Path, line: &str) -> Ran {
    Ran::of(line, command().arg("--data").arg(data).args(words(line)).output().unwrap())
}

/// Runs a command line on a data folder with something on its standard input.
pub fn on_with_input(data: &Path, line: &str, input: &str) -> Ran {
    let mut command = command();
    command.arg("--data").arg(data).args(words(line));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    Ran::of(line, child.wait_with_output().unwrap())
}

/// The folder of a played demo, for reading only: it is shared by all tests of this build.
pub fn demo() -> &'static Path {
    static DEMO: OnceLock<PathBuf> = OnceLock::new();
    DEMO.get_or_init(|| played("readmission"))
}

/// The folder of the played hospital, for reading only: it is shared by all tests of this build.
pub fn hospital() -> &'static Path {
    static HOSPITAL: OnceLock<PathBuf> = OnceLock::new();
    HOSPITAL.get_or_init(|| played("hospital"))
}

fn played(story: &str) -> PathBuf {
    // Test runners that start a process for each test find the folder that an earlier one made.
    let tests = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let lock = fs::File::create(tests.join(format!("{story}.lock"))).unwrap();
    lock.lock().unwrap();
    let made = fs::metadata(env!("CARGO_BIN_EXE_primum")).unwrap();
    let dir = tests.join(story);
    let fresh = fs::metadata(dir.join("played")).is_ok_and(|played| {
        let age = played.modified().unwrap().elapsed().unwrap_or(FRESH);
        age < FRESH && played.modified().unwrap() > made.modified().unwrap()
    });
    if !fresh {
        let _ = fs::remove_dir_all(&dir);
        let told = on(&dir, &format!("demo --story {story} --no-serve"));
        fs::write(dir.join("played"), told.expect(0, "Look further").out).unwrap();
    }
    dir
}

/// What the program said while it played the demo.
pub fn story() -> String {
    said(demo())
}

/// What the program said while it played a story to a folder.
pub fn said(played: &Path) -> String {
    fs::read_to_string(played.join("played")).unwrap()
}

/// A data folder of its own, gone after the test.
pub struct Home(TempDir);

impl Home {
    /// An empty folder.
    pub fn empty() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A copy of the played demo, to change.
    pub fn demo() -> Self {
        let home = Self::empty();
        copy(demo(), &home.data());
        home
    }

    /// A copy of the played hospital, to change.
    pub fn hospital() -> Self {
        let home = Self::empty();
        copy(hospital(), &home.data());
        home
    }

    /// The data folder.
    pub fn data(&self) -> PathBuf {
        self.0.path().join("data")
    }

    /// A place beside the data folder.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn run(&self, line: &str) -> Ran {
        on(&self.data(), line)
    }

    /// All events.
    pub fn events(&self) -> Vec<Value> {
        events(&self.data())
    }
}

/// All events of a record.
pub fn events(data: &Path) -> Vec<Value> {
    let shown = on(data, "log show --last 100000 --json").expect(0, "");
    shown.json().as_array().unwrap().clone()
}

/// The root and the state hash of a record that verifies.
pub fn verified(data: &Path) -> (String, String) {
    let found = on(data, "log verify --json").expect(0, "\"verified\": true").json();
    let text = |key: &str| found[key].as_str().unwrap().to_owned();
    (text("root"), text("state_hash"))
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type().unwrap().is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(&from, &to).unwrap();
        }
    }
}
