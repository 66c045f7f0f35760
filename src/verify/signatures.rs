//! Signatures: canaries among a device's batch, and a second look at its verdicts.

use super::{Check, Checked};
use crate::engine::Policy;
use crate::parallel;
use crate::sigverify::{SignatureInput, SignatureSource};
use rand::RngExt;
use rand::seq::index;
use rand_chacha::ChaCha8Rng;

type Source<'a> = &'a (dyn SignatureSource + Sync);

/// Canaries of a batch: half of them copies of its own signatures, half of them copies with one bit flipped, so that they go
/// the same way through the device as the rest.
const CANARIES: usize = 8;
/// Rejected signatures that are checked again whatever the size of the batch.
const REJECTED_AT_LEAST: usize = 1024;
/// In a large batch one in so many signatures may be checked again because it was rejected: a hundredth of the time that
/// the CPU would need for the batch.
const REJECTED_SHARE: usize = 100;

/// Canaries for a batch, and their places in it.
pub struct Canaries {
    /// Where in the batch canaries are, ascending.
    places: Vec<usize>,
    canaries: Vec<Canary>,
}

/// A batch with its canaries.
pub struct WithCanaries<'a> {
    source: Source<'a>,
    canaries: &'a Canaries,
}

struct Canary {
    public_key: [u8; 32],
    message: Vec<u8>,
    signature: [u8; 64],
    /// The CPU's verdict.
    valid: bool,
}

impl Canaries {
    /// Chooses canaries and places for `source`; an empty batch has none.
    pub fn new(policy: Policy, source: Source, rng: &mut ChaCha8Rng) -> Self {
        let count = if source.is_empty() { 0 } else { CANARIES };
        let mut canaries: Vec<Canary> = (0..count)
            .map(|number| {
                let mut canary = Canary::copy_of(source.get(rng.random_range(0..source.len())));
                if number % 2 == 1 {
                    canary.flip_a_bit(rng);
                }
                canary
            })
            .collect();
        let inputs: Vec<SignatureInput> = canaries.iter().map(Canary::input).collect();
        let verdicts = parallel::sigverify::sigverify(policy, &inputs);
        canaries.iter_mut().zip(verdicts).for_each(|(canary, valid)| canary.valid = valid);
        let mut places = index::sample(rng, source.len() + count, count).into_vec();
        places.sort_unstable();
        Self { places, canaries }
    }

    /// The batch with the canaries among its signatures: the one that they were chosen for.
    pub fn among<'a>(&'a self, source: Source<'a>) -> WithCanaries<'a> {
        WithCanaries { source, canaries: self }
    }

    /// The batch's own verdicts, or which canary has a wrong one.
    ///
    /// # Errors
    /// What the device said of a canary, and what is true.
    ///
    /// # Panics
    /// When there are fewer verdicts than canaries have places.
    pub fn take(&self, verdicts: Vec<bool>) -> Result<Vec<bool>, String> {
        for (place, canary) in self.places.iter().zip(&self.canaries) {
            if verdicts[*place] != canary.valid {
                return Err(format!(
                    "a canary is {} on the device and {} on the CPU",
                    word(!canary.valid),
                    word(canary.valid)
                ));
            }
        }
        let mut own = Vec::with_capacity(verdicts.len() - self.canaries.len());
        let mut from = 0;
        for place in self.places.iter().copied().chain([verdicts.len()]) {
            own.extend_from_slice(&verdicts[from..place]);
            from = place + 1;
        }
        Ok(own)
    }

    /// Number of canaries.
    pub fn count(&self) -> usize {
        self.canaries.len()
    }
}

impl SignatureSource for WithCanaries<'_> {
    fn len(&self) -> usize {
        self.source.len() + self.canaries.count()
    }

    fn get(&self, index: usize) -> SignatureInput<'_> {
        let Canaries { places, canaries } = self.canaries;
        let earlier = places.partition_point(|place| *place < index);
        if places.get(earlier) == Some(&index) {
            return canaries[earlier].input();
        }
        self.source.get(index - earlier)
    }
}

