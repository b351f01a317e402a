//! Prediction sources to tallies (DataFusion), evidence reports, digests.
