//! Chromium and chromedriver, for the tests that walk through the pages.

use std::env;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::apt;
use crate::shell::find as find_program;

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
    apt::install("Chromium or its driver", &["chromium", "chromium-driver"])?;
    let tools = find()?;
    if tools.is_none() {
        println!("{HOW_TO}");
    }
    tools.context("Chromium or its driver is not here and could not be installed")
}
