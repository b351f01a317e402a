//! Primum command line.
fn main() {}
