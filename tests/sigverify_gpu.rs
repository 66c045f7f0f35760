//! The device against the CPU engines: public vectors, the edge suite, every batch size, known keys.
#![cfg(feature = "gpu")]

mod signatures;

use signatures::{Case, edge_cases, inputs, public_vectors, signed};
use std::sync::{Arc, OnceLock};
use wavelock::gpu::device::{Device, DeviceOptions};
use wavelock::gpu::sigverify::{Limbs, SignatureVerifier, VerifierOptions};
use wavelock::{Policy, serial};

const POLICIES: [Policy; 2] = [Policy::Strict, Policy::Zip215];

fn device() -> Arc<Device> {
    static DEVICE: OnceLock<Arc<Device>> = OnceLock::new();
    DEVICE.get_or_init(|| Device::open(&DeviceOptions::default()).expect("a device")).clone()
}

fn verifier(policy: Policy, limbs: Limbs, key_budget_bytes: u64) -> SignatureVerifier {
    let options = VerifierOptions { policy, limbs: Some(limbs), key_budget_bytes, ..VerifierOptions::default() };
    SignatureVerifier::new(device(), options).expect("a verifier")
}

/// Every path that the device has.
fn limbs() -> Vec<Limbs> {
    if device().has_int64() { vec![Limbs::Wide, Limbs::Mixed, Limbs::Narrow] } else { vec![Limbs::Narrow] }
}

fn check(verifier: &mut SignatureVerifier, cases: &[Case], expected: &[bool]) {
    let verdicts = verifier.verify(&inputs(cases)).expect("no fault");
    assert_eq!(verdicts.len(), cases.len());
    for (index, (verdict, expected)) in verdicts.iter().zip(expected).enumerate() {
        assert_eq!(verdict, *expected, "{} {:?} {index}: {}", verifier.policy(), verifier.limbs(), cases[index].name);
    }
}

#[test]
fn public_vectors_have_the_verdicts_they_were_published_with() {
    let cases = public_vectors();
    for policy in POLICIES {
        let expected = serial::sigverify::sigverify(policy, &inputs(&cases));
        for (case, verdict) in cases.iter().zip(&expected) {
            assert_eq!(case.expected(policy).unwrap_or(*verdict), *verdict, "{}", case.name);
        }
        for limbs in limbs() {
            check(&mut verifier(policy, limbs, 0), &cases, &expected);
        }
    }
}

#[test]
fn edge_cases_cold_and_known() {
    let cases = edge_cases();
    for policy in POLICIES {
        let expected = serial::sigverify::sigverify(policy, &inputs(&cases));
        for limbs in limbs() {
            let mut verifier = verifier(policy, limbs, 64 << 20);
            check(&mut verifier, &cases[..1], &expected[..1]);
            for _ in 0..3 {
                check(&mut verifier, &cases, &expected);
            }
            let stats = verifier.stats();
            assert!(stats.known > cases.len() as u64, "{stats:?}");
        }
    }
}

#[test]
fn batches_of_every_size() {
    let honest: Vec<Case> = (0..1000u64).map(|number| signed("honest", number % 37, &number.to_le_bytes())).collect();
    let mut cases = honest;
    for case in cases.iter_mut().step_by(7) {
        case.signature[40] ^= 4;
    }
    let expected: Vec<bool> = (0..cases.len()).map(|index| index % 7 != 0).collect();
    for budget in [0, 1 << 20] {
        let mut verifier = verifier(Policy::Strict, limbs()[0], budget);
        for size in [0, 1, 2, 7, 8, 9, 63, 64, 65, 255, 256, 257, 1000] {
            check(&mut verifier, &cases[..size], &expected[..size]);
        }
    }
}
