//! The device against the CPU engines: public vectors, the edge suite, every batch size, known keys.

use crate::signatures::{Case, edge_cases, inputs, public_vectors, signed};
use std::sync::{Arc, OnceLock};
use wavelock::gpu::adapter::AdapterKind;
use wavelock::gpu::device::{Device, DeviceOptions};
use wavelock::gpu::sigverify::{Limbs, SignatureVerifier, VerifierOptions};
use wavelock::{Policy, SignatureInput, SignatureSource, serial};

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

fn edge_cases_cold_and_known() {
    let cases = edge_cases();
    for policy in POLICIES {
        let expected = serial::sigverify::sigverify(policy, &inputs(&cases));
        for limbs in limbs() {
            check(&mut verifier(policy, limbs, 0), &cases, &expected);
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

/// Signatures by `keys` keys, every seventh damaged, and their verdicts.
fn batch(count: u64, keys: u64) -> (Vec<Case>, Vec<bool>) {
    let sign = |number: u64| signed("honest", number % keys, &number.to_le_bytes());
    let mut cases: Vec<Case> = (0..count).map(sign).collect();
    for case in cases.iter_mut().step_by(7) {
        case.signature[40] ^= 4;
    }
    let expected = (0..cases.len()).map(|index| !index.is_multiple_of(7)).collect();
    (cases, expected)
}

fn batches_of_every_size() {
    let (cases, expected) = batch(1000, 37);
    for budget in [0, 1 << 20] {
        let mut verifier = verifier(Policy::Strict, limbs()[0], budget);
        for size in [0, 1, 2, 7, 8, 9, 63, 64, 65, 255, 256, 257, 1000] {
            check(&mut verifier, &cases[..size], &expected[..size]);
        }
    }
}

fn several_tickets_are_open_at_a_time_and_collected_in_any_order() {
    let (cases, expected) = batch(3000, 50);
    for policy in POLICIES {
        let mut verifier = verifier(policy, limbs()[0], 1 << 20);
        for _ in 0..3 {
            let parts = [0..1000, 1000..1000, 1000..1001, 1001..3000];
            let mut tickets = Vec::new();
            for part in &parts {
                tickets.push(verifier.submit(&inputs(&cases[part.clone()])).expect("no fault"));
            }
            drop(verifier.submit(&inputs(&cases)).expect("no fault"));
            for (part, ticket) in parts.iter().zip(tickets).rev() {
                let verdicts = verifier.collect(ticket).expect("no fault");
                assert_eq!(Vec::from(&verdicts), expected[part.clone()], "{policy} {part:?}");
            }
        }
        assert!(verifier.stats().known > 0);
    }
}

fn small_bindings_split_batches_and_key_tables() {
    // 64 KiB: 32 cold signatures a chunk, long messages of twenty known ones, tables of ten keys a shard.
    let device = Device::open(&DeviceOptions { binding_limit: Some(64 << 10), ..DeviceOptions::default() });
    let device = device.expect("a device");
    let (mut cases, mut expected) = batch(700, 33);
    for (index, case) in cases.iter_mut().enumerate().step_by(9) {
        let message = vec![index as u8; 3000 + index];
        *case = signed("long", 5, &message);
        expected[index] = true;
    }
    // Software devices have the tables of `Wide` in private memory: their chunks are bounded by messages alone.
    let usual = |limbs| device.has_int64().then_some(limbs);
    for (limbs, key_budget_bytes, keys, chunks) in [
        (Some(Limbs::Narrow), 0, 0, 22),
        (usual(Limbs::Mixed), 0, 0, 22),
        (usual(Limbs::Mixed), 64 << 20, 33, 8),
        (usual(Limbs::Wide), 64 << 20, 33, 8),
    ] {
        let options = VerifierOptions { limbs, key_budget_bytes, ..VerifierOptions::default() };
        let mut verifier = SignatureVerifier::new(device.clone(), options).expect("a verifier");
        for _ in 0..4 {
            let verdicts = verifier.verify(&inputs(&cases)).expect("no fault");
            assert_eq!(Vec::from(&verdicts), expected);
        }
        let stats = verifier.stats();
        assert!(stats.chunks >= 4 * chunks && stats.keys_resident == keys, "{stats:?}");
        assert_eq!(stats.known > 0, keys > 0);
    }
}

fn patience_leaves_keys_without_tables_for_a_while() {
    let (cases, expected) = batch(700, 33);
    let options = VerifierOptions { patience: 1000, ..VerifierOptions::default() };
    let mut verifier = SignatureVerifier::new(device(), options).expect("a verifier");
    let mut known = || {
        check(&mut verifier, &cases, &expected);
        verifier.stats().known
    };
    let (first, second) = (known(), known());
    // Two uses of each key earn nothing. Other devices have no patience.
    let software = device().summary.kind == AdapterKind::Software;
    assert_eq!((first, second), if software { (0, 700) } else { (700, 1400) });
}

fn as_on_a_card() {
    // Order, chunks, shards and the building of tables are others there; 512 KiB keep 84 of 100 keys.
    let device = Device::open(&DeviceOptions { as_hardware: true, ..DeviceOptions::default() }).expect("a device");
    let options = VerifierOptions { key_budget_bytes: 512 << 10, ..VerifierOptions::default() };
    let mut verifier = SignatureVerifier::new(device, options).expect("a verifier");
    let (mut cases, mut expected) = batch(2000, 100);
    for number in 0..200 {
        cases.push(signed("once", 1000 + number, b"a key that comes once"));
        expected.push(true);
    }
    for _ in 0..4 {
        check(&mut verifier, &cases, &expected);
    }
    let stats = verifier.stats();
    assert!(stats.keys_resident == 84 && stats.known > 4000 && stats.known < 4 * 2200, "{stats:?}");
}

/// A batch that says the same again and again.
struct Repeated<'a> {
    inputs: Vec<SignatureInput<'a>>,
    len: usize,
}

impl SignatureSource for Repeated<'_> {
    fn len(&self) -> usize {
        self.len
    }

    fn get(&self, index: usize) -> SignatureInput<'_> {
        self.inputs[index % self.inputs.len()]
    }
}

