//! The core, from outside: what it accepts, what it refuses and why, what clocks do to it, and what
//! holds whatever happens.

// Each is marked as a test, so that the lints know what it may do.
#[cfg(test)]
mod bodies;
#[cfg(test)]
mod changes;
#[cfg(test)]
mod decisions;
#[cfg(test)]
mod exceptions;
#[cfg(test)]
mod holds;
#[cfg(test)]
mod hospital;
#[cfg(test)]
mod incidents;
#[cfg(test)]
mod intake;
#[cfg(test)]
mod judged;
#[cfg(test)]
mod labels;
#[cfg(test)]
mod lifecycle;
#[cfg(test)]
mod map;
#[cfg(test)]
mod packs;
#[cfg(test)]
mod parts;
#[cfg(test)]
mod random;
#[cfg(test)]
mod reference;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod rights;
#[cfg(test)]
mod round_trip;
#[cfg(test)]
mod standing;
#[cfg(test)]
mod tiers;
#[cfg(test)]
mod vendors;
#[cfg(test)]
mod watch;
#[cfg(test)]
mod work;
