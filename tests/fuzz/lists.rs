//! Lists in JSON lines: receipts, signatures, access lists.

use super::parsers::{NAME, accepted};
use super::structured::assert_same_schedule;
use wavelock::conflict::AccessSetsBuilder;
use wavelock::ingest::{
    Format, read_access_lists_from, read_receipts_from, read_signatures_from, write_receipts_to, write_waves_to,
};
use wavelock::{Policy, SignatureInput, parallel, serial};

/// Signatures of an input that are checked: each costs some hundred microseconds.
const MOST_SIGNATURES: usize = 16;

pub fn receipts_jsonl(bytes: &[u8]) -> bool {
    let Some(statuses) = accepted(read_receipts_from(bytes, NAME, Format::JsonLines), bytes, false) else {
        return false;
    };
    let mut text = Vec::new();
    write_receipts_to(&mut text, &statuses).expect("memory takes it");
    let again = read_receipts_from(&text[..], NAME, Format::JsonLines).expect("what was written can be read");
    assert!(again == statuses, "other receipts");
    true
}

/// Signatures are read and checked, one after the other and in parallel.
pub fn sigverify_jsonl(bytes: &[u8]) -> bool {
    let Some(signed) = accepted(read_signatures_from(bytes, NAME, Format::JsonLines), bytes, false) else {
        return false;
    };
    let inputs: Vec<SignatureInput> = signed
        .iter()
        .take(MOST_SIGNATURES)
        .map(|one| SignatureInput { public_key: &one.public_key, message: &one.message, signature: &one.signature })
        .collect();
    for policy in [Policy::Strict, Policy::Zip215] {
        let expected = serial::sigverify::sigverify(policy, &inputs[..]);
        assert_eq!(parallel::sigverify::sigverify(policy, &inputs[..]), expected, "{policy}");
    }
    true
}

pub fn schedule_jsonl(bytes: &[u8]) -> bool {
    let Some(lists) = accepted(read_access_lists_from(bytes, NAME, Format::JsonLines), bytes, false) else {
        return false;
    };
    let mut builder = AccessSetsBuilder::new();
    for list in &lists {
        let (read, write) = (list.read.iter().map(String::as_str), list.write.iter().map(String::as_str));
        builder.push(read, write).expect("few keys");
    }
    let schedule = assert_same_schedule(builder.sets());
    assert_eq!(schedule.wave.len(), lists.len());
    let mut text = Vec::new();
    write_waves_to(&mut text, &schedule.wave).expect("memory takes it");
    assert_eq!(text.iter().filter(|byte| **byte == b'\n').count(), lists.len());
    true
}
