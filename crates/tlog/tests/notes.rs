//! Keys, signed notes, checkpoints and receipts: published examples, round trips, and a table of
//! malformed inputs for each.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test fails by panicking"
)]

use std::{fmt::Debug, str::FromStr};

use base64::{Engine, engine::general_purpose::STANDARD};
use proptest::prelude::*;
use tlog::{
    Checkpoint, CheckpointError, Frontier, Hash, KeyError, MAX_SIGNATURES, NoteError, ProofError,
    Receipt, ReceiptError, SignedNote, Signer, Verifier, inclusion_proof,
};

/// The keys and the note of the examples of Go's golang.org/x/mod/sumdb/note.
const PETER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const PETER_SECRET: &str = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
const ENOCH: &str = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop";
const TEXT: &str = "If you think cryptography is the answer to your problem,\n\
    then you don't know what your problem is.\n";
const PETER_LINE: &str = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1\
    FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
const ENOCH_LINE: &str = "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1\
    aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n";

const ORIGIN: &str = "records.example.org/primum";

fn peter() -> Signer {
    // A type byte comes before the seed.
    let secret = STANDARD.decode(PETER_SECRET).unwrap();
    Signer::from_seed("PeterNeumann", secret[1..].try_into().unwrap()).unwrap()
}

fn enoch() -> Signer {
    Signer::from_seed("EnochRoot", [0; 32]).unwrap()
}

fn log() -> Signer {
    Signer::from_seed(ORIGIN, [7; 32]).unwrap()
}

fn verifiers(vkeys: &[&str]) -> Vec<Verifier> {
    vkeys.iter().map(|vkey| Verifier::from_vkey(vkey).unwrap()).collect()
}

/// The known signers of a note, or why it was refused.
fn open(note: &str, vkeys: &[&str]) -> Result<Vec<String>, NoteError> {
    let note: SignedNote = note.parse()?;
    let verifiers = verifiers(vkeys);
    let opened = note.open(&verifiers)?;
    assert_eq!(opened.text, TEXT);
    Ok(opened.signers.iter().map(|signer| signer.name().to_owned()).collect())
}

#[test]
fn published_notes_are_signed_and_opened_alike() {
    assert_eq!((peter().vkey().as_str(), enoch().vkey().as_str()), (PETER, ENOCH));
    assert_eq!(Verifier::from_vkey(PETER).unwrap().vkey(), PETER);

    let mut note = peter().sign(TEXT).unwrap();
    assert_eq!(note.to_string(), format!("{TEXT}\n{PETER_LINE}"));
    note.add_signature(&enoch());
    let both = format!("{TEXT}\n{PETER_LINE}{ENOCH_LINE}");
    assert_eq!(note.to_string(), both);
    note.add_signature(&peter());
    assert_eq!(note.to_string(), both, "signing again adds nothing");
    let claimed: Vec<_> = note.signatures().iter().map(|s| (s.name(), s.key_id())).collect();
    assert_eq!(claimed, [("PeterNeumann", 0xc74f_20a3), ("EnochRoot", 0xaf0c_fe78)]);
    assert_eq!(format!("{:?}", peter()), format!("Signer({PETER})"), "the seed stays secret");
}

