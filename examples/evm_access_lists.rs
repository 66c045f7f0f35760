//! Schedules EVM transactions from what they declare (EIP-2930) and from what the block declares (EIP-7928).
//!
//! ```sh
//! cargo run --example evm_access_lists                          # an invented block
//! cargo run --example evm_access_lists -- BLOCK.json [BAL.json]
//! ```
//!
//! `BLOCK.json` is an eth_getBlockByNumber answer with full transactions, `BAL.json` the block's access list as a node
//! gives it in JSON: an array of accounts with their changes.
//!
//! The two lists say different things. A transaction's own list names what it will touch, not whether it writes: it
//! counts as written, so waves of a transaction's list are safe but often longer than needed, and only as good as the
//! list is complete. The block's list names every write with its transaction and the value that came out, and reads
//! without a transaction. Waves of these writes are what an executor needs at least that reads from the state; one that
//! takes its reads from the list runs all transactions at once and compares its writes with the list.

use alloy_eip7928::{AccountChanges, BlockAccessIndex, BlockAccessList};
use std::path::Path;
use std::process::ExitCode;
use wavelock::conflict::{AccessSets, AccessSetsBuilder};
use wavelock::replay::ethereum::{Address, EthereumBlock, StateKey};
use wavelock::{InputError, Place, Scheduler};

/// What a transaction can change, finer than what it can declare: two payments to a contract do not touch its storage.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Change {
    Balance(Address),
    Nonce(Address),
    Code(Address),
    Slot(StateKey),
}

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    if arguments.len() > 2 {
        eprintln!("usage: evm_access_lists [BLOCK.json [BAL.json]]");
        return ExitCode::from(2);
    }
    let mut files = arguments.iter().map(Path::new);
    match run(files.next(), files.next()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(block: Option<&Path>, list: Option<&Path>) -> wavelock::Result<()> {
    let mut scheduler = Scheduler::builder().build()?;
    let invented = block.is_none();
    let block = match block {
        Some(path) => EthereumBlock::read(path)?,
        None => EthereumBlock::from_json(INVENTED_BLOCK.as_bytes())?,
    };
    let (sets, keys) = block.access_sets()?;
    print(&mut scheduler, "by sender, recipient and EIP-2930 lists", &sets, &keys)?;

    let list = match list {
        Some(path) => std::fs::read(path).map_err(|source| wavelock::Error::Io { path: path.to_owned(), source })?,
        None if invented => INVENTED_LIST.as_bytes().to_vec(),
        None => return Ok(()),
    };
    let list: BlockAccessList = serde_json::from_slice(&list).map_err(|error| {
        InputError::new(Place::Whole, format!("expected a block access list (EIP-7928) in JSON: {error}"))
    })?;
    let (sets, keys) = written(&list, &block)?;
    println!();
    print(&mut scheduler, "by the writes of the block's EIP-7928 list", &sets, &keys)?;
    let read: usize = list.iter().map(|account| account.storage_reads.len()).sum();
    println!("  slots that are only read, in nobody's way: {read}");
    Ok(())
}

/// What each transaction changed, but for the beneficiary's balance: fees go there from all of them, and add up in any
/// order. Index 0 of the list is what happens before the first transaction, the last one what happens after the last.
fn written(list: &[AccountChanges], block: &EthereumBlock) -> Result<(AccessSets, Vec<Change>), InputError> {
    let transactions = block.transactions.len();
    let mut writes = vec![Vec::new(); transactions];
    let mut note = |index: BlockAccessIndex, change: Change| match usize::try_from(index.get()) {
        _ if change == Change::Balance(block.beneficiary) => Ok(()),
        Ok(index) if (1..=transactions).contains(&index) => {
            writes[index - 1].push(change);
            Ok(())
        }
        Ok(index) if index == 0 || index == transactions + 1 => Ok(()),
        _ => {
            let message = format!("{change:?} at index {}: expected at most {}", index.get(), transactions + 1);
            Err(InputError::new(Place::Whole, message))
        }
    };
    for account in list {
        let address = account.address;
        for slot in &account.storage_changes {
            let key = StateKey::Slot(address, slot.slot.into());
            slot.changes.iter().try_for_each(|change| note(change.block_access_index, Change::Slot(key)))?;
        }
        account.balance_changes.iter().try_for_each(|one| note(one.block_access_index, Change::Balance(address)))?;
        account.nonce_changes.iter().try_for_each(|one| note(one.block_access_index, Change::Nonce(address)))?;
        account.code_changes.iter().try_for_each(|one| note(one.block_access_index, Change::Code(address)))?;
    }
    let mut builder = AccessSetsBuilder::new();
    for changes in writes {
        builder.push([], changes)?;
    }
    Ok(builder.finish())
}

fn print<K: std::fmt::Debug>(
    scheduler: &mut Scheduler,
    name: &str,
    sets: &AccessSets,
    keys: &[K],
) -> wavelock::Result<()> {
    const SHOWN: usize = 8;
    let schedule = scheduler.schedule(sets)?;
    println!("{name}\n  transactions: {}, waves: {}", sets.len(), schedule.waves);
    for (wave, transactions) in schedule.groups.iter().enumerate().take(SHOWN) {
        let more = if transactions.len() > SHOWN { " …" } else { "" };
        let shown: Vec<_> = transactions.iter().take(SHOWN).map(u32::to_string).collect();
        println!("  wave {wave}, {} in all: {}{more}", transactions.len(), shown.join(" "));
    }
    if schedule.groups.len() > SHOWN {
        println!("  …");
    }
    if let Some((key, count)) = schedule.hottest.first() {
        println!("  hottest: {:?}, in {count} transactions", keys[*key as usize]);
    }
    Ok(())
}

/// Two trades at an exchange that say which slots they use, one elsewhere, and a payment to the exchange.
const INVENTED_BLOCK: &str = include_str!("../fixtures/evm/block.json");

/// What the block did: the trades wrote different slots, so three waves by declaration are one by effect.
const INVENTED_LIST: &str = include_str!("../fixtures/evm/block-access-list.json");
