//! Binary blocks: `WLKBLOCK`, version u16, zero u16, zero u32, chain_id u64, height u64, fee_recipient 32 bytes; then
//! runs of record size u32, zero u32, count u64 and the records; then the hash.

use super::binary::{BinaryReader, BinaryWriter};
use crate::account::AccountId;
use crate::error::Result;
use crate::limits::{MAX_TRANSACTIONS, TRANSACTION_BYTES};
use crate::transaction::{Block, BlockHeader, Transaction};
use std::io::{self, Read, Write};
use std::path::Path;

const MAGIC: &[u8; 8] = b"WLKBLOCK";

pub(super) fn read(input: impl Read, length: Option<u64>, name: &Path) -> Result<Block> {
    let mut reader = BinaryReader::new(input, length, name);
    reader.head(MAGIC, "block")?;
    let chain_id = reader.u64("the chain id")?;
    let height = reader.u64("the height")?;
    let fee_recipient = AccountId(reader.bytes("the fee recipient")?);
    let mut transactions: Vec<Transaction> = Vec::new();
    while !reader.at_hash()? {
        let offset = reader.offset();
        let size = u32::from_le_bytes(reader.bytes("a record size")?);
        if size as usize != TRANSACTION_BYTES {
            let message = format!("record size {size}: expected {TRANSACTION_BYTES}, or the hash that ends the file");
            return Err(reader.error(offset, message));
        }
        reader.zero::<4>()?;
        let count = reader.count(TRANSACTION_BYTES, MAX_TRANSACTIONS - transactions.len())?;
        transactions.reserve(reader.trusted(count, TRANSACTION_BYTES)?);
        reader.records(count, "a transaction", |records: &[[u8; TRANSACTION_BYTES]]| {
            transactions.extend_from_slice(bytemuck::cast_slice(records));
            Ok(())
        })?;
    }
    reader.finish()?;
    Ok(Block { header: BlockHeader { chain_id, height, fee_recipient }, transactions })
}

pub(super) fn write(output: impl Write, block: &Block) -> io::Result<()> {
    let BlockHeader { chain_id, height, fee_recipient } = block.header;
    let mut writer = BinaryWriter::new(output, MAGIC)?;
    writer.put(&chain_id.to_le_bytes())?;
    writer.put(&height.to_le_bytes())?;
    writer.put(&fee_recipient.0)?;
    if !block.transactions.is_empty() {
        writer.put(&(TRANSACTION_BYTES as u64).to_le_bytes())?;
        writer.put(&(block.transactions.len() as u64).to_le_bytes())?;
        writer.put(bytemuck::cast_slice(&block.transactions))?;
    }
    writer.finish()
}
