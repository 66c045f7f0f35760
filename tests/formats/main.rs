//! Files in and out: what is written is read back, and nothing else is read.

mod binary;
mod json_lines;
mod lists;
mod output;
mod round_trip;

use std::fmt::Debug;
use wavelock::ingest::{Format, SignatureField, read_block_from, read_state_from};
use wavelock::{Account, AccountId, Block, BlockHeader, Error, InputError, Result, State, Transaction, Transfer};

const NAME: &str = "input";

fn id(byte: u8) -> AccountId {
    AccountId([byte; 32])
}

/// Three transactions: the smallest and the largest amounts, and a record that is malformed.
fn block() -> Block {
    let small = Transfer { chain_id: 1, nonce: 0, amount: 12, fee: 1, from: id(0xaa), to: id(2) };
    let large = Transfer { nonce: u64::MAX, amount: u128::MAX, fee: u128::MAX, ..small };
    let transactions = vec![
        Transaction::transfer(&small, [3; 64]),
        Transaction::transfer(&large, [0xcd; 64]),
        Transaction::from_bytes(std::array::from_fn(|k| k as u8)),
    ];
    Block { header: BlockHeader { chain_id: 1, height: 7, fee_recipient: id(9) }, transactions }
}

fn state(height: u64) -> State {
    let accounts = [
        Account { id: id(1), balance: u128::MAX - 5, nonce: 0 },
        Account { id: id(0xbb), balance: 5, nonce: u64::MAX },
        Account { id: id(3), balance: 0, nonce: (1 << 53) + 1 },
    ];
    State::from_accounts(height, accounts).expect("three accounts")
}

fn block_of(bytes: &[u8], format: Format) -> Result<Block> {
    read_block_from(bytes, NAME, format, SignatureField::Required)
}

fn state_of(bytes: &[u8], format: Format) -> Result<State> {
    read_state_from(bytes, NAME, format)
}

/// The input error that the result must be; it names its file.
#[track_caller]
fn input_error<T: Debug>(result: Result<T>) -> InputError {
    match result {
        Err(Error::Input(error)) => {
            assert!(error.file.is_some(), "the error names no file: {error}");
            assert!(error.message.contains("expected"), "the error does not say what was expected: {error}");
            error
        }
        other => panic!("expected an input error, got {other:?}"),
    }
}
