//! Every kind of file that is no card is refused, with the place of the fault.

#![cfg(test)]

use interop::Card;

const SAMPLE: &str = include_str!("cards/sample.xml");
const ROOT: &str = r#"<AppliedModelCard xmlns="https://mc.chai.org/v0.2/schema.xsd">"#;

/// Each refusal begins with the place and holds the words.
#[track_caller]
fn check<T: AsRef<[u8]>>(cases: &[(T, &str, &str)]) {
    let mut wrong = String::new();
    for (bytes, place, words) in cases {
        let said = match Card::read(bytes.as_ref()) {
            Ok(_) => "accepted".to_owned(),
            Err(error) => error.to_string(),
        };
        let good = said.starts_with(&format!("{place}: ")) && said.contains(words);
        if !good || said.contains('\n') {
            wrong += &format!("{said}\n  is not {place}: {words}\n");
        }
    }
    assert_eq!(wrong, "");
}

/// The sample card with one place changed.
#[track_caller]
fn changed(from: &str, to: &str) -> String {
    assert!(SAMPLE.contains(from), "{from}");
    SAMPLE.replacen(from, to, 1)
}

#[test]
fn what_is_no_well_formed_xml_is_refused_with_its_place() {
    let cases: &[(&str, &str, &str)] = &[
        ("", "line 1, column 1", "it is empty"),
        ("  \n ", "line 2, column 2", "it is empty"),
        ("no XML at all", "line 1, column 1", "no well-formed XML"),
        ("{\"kind\":\"card\"}", "line 1, column 1", "no well-formed XML"),
        ("<!-- only this -->", "line 1, column 19", "it ends before"),
        ("<a>", "line 1, column 4", "it ends before"),
        ("<a", "line 1, column 3", "it ends before"),
        ("<a>\n<b></a>", "line 2, column 4", "expected 'b' tag, not 'a'"),
        ("</a>", "line 1, column 2", "no well-formed XML"),
        ("<a></a><b></b>", "line 1, column 8", "no well-formed XML"),
        ("<a></a>text", "line 1, column 8", "no well-formed XML"),
        ("<a b=1></a>", "line 1, column 6", "expected"),
        ("<a b='1' b='2'></a>", "line 1, column 10", "attribute 'b' is already defined"),
        ("<a b='<'></a>", "line 1, column 7", "not '<'"),
        ("<a>&nosuch;</a>", "line 1, column 4", "the entity `&nosuch;` is not known"),
        ("<a>&</a>", "line 1, column 4", "malformed entity reference"),
        ("<a>&#0;</a>", "line 1, column 4", "no well-formed XML"),
        ("<a>\u{1}</a>", "line 1, column 4", "non-XML character"),
        ("<a><!-- -- --></a>", "line 1, column 4", "comment"),
        ("<a><!-- never closed</a>", "line 1, column 25", "expected '-->'"),
        ("<a><![CDATA[never closed</a>", "line 1, column 29", "expected ']]>'"),
        ("<a>]]></a>", "line 1, column 7", "]]>"),
        ("<x:a></x:a>", "line 1, column 2", "namespace prefix 'x'"),
        ("<a><?xml version='1.0'?></a>", "line 1, column 4", "XML declaration"),
        ("<1a></1a>", "line 1, column 2", "invalid name"),
        ("<a xmlns:xml='u'/>", "line 1, column 4", "'xml' namespace prefix"),
    ];
    check(cases);
}

#[test]
fn document_types_and_entities_are_refused_before_anything_is_opened() {
    let bomb = "<!DOCTYPE a [<!ENTITY b 'b'><!ENTITY c '&b;&b;'>]><a>&c;</a>";
    let cases: &[(&str, &str)] = &[
        ("<!DOCTYPE a><a/>", "line 1, column 1"),
        (
            "<?xml version='1.0'?>\n<!DOCTYPE a SYSTEM 'file:///etc/passwd'>\n<a/>",
            "line 2, column 1",
        ),
        ("<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>", "line 1, column 1"),
        ("<!DOCTYPE a PUBLIC '-//X' 'https://example.org/x.dtd'><a/>", "line 1, column 1"),
        (bomb, "line 1, column 1"),
        ("<!-- <!DOCTYPE b> -->\n<!DOCTYPE a>\n<a/>", "line 2, column 1"),
    ];
    for (text, place) in cases {
        check(&[(text, place, "a document type (DTD) is not read")]);
    }
    // In a comment it is none.
    let commented = changed("<!-- An invented", "<!-- <!DOCTYPE a> An invented");
    assert!(Card::read(commented.as_bytes()).is_ok());
}

