//! Binary states: `WLKSTATE`, version u16, zero u16, zero u32, height u64, count u64; then records of id 32 bytes,
//! balance u128, nonce u64, zero u64, in slot order; then the hash.

use super::binary::{BinaryReader, BinaryWriter};
use crate::account::{Account, AccountId};
use crate::error::Result;
use crate::ids::RUN;
use crate::limits::{ACCOUNT_BYTES, MAX_ACCOUNTS};
use crate::state::State;
use bytemuck::{Pod, Zeroable};
use std::io::{self, Read, Write};
use std::path::Path;

const MAGIC: &[u8; 8] = b"WLKSTATE";
/// Records that are put together before they are written.
const WRITE_RECORDS: usize = 1024;

#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
struct AccountRecord {
    id: AccountId,
    balance: [u8; 16],
    nonce: [u8; 8],
    reserved: [u8; 8],
}

const _: () = assert!(size_of::<AccountRecord>() == ACCOUNT_BYTES && align_of::<AccountRecord>() == 1);

impl AccountRecord {
    fn new(account: Account) -> Self {
        let Account { id, balance, nonce } = account;
        Self { id, balance: balance.to_le_bytes(), nonce: nonce.to_le_bytes(), reserved: [0; 8] }
    }

    fn account(&self) -> Result<Account, String> {
        if self.reserved != [0; 8] {
            return Err("the account's last 8 bytes are reserved: expected zero bytes".into());
        }
        let (balance, nonce) = (u128::from_le_bytes(self.balance), u64::from_le_bytes(self.nonce));
        Ok(Account { id: self.id, balance, nonce })
    }
}

pub(super) fn read(input: impl Read, length: Option<u64>, name: &Path) -> Result<State> {
    let mut reader = BinaryReader::new(input, length, name);
    reader.head(MAGIC, "state")?;
    let mut state = State::new(reader.u64("the height")?);
    let count = reader.count(ACCOUNT_BYTES, MAX_ACCOUNTS)?;
    state.reserve(reader.trusted(count, State::BYTES_PER_ACCOUNT)?);
    reader.records(count, "an account", |records: &[[u8; ACCOUNT_BYTES]]| {
        let mut accounts = [Account { id: AccountId::default(), balance: 0, nonce: 0 }; RUN];
        for (number, records) in bytemuck::cast_slice::<_, AccountRecord>(records).chunks(RUN).enumerate() {
            let first = number * RUN;
            let mut read = 0;
            let mut wrong = None;
            for (account, record) in accounts.iter_mut().zip(records) {
                match record.account() {
                    Ok(is) => *account = is,
                    Err(message) => {
                        wrong = Some(message);
                        break;
                    }
                }
                read += 1;
            }
            // What is wrong with an earlier account comes first.
            state.extend(&accounts[..read]).map_err(|(place, message)| (first + place, message))?;
            if let Some(message) = wrong {
                return Err((first + read, message));
            }
        }
        Ok(())
    })?;
    reader.finish()?;
    Ok(state)
}

pub(super) fn write(output: impl Write, state: &State) -> io::Result<()> {
    let mut writer = BinaryWriter::new(output, MAGIC)?;
    writer.put(&state.height().to_le_bytes())?;
    writer.put(&(state.len() as u64).to_le_bytes())?;
    let mut records = Vec::with_capacity(WRITE_RECORDS);
    for account in state.accounts() {
        records.push(AccountRecord::new(account));
        if records.len() == WRITE_RECORDS {
            writer.put(bytemuck::cast_slice(&records))?;
            records.clear();
        }
    }
    writer.put(bytemuck::cast_slice(&records))?;
    writer.finish()
}
