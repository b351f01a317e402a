//! The built-in packs, and packs with faults.

mod builtin;
mod faulty;
mod mutations;
