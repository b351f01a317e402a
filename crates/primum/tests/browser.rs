//! A person's walk through the pages, in a real browser over WebDriver.
//!
//! `cargo xtask test --only browser` runs it. Pictures of every page, at two widths, light and
//! dark, are left in `screenshots/` under the build folder's `tmp/`.

#![cfg(test)]

use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// Every page that a person can open in the demo, by the name of its picture.
const PAGES: [(&str, &str); 13] = [
    ("home", "/"),
    ("use-case", "/use-cases/UC-1"),
    ("use-case-retired", "/use-cases/UC-2"),
    ("monitoring", "/use-cases/UC-1/monitoring"),
    ("evidence", "/evidence/EV-1"),
    ("evidence-failed", "/evidence/EV-2"),
    ("cases", "/cases"),
    ("case", "/cases/CASE-1"),
    ("decisions", "/decisions"),
    ("decision", "/decisions/DEC-2"),
    ("people", "/people"),
    ("record", "/record"),
    ("event", "/record/events/45"),
];

/// A process that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The demo, served.
struct Served {
    folder: TempDir,
    address: String,
    _server: Running,
}

/// How the browser looks at the pages.
#[derive(Clone, Copy)]
struct Look {
    name: &'static str,
    width: u32,
    dark: bool,
}

