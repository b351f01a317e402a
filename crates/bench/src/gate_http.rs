//! Checks of the gate over HTTP, against a bare responder on the same loopback.

use crate::hospital::{Hospital, now};
use crate::measure::{Finding, Rounds};
use crate::{Sizes, commands, gate_check, replay, say};
use anyhow::{Context, Result, bail, ensure};
use ledger::Ledger;
use registrar::{Opened, Registrar};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use web::App;

/// Clients that ask at the same time, each on one connection, one question after the other.
const CLIENTS: u64 = 4;

/// Measures `POST /api/v1/gate/check` with the pages' real router.
pub async fn run(sizes: &Sizes, dir: &Path) -> Result<Vec<Finding>> {
    say(&format!("storing a record of {} use cases", sizes.use_cases));
    let folder = dir.join("gate");
    let hospital = Hospital::with_use_cases(sizes.use_cases)?;
    replay::store(&folder, &hospital).await?.close().await;
    let ledger = Ledger::open(&folder).await?;
    let Opened { registrar, writer } = Registrar::open(ledger, commands::salts()).await?;
    let here = serve(registrar).await?;
    let questions: Arc<[String]> = gate_check::questions(sizes)?
        .iter()
        .map(serde_json::to_string)
        .collect::<Result<_, _>>()?;

    let sample = ask(here, &questions, 1).await?;
    ensure!(sample.contains("\"verdict\":\"permit\""), "the gate answered {sample}");
    let there = respond(sample.len()).await?;
    let requests = sizes.requests.div_ceil(CLIENTS);
    let all = |address: SocketAddr| {
        let questions = Arc::clone(&questions);
        async move {
            let mut clients = JoinSet::new();
            for _ in 0..CLIENTS {
                let questions = Arc::clone(&questions);
                clients.spawn(async move { ask(address, &questions, requests).await });
            }
            while let Some(client) = clients.join_next().await {
                client??;
            }
            Ok(())
        }
    };
    let rounds = Rounds::alternate(sizes.rounds, || all(here), || all(there)).await?;
    let peer = "a bare TCP loop that sends a constant answer of the same size";
    let name = format!("gate, over HTTP, {CLIENTS} connections, clients on the same cores");
    let count = (requests * CLIENTS, "checks");
    // The server holds a handle of the writer until the process ends.
    writer.abort();
    Ok(vec![rounds.finding(name, count, peer, None)])
}

/// Serves Primum's pages and API on a free port of the loopback.
async fn serve(registrar: Registrar) -> Result<SocketAddr> {
    let at = now()?;
    let app = App {
        registrar,
        clock: Arc::new(move || at),
        entropy: Arc::new(|| Ok([7; 32])),
        demo: None,
        behind_tls: false,
    };
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(web::serve(app, listener, std::future::pending()));
    Ok(address)
}

/// Answers whatever is asked with the same JSON of a size.
async fn respond(size: usize) -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let filling = "x".repeat(size.saturating_sub(2));
    let answer: Arc<str> = Arc::from(format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n\"{filling}\"",
        filling.len() + 2
    ));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let answer = Arc::clone(&answer);
            tokio::spawn(async move {
                let mut stream = BufReader::new(stream);
                while receive(&mut stream).await.is_ok() {
                    if stream.get_mut().write_all(answer.as_bytes()).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    Ok(address)
}

/// Asks so many questions on one connection and gives the body of the last answer.
async fn ask(address: SocketAddr, questions: &[String], count: u64) -> Result<String> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    let mut last = String::new();
    for (_, question) in (0..count).zip(questions.iter().cycle()) {
        let request = format!(
            "POST /api/v1/gate/check HTTP/1.1\r\nhost: {address}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{question}",
            question.len()
        );
        stream.get_mut().write_all(request.as_bytes()).await?;
        let (first, body) = receive(&mut stream).await?;
        if !first.starts_with("HTTP/1.1 200") {
            bail!("the server answered `{}`: {body}", first.trim_end());
        }
        last = body;
    }
    Ok(last)
}

/// Reads one message with a `content-length`: its first line and its body.
async fn receive(stream: &mut BufReader<TcpStream>) -> Result<(String, String)> {
    let mut first = String::new();
    let mut length = None;
    let mut line = String::new();
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            bail!("the connection ended");
        }
        let text = line.trim_end();
        if text.is_empty() {
            break;
        }
        if first.is_empty() {
            first.push_str(text);
        }
        if let Some((name, value)) = text.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = Some(value.trim().parse::<usize>()?);
        }
    }
    let mut body = vec![0; length.context("the answer does not say how long it is")?];
    stream.read_exact(&mut body).await?;
    Ok((first, String::from_utf8(body)?))
}
