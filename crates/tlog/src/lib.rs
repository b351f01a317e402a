//! Merkle tree, proofs, signed notes and checkpoints (RFC 6962, C2SP).