#[test]
fn opening_a_note() {
    #[track_caller]
    fn check(lines: &[&str], vkeys: &[&str], expected: Result<&[&str], NoteError>) {
        let note = format!("{TEXT}\n{}", lines.concat());
        let expected = expected.map(|names| names.iter().map(|&name| name.to_owned()).collect());
        assert_eq!(open(&note, vkeys), expected);
    }
    let forged = PETER_LINE.replace("JnAM=", "JnAQ=");
    let bad = || NoteError::BadSignature { name: "PeterNeumann".into(), key_id: 0xc74f_20a3 };
    // The same name with another id, and the same id with another name, are other keys.
    let namesake = PETER_LINE.replace("x08go/", "x08gp/");
    let same_id = PETER_LINE.replace("PeterNeumann", "PeterNewman");
    let unknown_type = "— witness.example/ml-dsa AAAAAQI=\n";

    check(&[PETER_LINE], &[PETER], Ok(&["PeterNeumann"]));
    check(&[PETER_LINE, ENOCH_LINE], &[PETER], Ok(&["PeterNeumann"]));
    check(&[PETER_LINE, ENOCH_LINE], &[ENOCH, PETER], Ok(&["EnochRoot", "PeterNeumann"]));
    check(&[unknown_type, &namesake, &same_id, PETER_LINE], &[PETER], Ok(&["PeterNeumann"]));
    check(&[PETER_LINE, PETER_LINE], &[PETER], Ok(&["PeterNeumann"]));
    check(&[PETER_LINE; MAX_SIGNATURES], &[PETER], Ok(&["PeterNeumann"]));

    check(&[PETER_LINE], &[], Err(NoteError::UnknownKeys));
    check(&[PETER_LINE], &[ENOCH], Err(NoteError::UnknownKeys));
    check(&[&namesake, &same_id], &[PETER], Err(NoteError::UnknownKeys));
    check(&[&forged], &[PETER], Err(bad()));
    check(&[&forged, ENOCH_LINE], &[PETER, ENOCH], Err(bad()));
    check(&[PETER_LINE, &forged], &[PETER], Err(bad()));
    check(&["— PeterNeumann x08go/ZJkg==\n"], &[PETER], Err(bad()));

    let altered = format!("{TEXT}\n{PETER_LINE}").replace("answer", "Answer");
    assert_eq!(open(&altered, &[PETER]), Err(bad()));
}

#[test]
fn malformed_keys_are_named() {
    #[track_caller]
    fn check(vkey: &str, expected: KeyError) {
        assert!(!expected.to_string().contains('\n'), "{expected}");
        assert_eq!(Verifier::from_vkey(vkey), Err(expected));
    }
    for vkey in ["", "PeterNeumann", "PeterNeumann+c74f20a3"] {
        check(vkey, KeyError::Shape { vkey: vkey.into() });
    }
    for name in ["", "Peter Neumann", "Peter\u{2003}Neumann", "Peter\nNeumann", "Peter\u{1}"] {
        check(&PETER.replace("PeterNeumann", name), KeyError::Name { name: name.into() });
    }
    for name in ["", "with space", "with+plus"] {
        assert_eq!(
            Signer::from_seed(name, [0; 32]).err(),
            Some(KeyError::Name { name: name.into() })
        );
    }
    for key in ["", "ARpc2QcU!", "ARpc2QcUPD", "ARpc2Qc=\n"] {
        let vkey = format!("PeterNeumann+c74f20a3+{key}");
        check(&vkey, KeyError::Encoding { vkey: vkey.clone() });
    }
    check(&PETER.replace("ARpc", "BBpc"), KeyError::Algorithm { found: 4 });

    let with_key =
        |bytes: &[u8]| format!("PeterNeumann+c74f20a3+{}", STANDARD.encode([&[1], bytes].concat()));
    let mut not_on_curve = [0; 32];
    not_on_curve[0] = 2;
    let mut small_order = [0; 32];
    small_order[0] = 1;
    for bytes in [&[][..], &[9; 31], &[9; 33], &not_on_curve, &small_order] {
        let vkey = with_key(bytes);
        check(&vkey, KeyError::Point { vkey: vkey.clone() });
    }
    for stated in ["", "c74f20a4", "C74F20A3", "c74f20a", "0c74f20a3"] {
        let computed = "c74f20a3".to_owned();
        check(&PETER.replace("c74f20a3", stated), KeyError::Id { stated: stated.into(), computed });
    }
}

