//! The gate, from outside: each answer it can give and why, and that it never permits what the
//! record does not.

// Each is marked as a test, so that the lints know what it may do.
#[cfg(test)]
mod answers;
#[cfg(test)]
#[path = "../../../governance/tests/governance/hospital.rs"]
#[expect(
    dead_code,
    reason = "the hospital that the core's tests share; not all of it is needed here"
)]
mod hospital;
#[cfg(test)]
mod random;
