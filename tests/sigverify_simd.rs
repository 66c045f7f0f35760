//! Signatures in AVX-512 lanes: the trials of the CPU engines, and 20,000 random and mutated signatures against the crates
//! that define the policies.

#[path = "sigverify/cpu.rs"]
mod cpu;
#[path = "sigverify/signatures.rs"]
mod signatures;

use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};
use curve25519_dalek::scalar::Scalar;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sha2::{Digest, Sha512};
use signatures::{Case, decompress, inputs, signed, special_encodings};
use std::time::Instant;
use wavelock::{Policy, SignatureInput, parallel, serial};

const POLICIES: [Policy; 2] = [Policy::Strict, Policy::Zip215];
const CASES: usize = 20_000;

#[test]
fn trials_of_the_cpu_engines() {
    for (name, run) in cpu::TRIALS {
        eprintln!("{name}");
        run();
    }
}

/// Batches of every length up to 300, so that each kind of signature meets every lane, every neighbour and every tail.
#[test]
fn random_and_mutated_signatures_have_the_serial_verdicts() {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let special = special_encodings();
    let cases: Vec<Case> = (0..CASES).map(|index| case(&mut random, index, &special)).collect();
    for policy in POLICIES {
        let mut accepted = [0; KINDS];
        let mut rest = &cases[..];
        while !rest.is_empty() {
            let (batch, after) = rest.split_at(random.random_range(1..=300).min(rest.len()));
            let source = inputs(batch);
            let expected = serial::sigverify::sigverify(policy, &source);
            let verdicts = parallel::sigverify::sigverify(policy, &source);
            for ((case, expected), verdict) in batch.iter().zip(expected).zip(verdicts) {
                let Case { name, public_key, signature, .. } = case;
                assert_eq!(verdict, expected, "{policy} kind {name}: {public_key:?} {signature:?}");
                accepted[name.parse::<usize>().expect("a kind")] += usize::from(expected);
            }
            rest = after;
        }
        eprintln!("{policy}: accepted of {} of each kind: {accepted:?}", CASES / KINDS);
        assert_eq!((accepted[0], accepted[3], accepted[9]), (CASES / KINDS, 0, 0), "honest; longer message; s + L");
        let with_torsion = accepted[7];
        match policy {
            Policy::Strict => assert!(accepted[6] == 0 && (1..CASES / KINDS).contains(&with_torsion)),
            Policy::Zip215 => assert!(accepted[6] > 0 && with_torsion == CASES / KINDS),
        }
    }
}

const KINDS: usize = 10;

/// A signature of kind `index % KINDS`, in whose name the kind stands.
fn case(random: &mut ChaCha8Rng, index: usize, special: &[[u8; 32]]) -> Case {
    let kind = index % KINDS;
    let length =
        if random.random_range(0..20) == 0 { random.random_range(0..3000) } else { random.random_range(0..300) };
    let message: Vec<u8> = (0..length).map(|_| random.random()).collect();
    let mut case = signed(kind.to_string(), random.random_range(0..600), &message);
    let any_special = special[index / KINDS % special.len()];
    match kind {
        1 => case.signature[random.random_range(0..64)] ^= 1 << random.random_range(0..8),
        2 => case.public_key[random.random_range(0..32)] ^= 1 << random.random_range(0..8),
        3 => case.message.push(0),
        4 => case.public_key = any_special,
        5 => case.signature[..32].copy_from_slice(&any_special),
        6 => {
            // A of small order or not canonical, an R that fits, s at the bounds of its range.
            let s = near_the_order(random);
            let r = ED25519_BASEPOINT_POINT * Scalar::from_bytes_mod_order(s);
            case.public_key = any_special;
            case.signature[..32].copy_from_slice(&r.compress().to_bytes());
            case.signature[32..].copy_from_slice(&s);
        }
        7 => with_torsion(random, &mut case),
        8 => case.signature[32..].copy_from_slice(&near_the_order(random)),
        9 => {
            let s: [u8; 32] = case.signature[32..].try_into().expect("32 bytes");
            case.signature[32..].copy_from_slice(&sum(&s, &sum(&(-Scalar::ONE).to_bytes(), &Scalar::ONE.to_bytes())));
        }
        _ => {}
    }
    case
}

