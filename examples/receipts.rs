//! What an outcome says: receipts, changed accounts, who did the work. `cargo run --example receipts`.

use std::io::stdout;
use wavelock::{
    Account, AccountId, Block, BlockHeader, Engine, Result, Stage, State, Transaction, Transfer, Validator, ingest,
};

const FEES: AccountId = AccountId([0xfe; 32]);

fn id(number: u8) -> AccountId {
    AccountId([number; 32])
}

fn unsigned(from: u8, to: u8, nonce: u64, amount: u128) -> Transaction {
    let transfer = Transfer { chain_id: 1, nonce, amount, fee: 2, from: id(from), to: id(to) };
    Transaction::transfer(&transfer, [0; 64])
}

fn main() -> Result<()> {
    let balances = [(1, 1_000), (2, 50), (3, 0)];
    let accounts = balances.map(|(number, balance)| Account { id: id(number), balance, nonce: 0 });
    let state = State::from_accounts(0, accounts)?;
    let block = Block {
        header: BlockHeader { chain_id: 1, height: 1, fee_recipient: FEES },
        transactions: vec![
            unsigned(1, 2, 0, 500),
            unsigned(1, 4, 0, 10),
            unsigned(2, 4, 0, 300),
            unsigned(3, 1, 0, 1),
            unsigned(1, 2, 5, 1),
        ],
    };

    // These signatures were checked elsewhere, so they are left out of the rules here.
    let mut validator = Validator::builder().engine(Engine::Parallel).without_signatures().build()?;
    let outcome = validator.validate(&block, &state)?;

    // Receipts come in block order, one a transaction: as data here, or as the lines that `wavelock validate` writes.
    ingest::write_receipts_to(stdout(), &outcome.statuses)
        .map_err(|source| wavelock::Error::Io { path: "standard output".into(), source })?;
    let counts = outcome.counts();
    println!("{} applied", counts.applied);
    for (reason, count) in &counts.rejected {
        println!("{count} rejected: {reason}");
    }

    // Changes hold whole accounts, so a store writes them without reading: a slot that the state has is overwritten, the
    // others follow it without gaps.
    for change in &outcome.changes {
        let after = change.account;
        match state.get(&after.id) {
            Some(before) => println!("slot {}: {} -> {}", change.slot, before.balance, after.balance),
            None => println!("slot {}: new, {}", change.slot, after.balance),
        }
    }

    // Which engine really ran is part of the answer, and so is everything that went wrong without costing the block.
    if let Some(engine) = outcome.report.engine(Stage::Execute) {
        println!("executed by {engine}");
    }
    for event in &outcome.report.events {
        println!("event: {event}");
    }
    Ok(())
}