#[test]
fn other_encodings_and_other_sizes_are_refused() {
    let wide: Vec<u8> = "<a/>".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let nested = |depth: usize| format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
    let attributes: String = (0..20_000).map(|it| format!(" a{it}=''")).collect();
    let namespaces: String = (0..100).map(|it| format!(" xmlns:a{it}='u'")).collect();
    let start = "line 1, column 1";
    let cases: Vec<(Vec<u8>, &str, &str)> = vec![
        (b"<a>\n<b>Caf\xe9</b></a>".to_vec(), "line 2, column 7", "not UTF-8"),
        ([&[0xff, 0xfe], &wide[..]].concat(), start, "not UTF-8"),
        (
            changed("encoding=\"UTF-8\"", "encoding=\"ISO-8859-1\"").into(),
            "line 1, column 31",
            "it is in `ISO-8859-1`",
        ),
        (vec![b' '; (1 << 20) + 1], start, "more than 1048576 bytes"),
        (nested(17).into(), "line 1, column 49", "more than 16 deep"),
        (nested(60_000).into(), start, "too many elements"),
        (format!("<a>{}</a>", "<b/>".repeat(30_000)).into(), start, "too many elements"),
        (format!("<a{attributes}/>").into(), "line 1, column 88900", "too many attributes"),
        (format!("<a{namespaces}/>").into(), "line 1, column 890", "too many namespaces"),
    ];
    check(&cases);
}

#[test]
fn what_is_well_formed_and_no_card_is_refused_with_its_place() {
    let root = |inside: &str| format!("{ROOT}\n{inside}\n</AppliedModelCard>");
    let cases: Vec<(String, &str, &str)> = vec![
        ("<html/>".into(), "line 1, column 1", "the root is `html`"),
        ("<AppliedModelCard/>".into(), "line 1, column 1", "the namespace `` is not known"),
        (
            changed("v0.2", "v0.3"),
            "line 3, column 1",
            "the namespace `https://mc.chai.org/v0.3/schema.xsd` is not known; known are",
        ),
        (root("<Basic/>"), "line 2, column 1", "has no element `Basic` of namespace"),
        (root("\u{9b}2Jloose"), "line 1, column 63", "the text `\u{fffd}2Jloose` stands"),
        (
            "<AppliedModelCard xmlns='a&#10;b&#x202e;c'/>".into(),
            "line 1, column 1",
            "the namespace `a b\u{fffd}c` is not known",
        ),
        (root("loose"), "line 1, column 63", "the text `loose` stands between elements"),
        (root("<BasicInfo xmlns='urn:x'/>"), "line 2, column 1", "of namespace `urn:x` here"),
        (root("<BasicInfo/><BasicInfo/>"), "line 2, column 13, in BasicInfo", "twice"),
        (root("<Signature/>"), "line 2, column 1", "no element `Signature`"),
        (
            changed("<ReleaseVersion>3.1", "<ReleaseVersion>3.1<b>bold</b>"),
            "line 12, column 22, in ReleaseInfo/ReleaseVersion",
            "the element `b` stands in a text",
        ),
        (
            changed("<ReleaseVersion>", "<ReleaseDate>2025</ReleaseDate><ReleaseVersion>"),
            "line 12, column 3, in ReleaseInfo/ReleaseDate",
            "stands here twice",
        ),
        (
            changed("<ReleaseVersion>", "<Version>3</Version><ReleaseVersion>"),
            "line 12, column 3, in ReleaseInfo",
            "it has ReleaseStage, ReleaseDate, ReleaseVersion, GlobalAvailability",
        ),
        (
            changed("<EHR>Other", "and <EHR>Other"),
            "line 15, column 26, in ReleaseInfo/EHRCompatibility",
            "the text `and` stands between elements",
        ),
        (
            changed("<Label>Mean age</Label>", "<Label>Mean age</Label><Label>Age</Label>"),
            "line 62, column 29, in KeyMetrics/UsefulnessUsabilityEfficacy/Results/\
             MetricResult[2]/Label",
            "stands here twice",
        ),
        (
            changed("<MetricGoal>", "<Result>81 %</Result><MetricGoal>"),
            "line 55, column 4, in KeyMetrics/UsefulnessUsabilityEfficacy",
            "the schema v0.2 has no element `Result`",
        ),
        (
            changed("v0.2/schema", "v0.1/schema"),
            "line 14, column 3, in ReleaseInfo",
            "the schema v0.1 has no element `EHRCompatibility`",
        ),
        (
            SAMPLE.replace("</AppliedModelCard>", ""),
            "line 108, column 1",
            "it ends before its elements are closed",
        ),
    ];
    check(&cases);
}

