//! Rules for the text of files.

use super::{Fault, Tree};

const MOST_LINES: usize = 500;
const MOST_COLUMNS: usize = 100;
const FEWEST_WORDS: usize = 4;

/// A Rust file stays short enough to be read at one sitting; its tests do not count.
pub fn length(tree: &Tree) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (path, text) in tree.ending(".rs") {
        let lines = lines(path, text).filter(|(_, tested)| !tested).count();
        if lines >= MOST_LINES {
            let message =
                format!("{lines} lines without tests; split it below {MOST_LINES}, by meaning");
            faults.push(Fault::file(path, message));
        }
    }
    faults
}

/// The lines of a Rust file, each with whether it belongs to tests: to a file of tests, or to a
/// module that is marked `#[cfg(test)]` and begins and ends in the first column.
fn lines<'a>(path: &str, text: &'a str) -> impl Iterator<Item = (&'a str, bool)> {
    let test_file = path.ends_with("/tests.rs") || path.split('/').any(|part| part == "tests");
    let (mut marked, mut inside) = (false, false);
    text.lines().map(move |line| {
        let tested = test_file || inside;
        if inside {
            inside = line != "}";
        } else if line == "#[cfg(test)]" {
            marked = true;
        } else if !line.starts_with("#[") && !line.starts_with("//") {
            inside = marked && line.starts_with("mod ") && line.ends_with('{');
            marked = false;
        }
        (line, tested)
    })
}

/// Lines fit beside another file on a screen, unless a web address makes them long.
///
/// In tests only comments are held to it: rows of data and expected texts are as wide as they are.
pub fn columns(tree: &Tree) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (path, text) in tree.ending(".rs") {
        for (index, (line, tested)) in lines(path, text).enumerate() {
            let columns = line.chars().count();
            let free = line.contains("://") || (tested && !line.trim_start().starts_with("//"));
            if columns > MOST_COLUMNS && !free {
                let message = format!("{columns} columns; {MOST_COLUMNS} is the most");
                faults.push(Fault::line(path, index, message));
            }
        }
    }
    faults
}

/// Words that only make sense on the machine of the person who wrote them.
///
/// Each is put together from two halves, so that this file does not hold it.
fn foreign_words() -> Vec<String> {
    [
        ("/wo", "rk/"),
        ("/ro", "ot/"),
        ("/home", "/user/"),
        ("arti", "factory"),
        ("index.", "crates.io"),
        ("static.", "crates.io"),
        ("py", "pi.org"),
        ("files.", "pythonhosted.org"),
        ("registry.", "npmjs.org"),
        ("proxy.", "golang.org"),
        ("deb.", "debian.org"),
    ]
    .iter()
    .map(|(head, tail)| format!("{head}{tail}"))
    .collect()
}

/// No file names a folder of somebody's machine or the host of a package registry.
pub fn words(tree: &Tree) -> Vec<Fault> {
    let words = foreign_words();
    let mut faults = Vec::new();
    for (path, text) in tree.texts() {
        for (index, line) in text.lines().enumerate() {
            for word in words.iter().filter(|word| line.contains(word.as_str())) {
                let message = format!("`{word}` means nothing on another machine; leave it out");
                faults.push(Fault::line(path, index, message));
            }
        }
    }
    faults
}

/// A note about work left to do says what and why. Prose may speak about such notes.
pub fn unexplained(tree: &Tree) -> Vec<Fault> {
    let marks = [["TO", "DO"].concat(), ["FIX", "ME"].concat()];
    let mut faults = Vec::new();
    for (path, text) in tree.texts().filter(|(path, _)| !path.ends_with(".md")) {
        for (index, line) in text.lines().enumerate() {
            let mut words = line.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty());
            let Some(mark) = words.find(|word| marks.iter().any(|mark| mark == word)) else {
                continue;
            };
            if words.count() < FEWEST_WORDS {
                let message = format!("say after `{mark}` what is missing and why it may wait");
                faults.push(Fault::line(path, index, message));
            }
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::super::check;
    use super::*;

    #[test]
    fn long_files_are_found_and_tests_do_not_count() {
        let code = "fn f() {}\n".repeat(498);
        let tests = "    fn t() {}\n".repeat(100);
        let tested = format!("{code}#[cfg(test)]\n#[rustfmt::skip]\nmod tests {{\n{tests}}}\n");
        let short = format!("{code}#[cfg(test)]\nmod tests;\n");
        let fault = |lines: usize| format!("a.rs: {lines} lines without tests; split it below 500");
        check(length, &[("a.rs", &code)], &[]);
        check(length, &[("a.rs", &tested)], &[&(fault(501) + ", by meaning")]);
        check(length, &[("a.rs", &short)], &[&(fault(500) + ", by meaning")]);
        check(length, &[("a/tests/b.rs", &code.repeat(2)), ("a/tests.rs", &code.repeat(2))], &[]);
        let around = lines("a.rs", "a\n#[cfg(test)]\nmod tests {\n x\n}\nb\n");
        assert_eq!(
            around.map(|(_, t)| t).collect::<Vec<_>>(),
            [false, false, false, true, true, false]
        );
    }

    #[test]
    fn columns_are_characters() {
        let wide = "é".repeat(100);
        check(columns, &[("a.rs", &wide), ("b.md", &wide.repeat(2))], &[]);
        let line = format!("\n{wide}x\n");
        check(columns, &[("a.rs", &line)], &["a.rs:2: 101 columns; 100 is the most"]);
        let address = format!("// https://{wide}");
        check(columns, &[("a.rs", &address)], &[]);
        let comment = format!("// {wide}");
        let fault = "tests/a.rs:1: 103 columns; 100 is the most";
        check(columns, &[("tests/a.rs", &line)], &[]);
        check(columns, &[("tests/a.rs", &comment)], &[fault]);
    }

    #[test]
    fn words_of_one_machine_are_found_in_every_file() {
        for word in foreign_words() {
            let line = format!("see {word}x");
            let fault = format!("a:1: `{word}` means nothing on another machine; leave it out");
            check(words, &[("a", &line)], &[&fault]);
        }
        check(words, &[("a", "the work / the root")], &[]);
    }

    #[test]
    fn notes_say_what_is_missing() {
        let mark = ["TO", "DO"].concat();
        let bare = format!("// {mark}: later");
        let fault = format!("a.rs:1: say after `{mark}` what is missing and why it may wait");
        check(unexplained, &[("a.rs", &bare)], &[&fault]);
        check(unexplained, &[("a.md", &bare)], &[]);
        let full = format!("// {mark}: read the second page when a site has that many");
        check(unexplained, &[("a.rs", &full), ("b.rs", "let todos = 1;")], &[]);
    }
}
