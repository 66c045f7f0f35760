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
/// Fewer are not divided: waking another thread takes about as long as checking one, and lanes are filled eight at a time.
const UNDIVIDED: usize = if cfg!(feature = "ed25519-simd") { 8 } else { 2 };

/// One verdict per signature of `source`, in its order. A few are checked on the calling thread.
pub fn sigverify<S: SignatureSource + ?Sized + Sync>(policy: Policy, source: &S) -> Vec<bool> {
    let mut verdicts = vec![false; source.len()];
    let check = |first: usize, verdicts: &mut [bool]| match policy {
        Policy::Strict => strict(source, first, verdicts),
        Policy::Zip215 => zip215(source, first, verdicts),
    };
    if source.len() <= UNDIVIDED {
        check(0, &mut verdicts);
        return verdicts;
    }
    let share = source.len().div_ceil(rayon::current_num_threads());
    let chunk = share.next_multiple_of(UNDIVIDED / 2).min(CHUNK);
    verdicts.par_chunks_mut(chunk).enumerate().for_each(|(number, verdicts)| check(number * chunk, verdicts));
    verdicts
}
