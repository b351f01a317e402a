//! Running plans, from outside: on small logs made here, and on the demo's real one.

// Each is marked as a test, so that the lints know what it may do.
#[cfg(test)]
mod budget;
#[cfg(test)]
mod demo_log;
#[cfg(test)]
#[path = "../../../registrar/tests/registrar/house.rs"]
mod house;
#[cfg(test)]
mod log;
#[cfg(test)]
mod months;
#[cfg(test)]
mod odd_data;
