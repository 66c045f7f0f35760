//! Every shader module of the crate, for checks that need no adapter.

use super::conflict;
use super::execute::programs::{Variant, programs, restore_program, table_programs};

/// Name and full WGSL text of every module.
pub fn all() -> Vec<(String, String)> {
    let mut modules = Vec::new();
    for variant in Variant::ALL {
        for (name, files) in programs(variant) {
            modules.push((format!("execute {variant:?} {name}"), files.concat()));
        }
    }
    for variant in [Variant::Narrow, Variant::Wide] {
        for (name, files) in table_programs(variant) {
            modules.push((format!("execute {variant:?} {name}"), files.concat()));
        }
    }
    let (name, files) = restore_program();
    modules.push((format!("execute {name}"), files.concat()));
    for (name, files) in conflict::programs::PROGRAMS {
        modules.push((format!("conflict {name}"), files.concat()));
    }
    modules.extend(super::sigverify::portable_sources());
    modules.extend(super::root::sources());
    modules
}