/// Checks the error of parsing, and that its message is one line.
#[track_caller]
fn refuses<T>(text: &str, expected: T::Err)
where
    T: FromStr<Err: Debug + PartialEq + std::fmt::Display> + Debug + PartialEq,
{
    let error = text.parse::<T>().unwrap_err();
    assert_eq!(error, expected, "{text}");
    assert!(!error.to_string().contains('\n'), "{error}");
}

#[test]
fn malformed_notes_are_named() {
    let check = |note: &str, expected| refuses::<SignedNote>(note, expected);
    let good = format!("{TEXT}\n{PETER_LINE}");
    assert!(good.parse::<SignedNote>().is_ok());
    let many = PETER_LINE.repeat(MAX_SIGNATURES + 1);

    check("", NoteError::FinalNewline);
    check(good.trim_end(), NoteError::FinalNewline);
    check(TEXT, NoteError::NoSignatures);
    check(&format!("{TEXT}{PETER_LINE}"), NoteError::NoSignatures);
    check(&format!("{TEXT}\n"), NoteError::NoSignatures);
    check(&format!("{good}\n"), NoteError::NoSignatures);
    check(&good.replace('\n', "\r\n"), NoteError::ControlCharacter { line: 1 });
    check(&good.replace("then ", "then\t"), NoteError::ControlCharacter { line: 2 });
    check(&format!("{TEXT}\n{many}"), NoteError::TooManySignatures { found: MAX_SIGNATURES + 1 });
    for line in [
        "PeterNeumann x08go/ZJkg==",
        "- PeterNeumann x08go/ZJkg==",
        "—  x08go/ZJkg==",
        "— PeterNeumann",
        "— Peter Neumann x08go/ZJkg==",
        "— Peter+Neumann x08go/ZJkg==",
        "— PeterNeumann x08go/ZJkg",
        "— PeterNeumann x08go/ZJkh==",
        "— PeterNeumann x08go/ZJkg== ",
        "— PeterNeumann x08gow==",
        "— PeterNeumann ",
    ] {
        check(&format!("{good}{line}\n"), NoteError::SignatureLine { line: line.into() });
    }

    assert_eq!(peter().sign("no newline"), Err(NoteError::FinalNewline));
    assert_eq!(peter().sign(""), Err(NoteError::FinalNewline));
    assert_eq!(peter().sign("a\nb\0\n"), Err(NoteError::ControlCharacter { line: 2 }));
}

#[test]
fn malformed_checkpoints_are_named() {
    let check = |text: &str, expected| refuses::<Checkpoint>(text, expected);
    let root = Hash::of_leaf(b"a leaf");
    let good = format!("{ORIGIN}\n1\n{root}\n");
    assert_eq!(good.parse(), Checkpoint::new(ORIGIN, 1, root));

    for text in ["", "\n", ORIGIN, good.trim_end()] {
        check(text, CheckpointError::Lines);
    }
    check(&format!("{good}extension\n"), CheckpointError::Extension);
    check(&format!("{good}\n"), CheckpointError::Extension);
    for origin in ["", "a b", "a+b"] {
        check(&good.replace(ORIGIN, origin), CheckpointError::Origin { origin: origin.into() });
    }
    for size in ["", "01", "+1", "-1", "1.0", " 1", "0x1", "18446744073709551616"] {
        let text = good.replace("\n1\n", &format!("\n{size}\n"));
        check(&text, CheckpointError::Size { size: size.into() });
    }
    let error = "AAAA".parse::<Hash>().unwrap_err();
    check(&good.replace(&root.to_string(), "AAAA"), CheckpointError::Root(error));
    check(&good.replace("\n1\n", "\n0\n"), CheckpointError::EmptyRoot { root });
}

