//! General legs.

use crate::Suite;

pub fn add(_suite: &mut Suite) {}
