//! The one writer, from outside, on real folders.

// Each is marked as a test, so that the lints know what it may do.
#[cfg(test)]
mod durable;
#[cfg(test)]
mod exchange;
#[cfg(test)]
mod house;
#[cfg(test)]
mod refused;
#[cfg(test)]
mod replay;
#[cfg(test)]
mod rights;
#[cfg(test)]
mod together;
