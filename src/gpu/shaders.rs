//! Every shader module of the crate, for checks that need no adapter.

use super::conflict;
use super::execute::programs::{Spread, Variant, keeping_programs, programs, table_programs};
use std::sync::LazyLock;

/// Name and full WGSL text of every module that any device may get.
pub fn all() -> Vec<(String, String)> {
    let mut modules = Vec::new();
    for (variant, spread) in Variant::ALL.into_iter().flat_map(|variant| Spread::ALL.map(|spread| (variant, spread))) {
        let kind = if spread == Spread::Few { " software" } else { "" };
        for (name, files) in programs(variant, spread) {
            modules.push((format!("execute {variant:?} {name}{kind}"), files.concat()));
        }
    }
    for variant in [Variant::Narrow, Variant::Wide] {
        for (name, files) in table_programs(variant) {
            modules.push((format!("execute {variant:?} {name}"), files.concat()));
        }
    }
    for (name, files) in keeping_programs() {
        modules.push((format!("execute {name}"), files.concat()));
    }
    for (name, files) in conflict::programs::PROGRAMS {
        modules.push((format!("conflict {name}"), files.concat()));
    }
    modules.extend(super::sigverify::portable_sources());
    modules.extend(super::root::sources());
    modules.push(("shared executed".into(), super::executed::SOURCE.into()));
    modules
}

/// Stands for all of them: what was measured with others says nothing.
pub(crate) fn digest() -> &'static str {
    static DIGEST: LazyLock<String> = LazyLock::new(|| {
        let mut hasher = blake3::Hasher::new();
        for (name, text) in all().into_iter().chain(of_software_devices()) {
            hasher.update(name.as_bytes()).update(text.as_bytes());
        }
        hasher.finalize().to_hex()[..8].to_owned()
    });
    &DIGEST
}

/// The same of modules that Vulkan's software devices alone get: some have 64-bit integers in buffers.
pub fn of_software_devices() -> Vec<(String, String)> {
    super::sigverify::software_sources()
}
