//! Every shader module of the crate, for checks that need no adapter.

use super::conflict;
use super::execute::programs::{Variant, programs};

/// Name and full WGSL text of every module.
pub fn all() -> Vec<(String, String)> {
    let mut modules = Vec::new();
    for variant in Variant::ALL {
        for (name, files) in programs(variant) {
            modules.push((format!("execute {variant:?} {name}"), files.concat()));
        }
    }
    for (name, files) in conflict::programs::PROGRAMS {
        modules.push((format!("conflict {name}"), files.concat()));
    }
    modules.extend(super::sigverify::portable_sources());
    modules.extend(super::root::sources());
    modules
}
