//! `primum serve`: the pages, the API, and the clock that fires what is due.

use crate::act::close;
use crate::ambient;
use crate::cli::{Cli, Serve};
use crate::folder::{DemoClock, Folder};
use crate::output::{Exit, say};
use anyhow::{Context, Result};
use governance::PersonId;
use jiff::Timestamp;
use registrar::{Registrar, SubmitError};
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// How often the clock looks for what is due.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// Serves a record until it is told to stop.
pub async fn run(cli: &Cli, serve: &Serve) -> Result<Exit> {
    serve_folder(&Folder::of(cli), serve.listen, serve.behind_tls).await
}

/// Serves a folder until it is told to stop.
pub async fn serve_folder(folder: &Folder, listen: SocketAddr, behind_tls: bool) -> Result<Exit> {
    let listener = TcpListener::bind(listen)
        .await
        .with_context(|| format!("cannot listen on {listen}; choose another with --listen"))?;
    let mut opened = folder.write(ambient::salts()).await?;
    let registrar = opened.registrar.clone();
    let demo = folder.demo_clock(registrar.reader()).await?;
    let clock = clock_of(demo);
    let app = web::App {
        registrar: registrar.clone(),
        clock: Arc::clone(&clock),
        entropy: Arc::new(|| ambient::entropy().map_err(|error| error.to_string())),
        demo: demo.map(|_| demo_of(&registrar)),
        behind_tls,
    };
    say(&format!("Open http://{} (stop with Ctrl-C)", listener.local_addr()?))?;
    let due = tokio::spawn(fire(registrar, folder.predictions(), clock));
    let (tell, told) = oneshot::channel();
    let writer = &mut opened.writer;
    let until = async move {
        tokio::select! {
            () = stopped() => {}
            _ = told => {}
        }
    };
    let serving = web::serve(app, listener, until);
    tokio::pin!(serving);
    let (served, broken) = tokio::select! {
        served = &mut serving => (served, false),
        // Handles on it are held here, so it ended by itself.
        _ = writer => {
            let _ = tell.send(());
            (serving.await, true)
        }
    };
    due.abort();
    // The task holds a handle on the writer until it is gone.
    let _ = due.await;
    if broken {
        return Err(SubmitError::Stopped.into());
    }
    close(opened).await?;
    served.context("the server stopped")?;
    Ok(Exit::Done)
}

type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

fn clock_of(demo: Option<DemoClock>) -> Clock {
    match demo {
        Some(demo) => Arc::new(move || demo.at(ambient::now())),
        None => Arc::new(ambient::now),
    }
}

fn demo_of(registrar: &Registrar) -> web::Demo {
    let record = registrar.record();
    let people: Vec<PersonId> =
        record.people.values().filter(|it| it.left_at.is_none()).map(|it| it.id.clone()).collect();
    web::Demo { note: crate::demo::NOTE.to_owned(), people }
}

/// Runs what is due, now and every minute.
async fn fire(registrar: Registrar, predictions: PathBuf, clock: Clock) {
    let mut every = tokio::time::interval(LOOK_EVERY);
    loop {
        every.tick().await;
        let now = clock();
        let ran = monitoring::run_due(&registrar, &predictions, now).await.map(|_| ());
        let ticked = registrar.tick(now).await.map(|_| ());
        for problem in [ran.err().map(|it| it.to_string()), ticked.err().map(|it| it.to_string())]
            .into_iter()
            .flatten()
        {
            // Standard error may be closed; there is nowhere else to say so.
            let _ = writeln!(io::stderr(), "error: {problem}");
        }
    }
}

async fn stopped() {
    // Without a signal handler the process still ends on a signal; it then skips saving a snapshot.
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupted => {}
                _ = terminated.recv() => {}
            }
            return;
        }
    }
    let _ = interrupted.await;
}
