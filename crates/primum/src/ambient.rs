//! The one place that reads the clock, draws entropy and looks at the keys of object stores.
//! Everything else is handed them.

use governance::{CommandId, IdError};
use jiff::Timestamp;
use registrar::{EntropyError, Salts};
use std::str::FromStr;

/// The time on this machine, to the millisecond that the record keeps.
#[expect(clippy::disallowed_methods, reason = "the binary's clock: everything else is handed it")]
pub fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
}

/// 32 bytes that nobody can guess.
///
/// # Errors
/// When the operating system has no entropy to give.
#[expect(
    clippy::disallowed_methods,
    reason = "the binary's entropy source: everything else is handed it"
)]
pub fn entropy() -> Result<[u8; 32], EntropyError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| EntropyError(error.to_string()))?;
    Ok(bytes)
}

/// Salts from the operating system's entropy.
pub fn salts() -> Salts {
    Box::new(|_| entropy())
}

/// Keys and endpoints of object stores, by their names in the environment.
pub fn store_options() -> Vec<(String, String)> {
    const OF: [&str; 3] = ["AWS_", "AZURE_", "GOOGLE_"];
    let named = |name: &str| OF.iter().any(|of| name.starts_with(of));
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .filter(|(name, _)| named(name))
        .collect()
}

/// A new command id.
///
/// # Errors
/// When the operating system has no entropy to give.
pub fn command_id() -> anyhow::Result<CommandId> {
    let id: Result<CommandId, IdError> = CommandId::from_str(&hex::encode(&entropy()?[..16]));
    Ok(id?)
}

/// A new command id of a service of Primum. No person's command may have one that begins like it.
///
/// # Errors
/// When the operating system has no entropy to give.
pub fn service_command_id(service: &str) -> anyhow::Result<CommandId> {
    Ok(format!("primum-{service}-{}", command_id()?).parse()?)
}
