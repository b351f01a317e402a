//! The log as seen by an implementation that shares no code with this one: Go's
//! golang.org/x/mod/sumdb, as packaged by Debian, without network.
//!
//! Needs `apt-get install golang-go golang-golang-x-mod-dev`; where they
//! are missing it says so and passes.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{path::Path, process::Command};

use tlog::{Checkpoint, Frontier, Hash, Receipt, Signer, consistency_proof, inclusion_proof};

const PROGRAM: &str = include_str!("check.go");
const GO_PATH: &str = "/usr/share/gocode";

#[test]
fn go_agrees_with_every_checkpoint_and_proof() {
    if Command::new("go").arg("version").output().is_err() {
        println!("skipped: no `go` here (apt-get install golang-go)");
        return;
    }
    if !Path::new(GO_PATH).join("src/golang.org/x/mod/sumdb/tlog").exists() {
        println!("skipped: no sumdb in {GO_PATH} (apt-get install golang-golang-x-mod-dev)");
        return;
    }

    let folder = tempfile::tempdir().unwrap();
    let (program, case) = (folder.path().join("check.go"), folder.path().join("case.json"));
    std::fs::write(&program, PROGRAM).unwrap();
    std::fs::write(&case, a_log_of_70_entries().to_string()).unwrap();
    let output = Command::new("go")
        .args(["run".as_ref(), program.as_os_str(), case.as_os_str()])
        .envs([("GO111MODULE", "off"), ("GOPATH", GO_PATH), ("GOFLAGS", "")])
        .env("GOCACHE", folder.path().join("cache"))
        .output()
        .unwrap();
    let (said, complaint) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}{complaint}");
    // 70 roots, 70 receipts and 70 consistency proofs good and altered, one forged checkpoint.
    assert_eq!(said, "351 checks agree\n");
}

/// Entries, a checkpoint of every size, and all proofs to the last checkpoint.
fn a_log_of_70_entries() -> serde_json::Value {
    let signer = Signer::from_seed("records.example.org/primum", [7; 32]).unwrap();
    let entries: Vec<String> = (0..70).map(|n| format!("entry {n}")).collect();
    let leaves: Vec<Hash> = entries.iter().map(|entry| Hash::of_leaf(entry.as_bytes())).collect();
    let mut frontier = Frontier::new();
    let mut signed_after = |&leaf| {
        frontier.push(leaf);
        let checkpoint = Checkpoint::new(signer.name(), frontier.size(), frontier.root()).unwrap();
        checkpoint.sign(&signer).unwrap()
    };
    let checkpoints: Vec<_> = leaves.iter().map(&mut signed_after).collect();
    let receipt = |index: u64| Receipt {
        extra: Vec::new(),
        index,
        proof: inclusion_proof(&leaves, index).unwrap(),
        checkpoint_note: checkpoints.last().unwrap().clone(),
    };
    serde_json::json!({
        "vkey": signer.vkey(),
        "entries": entries,
        "checkpoints": checkpoints.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "receipts": (0..70).map(|index| receipt(index).to_string()).collect::<Vec<_>>(),
        "consistency": (1..=70)
            .map(|old_size| consistency_proof(&leaves, old_size).unwrap())
            .collect::<Vec<_>>(),
    })
}
