//! An eth_getBlockByNumber answer as JSON-RPC gives it, taken apart into transactions.
//!
//! Format: <https://ethereum.github.io/execution-apis/>. Fields that the replay does not need are skipped unread.

use super::EthereumBlock;
use super::transaction::EthereumTransaction;
use crate::error::{InputError, Place};
use crate::replay::answer_file::{parse, shorten};
use alloy_consensus::{TxEip1559, TxEip2930, TxEip4844, TxEip7702, TxLegacy, TypedTransaction};
use alloy_primitives::{Address, U64};
use serde::Deserialize;
use serde_json::value::RawValue;

/// What is expected, for messages.
pub(super) const EXPECTED: &str = "an eth_getBlockByNumber answer";

/// The whole answer, or the block alone: whichever fields are there tell.
#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    transactions: Option<&'a RawValue>,
    #[serde(borrow)]
    result: Option<&'a RawValue>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct JsonBlock<'a> {
    number: U64,
    miner: Address,
    base_fee_per_gas: Option<U64>,
    #[serde(borrow)]
    transactions: Vec<&'a RawValue>,
}

/// What every transaction has, whatever its type.
#[derive(Deserialize)]
struct Head {
    from: Address,
    #[serde(rename = "type")]
    kind: Option<U64>,
}

pub(super) fn block(text: &str) -> Result<EthereumBlock, InputError> {
    let answer: Answer<'_> = parse(text, text, EXPECTED)?;
    let block = match (answer.transactions, answer.result, answer.error) {
        (Some(_), ..) => text,
        (None, Some(result), _) => result.get(),
        (None, None, Some(error)) => {
            let message = format!("expected a block, found the node's error {}", shorten(error.get()));
            return Err(InputError::new(Place::Whole, message));
        }
        (None, None, None) => {
            let message = format!("no field `transactions`: expected {EXPECTED} of a block that the node has");
            return Err(InputError::new(Place::Whole, message));
        }
    };
    let block: JsonBlock<'_> = parse(text, block, EXPECTED)?;
    let transactions = block.transactions.iter().enumerate().map(|(index, one)| {
        transaction(one.get()).map_err(|message| InputError::new(Place::Transaction(index), message))
    });
    Ok(EthereumBlock {
        transactions: transactions.collect::<Result<_, _>>()?,
        number: block.number.to(),
        beneficiary: block.miner,
        base_fee: block.base_fee_per_gas.map(|fee| fee.to()),
    })
}

fn transaction(text: &str) -> Result<EthereumTransaction, String> {
    if text.starts_with('"') {
        return Err(format!("found only the hash {}: expected full transactions, asked for with true", shorten(text)));
    }
    let head: Head = read(text)?;
    let body = match head.kind.map_or(0, |kind| kind.to::<u64>()) {
        0 => TypedTransaction::Legacy(read::<TxLegacy>(text)?),
        1 => TypedTransaction::Eip2930(read::<TxEip2930>(text)?),
        2 => TypedTransaction::Eip1559(read::<TxEip1559>(text)?),
        3 => TypedTransaction::Eip4844(read::<TxEip4844>(text)?.into()),
        4 => TypedTransaction::Eip7702(read::<TxEip7702>(text)?),
        other => return Err(format!("type {other:#x}: expected 0x0 to 0x4")),
    };
    EthereumTransaction::new(head.from, body)
}

fn read<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, String> {
    serde_json::from_str(text)
        .map_err(|error| format!("{error}: expected a transaction as eth_getBlockByNumber has it"))
}
