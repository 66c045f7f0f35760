//! What the targets of cargo-fuzz share: entry points by name, and a mutator that keeps hashes and packing right.

#[path = "../../tests/fuzz/mod.rs"]
pub mod fuzz;

use fuzz::Target;
use fuzz::mutate::{Shape, append_hash, pack, unpack};
use libfuzzer_sys::fuzzer_mutate;

/// The entry point of this name.
pub fn find(name: &str) -> Target {
    let found = fuzz::TARGETS.into_iter().find(|target| target.name == name);
    #[cfg(feature = "gpu")]
    let found = found.or_else(|| fuzz::DEVICE_TARGETS.into_iter().find(|target| target.name == name));
    found.unwrap_or_else(|| panic!("no entry point {name:?}"))
}

/// libFuzzer's own mutation; one in eight leaves the hash or the packed bytes broken.
pub fn mutate(shape: Shape, data: &mut [u8], size: usize, most: usize, seed: u32) -> usize {
    if seed.is_multiple_of(8) {
        return fuzzer_mutate(data, size, most);
    }
    match shape {
        Shape::Hashed if most > 32 => {
            let body = fuzzer_mutate(data, size.saturating_sub(32).max(1), most - 32);
            let mut bytes = data[..body].to_vec();
            append_hash(&mut bytes);
            data[..bytes.len()].copy_from_slice(&bytes);
            bytes.len()
        }
        Shape::Gzip => {
            let mut text = unpack(&data[..size]).unwrap_or_default();
            let length = text.len();
            text.resize(length.max(1) + most, 0);
            let room = text.len();
            let length = fuzzer_mutate(&mut text, length, room);
            let packed = pack(&text[..length]);
            if packed.len() > most {
                return fuzzer_mutate(data, size, most);
            }
            data[..packed.len()].copy_from_slice(&packed);
            packed.len()
        }
        _ => fuzzer_mutate(data, size, most),
    }
}

/// The target of this name for libFuzzer.
#[macro_export]
macro_rules! entry {
    ($name:literal) => {
        static TARGET: std::sync::LazyLock<$crate::fuzz::Target> = std::sync::LazyLock::new(|| $crate::find($name));
        libfuzzer_sys::fuzz_target!(|data: &[u8]| {
            let _accepted = (TARGET.run)(data);
        });
        libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
            $crate::mutate(TARGET.shape, data, size, max_size, seed)
        });
    };
}
