//! The tree against the published vectors and against RFC 6962 written down naively.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test fails by panicking"
)]

use proptest::prelude::*;
use tlog::{
    Frontier, Hash, HashError, ProofError, consistency_proof, inclusion_proof, verify_consistency,
    verify_inclusion,
};

/// The eight entries of the Certificate Transparency reference tests.
const ENTRIES: [&str; 8] = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
];

/// Their roots for 0 to 8 leaves.
const ROOTS: [&str; 9] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

fn hash(hexadecimal: &str) -> Hash {
    hex::decode(hexadecimal).unwrap().as_slice().try_into().unwrap()
}

fn published_leaves() -> Vec<Hash> {
    ENTRIES.iter().map(|entry| Hash::of_leaf(&hex::decode(entry).unwrap())).collect()
}

#[test]
fn published_roots() {
    let mut frontier = Frontier::new();
    for (size, root) in ROOTS.iter().enumerate() {
        assert_eq!((frontier.size(), frontier.root()), (size as u64, hash(root)), "size {size}");
        frontier.extend(published_leaves().get(size).copied());
    }
    assert_eq!(Hash::EMPTY_ROOT, hash(ROOTS[0]));
}

#[test]
fn published_inclusion_proofs() {
    #[track_caller]
    fn check(index: u64, size: usize, published: &[&str]) {
        let leaves = &published_leaves()[..size];
        let proof: Vec<Hash> = published.iter().copied().map(hash).collect();
        assert_eq!(inclusion_proof(leaves, index).unwrap(), proof);
        let leaf = leaves[index as usize];
        assert_eq!(verify_inclusion(hash(ROOTS[size]), size as u64, index, leaf, &proof), Ok(()));
    }
    check(0, 1, &[]);
    check(
        0,
        8,
        &[
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    );
    check(
        5,
        8,
        &[
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    );
    check(2, 3, &["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]);
    check(
        1,
        5,
        &[
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    );
}

#[test]
fn published_consistency_proofs() {
    #[track_caller]
    fn check(old_size: usize, new_size: usize, published: &[&str]) {
        let proof: Vec<Hash> = published.iter().copied().map(hash).collect();
        let made = consistency_proof(&published_leaves()[..new_size], old_size as u64).unwrap();
        assert_eq!(made, proof);
        let (old_root, new_root) = (hash(ROOTS[old_size]), hash(ROOTS[new_size]));
        let (old_size, new_size) = (old_size as u64, new_size as u64);
        assert_eq!(verify_consistency(old_size, old_root, new_size, new_root, &proof), Ok(()));
    }
    check(1, 1, &[]);
    check(
        1,
        8,
        &[
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    );
    check(
        6,
        8,
        &[
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    );
    check(
        2,
        5,
        &[
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    );
}

/// RFC 6962 §2.1 to the letter, recursive and slow: what the crate is measured against.
mod model {
    use tlog::Hash;

    fn middle(size: usize) -> usize {
        let mut power = 1;
        while power * 2 < size {
            power *= 2;
        }
        power
    }

    pub fn mth(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => Hash::EMPTY_ROOT,
            [leaf] => *leaf,
            _ => {
                let (left, right) = leaves.split_at(middle(leaves.len()));
                Hash::of_node(mth(left), mth(right))
            }
        }
    }

    pub fn path(index: usize, leaves: &[Hash]) -> Vec<Hash> {
        if leaves.len() == 1 {
            return Vec::new();
        }
        let k = middle(leaves.len());
        let (left, right) = leaves.split_at(k);
        let (mut proof, last) = if index < k {
            (path(index, left), mth(right))
        } else {
            (path(index - k, right), mth(left))
        };
        proof.push(last);
        proof
    }

    pub fn subproof(old: usize, leaves: &[Hash], is_old_tree: bool) -> Vec<Hash> {
        if old == leaves.len() {
            return if is_old_tree { Vec::new() } else { vec![mth(leaves)] };
        }
        let k = middle(leaves.len());
        let (left, right) = leaves.split_at(k);
        let (mut proof, last) = if old <= k {
            (subproof(old, left, is_old_tree), mth(right))
        } else {
            (subproof(old - k, right, false), mth(left))
        };
        proof.push(last);
        proof
    }
}

/// Distinct leaves that depend on a salt.
fn some_leaves(salt: u64, size: usize) -> Vec<Hash> {
    let entry = |index: usize| [salt.to_be_bytes(), index.to_be_bytes()].concat();
    (0..size).map(|index| Hash::of_leaf(&entry(index))).collect()
}

#[test]
fn every_tree_up_to_70_leaves_is_as_in_the_model() {
    let all = some_leaves(0, 70);
    for size in 0..=all.len() {
        let leaves = &all[..size];
        let root = model::mth(leaves);
        let size = size as u64;
        assert_eq!(leaves.iter().copied().collect::<Frontier>().root(), root, "size {size}");
        for (index, &leaf) in leaves.iter().enumerate() {
            let proof = inclusion_proof(leaves, index as u64).unwrap();
            assert_eq!(proof, model::path(index, leaves), "leaf {index} of {size}");
            let verified = verify_inclusion(root, size, index as u64, leaf, &proof);
            assert_eq!(verified, Ok(()), "leaf {index} of {size}");
        }
        for old_size in 0..=leaves.len() {
            let proof = consistency_proof(leaves, old_size as u64).unwrap();
            let modelled = match old_size {
                0 => Vec::new(),
                _ => model::subproof(old_size, leaves, true),
            };
            assert_eq!(proof, modelled, "{old_size} to {size}");
            let old_root = model::mth(&leaves[..old_size]);
            let verified = verify_consistency(old_size as u64, old_root, size, root, &proof);
            assert_eq!(verified, Ok(()), "{old_size} to {size}");
        }
    }
}

/// A hash with one bit flipped.
fn flipped(hash: Hash, bit: usize) -> Hash {
    let mut bytes = *hash.as_bytes();
    bytes[bit / 8 % 32] ^= 1 << (bit % 8);
    Hash::from_bytes(bytes)
}

/// Every way to alter a proof that must be noticed.
fn mutations(proof: &[Hash], bit: usize) -> Vec<Vec<Hash>> {
    let mut altered = Vec::new();
    for at in 0..proof.len() {
        let mut one_bit = proof.to_vec();
        one_bit[at] = flipped(one_bit[at], bit);
        let mut shorter = proof.to_vec();
        shorter.remove(at);
        let mut swapped = proof.to_vec();
        swapped.rotate_left(at);
        altered.extend([one_bit, shorter]);
        altered.extend((at > 0).then_some(swapped));
    }
    altered.push([proof, &[Hash::EMPTY_ROOT]].concat());
    altered
}

proptest! {
    #[test]
    fn altered_inclusion_is_refused(
        salt: u64, size in 1_usize..=70, at: prop::sample::Index, bit in 0_usize..256,
    ) {
        let leaves = some_leaves(salt, size);
        let (root, index) = (model::mth(&leaves), at.index(size));
        let (leaf, proof) = (leaves[index], inclusion_proof(&leaves, index as u64).unwrap());
        let verify = |root, index: usize, leaf, proof: &[Hash]| {
            verify_inclusion(root, size as u64, index as u64, leaf, proof)
        };
        prop_assert_eq!(verify(root, index, leaf, &proof), Ok(()));

        let elsewhere = flipped(root, bit);
        prop_assert_eq!(
            verify(elsewhere, index, leaf, &proof),
            Err(ProofError::Inclusion { root: elsewhere })
        );
        prop_assert_eq!(
            verify(root, index, flipped(leaf, bit), &proof),
            Err(ProofError::Inclusion { root })
        );
        for other in (0..size).filter(|&other| other != index) {
            prop_assert!(verify(root, other, leaf, &proof).is_err(), "accepted as leaf {}", other);
        }
        for altered in mutations(&proof, bit) {
            prop_assert!(verify(root, index, leaf, &altered).is_err(), "accepted {:?}", altered);
        }
    }

    #[test]
    fn altered_consistency_is_refused(
        salt: u64, new_size in 2_usize..=70, at: prop::sample::Index, bit in 0_usize..256,
    ) {
        let leaves = some_leaves(salt, new_size);
        let old_size = 1 + at.index(new_size - 1);
        let (old_root, new_root) = (model::mth(&leaves[..old_size]), model::mth(&leaves));
        let proof = consistency_proof(&leaves, old_size as u64).unwrap();
        let verify = |old_root, new_root, proof: &[Hash]| {
            verify_consistency(old_size as u64, old_root, new_size as u64, new_root, proof)
        };
        prop_assert_eq!(verify(old_root, new_root, &proof), Ok(()));

        prop_assert!(verify(flipped(old_root, bit), new_root, &proof).is_err());
        let elsewhere = flipped(new_root, bit);
        prop_assert_eq!(
            verify(old_root, elsewhere, &proof),
            Err(ProofError::NewRoot { root: elsewhere })
        );
        for altered in mutations(&proof, bit) {
            prop_assert!(verify(old_root, new_root, &altered).is_err(), "accepted {:?}", altered);
        }
        // A log that rewrote one old leaf can prove its own past, but not the one that was signed.
        let mut rewritten = leaves.clone();
        rewritten[at.index(old_size)] = Hash::of_leaf(b"something else");
        let its_proof = consistency_proof(&rewritten, old_size as u64).unwrap();
        prop_assert!(verify(old_root, model::mth(&rewritten), &its_proof).is_err());
    }

    #[test]
    fn a_frontier_survives_storage(salt: u64, before in 0_usize..=70, after in 0_usize..=70) {
        let leaves = some_leaves(salt, before + after);
        let (early, late) = leaves.split_at(before);
        let stored = serde_json::to_string(&early.iter().copied().collect::<Frontier>()).unwrap();
        let mut frontier: Frontier = serde_json::from_str(&stored).unwrap();
        frontier.extend(late.iter().copied());
        prop_assert_eq!(frontier, leaves.into_iter().collect::<Frontier>());
    }

    #[test]
    fn a_hash_survives_text(bytes: [u8; 32]) {
        let hash = Hash::from_bytes(bytes);
        prop_assert_eq!(hash.to_string().parse(), Ok(hash));
        let json = serde_json::to_string(&hash).unwrap();
        prop_assert_eq!(json.clone(), format!("\"{hash}\""));
        prop_assert_eq!(serde_json::from_str::<Hash>(&json).unwrap(), hash);
    }
}

#[test]
fn proofs_that_cannot_be_are_named() {
    let leaves = published_leaves();
    let (a, b) = (leaves[0], leaves[1]);
    let empty = Hash::EMPTY_ROOT;
    let check = |result: Result<(), ProofError>, expected| assert_eq!(result, Err(expected));

    let no_such_leaf = ProofError::Index { index: 8, size: 8 };
    check(inclusion_proof(&leaves, 8).map(drop), no_such_leaf.clone());
    check(verify_inclusion(a, 8, 8, a, &[]), no_such_leaf);
    check(verify_inclusion(empty, 0, 0, a, &[]), ProofError::Index { index: 0, size: 0 });
    check(verify_inclusion(a, 1, 0, a, &[b]), ProofError::Length { found: 1 });
    check(verify_inclusion(a, u64::MAX, 1 << 63, a, &[]), ProofError::Length { found: 0 });
    check(verify_inclusion(b, 1, 0, a, &[]), ProofError::Inclusion { root: b });

    let backwards = ProofError::Sizes { old_size: 9, new_size: 8 };
    check(consistency_proof(&leaves, 9).map(drop), backwards.clone());
    check(verify_consistency(9, a, 8, b, &[]), backwards);
    check(verify_consistency(0, a, 8, b, &[]), ProofError::OldRoot { root: a });
    check(verify_consistency(0, empty, 0, b, &[]), ProofError::NewRoot { root: b });
    check(verify_consistency(0, empty, 8, b, &[a]), ProofError::Length { found: 1 });
    check(verify_consistency(8, a, 8, b, &[]), ProofError::OldRoot { root: a });
    check(verify_consistency(8, a, 8, a, &[b]), ProofError::Length { found: 1 });
    check(verify_consistency(4, a, 8, b, &[]), ProofError::Length { found: 0 });
    check(verify_consistency(3, a, 8, b, &[]), ProofError::Length { found: 0 });
    check(verify_consistency(1, a, 2, b, &[b]), ProofError::NewRoot { root: b });
    check(verify_consistency(3, a, 4, b, &[b, b, b]), ProofError::OldRoot { root: a });
}

#[test]
fn the_largest_trees_do_not_overflow() {
    // The last leaf of a tree of 2^63 + 1 leaves has one sibling: the root of all the others.
    let (leaf, others) = (Hash::of_leaf(b"last"), Hash::of_leaf(b"others"));
    let root = Hash::of_node(others, leaf);
    let size = (1 << 63) + 1;
    assert_eq!(verify_inclusion(root, size, 1 << 63, leaf, &[others]), Ok(()));
    assert_eq!(verify_consistency(1 << 63, others, size, root, &[leaf]), Ok(()));
    // The first leaf of the largest tree that can be written down is 64 levels below the root.
    let path = [others; 64];
    let root = path.iter().fold(leaf, |reached, &right| Hash::of_node(reached, right));
    assert_eq!(verify_inclusion(root, u64::MAX, 0, leaf, &path), Ok(()));
}

#[test]
fn malformed_hashes_are_named() {
    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(text.parse::<Hash>().unwrap_err().to_string(), expected);
        let json = serde_json::from_str::<Hash>(&format!("\"{text}\"")).unwrap_err().to_string();
        assert_eq!(json, expected);
    }
    let good = Hash::EMPTY_ROOT.to_string();
    let not_base64 =
        |text: &str| format!("`{text}` is not a hash: expected 44 characters of standard base64");
    check("", "a hash has 32 bytes, found 0");
    check("AAAA", "a hash has 32 bytes, found 3");
    check(&format!("{}AA", &good[..42]), "a hash has 32 bytes, found 33");
    for text in [&good[..43], "a-b_", " AAAA"] {
        check(text, &not_base64(text));
    }
    // The last character before the padding carries two bits that must be zero.
    let not_canonical = good.replace("FU=", "FV=");
    assert_ne!(not_canonical, good);
    check(&not_canonical, &not_base64(&not_canonical));
    assert_eq!(Hash::try_from(&[0; 31][..]), Err(HashError::Length { found: 31 }));
    assert_eq!(format!("{:?}", Hash::EMPTY_ROOT), "Hash(47DEQpj8…)");
}

#[test]
fn malformed_frontiers_are_named() {
    #[track_caller]
    fn check(json: &str, expected: &str) {
        let error = serde_json::from_str::<Frontier>(json).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
    check(r#"{"size":0}"#, "missing field `subtrees`");
    check(r#"{"size":0,"subtrees":[],"root":1}"#, "unknown field `root`");
    check(r#"{"size":3,"subtrees":[]}"#, "a tree of 3 leaves has 2 perfect subtrees, found 0");
    check(r#"{"size":1,"subtrees":["x"]}"#, "`x` is not a hash");
    check(
        r#"{"size":9223372036854775808,"subtrees":[]}"#,
        "9223372036854775808 leaves is more than a log can hold",
    );
}
