//! Chromium and chromedriver, for the tests that walk through the pages.

use std::env;
use std::path::PathBuf;
use std::process::Stdio;

use anyhow::{Context, Result, bail};

use crate::shell::{find as find_program, output, program, succeeds};

const HOW_TO: &str = "\
Chromium or its driver is not here. Install both:
  Debian   apt-get install chromium chromium-driver
  Fedora   dnf install chromium chromedriver
  macOS    brew install --cask chromium chromedriver
or name the programs in PRIMUM_CHROMIUM and PRIMUM_CHROMEDRIVER, or pass `--no-browser`.";

/// The two programs that a browser test needs.
pub struct Tools {
    pub chromium: PathBuf,
    pub driver: PathBuf,
}

/// Finds the programs: as the environment names them, or else on the search path.
///
/// Fails when the environment names one that is not there; `None` when the search finds one of
/// them missing.
pub fn find() -> Result<Option<Tools>> {
    let chromium =
        ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
    let chromium = one("PRIMUM_CHROMIUM", &chromium)?;
    let driver = one("PRIMUM_CHROMEDRIVER", &["chromedriver"])?;
    Ok(chromium.zip(driver).map(|(chromium, driver)| Tools { chromium, driver }))
}

fn one(variable: &str, names: &[&str]) -> Result<Option<PathBuf>> {
    match env::var_os(variable).map(PathBuf::from) {
        Some(path) if path.is_file() => Ok(Some(path)),
        Some(path) => bail!("{variable} names `{}`, which is not a file", path.display()),
        None => Ok(find_program(names)),
    }
}

/// Finds the programs, and installs Debian's packages of them when that is possible.
pub fn ensure() -> Result<Tools> {
    if let Some(tools) = find()? {
        return Ok(tools);
    }
    if find_program(&["apt-get"]).is_some()
        && let Some(prefix) = as_root()?
    {
        println!("Chromium or its driver is not here; installing Debian's packages");
        // A stale list of packages is no fault as long as the installation succeeds.
        succeeds(apt(prefix).args(["-q", "update"]))?;
        let packages = ["--no-install-recommends", "chromium", "chromium-driver"];
        succeeds(apt(prefix).args(["-q", "-y", "install"]).args(packages))?;
    }
    let tools = find()?;
    if tools.is_none() {
        println!("{HOW_TO}");
    }
    tools.context("Chromium or its driver is not here and could not be installed")
}

/// The words before a command that make it run as root, or `None` when that needs a password.
fn as_root() -> Result<Option<&'static [&'static str]>> {
    if output(program("id").arg("-u"))?.trim() == "0" {
        return Ok(Some(&["env"]));
    }
    let sudo = program("sudo")
        .args(["-n", "true"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    Ok(sudo.then_some(&["sudo", "-n", "env"]))
}

fn apt(prefix: &[&str]) -> std::process::Command {
    let mut words = prefix.iter();
    let mut command = program(words.next().unwrap_or(&"env"));
    command.args(words).args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]);
    command
}
