//! The built-in rights, asked.

use crate::Rights;

#[test]
fn the_built_in_rights_pass_every_check() {
    let rights = Rights::new(&packs::builtin::rights().unwrap());
    assert!(rights.is_ok(), "{}", rights.unwrap_err());
}
