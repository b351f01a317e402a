//! The program as its users meet it: the built `primum` on real folders, by its command line alone.

// Each is marked as a test, so that the lints know what it may do.
#[cfg(test)]
mod acts;
#[cfg(test)]
mod authorisation;
#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod cards;
#[cfg(test)]
mod commands;
#[cfg(test)]
mod common;
#[cfg(test)]
mod demo;
#[cfg(test)]
mod demo_hospital;
#[cfg(test)]
mod evidence;
#[cfg(test)]
mod evidence_sources;
#[cfg(test)]
mod first_week;
#[cfg(test)]
mod folder;
#[cfg(test)]
mod human;
#[cfg(test)]
mod kinds;
#[cfg(test)]
mod malformed;
#[cfg(test)]
mod pack;
#[cfg(test)]
mod reading;
#[cfg(test)]
mod remote;
#[cfg(test)]
mod replay;
#[cfg(test)]
mod rights;
#[cfg(test)]
mod waiting;
