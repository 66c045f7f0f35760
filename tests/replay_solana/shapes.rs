//! Blocks that come out, in every shape and encoding.

use crate::recorder::*;
use crate::{read, replayed};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use solana_message::{AccountMeta, Address};
use std::cell::RefCell;
use std::io::Write;
use wavelock::replay::solana::{ReplayEngines, SignedMessage, SolanaBlock, replay, verify_on_all_cores};
use wavelock::{AccountId, Error, Policy, Stage};

/// Seven plain transactions (one of them failed) and five others (one of them failed, one a vote).
fn all_shapes() -> Recorder {
    let mut block = Recorder::new();
    block.transfers(1, &[(key(1), key(2), 100)]);
    block.transfers(1, &[(key(1), key(1), 700_000)]);
    block.transfers(2, &[(key(2), key(3), 0)]);
    block.transfers(1, &[(key(1), key(20), 7), (key(20), key(21), 5), (key(21), key(1), 1)]);
    block.transfers(4, &[(key(5), key(22), 30), (key(4), key(5), 1)]);
    block.fail(3, &[transfer(key(3), key(1), 5_000_000)]);
    let memo = instruction(MEMO, &[], b"hello");
    let old_memo = instruction(OLD_MEMO, &[], b"hello");
    let budget = instruction(COMPUTE_BUDGET, &[], &[2, 0, 0, 0, 0]);
    block.add(6, &[memo.clone(), budget, transfer(key(6), key(1), 9), old_memo], &[(key(6), key(1), 9)]);
    block.add(7, &[memo], &[]);
    let mut long = transfer(key(7), key(1), 3);
    long.data.push(0);
    block.add(7, &[long], &[(key(7), key(1), 3)]);
    let other = instruction(OTHER, &[AccountMeta::new(key(1), false)], &[9]);
    block.add(8, &[transfer(key(8), key(2), 1), other.clone()], &[(key(8), key(2), 1), (key(1), key(2), 70)]);
    block.fail(8, &[other]);
    block.add(9, &[instruction(VOTE, &[AccountMeta::new(key(23), false)], &[12])], &[]);
    block
}

#[test]
fn every_shape_comes_out() {
    let block = all_shapes();
    let result = replayed(&block.entries);
    assert_eq!(result.first_mismatch, None);
    assert_eq!((result.transactions, result.votes, result.mismatched_transactions), (12, 1, 0));
    assert_eq!((result.plain, result.failed, result.recorded), (7, 2, 4));
    assert_eq!((result.signatures.total, result.signatures.valid), (15, 15));
    let mut keys: Vec<_> = block.entries.iter().flat_map(Recorded::keys).collect();
    let total = keys.len();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!((result.balances.met_again, result.balances.mismatched), (total - keys.len(), 0));
    let stages: Vec<Stage> = result.times.iter().map(|(stage, _)| *stage).collect();
    assert_eq!(stages, [Stage::Encode, Stage::Sigverify, Stage::Conflict, Stage::Execute, Stage::Verify]);
}

#[test]
fn an_empty_block_comes_out() {
    let result = replayed(&[]);
    assert_eq!((result.transactions, result.first_mismatch, result.schedule.waves), (0, None, 0));
}

#[test]
fn every_encoding_says_the_same() {
    let mut block = all_shapes();
    let loaded = [vec![key(1), key(2), key(30)], vec![key(31)]];
    block.add_message(versioned(3), loaded, &[(key(2), key(30), 12)]);
    let expected = read(&block.entries);
    assert_eq!(expected.transactions().len(), 13);
    assert_eq!(replayed(&block.entries).first_mismatch, None);
    for encoding in [Encoding::Base64, Encoding::Base58, Encoding::Json] {
        let bare = answer(&block.entries, encoding);
        let wrapped = json!({"jsonrpc": "2.0", "result": bare, "id": 1});
        for text in [bare.to_string(), wrapped.to_string(), serde_json::to_string_pretty(&wrapped).expect("JSON")] {
            assert_eq!(SolanaBlock::from_json(text.as_bytes()), Ok(expected.clone()), "{encoding:?}");
        }
    }
}

#[test]
fn version_and_loaded_addresses_may_be_missing() {
    let block = all_shapes();
    let expected = read(&block.entries);
    let mut entries = block.entries.clone();
    for change in [None, Some(Value::Null)] {
        for entry in &mut entries {
            entry.version = change.clone();
            entry.loaded = None;
        }
        for encoding in [Encoding::Base64, Encoding::Json] {
            let text = answer(&entries, encoding).to_string();
            assert_eq!(SolanaBlock::from_json(text.as_bytes()), Ok(expected.clone()), "{encoding:?}");
        }
    }
}

#[test]
fn files_may_be_packed() {
    let block = all_shapes();
    let text = answer(&block.entries, Encoding::Json).to_string();
    let folder = tempfile::tempdir().expect("a folder");
    let (plain, packed) = (folder.path().join("block.json"), folder.path().join("block.json.gz"));
    std::fs::write(&plain, &text).expect("written");
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).expect("packed");
    std::fs::write(&packed, encoder.finish().expect("packed")).expect("written");
    let expected = read(&block.entries);
    assert_eq!(SolanaBlock::read(&plain).expect("a block"), expected);
    assert_eq!(SolanaBlock::read(&packed).expect("a block"), expected);
    std::fs::write(&plain, "{").expect("written");
    match SolanaBlock::read(&plain).expect_err("half a block") {
        Error::Input(error) => assert_eq!(error.file, Some(plain)),
        other => panic!("expected an input error, found {other}"),
    }
    let missing = SolanaBlock::read(&folder.path().join("none.json")).expect_err("no file");
    assert!(matches!(missing, Error::Io { .. }), "{missing}");
}

