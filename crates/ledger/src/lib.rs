//! Durable append and load, SQLite, bodies and salts, publication of the log, verification.