fn pieces_of_a_card() {
    // A card gets a quarter of a million at a time.
    let device = Device::open(&DeviceOptions { as_hardware: true, ..DeviceOptions::default() }).expect("a device");
    let mut verifier = SignatureVerifier::new(device, VerifierOptions::default()).expect("a verifier");
    let (cases, expected) = batch(700, 100);
    let source = Repeated { inputs: cases.iter().map(Case::input).collect(), len: (1 << 18) + 65 };
    // The second time all keys have tables.
    for _ in 0..2 {
        let verdicts = verifier.verify(&source).expect("no fault");
        assert!(verdicts.iter().eq(expected.iter().copied().cycle().take(source.len)));
    }
    let stats = verifier.stats();
    assert!(stats.known >= source.len as u64 && stats.keys_built == 100, "{stats:?}");
}

fn transactions_are_a_source() {
    let key = crate::signatures::signing_key(77);
    let from = wavelock::AccountId(key.verifying_key().to_bytes());
    let transfer = |nonce| wavelock::transaction::Transfer {
        chain_id: 1,
        nonce,
        amount: 5,
        fee: 1,
        from,
        to: wavelock::AccountId::default(),
    };
    let transactions: Vec<wavelock::Transaction> = (0..20)
        .map(|nonce| {
            let unsigned = wavelock::Transaction::transfer(&transfer(nonce), [0; 64]);
            let signature = ed25519_dalek::Signer::sign(&key, unsigned.message()).to_bytes();
            if nonce == 13 { unsigned } else { unsigned.with_signature(signature) }
        })
        .collect();
    let mut verifier = verifier(Policy::Strict, limbs()[0], 1 << 20);
    let verdicts = verifier.verify(transactions.as_slice()).expect("no fault");
    assert_eq!(verdicts.valid(), 19);
    assert_eq!(verdicts.get(13), Some(false));
    assert_eq!(verdicts.get(20), None);
}

fn very_long_messages_stand_beside_short_ones() {
    let mut cases = crate::signatures::lengths([0, 1, 1 << 20, 5, 4096, 4097, 300_000]);
    cases.extend(crate::signatures::lengths(100..140));
    for policy in POLICIES {
        let expected = serial::sigverify::sigverify(policy, &inputs(&cases));
        check(&mut verifier(policy, limbs()[0], 0), &cases, &expected);
    }
}

/// The trials of this file.
pub const TRIALS: &[(&str, fn())] = &[
    (
        "batches::public_vectors_have_the_verdicts_they_were_published_with",
        public_vectors_have_the_verdicts_they_were_published_with,
    ),
    ("batches::edge_cases_cold_and_known", edge_cases_cold_and_known),
    ("batches::batches_of_every_size", batches_of_every_size),
    (
        "batches::several_tickets_are_open_at_a_time_and_collected_in_any_order",
        several_tickets_are_open_at_a_time_and_collected_in_any_order,
    ),
    ("batches::small_bindings_split_batches_and_key_tables", small_bindings_split_batches_and_key_tables),
    ("batches::patience_leaves_keys_without_tables_for_a_while", patience_leaves_keys_without_tables_for_a_while),
    ("batches::as_on_a_card", as_on_a_card),
    ("batches::pieces_of_a_card", pieces_of_a_card),
    ("batches::transactions_are_a_source", transactions_are_a_source),
    ("batches::very_long_messages_stand_beside_short_ones", very_long_messages_stand_beside_short_ones),
];
