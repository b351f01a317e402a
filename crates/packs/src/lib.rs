//! Parsing and checking of packs: tier policies, validation standards, rights.
