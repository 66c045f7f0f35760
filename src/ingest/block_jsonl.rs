//! Blocks as JSON lines: the header, then one line a transaction, as a transfer's fields or as a raw record.

use super::fields::{Amount, Fields, Hex, Integer, excerpt};
use super::jsonl::{Lines, write_line};
use super::{Format, SignatureField};
use crate::account::AccountId;
use crate::error::Result;
use crate::limits::{MAX_TRANSACTIONS, TRANSACTION_BYTES};
use crate::transaction::{Block, BlockHeader, Transaction, Transfer};
use serde::Serialize;
use std::io::{self, Read, Write};
use std::path::Path;

const TRANSFER: &str = "transfer";

#[derive(Serialize)]
struct HeaderLine<'b> {
    chain_id: Integer,
    height: Integer,
    fee_recipient: Hex<'b>,
}

#[derive(Serialize)]
struct TransferLine<'b> {
    kind: &'static str,
    chain_id: Integer,
    nonce: Integer,
    amount: Amount,
    fee: Amount,
    from: Hex<'b>,
    to: Hex<'b>,
    signature: Hex<'b>,
}

#[derive(Serialize)]
struct RawLine<'b> {
    raw: Hex<'b>,
}

pub(super) fn read(input: impl Read, format: Format, name: &Path, signatures: SignatureField) -> Result<Block> {
    read_at_most(MAX_TRANSACTIONS, input, format, name, signatures)
}

fn read_at_most(
    limit: usize,
    input: impl Read,
    format: Format,
    name: &Path,
    signatures: SignatureField,
) -> Result<Block> {
    let mut lines = Lines::new(input, format, name);
    let header = lines.first("the block's header", parse_header)?;
    let mut transactions = Vec::new();
    lines.each(
        |line| parse_transaction(line, signatures),
        |transaction| {
            if transactions.len() == limit {
                return Err(format!("the block has more transactions: expected at most {limit}"));
            }
            transactions.push(transaction);
            Ok(())
        },
    )?;
    Ok(Block { header, transactions })
}

fn parse_header(line: &[u8]) -> Result<BlockHeader, String> {
    let fields = Fields::parse(line, ["chain_id", "height", "fee_recipient"])?;
    Ok(BlockHeader {
        chain_id: fields.integer("chain_id")?,
        height: fields.integer("height")?,
        fee_recipient: AccountId(fields.hex("fee_recipient")?),
    })
}

fn parse_transaction(line: &[u8], signatures: SignatureField) -> Result<Transaction, String> {
    let names = ["kind", "chain_id", "nonce", "amount", "fee", "from", "to", "signature", "raw"];
    let fields = Fields::parse(line, names)?;
    if fields.has("raw") {
        if let Some(other) = names.into_iter().find(|name| *name != "raw" && fields.has(name)) {
            return Err(format!("there are \"raw\" and \"{other}\": expected a raw record or a transfer's fields"));
        }
        return Ok(Transaction::from_bytes(fields.hex::<TRANSACTION_BYTES>("raw")?));
    }
    let kind = fields.string("kind")?;
    if kind != TRANSFER {
        return Err(format!("kind {:?} is unknown: expected \"{TRANSFER}\"", excerpt(&kind)));
    }
    let transfer = Transfer {
        chain_id: fields.integer("chain_id")?,
        nonce: fields.integer("nonce")?,
        amount: fields.amount("amount")?,
        fee: fields.amount("fee")?,
        from: AccountId(fields.hex("from")?),
        to: AccountId(fields.hex("to")?),
    };
    let signature = match signatures {
        SignatureField::Optional if !fields.has("signature") => [0; 64],
        _ => fields.hex("signature")?,
    };
    Ok(Transaction::transfer(&transfer, signature))
}

pub(super) fn write(output: &mut dyn Write, block: &Block) -> io::Result<()> {
    let BlockHeader { chain_id, height, fee_recipient } = &block.header;
    let header =
        HeaderLine { chain_id: Integer(*chain_id), height: Integer(*height), fee_recipient: Hex(&fee_recipient.0) };
    write_line(output, &header)?;
    block.transactions.iter().try_for_each(|transaction| write_transaction(output, transaction))
}

fn write_transaction(output: &mut dyn Write, transaction: &Transaction) -> io::Result<()> {
    if !transaction.is_well_formed() {
        return write_line(output, &RawLine { raw: Hex(transaction.as_bytes()) });
    }
    let line = TransferLine {
        kind: TRANSFER,
        chain_id: Integer(transaction.chain_id()),
        nonce: Integer(transaction.nonce()),
        amount: Amount(transaction.amount()),
        fee: Amount(transaction.fee()),
        from: Hex(&transaction.from().0),
        to: Hex(&transaction.to().0),
        signature: Hex(transaction.signature()),
    };
    write_line(output, &line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Error, Place};

    #[test]
    fn a_block_has_no_more_transactions_than_the_limit() {
        let block =
            Block { transactions: vec![Transaction::from_bytes([7; TRANSACTION_BYTES]); 3], ..Block::default() };
        let mut text = Vec::new();
        write(&mut text, &block).expect("memory takes it");
        let read =
            |limit| read_at_most(limit, &text[..], Format::JsonLines, Path::new("x.jsonl"), SignatureField::Required);
        assert_eq!(read(3).expect("as many as allowed"), block);
        let Err(Error::Input(error)) = read(2) else { panic!("expected an input error") };
        assert_eq!(error.place, Place::Line(4));
    }
}
