//! Random and mutated signatures against the CPU crates: 50,000 in the suite; `WAVELOCK_FUZZ_SECONDS` and `WAVELOCK_FUZZ_SEED` make it longer
//! and different.

use crate::lab::{Random, device};
use crate::signatures::{Case, decompress, inputs, signed, special_encodings};
use curve25519_dalek::constants::EIGHT_TORSION;
use curve25519_dalek::scalar::Scalar;
use std::time::{Duration, Instant};
use wavelock::gpu::sigverify::{Limbs, SignatureVerifier, VerifierOptions};
use wavelock::{Policy, parallel};

const CASES: usize = 50_000;
const BATCH: usize = 5_000;

/// Keys of one batch. Each batch shares half of its keys with the one before: tables come and go, whatever the hasher's random keys and
/// the chunks are.
const KEYS: u64 = 150;

/// An honest signature by one of [`KEYS`] keys from a batch's first one on, or one of many ways to damage it.
fn case(random: &mut Random, special: &[[u8; 32]], first_key: u64) -> Case {
    let length = if random.below(20) == 0 { random.below(5000) } else { random.below(300) } as usize;
    let message: Vec<u8> = (0..length).map(|_| random.word() as u8).collect();
    let mut case = signed("", first_key + random.below(KEYS), &message);
    let bit = |random: &mut Random, bytes: &mut [u8]| {
        if !bytes.is_empty() {
            let at = random.below(8 * bytes.len() as u64) as usize;
            bytes[at / 8] ^= 1 << (at % 8);
        }
    };
    let kind = random.below(16);
    case.name = format!("kind {kind}");
    match kind {
        0 => bit(random, &mut case.signature),
        1 => bit(random, &mut case.public_key),
        2 => bit(random, &mut case.message),
        3 => case.public_key = special[random.below(special.len() as u64) as usize],
        4 => case.signature[..32].copy_from_slice(&special[random.below(special.len() as u64) as usize]),
        5 => case.signature[32..].fill_with(|| random.word() as u8),
        6 => case.signature[..32].fill_with(|| random.word() as u8),
        7 => {
            // s + L: malleable.
            let mut carry = 0;
            let order = (-Scalar::ONE).to_bytes();
            for (index, byte) in case.signature[32..].iter_mut().enumerate() {
                let sum = u16::from(*byte) + u16::from(order[index]) + u16::from(index == 0) + carry;
                *byte = sum as u8;
                carry = sum >> 8;
            }
        }
        8 | 9 => {
            // A point of small order added to A or R, the rest as it was.
            let part = if kind == 8 { &mut case.public_key[..] } else { &mut case.signature[..32] };
            let bytes: [u8; 32] = part.try_into().expect("32 bytes");
            let moved = decompress(&bytes).expect("an honest point") + EIGHT_TORSION[random.below(8) as usize];
            part.copy_from_slice(&moved.compress().to_bytes());
        }
        10 => case.message.push(0),
        11 => case.signature.swap(random.below(64) as usize, random.below(64) as usize),
        _ => {}
    }
    case
}

fn random_cases_have_the_verdicts_of_the_cpu() {
    let variable = |name: &str| std::env::var(name).ok().map(|value| value.parse::<u64>().expect("a number"));
    let seed = variable("WAVELOCK_FUZZ_SEED").unwrap_or(1);
    let duration = Duration::from_secs(variable("WAVELOCK_FUZZ_SECONDS").unwrap_or(0));
    let started = Instant::now();
    let mut random = Random(seed);
    let special = special_encodings();
    let int32 = [false, true];
    let mut verifiers: Vec<SignatureVerifier> = [Policy::Strict, Policy::Zip215]
        .into_iter()
        .flat_map(|policy| int32.map(|int32| (policy, int32)))
        .map(|(policy, int32)| {
            // Room for 64 keys, and batches long enough to forget them.
            let options = VerifierOptions { policy, int32, key_budget_bytes: 64 * 6240, ..Default::default() };
            SignatureVerifier::new(device(), options).expect("a verifier")
        })
        .collect();
    let mut done = 0;
    while done < CASES || started.elapsed() < duration {
        let first_key = (done / BATCH) as u64 * KEYS / 2;
        let cases: Vec<Case> = (0..BATCH).map(|_| case(&mut random, &special, first_key)).collect();
        let source = inputs(&cases);
        for verifier in &mut verifiers {
            let expected = parallel::sigverify::sigverify(verifier.policy(), &source);
            let verdicts = verifier.verify(&source).expect("no fault");
            for (index, (verdict, expected)) in verdicts.iter().zip(&expected).enumerate() {
                let (policy, limbs, name) = (verifier.policy(), verifier.limbs(), &cases[index].name);
                assert_eq!(verdict, *expected, "seed {seed}, case {} of {policy}, {limbs:?}: {name}", done + index);
            }
        }
        done += BATCH;
    }
    for verifier in &verifiers {
        let stats = verifier.stats();
        assert!(stats.known > 0 && stats.known < stats.signatures, "{stats:?}");
        // Each batch but the first finds tables that nobody has used for long.
        assert!(stats.keys_evicted > 8 * (done / BATCH) as u64, "{stats:?}");
        assert_eq!(stats.signatures, done as u64);
        if verifier.limbs() != Limbs::Narrow {
            eprintln!("{} cases, {stats:?}", done);
        }
    }
}

/// The trials of this file.
pub const TRIALS: &[(&str, fn())] =
    &[("random::random_cases_have_the_verdicts_of_the_cpu", random_cases_have_the_verdicts_of_the_cpu)];