#[test]
fn a_checkpoint_speaks_only_for_its_own_log() {
    let checkpoint = Checkpoint::new(ORIGIN, 1, Hash::of_leaf(b"a leaf")).unwrap();
    let foreign = || CheckpointError::ForeignKey { origin: ORIGIN.into() };
    assert_eq!(checkpoint.sign(&peter()), Err(foreign()));

    let open = |note: &SignedNote, signers: &[Signer]| {
        let verifiers: Vec<_> = signers.iter().map(|signer| signer.verifier().clone()).collect();
        Checkpoint::open(note, &verifiers)
    };
    let mut note = checkpoint.sign(&log()).unwrap();
    assert_eq!(open(&note, &[log()]), Ok(checkpoint.clone()));
    note.add_signature(&peter());
    assert_eq!(open(&note, &[peter(), log()]), Ok(checkpoint.clone()));
    // A trusted bystander alone does not make a checkpoint of the log.
    assert_eq!(open(&note, &[peter()]), Err(foreign()));
    assert_eq!(open(&note, &[enoch()]), Err(NoteError::UnknownKeys.into()));
    let renewed = Signer::from_seed(ORIGIN, [8; 32]).unwrap();
    note.add_signature(&renewed);
    assert_eq!(open(&note, &[renewed]), Ok(checkpoint), "after a rotation the new key is enough");

    let not_a_checkpoint = log().sign("hello\n").unwrap();
    assert_eq!(open(&not_a_checkpoint, &[log()]), Err(CheckpointError::Lines));
}

/// The receipt of leaf 2 of 5, and the hashes of all leaves.
fn receipt() -> (Receipt, Vec<Hash>) {
    let leaves: Vec<Hash> = (0..5_u8).map(|n| Hash::of_leaf(&[n])).collect();
    let root = leaves.iter().copied().collect::<Frontier>().root();
    let checkpoint_note = Checkpoint::new(ORIGIN, 5, root).unwrap().sign(&log()).unwrap();
    let proof = inclusion_proof(&leaves, 2).unwrap();
    (Receipt { extra: Vec::new(), index: 2, proof, checkpoint_note }, leaves)
}

#[test]
fn a_receipt_proves_its_leaf_and_no_other() {
    let (good, leaves) = receipt();
    let trusted = [log().verifier().clone()];
    let checkpoint = good.verify(leaves[2], &trusted).unwrap();
    assert_eq!((checkpoint.origin(), checkpoint.size()), (ORIGIN, 5));

    let root = checkpoint.root();
    let not_there = ReceiptError::Proof(ProofError::Inclusion { root });
    assert_eq!(good.verify(leaves[3], &trusted), Err(not_there.clone()));
    let moved = Receipt { index: 3, ..good.clone() };
    assert_eq!(moved.verify(leaves[2], &trusted), Err(not_there));
    let beyond = Receipt { index: 5, ..good.clone() };
    let no_such_leaf = ProofError::Index { index: 5, size: 5 };
    assert_eq!(beyond.verify(leaves[2], &trusted), Err(no_such_leaf.into()));
    let shortened = Receipt { proof: good.proof[1..].to_vec(), ..good.clone() };
    let too_short = ProofError::Length { found: 2 };
    assert_eq!(shortened.verify(leaves[2], &trusted), Err(too_short.into()));
    let stranger = [enoch().verifier().clone()];
    let unknown = CheckpointError::from(NoteError::UnknownKeys);
    assert_eq!(good.verify(leaves[2], &stranger), Err(unknown.into()));
}

#[test]
fn a_receipt_as_text() {
    let (mut receipt, leaves) = receipt();
    let [a, b, c] = [leaves[3], Hash::of_node(leaves[0], leaves[1]), leaves[4]];
    let note = receipt.checkpoint_note.to_string();
    let text = format!("c2sp.org/tlog-proof@v1\nindex 2\n{a}\n{b}\n{c}\n\n{note}");
    assert_eq!(receipt.to_string(), text);
    assert_eq!(text.parse(), Ok(receipt.clone()));

    receipt.extra = b"salt".to_vec();
    let with_extra = text.replace("@v1\n", "@v1\nextra c2FsdA==\n");
    assert_eq!(receipt.to_string(), with_extra);
    assert_eq!(with_extra.parse(), Ok(receipt));
}

