//! Keys and values of a durable store; `durable.rs` lists them.

use super::BlockSummary;
use crate::account::{Account, AccountId};
use crate::limits::{ACCOUNT_BYTES, MAX_ACCOUNTS};
use crate::root::Root;
use crate::status::{Reason, StatusCounts};

pub const HEAD: &[u8] = b"h";
pub const ACCOUNTS: &[u8] = b"a";
pub const HEAD_BYTES: usize = 56;
pub const SUMMARY_BYTES: usize = 104;

/// Where the chain stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Head {
    pub chain_id: u64,
    pub height: u64,
    pub count: usize,
    pub root: Root,
}

pub fn account_key(slot: u32) -> [u8; 5] {
    let mut key = [b'a'; 5];
    key[1..].copy_from_slice(&slot.to_be_bytes());
    key
}

pub fn account_value(account: &Account) -> [u8; ACCOUNT_BYTES] {
    let mut value = [0; ACCOUNT_BYTES];
    value[..32].copy_from_slice(&account.id.0);
    value[32..48].copy_from_slice(&account.balance.to_le_bytes());
    value[48..56].copy_from_slice(&account.nonce.to_le_bytes());
    value
}

pub fn read_account(key: &[u8], value: &[u8]) -> Result<(u32, Account), String> {
    let slot = key.get(1..).and_then(|slot| slot.try_into().ok()).map(u32::from_be_bytes);
    let (Some(slot), Ok(value)) = (slot, <&[u8; ACCOUNT_BYTES]>::try_from(value)) else {
        return Err(format!("an account of {} bytes under a key of {}", value.len(), key.len()));
    };
    if value[56..] != [0; 8] {
        return Err(format!("the reserved bytes of slot {slot} are not zero"));
    }
    let account = Account {
        id: AccountId(value[..32].try_into().expect("32 bytes")),
        balance: u128::from_le_bytes(value[32..48].try_into().expect("16 bytes")),
        nonce: word(value, 48),
    };
    Ok((slot, account))
}

pub fn block_key(height: u64) -> [u8; 9] {
    let mut key = [b'b'; 9];
    key[1..].copy_from_slice(&height.to_be_bytes());
    key
}

pub fn head_value(head: &Head) -> [u8; HEAD_BYTES] {
    let mut value = [0; HEAD_BYTES];
    value[..8].copy_from_slice(&head.chain_id.to_le_bytes());
    value[8..16].copy_from_slice(&head.height.to_le_bytes());
    value[16..24].copy_from_slice(&(head.count as u64).to_le_bytes());
    value[24..].copy_from_slice(&head.root.0);
    value
}

pub fn read_head(value: &[u8]) -> Result<Head, String> {
    let value: &[u8; HEAD_BYTES] = value.try_into().map_err(|_| format!("a head of {} bytes", value.len()))?;
    let count = usize::try_from(word(value, 16)).ok().filter(|count| *count <= MAX_ACCOUNTS);
    let count = count.ok_or_else(|| format!("{} accounts: at most {MAX_ACCOUNTS} are possible", word(value, 16)))?;
    let root = Root(value[24..].try_into().expect("32 bytes"));
    Ok(Head { chain_id: word(value, 0), height: word(value, 8), count, root })
}

pub fn summary_value(summary: &BlockSummary) -> [u8; SUMMARY_BYTES] {
    let mut value = [0; SUMMARY_BYTES];
    value[..32].copy_from_slice(&summary.root.0);
    value[32..40].copy_from_slice(&(summary.changed as u64).to_le_bytes());
    value[40..48].copy_from_slice(&(summary.counts.applied as u64).to_le_bytes());
    for (reason, count) in &summary.counts.rejected {
        let at = 40 + 8 * *reason as usize;
        value[at..at + 8].copy_from_slice(&(*count as u64).to_le_bytes());
    }
    value
}

pub fn read_summary(height: u64, value: &[u8]) -> Result<BlockSummary, String> {
    let value: &[u8; SUMMARY_BYTES] = value.try_into().map_err(|_| format!("a block of {} bytes", value.len()))?;
    let count = |code: usize| word(value, 40 + 8 * code) as usize;
    let rejected = Reason::ALL.into_iter().map(|reason| (reason, count(reason as usize)));
    Ok(BlockSummary {
        height,
        root: Root(value[..32].try_into().expect("32 bytes")),
        changed: word(value, 32) as usize,
        counts: StatusCounts { applied: count(0), rejected: rejected.filter(|(_, count)| *count > 0).collect() },
    })
}

fn word(value: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(value[at..at + 8].try_into().expect("8 bytes"))
}
