//! What would be otherwise: other answers to the questions, or another policy.

mod preview;
mod what_if;

pub(crate) use preview::tasks;
pub use preview::{Asked, Retiering};
pub use what_if::{LabelChange, WhatIf};
