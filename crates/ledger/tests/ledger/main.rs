//! The ledger on real SQLite in throw-away folders.
#![cfg(test)]

mod append;
mod common;
mod crash;
mod erasure;
mod folder;
mod tamper;