#[test]
fn keys_are_own_then_loaded_writable_then_loaded_readonly() {
    let mut block = Recorder::new();
    let loaded = [vec![key(40), key(41), key(42)], vec![key(43)]];
    block.add_message(versioned(1), loaded, &[]);
    let readonly_signer = AccountMeta::new_readonly(key(2), true);
    block.add(3, &[instruction(OTHER, &[readonly_signer, AccountMeta::new(key(43), false)], &[])], &[]);
    let block = read(&block.entries);
    let first = &block.transactions()[0];
    let expected = [key(1), key(50), OTHER, key(40), key(41), key(42), key(43)];
    assert_eq!(first.keys, expected.map(|key| AccountId(key.to_bytes())));
    assert_eq!(first.writable, [true, true, false, true, true, true, false]);
    assert_eq!(block.transactions()[1].writable, [true, false, true, false]);
    let (sets, keys) = block.access_sets().expect("few keys");
    let named =
        |indices: &[u32]| indices.iter().map(|&index| Address::from(keys[index as usize].0)).collect::<Vec<_>>();
    assert_eq!(named(sets.writes(1)), [key(3), key(43)]);
    assert_eq!(named(sets.reads(1)), [key(2), OTHER]);
    assert_eq!(replay(&block, &ReplayEngines::default()).expect("a result").schedule.longest_chain, [0, 1]);
}

#[test]
fn votes_are_also_left_out_of_the_waves() {
    let mut block = Recorder::new();
    let vote = || instruction(VOTE, &[AccountMeta::new(key(1), true)], &[12]);
    block.transfers(2, &[(key(2), key(1), 1)]);
    block.add(1, &[vote()], &[]);
    block.transfers(3, &[(key(3), key(1), 1)]);
    block.add(1, &[vote(), vote()], &[]);
    let result = replayed(&block.entries);
    assert_eq!((result.votes, result.schedule.waves, result.schedule_without_votes.waves), (1, 4, 3));
    assert_eq!(result.schedule.longest_chain, [0, 1, 2, 3]);
    assert_eq!(result.schedule_without_votes.longest_chain, [0, 2, 3]);
    assert_eq!(result.schedule.hottest, [(AccountId(key(1).to_bytes()), 4)]);
    assert_eq!(result.schedule_without_votes.hottest, [(AccountId(key(1).to_bytes()), 3)]);
}

#[test]
fn the_json_object_has_the_documented_fields() {
    let json = replayed(&all_shapes().entries).to_json();
    assert_eq!(json["transactions"], 12);
    assert_eq!((&json["votes"], &json["plain"]), (&json!(1), &json!(7)));
    assert_eq!(json["signatures"], json!({"total": 15, "valid": 15}));
    assert_eq!(json["balances"]["mismatched"], 0);
    assert!(json["balances"]["met_again"].as_u64() > Some(10));
    assert_eq!(json["first_mismatch"], Value::Null);
    assert_eq!(json["longest_chain"].as_array().map(Vec::len), json["waves"].as_u64().map(|waves| waves as usize));
    assert_eq!(json["largest_component"], 10);
    assert_eq!(json["hottest"][0], json!({"key": base58(key(1).to_bytes()), "count": 8}));
    assert!(json["without_votes"]["waves"].is_u64());
}

#[test]
fn the_engines_given_are_used_and_their_errors_passed_on() {
    let block = read(&all_shapes().entries);
    let seen = RefCell::new((Policy::Strict, 0, 0));
    let verify = |policy: Policy, items: &[SignedMessage<'_>]| {
        seen.borrow_mut().0 = policy;
        seen.borrow_mut().1 = items.len();
        Ok(verify_on_all_cores(policy, items))
    };
    let execute = |batch: &wavelock::LegBatch, signatures: Option<&[bool]>| {
        seen.borrow_mut().2 = batch.len();
        assert_eq!(signatures, Some(&[true; 12][..]));
        Ok(wavelock::serial::legs::execute_legs(batch, signatures))
    };
    let engines = ReplayEngines { policy: Policy::Zip215, verify: &verify, execute: &execute, ..Default::default() };
    assert_eq!(replay(&block, &engines).expect("a result").first_mismatch, None);
    assert_eq!(*seen.borrow(), (Policy::Zip215, 15, 12));

    let lost = || Error::NoDevice("lost".into());
    let engines = ReplayEngines { execute: &|_, _| Err(lost()), ..Default::default() };
    assert!(matches!(replay(&block, &engines), Err(Error::NoDevice(_))));
    let engines = ReplayEngines { verify: &|_, _| Err(lost()), ..Default::default() };
    assert!(matches!(replay(&block, &engines), Err(Error::NoDevice(_))));
    let engines = ReplayEngines { schedule: &|_| Err(lost()), ..Default::default() };
    assert!(matches!(replay(&block, &engines), Err(Error::NoDevice(_))));
}

/// The identity as key and as R, s = 0: the cofactored rule accepts it for every message, the strict one refuses it.
#[test]
fn the_policies_differ_on_small_order_keys() {
    let mut identity = [0u8; 32];
    identity[0] = 1;
    let mut signature = [0u8; 64];
    signature[0] = 1;
    let items = [(&identity, &b"message"[..], &signature)];
    assert_eq!(verify_on_all_cores(Policy::Strict, &items), [false]);
    assert_eq!(verify_on_all_cores(Policy::Zip215, &items), [true]);
}