const LOOKS: [Look; 4] = [
    Look { name: "1280", width: 1280, dark: false },
    Look { name: "1280-dark", width: 1280, dark: true },
    Look { name: "390", width: 390, dark: false },
    Look { name: "390-dark", width: 390, dark: true },
];

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a browser; cargo xtask test --only browser"]
async fn the_chair_stops_a_use_case_and_the_gate_obeys_at_once() {
    let demo = serve_demo();
    assert_eq!(gate(&demo.address)["verdict"], "permit");

    let driver = start_driver();
    let browser = open_browser(&driver.1, LOOKS[0]).await;
    sign_in(&browser, &demo, "committee-chair").await;
    // The home page says what waits, and leads there.
    click(&browser, "a[href='/cases/CASE-1']").await;
    assert!(shows(&browser, "#gate.is-permit").await, "the gate is open before the decision");
    fill(&browser, "#reason", "It predicts too many readmissions, most of all for Black patients.")
        .await;
    fill(&browser, "#alternatives", "Go on with a recalibrated version: none is validated yet")
        .await;
    fill(&browser, "#residual_risk", "The programme chooses by hand, as before.").await;
    picture(&browser, LOOKS[0], "case-filled").await;
    click(&browser, "#stop").await;
    assert!(shows(&browser, "#gate.is-deny").await, "the page shows the gate closed");
    picture(&browser, LOOKS[0], "case-decided").await;

    let answer = gate(&demo.address);
    assert_eq!(answer["verdict"], "deny", "{answer}");
    assert_eq!(answer["reasons"][0]["code"], "suspended", "{answer}");

    // From the decision to the event, with the receipt that proves it is in the log.
    click(&browser, ".callout.is-done a[href^='/record/events/']").await;
    let receipt = text(&browser, "section[aria-labelledby='receipt']").await;
    assert!(receipt.contains("c2sp.org/tlog-proof"), "{receipt}");
    picture(&browser, LOOKS[0], "event-with-receipt").await;
    browser.goto(&format!("{}/record", demo.address)).await.unwrap();
    let newest = text(&browser, "section[aria-labelledby='events']").await;
    assert!(newest.contains("Suspended") || newest.contains("stopped"), "{newest}");
    browser.close().await.unwrap();

    let data = demo.folder.path().join("demo");
    let verified = primum(&data, &["log", "verify"]);
    assert!(verified.contains("Verified"), "{verified}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a browser; cargo xtask test --only browser"]
async fn every_page_fits_and_stands_alone_at_both_widths_in_light_and_dark() {
    let demo = serve_demo();
    let driver = start_driver();
    for look in LOOKS {
        let browser = open_browser(&driver.1, look).await;
        browser.goto(&format!("{}/sign-in", demo.address)).await.unwrap();
        stands_alone(&browser, look, "sign-in").await;
        sign_in(&browser, &demo, "committee-chair").await;
        for (name, path) in PAGES {
            browser.goto(&format!("{}{path}", demo.address)).await.unwrap();
            stands_alone(&browser, look, name).await;
        }
        browser.close().await.unwrap();
    }
}

/// One heading, a title, a language, no content wider than the window, no control too small to hit,
/// no unlabelled field, nothing blocked or missing; and a picture to look at.
async fn stands_alone(browser: &Client, look: Look, name: &str) {
    const FAULTS: &str = r#"
        const faults = [];
        const root = document.documentElement;
        if (window.innerWidth !== arguments[0]) faults.push(`window is ${window.innerWidth} wide`);
        if (root.scrollWidth > window.innerWidth) faults.push(`content is ${root.scrollWidth} wide`);
        if (document.querySelectorAll('h1').length !== 1) faults.push('not one h1');
        if (!document.title || !root.lang) faults.push('no title or language');
        if (!document.querySelector('main')) faults.push('no main landmark');
        for (const field of document.querySelectorAll('input:not([type=hidden]), textarea, select'))
            if (!field.labels || field.labels.length === 0) faults.push(`no label: ${field.outerHTML.slice(0, 80)}`);
        for (const image of document.querySelectorAll('svg'))
            if (!image.querySelector('title')) faults.push('a chart without a title');
        for (const control of document.querySelectorAll('button, .rail a, .button')) {
            const box = control.getBoundingClientRect();
            if (box.width && (box.height < 24 || box.width < 24)) faults.push(`small: ${control.textContent.trim()}`);
        }
        const ids = [...document.querySelectorAll('[id]')].map(each => each.id);
        if (new Set(ids).size !== ids.length) faults.push('an id twice');
        if (getComputedStyle(document.body).fontFamily.includes('Times')) faults.push('no stylesheet');
        return faults;
    "#;
    let faults = browser.execute(FAULTS, vec![json!(look.width)]).await.unwrap();
    assert_eq!(faults, json!([]), "{name} at {}", look.name);
    picture(browser, look, name).await;
}

async fn sign_in(browser: &Client, demo: &Served, person: &str) {
    browser.goto(&format!("{}/sign-in", demo.address)).await.unwrap();
    click(browser, &format!("button[value='{person}']")).await;
    assert!(shows(browser, "h1").await);
}

async fn click(browser: &Client, css: &str) {
    let element = browser.wait().for_element(Locator::Css(css)).await;
    element.unwrap_or_else(|error| panic!("{css}: {error}")).click().await.unwrap();
}

async fn fill(browser: &Client, css: &str, words: &str) {
    let field = browser.wait().for_element(Locator::Css(css)).await.unwrap();
    field.clear().await.unwrap();
    field.send_keys(words).await.unwrap();
}

async fn shows(browser: &Client, css: &str) -> bool {
    browser.wait().for_element(Locator::Css(css)).await.is_ok()
}

async fn text(browser: &Client, css: &str) -> String {
    let element = browser.wait().for_element(Locator::Css(css)).await.unwrap();
    element.prop("textContent").await.unwrap().unwrap_or_default()
}

/// The whole page, not only what the window shows.
async fn picture(browser: &Client, look: Look, name: &str) {
    let tall = "return Math.min(6000, Math.max(document.documentElement.scrollHeight, 600));";
    let height = browser.execute(tall, vec![]).await.unwrap().as_u64().unwrap_or(900);
    let height = u32::try_from(height).unwrap_or(900);
    if look.width > 500 {
        browser.set_window_size(look.width, height).await.unwrap();
    }
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("screenshots");
    std::fs::create_dir_all(&folder).unwrap();
    let png = browser.screenshot().await.unwrap();
    std::fs::write(folder.join(format!("{name}-{}.png", look.name)), png).unwrap();
    if look.width > 500 {
        browser.set_window_size(look.width, 900).await.unwrap();
    }
}

fn primum(data: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_primum"));
    let output = command.arg("--data").arg(data).args(arguments).output().unwrap();
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

fn serve_demo() -> Served {
    let folder = TempDir::new().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_primum"))
        .args(["demo", "--listen", "127.0.0.1:0", "--data"])
        .arg(folder.path().join("demo"))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let address = first_match(&mut child, |line| {
        let rest = line.strip_prefix("Open ")?;
        rest.split_whitespace().next().map(str::to_owned)
    });
    Served { folder, address, _server: Running(child) }
}

fn start_driver() -> (Running, String) {
    let program =
        std::env::var("PRIMUM_CHROMEDRIVER").unwrap_or_else(|_| "chromedriver".to_owned());
    let mut child = Command::new(&program)
        .arg("--port=0")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("cannot start `{program}`: {error}"));
    let port = first_match(&mut child, |line| {
        let rest = line.split("started successfully on port ").nth(1)?;
        Some(rest.trim_end_matches('.').to_owned())
    });
    (Running(child), format!("http://127.0.0.1:{port}"))
}

/// What the first line of a child's output that matches says. The rest of its output is read and
/// dropped.
fn first_match(child: &mut Child, find: impl Fn(&str) -> Option<String>) -> String {
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let found = lines.by_ref().map_while(Result::ok).find_map(|line| find(&line));
    std::thread::spawn(move || lines.for_each(drop));
    found.expect("the program ended before it was ready")
}

async fn open_browser(driver: &str, look: Look) -> Client {
    let mut arguments = vec![
        "--headless=new".to_owned(),
        "--no-sandbox".to_owned(),
        "--disable-gpu".to_owned(),
        "--no-first-run".to_owned(),
        "--disable-background-networking".to_owned(),
        "--disable-component-update".to_owned(),
        "--disable-sync".to_owned(),
        "--hide-scrollbars".to_owned(),
        format!("--window-size={},900", look.width),
    ];
    if look.dark {
        arguments.push("--blink-settings=preferredColorScheme=0".to_owned());
    }
    let mut options = json!({ "args": arguments });
    if let Ok(chromium) = std::env::var("PRIMUM_CHROMIUM") {
        options["binary"] = json!(chromium);
    }
    if look.width < 500 {
        // A desktop window cannot be this narrow; a phone's is.
        options["mobileEmulation"] =
            json!({ "deviceMetrics": { "width": look.width, "height": 3000, "pixelRatio": 1.0 } });
    }
    let capabilities = json!({ "goog:chromeOptions": options });
    let capabilities = capabilities.as_object().cloned().unwrap();
    let mut builder = ClientBuilder::new(HttpConnector::new());
    builder.capabilities(capabilities).connect(driver).await.unwrap()
}

/// What the gate answers over HTTP, to a program that is not the browser.
fn gate(address: &str) -> Value {
    let host = address.trim_start_matches("http://");
    let question = json!({
        "use_case": "UC-1", "version": "1.0", "site": "main", "workflow": "discharge-planning",
    })
    .to_string();
    let mut stream = TcpStream::connect(host).unwrap();
    write!(
        stream,
        "POST /api/v1/gate/check HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{question}",
        question.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let body = answer.split("\r\n\r\n").nth(1).expect("an HTTP answer has a body");
    serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {answer}"))
}
