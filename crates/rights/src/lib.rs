//! May this person do this act now: Cedar entities from the record, the answer with its reasons.