/// A = aB + T, R = rB + U, s = r + ka for T and U of small order: valid with the cofactor, without it where kT + U = 0.
fn with_torsion(random: &mut ChaCha8Rng, case: &mut Case) {
    let (a, r) = (Scalar::from(random.random::<u64>()), Scalar::from(random.random::<u64>()));
    let mut torsion = || EIGHT_TORSION[random.random_range(0..8)];
    let key = (ED25519_BASEPOINT_POINT * a + torsion()).compress().to_bytes();
    let point = (ED25519_BASEPOINT_POINT * r + torsion()).compress().to_bytes();
    let hash = Sha512::new().chain_update(point).chain_update(key).chain_update(&case.message).finalize();
    let s = r + Scalar::from_bytes_mod_order_wide(&hash.into()) * a;
    assert!(decompress(&key).is_some());
    case.public_key = key;
    case.signature[..32].copy_from_slice(&point);
    case.signature[32..].copy_from_slice(&s.to_bytes());
}

/// kL + j for small k and j, −2 ≤ j: on both sides of every bound of s.
fn near_the_order(random: &mut ChaCha8Rng) -> [u8; 32] {
    let below = (-Scalar::from(random.random_range(1..=3u8))).to_bytes();
    let order = sum(&(-Scalar::ONE).to_bytes(), &Scalar::ONE.to_bytes());
    let mut value = match random.random_range(0..3) {
        0 => Scalar::from(random.random_range(0..4u8)).to_bytes(),
        _ => below,
    };
    for _ in 0..random.random_range(0..3) {
        value = sum(&value, &order);
    }
    if random.random_range(0..4) == 0 {
        value = sum(&value, &Scalar::from(random.random_range(0..4u8)).to_bytes());
    }
    value
}

/// x + y as integers of 256 bits.
fn sum(x: &[u8; 32], y: &[u8; 32]) -> [u8; 32] {
    let mut sum = [0; 32];
    let mut carry = 0;
    for (digit, (x, y)) in sum.iter_mut().zip(x.iter().zip(y)) {
        let total = u16::from(*x) + u16::from(*y) + carry;
        *digit = total as u8;
        carry = total >> 8;
    }
    sum
}

/// Signatures per second, medians of eleven interleaved rounds: in lanes, one by one, and in zebra's batch equations of 1,024.
/// Meant for one core and an optimised build: `RAYON_NUM_THREADS=1 cargo test --release … --test sigverify_simd -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement"]
fn rates() {
    const BATCH: u64 = 4096;
    let cases: Vec<Case> = (0..BATCH).map(|number| signed("0", number, &[number as u8; 128])).collect();
    let source = inputs(&cases);
    for policy in POLICIES {
        let runs: [(&str, &dyn Fn() -> bool); 3] = [
            ("in lanes", &|| parallel::sigverify::sigverify(policy, &source).iter().all(|verdict| *verdict)),
            ("one by one", &|| serial::sigverify::sigverify(policy, &source).iter().all(|verdict| *verdict)),
            ("zebra's equations", &|| source.chunks(1024).all(zebra_holds)),
        ];
        let mut rates = runs.map(|_| vec![]);
        for _ in 0..11 {
            for ((_, run), rates) in runs.iter().zip(&mut rates) {
                let started = Instant::now();
                assert!(run());
                rates.push(BATCH as f64 / started.elapsed().as_secs_f64());
            }
        }
        for ((name, _), mut rates) in runs.iter().zip(rates) {
            rates.sort_by(f64::total_cmp);
            println!("{policy}, {name}: {:.0}/s ({:.0} to {:.0})", rates[5], rates[0], rates[10]);
        }
    }
}

fn zebra_holds(signatures: &[SignatureInput<'_>]) -> bool {
    let mut batch = ed25519_zebra::batch::Verifier::new();
    for input in signatures {
        let signature = ed25519_zebra::Signature::from_bytes(input.signature);
        batch.queue((ed25519_zebra::VerificationKeyBytes::from(*input.public_key), signature, input.message));
    }
    batch.verify(ChaCha8Rng::seed_from_u64(2)).is_ok()
}
