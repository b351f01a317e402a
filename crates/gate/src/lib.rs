//! The permit table compiled from the record, and check.
