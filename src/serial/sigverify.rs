//! Signatures one by one, with the two crates that define the policies.

use crate::engine::Policy;
use crate::sigverify::{SignatureInput, SignatureSource};

/// One verdict per signature of `source`, in its order.
pub fn sigverify<S: SignatureSource + ?Sized + Sync>(policy: Policy, source: &S) -> Vec<bool> {
    (0..source.len()).map(|index| is_valid(policy, &source.get(index))).collect()
}

/// The verdict on one signature: for [`Policy::Strict`] what ed25519-dalek 3 says, for [`Policy::Zip215`] ed25519-zebra 5.
pub fn is_valid(policy: Policy, input: &SignatureInput<'_>) -> bool {
    match policy {
        Policy::Strict => {
            let signature = ed25519_dalek::Signature::from_bytes(input.signature);
            ed25519_dalek::VerifyingKey::from_bytes(input.public_key)
                .is_ok_and(|key| key.verify_strict(input.message, &signature).is_ok())
        }
        Policy::Zip215 => {
            let signature = ed25519_zebra::Signature::from_bytes(input.signature);
            ed25519_zebra::VerificationKey::try_from(*input.public_key)
                .is_ok_and(|key| key.verify(&signature, input.message).is_ok())
        }
    }
}
