//! Other people's ways to check signatures, on all cores as the engines do: chunks of a batch side by side.

use crate::sigverify::{SignatureInput, SignatureSource};
use crate::transaction::Transaction;
use ed25519_dalek::{Signature, VerifyingKey};
use rayon::prelude::*;

/// Signatures a task takes: an equation for more of them gains little.
const CHUNK: usize = 1024;

/// A peer that checks signatures.
#[derive(Clone, Copy)]
pub struct SignaturePeer {
    /// The name in reports.
    pub name: &'static str,
    /// Which signatures it accepts: one of our policies, or `batch` where it is neither.
    pub policy: &'static str,
    /// One verdict for a whole chunk: false says that some signature of it is wrong, not which.
    pub is_batch: bool,
    verify: fn(&[Transaction], &mut [bool]),
}

/// Every peer that this build has.
pub const SIGNATURE_PEERS: &[SignaturePeer] = &[
    SignaturePeer { name: "dalek", policy: "strict", is_batch: false, verify: dalek },
    SignaturePeer { name: "dalek-batch", policy: "batch", is_batch: true, verify: dalek_batch },
    SignaturePeer { name: "zebra-batch", policy: "zip215", is_batch: true, verify: zebra_batch },
    #[cfg(feature = "ed25519-simd")]
    SignaturePeer { name: "ed25519-simd", policy: "strict", is_batch: false, verify: simd_strict },
    #[cfg(feature = "ed25519-simd")]
    SignaturePeer { name: "ed25519-simd", policy: "zip215", is_batch: false, verify: simd_zip215 },
];

impl SignaturePeer {
    /// A verdict per signature, or per chunk of them.
    pub fn verify(&self, transactions: &[Transaction]) -> Vec<bool> {
        let mut verdicts = vec![false; transactions.len()];
        let chunk = chunk(transactions.len());
        let chunks = verdicts.par_chunks_mut(chunk).zip(transactions.par_chunks(chunk));
        chunks.for_each(|(verdicts, transactions)| (self.verify)(transactions, verdicts));
        verdicts
    }

    /// What it must answer where only the signature at `broken` is wrong.
    pub fn expected(&self, len: usize, broken: usize) -> Vec<bool> {
        let chunk = chunk(len);
        let wrong = |index: usize| if self.is_batch { index / chunk == broken / chunk } else { index == broken };
        (0..len).map(|index| !wrong(index)).collect()
    }
}

fn chunk(len: usize) -> usize {
    CHUNK.min(len.div_ceil(rayon::current_num_threads())).max(1)
}

fn inputs(transactions: &[Transaction]) -> impl Iterator<Item = SignatureInput<'_>> {
    (0..transactions.len()).map(|index| SignatureSource::get(transactions, index))
}

/// One by one, each key decoded for itself.
fn dalek(transactions: &[Transaction], verdicts: &mut [bool]) {
    for (verdict, input) in verdicts.iter_mut().zip(inputs(transactions)) {
        let signature = Signature::from_bytes(input.signature);
        let key = VerifyingKey::from_bytes(input.public_key);
        *verdict = key.is_ok_and(|key| key.verify_strict(input.message, &signature).is_ok());
    }
}

/// `ed25519_dalek::verify_batch`: one random combination for all.
fn dalek_batch(transactions: &[Transaction], verdicts: &mut [bool]) {
    let messages: Vec<&[u8]> = inputs(transactions).map(|input| input.message).collect();
    let signatures: Vec<Signature> = inputs(transactions).map(|input| Signature::from_bytes(input.signature)).collect();
    let keys: Result<Vec<VerifyingKey>, _> =
        inputs(transactions).map(|input| VerifyingKey::from_bytes(input.public_key)).collect();
    verdicts.fill(keys.is_ok_and(|keys| ed25519_dalek::verify_batch(&messages, &signatures, &keys).is_ok()));
}

/// `ed25519_zebra::batch::Verifier`: one random combination for all, signatures of one key together.
fn zebra_batch(transactions: &[Transaction], verdicts: &mut [bool]) {
    let mut verifier = ed25519_zebra::batch::Verifier::new();
    for input in inputs(transactions) {
        let key = ed25519_zebra::VerificationKeyBytes::from(*input.public_key);
        verifier.queue((key, ed25519_zebra::Signature::from_bytes(input.signature), input.message));
    }
    let mut coefficients: rand_chacha::ChaCha8Rng = rand::make_rng();
    verdicts.fill(verifier.verify(&mut coefficients).is_ok());
}

#[cfg(feature = "ed25519-simd")]
fn simd_strict(transactions: &[Transaction], verdicts: &mut [bool]) {
    ed25519_simd::DalekVerifier::new().verify_batch(&simd_inputs(transactions), verdicts);
}

#[cfg(feature = "ed25519-simd")]
fn simd_zip215(transactions: &[Transaction], verdicts: &mut [bool]) {
    ed25519_simd::Zip215Verifier::new().verify_batch(&simd_inputs(transactions), verdicts);
}

#[cfg(feature = "ed25519-simd")]
fn simd_inputs(transactions: &[Transaction]) -> Vec<ed25519_simd::VerifyInput<'_>> {
    inputs(transactions)
        .map(|one| ed25519_simd::VerifyInput {
            public_key: *one.public_key,
            signature: *one.signature,
            message: one.message,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::Workload;

    /// Every peer accepts what is valid and finds the one that is not, wherever it is.
    #[test]
    fn one_broken_signature_is_found_by_every_peer() {
        for len in [1, 2, 300] {
            let workload = Workload { transactions: len, accounts: 40, ..Workload::default() };
            let valid = workload.generate().block.transactions;
            for peer in SIGNATURE_PEERS {
                assert_eq!(peer.verify(&valid), vec![true; len], "{}", peer.name);
                for broken in [0, len / 2, len - 1] {
                    let mut transactions = valid.clone();
                    let mut signature = *transactions[broken].signature();
                    signature[40] ^= 1;
                    transactions[broken] = transactions[broken].with_signature(signature);
                    assert_eq!(peer.verify(&transactions), peer.expected(len, broken), "{} at {broken}", peer.name);
                }
            }
        }
    }
}
