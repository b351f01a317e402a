//! The core, from outside: what it accepts, what it refuses and why, what clocks do to it, and what holds whatever
//! happens.

mod decisions;
mod hospital;
mod lifecycle;
mod random;
mod reference;
mod refusals;
mod round_trip;
mod standing;
mod tiers;
mod watch;
