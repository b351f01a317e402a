//! What the linter finds on cards that vendors published. They are not in the tree: PRIMUM_CARDS
//! names the folder that holds a copy.

#![cfg(test)]

use interop::{Card, lint, lint_together};
use std::fmt::Write;
use std::path::Path;

const GOLDEN: &str = include_str!("cards/published.txt");

/// Prints everything with quotes; compares without them, for the words are the vendors'.
#[test]
fn published_cards_have_these_findings() {
    let Some(folder) = std::env::var_os("PRIMUM_CARDS") else {
        println!("skipped: PRIMUM_CARDS does not name the folder of the published cards");
        return;
    };
    let files = Path::new(&folder).read_dir().unwrap();
    let mut paths: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|it| it == "xml"));
    paths.sort();
    let read = |path| Card::read(&std::fs::read(path).unwrap()).unwrap();
    let cards: Vec<Card> = paths.iter().map(read).collect();
    let mut found = String::new();
    for ((path, card), together) in paths.iter().zip(&cards).zip(lint_together(&cards)) {
        writeln!(found, "{}", path.file_name().unwrap().to_str().unwrap()).unwrap();
        for it in lint(card).into_iter().chain(together) {
            println!("{} {} {}: `{}`: {}", it.line, it.rule, it.path, it.quote, it.what);
            writeln!(found, "  {} {} {} {}", it.line, it.rule, it.grade, it.path).unwrap();
        }
    }
    if found != GOLDEN {
        let new = Path::new(env!("CARGO_TARGET_TMPDIR")).join("published.txt");
        std::fs::write(&new, &found).unwrap();
        panic!("the findings changed; they are now in {}:\n{found}", new.display());
    }
}
