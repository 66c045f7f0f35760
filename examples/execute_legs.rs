//! An executor with a transaction format of its own hands over legs: `cargo run --example execute_legs`.
//!
//! The format here is an exchange's: accounts hold several assets, and a swap moves two of them or none.

use wavelock::{Engine, Leg, LegBatch, Result, Validator, account::Balance};

/// Accounts of a batch are indices; an executor maps its own keys, here (user, asset), to them.
const ASSETS: u32 = 2;
const GOLD: u32 = 0;
const CASH: u32 = 1;

fn account(user: u32, asset: u32) -> u32 {
    user * ASSETS + asset
}

enum Order {
    Pay { from: u32, to: u32, cash: u128, nonce: u64 },
    Swap { seller: u32, buyer: u32, gold: u128, cash: u128 },
}

impl Order {
    /// A debit carries the guard that covers it, so no balance can go below zero. All guards of a transaction must hold:
    /// that alone makes a swap atomic.
    fn legs(&self) -> Vec<Leg> {
        match *self {
            Order::Pay { from, to, cash, nonce } => {
                vec![Leg::debit(account(from, CASH), cash).with_nonce(nonce), Leg::credit(account(to, CASH), cash)]
            }
            Order::Swap { seller, buyer, gold, cash } => vec![
                Leg::debit(account(seller, GOLD), gold),
                Leg::debit(account(buyer, CASH), cash),
                Leg::credit(account(buyer, GOLD), gold),
                Leg::credit(account(seller, CASH), cash),
            ],
        }
    }
}

fn main() -> Result<()> {
    let [ann, ben, cleo] = [0, 1, 2];
    let holdings = [[10, 0], [0, 500], [0, 0]];
    let accounts = holdings.concat().into_iter().map(|balance| Balance { balance, nonce: 0 });
    let mut batch = LegBatch::new(accounts.collect());
    let orders = [
        Order::Swap { seller: ann, buyer: ben, gold: 4, cash: 400 },
        // Ben has 100 left: his leg fails, and with it the seller's, which could have paid.
        Order::Swap { seller: ann, buyer: ben, gold: 2, cash: 200 },
        Order::Pay { from: ben, to: cleo, cash: 100, nonce: 0 },
        Order::Pay { from: ann, to: cleo, cash: 50, nonce: 0 },
        Order::Swap { seller: ben, buyer: cleo, gold: 1, cash: 90 },
    ];
    for order in &orders {
        batch.push(&order.legs())?;
    }

    // The executor checks its own signatures, over its own format. Whoever fails there is not applied, and an engine
    // needs to know that before it executes, for later transactions build on it.
    let signed = [true, true, true, false, true];
    let mut validator = Validator::builder().engine(Engine::Parallel).build()?;
    let (outcome, report) = validator.execute_legs(&batch, Some(&signed))?;

    for (index, applied) in outcome.applied.iter().enumerate() {
        // Verdicts say which leg was in the way, also in a transaction that failed for another reason.
        let legs = batch.first()[index] as usize..batch.first()[index + 1] as usize;
        println!("order {index}: applied {applied}, legs {:?}", &outcome.verdicts[legs]);
    }
    for (name, user) in [("ann", ann), ("ben", ben), ("cleo", cleo)] {
        let holds = |asset| outcome.accounts[account(user, asset) as usize].balance;
        println!("{name}: {} gold, {} cash", holds(GOLD), holds(CASH));
    }
    println!("engines: {:?}", report.engines);
    Ok(())
}
