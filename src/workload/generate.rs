//! From payments between account indices to a block and its state.

use super::keys::{Keys, rng};
use super::shapes::{Payment, Shape};
use super::{Amounts, Balances, GeneratedBlock, Workload, WorkloadKind, invalid};
use crate::account::{Account, AccountId};
use crate::state::State;
use crate::status::Reason;
use crate::transaction::{Block, BlockHeader, Transaction, Transfer};

const CHAIN_ID: u64 = 1;
/// Nonce of every account before the block: above 0, so that any nonce can be too low.
const FIRST_NONCE: u64 = 5;

pub(super) fn generate(workload: &Workload) -> GeneratedBlock {
    let keys = Keys::new(workload.seed, workload.signed);
    let plan = invalid::plan(workload);

    let mut shape = Shape::new(workload);
    let mut nonces = vec![FIRST_NONCE; workload.accounts];
    // What the payments of a sender cost; only forwarding asks.
    let mut costs = vec![0u128; if workload.kind == WorkloadKind::Forwarding { workload.accounts } else { 0 }];
    let mut payments = Vec::with_capacity(workload.transactions);
    for reason in &plan {
        let payment = shape.payment();
        let from = payment.from as usize;
        payments.push((payment, nonces[from]));
        if reason.is_none() {
            shape.advance();
            nonces[from] += 1;
            if let Some(cost) = costs.get_mut(from) {
                *cost += payment.amount + payment.fee;
            }
        }
    }
    let senders: Vec<u32> = payments.iter().map(|(payment, _)| payment.from).collect();
    let ids = if workload.only_senders_have_keys {
        keys.ids_of_senders(workload.accounts, &senders)
    } else {
        keys.ids(workload.accounts)
    };
    let mut spoiling = rng("wavelock workload v1 invalid fields", workload.seed);
    let transaction = |((payment, nonce), reason): (&(Payment, u64), &Option<Reason>)| {
        let transfer = transfer(payment, *nonce, &ids);
        match reason {
            Some(reason) => invalid::spoil(*reason, transfer, &mut spoiling),
            None => Transaction::transfer(&transfer, [0; 64]),
        }
    };
    let mut transactions: Vec<Transaction> = payments.iter().zip(&plan).map(transaction).collect();
    if workload.signed {
        keys.sign(&mut transactions, &senders);
        invalid::spoil_signatures(&plan, &mut transactions, workload.seed);
    }

    let balance = |account: usize| match workload.kind {
        WorkloadKind::Cascade if account == 0 => workload.amounts.mean(),
        WorkloadKind::Forwarding if account < shape.heads() => costs[account],
        WorkloadKind::Cascade | WorkloadKind::Forwarding => 0,
        _ => workload.balance(account),
    };
    let accounts = ids.iter().enumerate();
    let accounts = accounts.map(|(index, &id)| Account { id, balance: balance(index), nonce: FIRST_NONCE });
    let state = State::from_accounts(0, accounts).expect("ids are hashes or keys, and balances are bounded");
    let header = BlockHeader { chain_id: CHAIN_ID, height: 1, fee_recipient: keys.fee_recipient() };
    GeneratedBlock { block: Block { header, transactions }, state }
}

fn transfer(payment: &Payment, nonce: u64, ids: &[AccountId]) -> Transfer {
    let Payment { from, to, amount, fee } = *payment;
    Transfer { chain_id: CHAIN_ID, nonce, amount, fee, from: ids[from as usize], to: ids[to as usize] }
}

impl Workload {
    fn balance(&self, account: usize) -> u128 {
        let mean = self.amounts.mean();
        let ample = mean * (self.transactions as u128 * 2).max(1_000_000);
        match self.balances {
            Balances::Ample => ample,
            Balances::Some => mean * 20,
            Balances::Few => mean * 2,
            Balances::Half => mean / 2,
            Balances::Zero if account == 0 => ample,
            Balances::Zero => 0,
        }
    }
}

impl Amounts {
    /// The mean amount, in the smallest unit.
    pub fn mean(self) -> u128 {
        match self {
            Amounts::Small => 100,
            Amounts::Wei => 1_000_000_000_000_000_000,
        }
    }
}
