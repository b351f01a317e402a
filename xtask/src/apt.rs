//! Debian's packages, installed where that is possible without asking.

use std::process::{Command, Stdio};

use anyhow::Result;

use crate::shell::{find, output, program, succeeds};

/// Tries to install packages; whether it worked the caller sees for itself.
pub fn install(what: &str, packages: &[&str]) -> Result<()> {
    if find(&["apt-get"]).is_some()
        && let Some(prefix) = as_root()?
    {
        println!("{what} is not here; installing Debian's packages");
        // A stale list of packages is no fault as long as the installation succeeds.
        succeeds(apt(prefix).args(["-q", "update"]))?;
        let install = ["-q", "-y", "install", "--no-install-recommends"];
        succeeds(apt(prefix).args(install).args(packages))?;
    }
    Ok(())
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

fn apt(prefix: &[&str]) -> Command {
    let mut words = prefix.iter();
    let mut command = program(words.next().unwrap_or(&"env"));
    command.args(words).args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]);
    command
}
