use super::*;
use ed25519_dalek::{Signer, SigningKey};
use rand::SeedableRng;

struct Batch(Vec<(Canary, bool)>);

impl SignatureSource for Batch {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn get(&self, index: usize) -> SignatureInput<'_> {
        self.0[index].0.input()
    }
}

/// Signatures of which every `invalid`-th is broken.
fn batch(count: usize, invalid: usize) -> Batch {
    let signed = |number: usize| {
        let key = SigningKey::from_bytes(&[number as u8 % 5 + 1; 32]);
        let message = vec![number as u8; number % 40];
        let mut signature = key.sign(&message).to_bytes();
        let broken = number % invalid == invalid - 1;
        signature[3] ^= u8::from(broken);
        let valid = !broken;
        (Canary { public_key: key.verifying_key().to_bytes(), message, signature, valid }, valid)
    };
    Batch((0..count).map(signed).collect())
}

fn truth(batch: &Batch) -> Vec<bool> {
    batch.0.iter().map(|(_, valid)| *valid).collect()
}

#[test]
fn canaries_ride_along_and_are_taken_out_again() {
    for count in [0, 1, 2, 63, 200] {
        let batch = batch(count, 3);
        let canaries = Canaries::new(Policy::Strict, &batch, &mut ChaCha8Rng::seed_from_u64(count as u64));
        let with = canaries.among(&batch);
        assert_eq!(with.len(), if count == 0 { 0 } else { count + CANARIES });
        let verdicts = parallel::sigverify::sigverify(Policy::Strict, &with);
        assert_eq!(canaries.take(verdicts.clone()), Ok(truth(&batch)));
        for place in &canaries.places {
            let mut wrong = verdicts.clone();
            wrong[*place] ^= true;
            assert!(canaries.take(wrong).is_err_and(|message| message.contains("canary")));
        }
    }
}

#[test]
fn canaries_are_of_both_kinds_and_elsewhere_each_time() {
    let batch = batch(100, 1000);
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut seen = Vec::new();
    for _ in 0..20 {
        let with = Canaries::new(Policy::Strict, &batch, &mut rng);
        let valid = with.canaries.iter().filter(|canary| canary.valid).count();
        assert_eq!(valid, CANARIES / 2, "one flipped bit makes a signature invalid");
        seen.push(with.places);
    }
    seen.dedup();
    assert_eq!(seen.len(), 20);
}

fn verified(check: Check, batch: &Batch, verdicts: &[bool], seed: u64) -> (Result<(), WrongVerdict>, Checked) {
    let mut checked = Checked::default();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let result = verify(check, Policy::Strict, batch, verdicts, &mut rng, &mut checked);
    (result, checked)
}

#[test]
fn right_verdicts_pass_every_level() {
    let batch = batch(150, 10);
    for (check, accepted, rejected) in
        [(Check::Full, 135, 15), (Check::Sampled(20), 20, 15), (Check::Sampled(0), 0, 15), (Check::Off, 0, 0)]
    {
        let (result, checked) = verified(check, &batch, &truth(&batch), 1);
        assert!(result.is_ok());
        assert_eq!((checked.accepted_signatures, checked.rejected_signatures), (accepted, rejected), "{check}");
    }
}

#[test]
fn a_wrong_rejection_is_always_found() {
    let batch = batch(150, 10);
    for index in [0, 77, 148] {
        let mut verdicts = truth(&batch);
        verdicts[index] = false;
        for check in [Check::Full, Check::Sampled(0), Check::Sampled(20)] {
            let (result, _) = verified(check, &batch, &verdicts, 1);
            let wrong = result.expect_err("it is wrong");
            assert_eq!(wrong.message, format!("signature {index} is invalid on the device and valid on the CPU"));
            assert_eq!(wrong.verdicts.is_some(), check == Check::Full);
        }
    }
}

/// The residual risk that docs/security.md states: one wrongly accepted signature among `a` accepted ones is found by a
/// sample of `s` with probability s ÷ a.
#[test]
fn a_wrong_acceptance_is_found_as_often_as_the_formula_says() {
    let batch = batch(100, 100);
    let verdicts = vec![true; 100];
    assert!(verified(Check::Full, &batch, &verdicts, 1).0.is_err());
    for sample in [10, 50, 100] {
        let found = (0..400).filter(|seed| verified(Check::Sampled(sample), &batch, &verdicts, *seed).0.is_err());
        let (found, expected) = (found.count() as f64, 4.0 * f64::from(sample));
        let deviation = (400.0 * f64::from(sample) / 100.0 * (1.0 - f64::from(sample) / 100.0)).sqrt();
        assert!((found - expected).abs() <= 4.0 * deviation, "{found} of 400, expected {expected}");
    }
}
