//! States as JSON lines: one account a line, in slot order, without the height.

use super::Format;
use super::fields::{Amount, Fields, Hex, Integer};
use super::jsonl::{Lines, write_line};
use crate::account::{Account, AccountId};
use crate::error::Result;
use crate::state::State;
use serde::Serialize;
use std::io::{self, Read, Write};
use std::path::Path;

#[derive(Serialize)]
struct AccountLine<'s> {
    account: Hex<'s>,
    balance: Amount,
    nonce: Integer,
}

pub(super) fn read(input: impl Read, format: Format, name: &Path) -> Result<State> {
    let mut state = State::new(0);
    Lines::new(input, format, name).each(parse, |account| state.push(account).map(|_slot| ()))?;
    Ok(state)
}

fn parse(line: &[u8]) -> Result<Account, String> {
    let fields = Fields::parse(line, ["account", "balance", "nonce"])?;
    Ok(Account {
        id: AccountId(fields.hex("account")?),
        balance: fields.amount("balance")?,
        nonce: fields.integer("nonce")?,
    })
}

pub(super) fn write(output: &mut dyn Write, state: &State) -> io::Result<()> {
    state.accounts().try_for_each(|Account { id, balance, nonce }| {
        write_line(output, &AccountLine { account: Hex(&id.0), balance: Amount(balance), nonce: Integer(nonce) })
    })
}
