//! Signatures on all cores: chunks of the batch, each checked by the fastest code of the build.

#[cfg(not(feature = "ed25519-simd"))]
mod portable;
#[cfg(feature = "ed25519-simd")]
mod simd;

use crate::engine::Policy;
use crate::sigverify::SignatureSource;
#[cfg(not(feature = "ed25519-simd"))]
use portable::{strict, zip215};
use rayon::prelude::*;
#[cfg(feature = "ed25519-simd")]
use simd::{strict, zip215};

/// Signatures a task takes: a batch equation gains little beyond, and 64 tasks balance a block of 65,536 on any machine.
const CHUNK: usize = 1024;

/// One verdict per signature of `source`, in its order.
pub fn sigverify<S: SignatureSource + ?Sized + Sync>(policy: Policy, source: &S) -> Vec<bool> {
    let mut verdicts = vec![false; source.len()];
    let chunk = CHUNK.min(source.len().div_ceil(rayon::current_num_threads())).max(1);
    verdicts.par_chunks_mut(chunk).enumerate().for_each(|(number, verdicts)| {
        let first = number * chunk;
        match policy {
            Policy::Strict => strict(source, first, verdicts),
            Policy::Zip215 => zip215(source, first, verdicts),
        }
    });
    verdicts
}
