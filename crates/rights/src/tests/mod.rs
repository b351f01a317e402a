//! The built-in rights, asked over a small hospital; and packs that may not be used.

mod hospital;
mod matrix;
mod packs_refused;
mod table;
mod vendors;