impl Canary {
    fn copy_of(input: SignatureInput) -> Self {
        let SignatureInput { public_key, message, signature } = input;
        Self { public_key: *public_key, message: message.to_vec(), signature: *signature, valid: false }
    }

    fn flip_a_bit(&mut self, rng: &mut ChaCha8Rng) {
        let byte = rng.random_range(0..self.signature.len() + self.message.len());
        let bit = 1 << rng.random_range(0..8);
        match byte.checked_sub(self.signature.len()) {
            None => self.signature[byte] ^= bit,
            Some(byte) => self.message[byte] ^= bit,
        }
    }

    fn input(&self) -> SignatureInput<'_> {
        SignatureInput { public_key: &self.public_key, message: &self.message, signature: &self.signature }
    }
}

/// A device's verdicts that did not stand the check.
#[derive(Debug)]
pub struct WrongVerdict {
    /// The first signature whose verdict is wrong, and what is true.
    pub message: String,
    /// All verdicts by the CPU, where they were needed to find that out.
    pub verdicts: Option<Vec<bool>>,
}

/// Looks at a device's verdicts a second time.
///
/// # Errors
/// A verdict that the CPU does not share.
pub fn verify(
    check: Check,
    policy: Policy,
    source: Source,
    verdicts: &[bool],
    rng: &mut ChaCha8Rng,
    checked: &mut Checked,
) -> Result<(), WrongVerdict> {
    let sample = match check {
        Check::Off => return Ok(()),
        Check::Full => {
            let expected = parallel::sigverify::sigverify(policy, source);
            checked.accepted_signatures += verdicts.iter().filter(|valid| **valid).count();
            checked.rejected_signatures += verdicts.iter().filter(|valid| !**valid).count();
            return match (0..verdicts.len()).find(|index| verdicts[*index] != expected[*index]) {
                Some(index) => Err(WrongVerdict { message: differ(index, expected[index]), verdicts: Some(expected) }),
                None => Ok(()),
            };
        }
        Check::Sampled(sample) => sample as usize,
    };
    let (mut accepted, mut rejected): (Vec<usize>, Vec<usize>) =
        (0..verdicts.len()).partition(|index| verdicts[*index]);
    choose(&mut accepted, sample, rng);
    choose(&mut rejected, REJECTED_AT_LEAST.max(verdicts.len() / REJECTED_SHARE), rng);
    checked.accepted_signatures += accepted.len();
    checked.rejected_signatures += rejected.len();
    let part = Part { source, indices: [accepted, rejected].concat() };
    let expected = parallel::sigverify::sigverify(policy, &part);
    match part.indices.iter().zip(expected).find(|(index, expected)| verdicts[**index] != *expected) {
        Some((index, expected)) => Err(WrongVerdict { message: differ(*index, expected), verdicts: None }),
        None => Ok(()),
    }
}

/// At most `count` of the indices, each with the same chance.
fn choose(indices: &mut Vec<usize>, count: usize, rng: &mut ChaCha8Rng) {
    if indices.len() > count {
        let chosen = index::sample(rng, indices.len(), count);
        *indices = chosen.into_iter().map(|place| indices[place]).collect();
    }
}

/// Some signatures of a batch.
struct Part<'a> {
    source: Source<'a>,
    indices: Vec<usize>,
}

impl SignatureSource for Part<'_> {
    fn len(&self) -> usize {
        self.indices.len()
    }

    fn get(&self, index: usize) -> SignatureInput<'_> {
        self.source.get(self.indices[index])
    }
}

fn differ(index: usize, valid: bool) -> String {
    format!("signature {index} is {} on the device and {} on the CPU", word(!valid), word(valid))
}

fn word(valid: bool) -> &'static str {
    if valid { "valid" } else { "invalid" }
}

#[cfg(test)]
mod tests;