/// SplitMix64 (Steele, Lea & Flood 2014).
fn next(state: &mut u64) -> usize {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    usize::try_from((z ^ (z >> 31)) >> 16).unwrap()
}

/// A card with a few bytes changed, taken out, doubled or replaced by signs that XML minds.
fn mangled(card: &[u8], state: &mut u64) -> Vec<u8> {
    const SIGNS: &[&str] =
        &["<", ">", "&", "\"", "<!--", "]]>", "&#x0;", "\u{feff}", "<!DOCTYPE a>", "</", "1e999"];
    let mut bytes = card.to_vec();
    for _ in 0..=next(state) % 4 {
        let at = next(state) % bytes.len().max(1);
        let end = (at + next(state) % 40).min(bytes.len());
        match next(state) % 5 {
            0 => bytes[at] = u8::try_from(next(state) % 256).unwrap(),
            1 => drop(bytes.drain(at..end)),
            2 => {
                let twice = bytes[at..end].to_vec();
                bytes.splice(at..at, twice);
            }
            3 => drop(bytes.splice(at..at, SIGNS[next(state) % SIGNS.len()].bytes())),
            _ => bytes.truncate(at.max(1)),
        }
    }
    bytes
}

#[test]
fn no_mangled_card_makes_the_reader_or_the_linter_panic() {
    let mut cards = vec![SAMPLE.as_bytes().to_vec()];
    match std::env::var_os("PRIMUM_CARDS") {
        Some(folder) => {
            let files = std::fs::read_dir(folder).unwrap();
            let mut paths: Vec<_> = files.map(|file| file.unwrap().path()).collect();
            paths.retain(|path| path.extension().is_some_and(|it| it == "xml"));
            paths.sort();
            cards.extend(paths.iter().map(|path| std::fs::read(path).unwrap()));
        }
        None => println!("only the sample: PRIMUM_CARDS names no folder of published cards"),
    }
    let mut state = 20_260_331;
    println!("seed {state}");
    let (mut read, mut refused) = (0, 0);
    for card in &cards {
        for _ in 0..4000 / cards.len() {
            let bytes = mangled(card, &mut state);
            match Card::read(&bytes) {
                Ok(card) => {
                    read += 1;
                    for finding in interop::lint(&card) {
                        assert!(finding.line > 0 && !finding.remedy.is_empty());
                    }
                }
                Err(error) => {
                    refused += 1;
                    assert!(error.line() > 0 && error.column() > 0, "{error}");
                }
            }
        }
    }
    println!("{read} read, {refused} refused");
    assert!(read > 50 && refused > 50);
}

/// Each would take minutes if the work grew with the square of what a card repeats.
#[test]
fn a_card_made_to_be_slow_is_read_and_looked_at_all_the_same() {
    let metric = "<MetricResult><Label>a</Label><ValueJson>1</ValueJson></MetricResult>";
    let fair = "The difference of 1.7 points is within chance.";
    let cases = [
        ("</Results>", metric.repeat(2500) + "</Results>"),
        (fair, "https://a ".repeat(90_000)),
        (fair, "[a](".repeat(200_000)),
        (fair, "no difference by age. race unavailable. ".repeat(22_000)),
        (fair, "K123456 ".repeat(100_000)),
        ("cleared as K990001", "K123456 ".repeat(60_000) + &"K1 ".repeat(9)),
        (fair, "(".repeat(900_000)),
        (fair, "\n".repeat(900_000)),
    ];
    for (from, to) in cases {
        let card = Card::read(changed(from, &to).as_bytes()).unwrap();
        for finding in interop::lint(&card) {
            assert!(finding.quote.chars().count() <= 121 && finding.what.chars().count() <= 241);
        }
    }
}
