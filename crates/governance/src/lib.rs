//! The core: entities, commands, events, decide and apply.