#[test]
fn malformed_receipts_are_named() {
    let check = |text: &str, expected| refuses::<Receipt>(text, expected);
    let (receipt, leaves) = receipt();
    let good = receipt.to_string();
    let note_starts = good.find("\n\n").unwrap() + 2;

    for end in [0, 10, 22, 23, 25, 31, 40, note_starts - 1] {
        check(&good[..end], ReceiptError::CutOff);
    }
    check(&good[..note_starts], NoteError::FinalNewline.into());
    check(&good[..good.len() - 1], NoteError::FinalNewline.into());
    check(
        &good.replace("@v1", "@v2"),
        ReceiptError::Header { found: "c2sp.org/tlog-proof@v2".into() },
    );
    let crlf = "c2sp.org/tlog-proof@v1\r".to_owned();
    check(&good.replace('\n', "\r\n"), ReceiptError::Header { found: crlf });
    for extra in ["extra ", "extra c2FsdA", "extra ?"] {
        check(&good.replace("index", &format!("{extra}\nindex")), ReceiptError::Extra);
    }
    for found in ["index", "index ", "index 02", "index -2", "index x", "Index 2", "extra"] {
        check(&good.replace("index 2", found), ReceiptError::Index { found: found.into() });
    }
    let source = "AAAA".parse::<Hash>().unwrap_err();
    let second = Hash::of_node(leaves[0], leaves[1]).to_string();
    check(&good.replace(&second, "AAAA"), ReceiptError::Hash { number: 2, source });
}

proptest! {
    #[test]
    fn whatever_is_signed_opens_and_reads_back(
        // Few characters, so that blank lines and things like signature lines are common.
        body in "[a—+ \n\u{a0}]{0,40}", seed: [u8; 32], bit in 0_usize..512,
    ) {
        let text = format!("{body}\n");
        let signer = Signer::from_seed("a.example/log", seed).unwrap();
        let note = signer.sign(&text).unwrap();
        let written = note.to_string();
        prop_assert_eq!(written.parse(), Ok(note.clone()));
        let verifiers = [Verifier::from_vkey(&signer.vkey()).unwrap()];
        prop_assert_eq!(note.open(&verifiers).unwrap().text, text);

        // Any flipped bit of the signature is noticed.
        let (head, encoded) = written.trim_end().rsplit_once(' ').unwrap();
        let mut bytes = STANDARD.decode(encoded).unwrap();
        bytes[4 + bit / 8] ^= 1 << (bit % 8);
        let forged: SignedNote = format!("{head} {}\n", STANDARD.encode(bytes)).parse().unwrap();
        let refusal = forged.open(&verifiers).unwrap_err();
        let is_bad = matches!(refusal, NoteError::BadSignature { .. });
        prop_assert!(is_bad, "{}", refusal);
    }

    /// No damage to a receipt is read as if it were something else: it is refused, or it is in a
    /// part that is kept as it is and writes back the same.
    #[test]
    fn a_damaged_receipt_is_refused_or_kept(at: prop::sample::Index, put in "[a— 0=+\n\r]{0,2}") {
        let mut characters: Vec<char> = receipt().0.to_string().chars().collect();
        let at = at.index(characters.len());
        characters.splice(at..=at, put.chars());
        let damaged: String = characters.into_iter().collect();
        if let Ok(read) = damaged.parse::<Receipt>() {
            prop_assert_eq!(read.to_string(), damaged);
        }
    }

    #[test]
    fn checkpoints_survive_text(size: u64, root: [u8; 32]) {
        let checkpoint = Checkpoint::new(ORIGIN, size.max(1), Hash::from_bytes(root)).unwrap();
        prop_assert_eq!(checkpoint.to_string().parse(), Ok(checkpoint));
    }
}
