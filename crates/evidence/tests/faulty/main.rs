//! Faulty input: each is refused with its place, and none gives a number.

#![cfg(test)]

mod bad_input;
mod formats;

use evidence::{Request, Source, tally};
use std::path::{Path, PathBuf};

fn request() -> Request {
    Request {
        by: vec!["race".into()],
        thresholds: vec![0.5],
        id: Some("id".into()),
        time: Some("at".into()),
        version: Some("v".into()),
        as_of: Some("2026-06-01T00:00:00Z".parse().unwrap()),
        known_versions: Some(["1.0".to_owned(), "1.1".to_owned()].into()),
        ..Request::new("y", "p")
    }
}

/// What is said of some files, without the folder that they are in.
async fn said(files: Vec<PathBuf>, request: &Request, folder: &Path) -> String {
    let said = match tally(&Source::files(files), request).await {
        Ok(set) => format!("accepted, with {} rows", set.rows_used),
        Err(error) => error.to_string(),
    };
    said.replace(&format!("{}/", folder.display()), "")
}
