//! The one writer: authorise, decide, append, apply, publish the new snapshot.
