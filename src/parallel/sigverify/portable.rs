//! The engine's code for every machine.
//!
//! `strict`: ed25519-dalek, a key met again in the same chunk is decoded once. `zip215`: batch equations of ed25519-zebra,
//! whose outcome agrees with single verification because the policy is cofactored (ZIP 215); a batch that fails is
//! cut into groups, a group that fails is verified one by one: every signature has its own verdict.

use crate::sigverify::SignatureSource;
use ed25519_dalek::{Signature, VerifyingKey};
use ed25519_zebra::batch;
use hashbrown::HashMap;
use rand_core::{TryCryptoRng, TryRng};
use std::cell::RefCell;
use std::convert::Infallible;

/// Signatures of the groups that a failed batch is cut into: one bad signature costs this many single verifications.
const GROUP: usize = 32;
/// Groups after which a chunk's share of failures is judged.
const GROUPS_BEFORE_DECIDING: usize = 4;

type Keys = HashMap<[u8; 32], Option<VerifyingKey>, foldhash::fast::RandomState>;

thread_local! {
    /// Memory for the keys of a chunk.
    static KEYS: RefCell<Keys> = RefCell::default();
}

pub(super) fn strict<S: SignatureSource + ?Sized>(source: &S, first: usize, verdicts: &mut [bool]) {
    // A source that checks signatures itself while it is read finds the memory in use and gets its own.
    KEYS.with(|keys| match keys.try_borrow_mut() {
        Ok(mut keys) => strict_with(&mut keys, source, first, verdicts),
        Err(_) => strict_with(&mut Keys::default(), source, first, verdicts),
    });
}

fn strict_with<S: SignatureSource + ?Sized>(keys: &mut Keys, source: &S, first: usize, verdicts: &mut [bool]) {
    keys.clear();
    for (index, verdict) in (first..).zip(verdicts) {
        let input = source.get(index);
        let key = keys.entry(*input.public_key).or_insert_with(|| VerifyingKey::from_bytes(input.public_key).ok());
        *verdict =
            key.is_some_and(|key| key.verify_strict(input.message, &Signature::from_bytes(input.signature)).is_ok());
    }
}

pub(super) fn zip215<S: SignatureSource + ?Sized>(source: &S, first: usize, verdicts: &mut [bool]) {
    let mut transcript = blake3::Hasher::new_derive_key("wavelock sigverify v1 batch coefficients");
    let items: Vec<batch::Item> = (first..first + verdicts.len())
        .map(|index| {
            let input = source.get(index);
            let length = input.message.len() as u64;
            transcript.update(input.public_key).update(input.signature).update(&length.to_le_bytes());
            transcript.update(input.message);
            let signature = ed25519_zebra::Signature::from_bytes(input.signature);
            (ed25519_zebra::VerificationKeyBytes::from(*input.public_key), signature, input.message).into()
        })
        .collect();
    let mut coefficients = Coefficients(transcript.finalize_xof());
    resolve(&items, verdicts, &mut coefficients);
}

/// One equation for all; where it fails one for each group, and where that fails single verdicts. A chunk in which most groups
/// fail gains nothing from equations: the rest of it is verified one by one.
fn resolve(items: &[batch::Item], verdicts: &mut [bool], coefficients: &mut Coefficients) {
    if holds(items, coefficients) {
        verdicts.fill(true);
        return;
    }
    let mut failed = 0;
    for (number, (items, verdicts)) in items.chunks(GROUP).zip(verdicts.chunks_mut(GROUP)).enumerate() {
        let promising = number < GROUPS_BEFORE_DECIDING || 2 * failed < number;
        if promising && holds(items, coefficients) {
            verdicts.fill(true);
            continue;
        }
        failed += 1;
        for (item, verdict) in items.iter().zip(verdicts) {
            *verdict = item.clone().verify_single().is_ok();
        }
    }
}

fn holds(items: &[batch::Item], coefficients: &mut Coefficients) -> bool {
    let mut verifier = batch::Verifier::new();
    for item in items {
        verifier.queue(item.clone());
    }
    verifier.verify(coefficients).is_ok()
}

/// The random coefficients of the batch equations: BLAKE3's output stream over everything in the batch, so they are
/// fixed only after every key, message and signature is, and a batch gives the same verdicts every time.
struct Coefficients(blake3::OutputReader);

impl TryRng for Coefficients {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes);
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill(bytes);
        Ok(())
    }
}

impl TryCryptoRng for Coefficients {}
