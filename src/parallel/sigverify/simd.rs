//! Signatures eight at a time in the lanes of AVX-512 registers (feature `ed25519-simd`, docs/decisions/0004-ed25519-simd.md).
//!
//! The instructions are chosen when the crate is compiled. The dependency exists only where they are enabled, so that a
//! build without them ends here, with a sentence that says what to set.

#[cfg(not(all(
    target_arch = "x86_64",
    target_feature = "avx512f",
    target_feature = "avx512bw",
    target_feature = "avx512dq",
    target_feature = "avx512ifma"
)))]
compile_error!(
    "the feature `ed25519-simd` needs an x86-64 CPU with AVX-512 IFMA, enabled for the compiler: set \
     RUSTFLAGS=\"-C target-cpu=native\" on the machine that will run the program (or -C \
     target-feature=+avx512f,+avx512bw,+avx512dq,+avx512ifma), or build without the feature"
);

use crate::sigverify::SignatureSource;
use ed25519_simd::{DalekVerifier, VerifyInput, Zip215Verifier};

/// Verdicts on the signatures of `source` from `first` on, by the rule of `ed25519_dalek::VerifyingKey::verify_strict`.
pub(super) fn strict<S: SignatureSource + ?Sized>(source: &S, first: usize, verdicts: &mut [bool]) {
    DalekVerifier::new().verify_batch(&inputs(source, first, verdicts.len()), verdicts);
}

/// Verdicts on the signatures of `source` from `first` on, by the rule of ZIP 215.
pub(super) fn zip215<S: SignatureSource + ?Sized>(source: &S, first: usize, verdicts: &mut [bool]) {
    Zip215Verifier::new().verify_batch(&inputs(source, first, verdicts.len()), verdicts);
}

fn inputs<S: SignatureSource + ?Sized>(source: &S, first: usize, count: usize) -> Vec<VerifyInput<'_>> {
    let input = |index| {
        let input = source.get(index);
        VerifyInput { public_key: *input.public_key, signature: *input.signature, message: input.message }
    };
    (first..first + count).map(input).collect()
}
