//! Plain transfers with made-up signatures.

use crate::invented::*;
use crate::read;
use serde_json::{Value, json};
use std::path::Path;
use wavelock::ingest::Format;
use wavelock::replay::ethereum::{DerivedTransfers, EthereumAccount, read_accounts_from, signing_key};
use wavelock::{AccountId, Engine, Error, InputError, Outcome, Place, Reason, Status, Validator};

fn account(number: u8, balance: u128, nonce: u64) -> EthereumAccount {
    EthereumAccount { address: [number; 20].into(), balance, nonce }
}

fn id(number: u8) -> AccountId {
    AccountId(signing_key(&[number; 20].into()).verifying_key().to_bytes())
}

fn validated(transfers: &DerivedTransfers) -> Outcome {
    let mut validator = Validator::builder().engine(Engine::Serial).build().expect("needs no device");
    validator.validate(&transfers.block, &transfers.state).expect("a small block")
}

/// The seed is the specification's; the public key is what another implementation of BLAKE3 and ed25519 has to come to.
#[test]
fn keys_come_from_addresses() {
    let seed = blake3::derive_key("wavelock replay ethereum v1", &[0x11; 20]);
    assert_eq!(signing_key(&[0x11; 20].into()).to_bytes(), seed);
    assert_ne!(id(1), id(2));
}

#[test]
fn transfers_keep_value_nonce_and_fee() {
    let listed = json!([{"address": address(9), "storageKeys": [slot(1), slot(2)]}]);
    let block = read(&block([
        legacy(1, 2, 4, 1_000),
        with(legacy(1, 2, 5, 0), "input", json!("0x00")),
        typed(2, 2, 1, 0, 7),
        legacy(1, 3, 6, 1),
        with(typed(1, 2, 2, 1, 1), "accessList", listed),
        with(typed(2, 2, 1, 2, 1), "maxFeePerGas", json!("0x8")),
        legacy(1, 2, 6, 2),
    ]));
    let transfers = block.derive_transfers(&[account(2, 400_000, 0), account(1, 1_000_000, 4)]).expect("transfers");
    assert_eq!((&transfers.origin[..], transfers.left_out), (&[0, 2, 4, 5, 6][..], 1));
    let header = transfers.block.header;
    assert_eq!((header.chain_id, header.height, header.fee_recipient), (5, 18, id(0xfe)));
    let found: Vec<_> = transfers
        .block
        .transactions
        .iter()
        .map(|one| (*one.from(), *one.to(), one.nonce(), one.amount(), one.fee()))
        .collect();
    let (a, b) = (id(1), id(2));
    let expected = [
        (a, b, 4, 1_000, 210_000),
        (b, a, 0, 7, 210_000),
        (b, b, 1, 1, (21_000 + 2_400 + 2 * 1_900) * 10),
        (b, a, 2, 1, 168_000),
        (a, b, 6, 2, 210_000),
    ];
    assert_eq!(found, expected);
    let outcome = validated(&transfers);
    // The transaction with nonce 5 is not a transfer, so the last one finds a gap; the fourth finds too little left.
    let rejected = Status::Rejected;
    let expected = [
        Status::Applied,
        Status::Applied,
        rejected(Reason::InsufficientFunds),
        rejected(Reason::NonceTooHigh),
        rejected(Reason::NonceTooHigh),
    ];
    assert_eq!(outcome.statuses, expected);
    // Signatures count: with another's signature nothing is applied.
    let mut forged = transfers;
    let stolen = *forged.block.transactions[1].signature();
    forged.block.transactions[0] = forged.block.transactions[0].with_signature(stolen);
    assert_eq!(validated(&forged).statuses[0], rejected(Reason::SignatureInvalid));
}

#[test]
fn what_does_not_fit_is_refused() {
    let refused = |one: Value, base_fee: Option<u64>| {
        let mut block = read(&block([legacy(1, 2, 0, 0), one]));
        block.base_fee = base_fee;
        block.derive_transfers(&[account(1, 5, 0), account(2, 5, 0)]).expect_err("an error")
    };
    let large = json!(format!("0x1{}", "00".repeat(16)));
    let error = refused(with(legacy(1, 2, 0, 0), "value", large), None);
    assert_eq!(
        (error.place, error.message.contains("value 3402823669209384634633746074317682")),
        (Place::Transaction(1), true)
    );
    let error = refused(with(legacy(1, 2, 0, 0), "gasPrice", json!(format!("0x{}", "ff".repeat(16)))), None);
    assert!(error.message.contains("expected a fee of at most"), "{error}");
    let error = refused(typed(2, 1, 2, 0, 0), None);
    assert!(error.message.contains("baseFeePerGas"), "{error}");
    let block = read(&block([]));
    assert!(block.derive_transfers(&[account(1, 5, 0), account(1, 5, 0)]).is_err());
    assert!(block.derive_transfers(&[account(1, u128::MAX, 0), account(2, 1, 0)]).is_err());
    assert_eq!(block.derive_transfers(&[]).expect("nothing").block.header.chain_id, 1);
}

fn accounts(text: &str) -> Result<Vec<EthereumAccount>, InputError> {
    read_accounts_from(text.as_bytes(), Path::new("s.jsonl"), Format::JsonLines).map_err(|error| match error {
        Error::Input(error) => error,
        other => panic!("expected an input error, got {other}"),
    })
}

#[test]
fn accounts_are_strict_lines() {
    let line = |number: u8, balance: &str| {
        format!("{{\"address\":\"{}\",\"balance\":\"{balance}\",\"nonce\":3,\"x\":0}}\n", address(number))
    };
    let largest = u128::MAX.to_string();
    let text = line(1, &largest) + &line(2, "0");
    assert_eq!(accounts(&text).expect("two accounts"), [account(1, u128::MAX, 3), account(2, 0, 3)]);
    assert_eq!(accounts("").expect("none"), []);
    let good = line(1, "5");
    for (bad, expected) in [
        (line(1, "6"), "occurs in line 1 already"),
        (line(2, &largest), "at most 2^128 - 1"),
        (line(2, "0x5"), "\"balance\""),
        (line(2, "05"), "\"balance\""),
        (line(2, "5").replace("0x", ""), "expected 0x and 40 hex digits"),
        (line(2, "5").replace("0x02", "0x"), "expected 0x and 40 hex digits"),
        (line(2, "5").replace("0x02", "0x0g"), "expected 0x and 40 hex digits"),
        (line(2, "5").replace("\"address\":", "\"account\":"), "there is no \"address\""),
        (line(2, "5").replace(":3", ":-3"), "\"nonce\""),
        (line(2, "5").replace("\"x\":0", "\"nonce\":3"), "occurs twice"),
        (format!("\n{}", line(2, "5")), "blank"),
        ("[]".to_owned(), "expected"),
    ] {
        let error = accounts(&format!("{good}{bad}")).expect_err("an error");
        assert_eq!(error.place, Place::Line(2), "{error}");
        assert!(error.message.contains(expected), "expected {expected:?}: {error}");
    }
}
