//! `primum demo`: makes a folder, plays the story through the real core, says what happened, and
//! serves the pages.

mod deeds;
mod files;
mod player;
mod script;

use crate::act::close;
use crate::ambient;
use crate::cli::{self, Cli, StoryName};
use crate::folder::{DEMO_CLOCK, DemoClock, Folder};
use crate::output::{Answer, Exit, say};
use crate::serve::serve_folder;
use anyhow::{Result, bail};
use jiff::Timestamp;
use ledger::{CreateOptions, Ledger};
use player::Player;
use registrar::{Registrar, Salts};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::path::PathBuf;

/// What readers must know wherever the demo is shown.
pub const NOTE: &str = "Demonstration: real encounters of 1999-2008 in their real order, \
                        on simulated dates. \
                        The hospital and its people are made up.";

/// The folder used when none is named.
const USUAL: &str = "primum-demo";
/// The ledger's small fact that marks a folder as a demo, told to the end or not.
pub const DEMO_STORY: &str = "demo.story";
/// The demo's salts come from this, so that playing it twice gives the same log. A real record
/// draws its own.
const SEED: &str = "primum demo";

/// Plays the demo, unless the folder holds it already, and serves it.
pub async fn run(cli: &Cli, demo: &cli::Demo) -> Result<Exit> {
    let folder = Folder::at(cli.data.clone().unwrap_or_else(|| PathBuf::from(USUAL)));
    let begun = folder.dir().join("record.db").exists();
    let ledger = if begun {
        reopen(&folder, demo.story).await?
    } else {
        create(&folder, demo.story).await?
    };
    let told = ledger.reader().meta_get(DEMO_CLOCK).await?.is_some();
    if told {
        ledger.close().await?;
    } else {
        if begun && !cli.json {
            say("The story was interrupted; it goes on. \
                 What was recorded before is not repeated.\n")?;
        }
        let at = tell(&folder, ledger, demo.story, cli.json).await?;
        set_clock(&folder, at).await?;
    }
    ended(&folder, demo, told).await?.print(cli.json)?;
    if demo.no_serve {
        return Ok(Exit::Done);
    }
    serve_folder(&folder, demo.listen, false).await
}

async fn create(folder: &Folder, story: StoryName) -> Result<Ledger> {
    let options = CreateOptions {
        origin: "demo.primum.example/record".to_owned(),
        seed: ambient::entropy()?,
    };
    let mut ledger = Ledger::create(folder.dir(), &options).await?;
    ledger.meta_set(DEMO_STORY, story.file()).await?;
    Ok(ledger)
}

/// Takes a story up again that was interrupted: its commands have fixed ids, so none has a second
/// effect.
async fn reopen(folder: &Folder, story: StoryName) -> Result<Ledger> {
    let ledger = Ledger::open(folder.dir()).await?;
    let told = ledger.reader().meta_get(DEMO_STORY).await?;
    if told.as_deref().is_some_and(|told| told != story.file()) {
        bail!(
            "`{}` holds another story of the demo; nothing was changed. \
             Name another folder with --data",
            folder.dir().display()
        );
    }
    if told.is_none() {
        bail!(
            "`{}` holds a record that is no demo; nothing was changed. \
             Name another folder with --data",
            folder.dir().display()
        );
    }
    Ok(ledger)
}

async fn tell(folder: &Folder, ledger: Ledger, story: StoryName, quiet: bool) -> Result<Timestamp> {
    files::write_predictions(&folder.predictions())?;
    let opened = Registrar::open(ledger, seeded_salts()).await?;
    let story = script::Story::named(story)?;
    let player = Player::new(opened.registrar.clone(), folder.predictions(), quiet);
    let told = player.play(&story).await;
    // The writer is closed in any case, so that the folder is free and a second try can go on.
    close(opened).await?;
    told
}

/// Time in the demo goes on from the end of the story, at the usual pace.
async fn set_clock(folder: &Folder, record: Timestamp) -> Result<()> {
    let clock = DemoClock { record, machine: ambient::now() };
    let mut ledger = Ledger::open(folder.dir()).await?;
    ledger.meta_set(DEMO_CLOCK, &serde_json::to_string(&clock)?).await?;
    Ok(ledger.close().await?)
}

fn seeded_salts() -> Salts {
    Box::new(|seq| Ok(Sha256::digest(format!("{SEED} {seq}")).into()))
}

/// Where the record stands when the story is told.
async fn ended(folder: &Folder, demo: &cli::Demo, told_before: bool) -> Result<Answer> {
    let dir = folder.dir().display();
    let checkpoint = folder.reader().await?.checkpoint().await?.to_string();
    let mut text = further(folder, &script::Story::named(demo.story)?);
    if demo.no_serve {
        text = format!(
            "\nThe record is in the folder `{dir}`. Try next:\n  primum --data {dir} work\n  \
             primum --data {dir} serve\n{text}"
        );
    }
    if told_before {
        text = format!("`{dir}` holds the demo already; its story was told.\n{text}");
    }
    Answer::new(
        &json!({
            "folder": dir.to_string(), "told_before": told_before, "checkpoint": checkpoint,
            "note": NOTE,
        }),
        text,
    )
}

fn further(folder: &Folder, story: &script::Story) -> String {
    let dir = folder.dir().display();
    let mut text = "\nLook further:".to_owned();
    for command in &story.further {
        let _ = write!(text, "\n  primum --data {dir} {command}");
    }
    let _ = write!(text, "\n{}", story.farewell.replace("{dir}", &dir.to_string()));
    text
}
