//! What the verdicts of signatures and legs say about the block.

use super::encode::{Check, Encoded};
use super::report::{BalanceCounts, base58};
use super::transaction::SolanaTransaction;
use crate::account::AccountId;
use crate::legs::{Guard, LegOutcome};
use std::fmt;

/// The first thing in a block that does not come out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mismatch {
    /// The transaction's index in the block, from 0.
    pub transaction: usize,
    /// What does not come out.
    pub kind: MismatchKind,
}

/// What does not come out. Amounts are lamports.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum MismatchKind {
    /// A signature is not valid.
    Signature {
        /// Which of the transaction's signatures, from 0.
        number: usize,
        /// Whose signature it should be.
        account: AccountId,
    },
    /// A transfer that is recorded as executed could not have been, whatever the balances.
    Transfer {
        /// Which instruction of the transaction, from 0.
        instruction: usize,
        /// What is wrong with it.
        wrong: &'static str,
    },
    /// An account that an earlier transaction of the block left with `expected` is recorded with `found` before this
    /// one.
    BalanceBefore {
        /// The account.
        account: AccountId,
        /// The balance by execution.
        expected: u128,
        /// The recorded balance.
        found: u128,
    },
    /// The payer of a fee or the source of a transfer needs `expected` and has `found`.
    Funds {
        /// The instruction of the transfer, from 0; `None` for the fee.
        instruction: Option<usize>,
        /// The account.
        account: AccountId,
        /// What it needs at least.
        expected: u128,
        /// What it has by execution.
        found: u128,
    },
    /// Fee and transfers leave an account with `expected`, recorded is `found`.
    BalanceAfter {
        /// The account.
        account: AccountId,
        /// The balance by execution.
        expected: u128,
        /// The recorded balance.
        found: u128,
    },
    /// The recorded balances before the transaction exceed those after it by `found`, but the recorded fee is
    /// `expected`.
    Fee {
        /// The recorded fee.
        expected: u64,
        /// Sum of balances before minus sum of balances after.
        found: i128,
    },
    /// The engine contradicts itself: the block is not to blame.
    Engine {
        /// What the engine said, and why that cannot be.
        message: String,
    },
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "transaction {}: {}", self.transaction, self.kind)
    }
}

impl fmt::Display for MismatchKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = base58;
        match self {
            Self::Signature { number, account } => {
                write!(f, "signature {number}, by {}, is not valid", name(account))
            }
            Self::Transfer { instruction, wrong } => write!(f, "the transfer in instruction {instruction} {wrong}"),
            Self::BalanceBefore { account, expected, found } => {
                write!(f, "before it {} has {expected}, recorded is {found}", name(account))
            }
            Self::Funds { instruction: None, account, expected, found } => {
                write!(f, "{} has {found}, the fee is {expected}", name(account))
            }
            Self::Funds { instruction: Some(instruction), account, expected, found } => {
                write!(f, "{} has {found}, the transfer in instruction {instruction} takes {expected}", name(account))
            }
            Self::BalanceAfter { account, expected, found } => {
                write!(f, "after it {} has {expected}, recorded is {found}", name(account))
            }
            Self::Fee { expected, found } => write!(f, "balances lose {found}, the recorded fee is {expected}"),
            Self::Engine { message } => f.write_str(message),
        }
    }
}

impl MismatchKind {
    /// A name for programs to tell the kinds by.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Signature { .. } => "signature",
            Self::Transfer { .. } => "transfer",
            Self::BalanceBefore { .. } => "balance_before",
            Self::Funds { .. } => "funds",
            Self::BalanceAfter { .. } => "balance_after",
            Self::Fee { .. } => "fee",
            Self::Engine { .. } => "engine",
        }
    }
}

pub(super) struct Compared {
    pub balances: BalanceCounts,
    pub first_mismatch: Option<Mismatch>,
    pub mismatched_transactions: usize,
}

/// Holds the verdicts against the block. Later mismatches may follow from the first: a transaction with a bad signature
/// or a failed guard is not applied, and the next one on its accounts meets other balances than recorded.
pub(super) fn compare(
    transactions: &[SolanaTransaction],
    encoded: &Encoded,
    valid: &[bool],
    outcome: &LegOutcome,
) -> Compared {
    let again = || encoded.checks.iter().zip(&outcome.verdicts).filter(|(check, _)| **check == Check::MetAgain);
    let mismatched = again().filter(|(_, holds)| !**holds).count();
    let mut compared = Compared {
        balances: BalanceCounts { met_again: again().count(), mismatched },
        first_mismatch: None,
        mismatched_transactions: 0,
    };
    let mut valid = valid;
    for (index, transaction) in transactions.iter().enumerate() {
        let (own, rest) = valid.split_at(transaction.signatures.len());
        valid = rest;
        let legs = encoded.batch.first()[index] as usize..encoded.batch.first()[index + 1] as usize;
        let failed_leg = legs.clone().find(|&leg| !outcome.verdicts[leg]);
        let applied = failed_leg.is_none() && own.iter().all(|valid| *valid);
        let kind = bad_signature(transaction, own)
            .or_else(|| impossible_transfer(transaction))
            .or_else(|| wrong_fee(transaction).filter(|_| failed_leg.is_none()))
            .or_else(|| (failed_leg.is_none() && outcome.applied[index] != applied).then(not_applied));
        compared.mismatched_transactions += usize::from(kind.is_some() || failed_leg.is_some());
        if compared.first_mismatch.is_none() {
            let kind = kind.or_else(|| failed_leg.map(|leg| failure(encoded, leg, leg - legs.start)));
            compared.first_mismatch = kind.map(|kind| Mismatch { transaction: index, kind });
        }
    }
    if compared.first_mismatch.is_none() {
        compared.first_mismatch = wrong_end(transactions, encoded, outcome);
        compared.mismatched_transactions += usize::from(compared.first_mismatch.is_some());
    }
    compared
}

fn not_applied() -> MismatchKind {
    MismatchKind::Engine { message: "the engine did not apply it though all its legs hold, or the reverse".into() }
}

/// The last recorded balance of each account is what the engine says of it after the block.
fn wrong_end(transactions: &[SolanaTransaction], encoded: &Encoded, outcome: &LegOutcome) -> Option<Mismatch> {
    let mut last: Vec<(usize, u64)> = vec![(0, 0); encoded.accounts.len()];
    for (index, transaction) in transactions.iter().enumerate() {
        // The first legs of a transaction are its keys in order.
        for (leg, &post) in encoded.batch.transaction(index).iter().zip(&transaction.post) {
            last[leg.account as usize] = (index, post);
        }
    }
    let differs = |account: &usize| outcome.accounts[*account].balance != u128::from(last[*account].1);
    let account = (0..last.len()).find(differs)?;
    let (transaction, expected) = last[account];
    let found = outcome.accounts[account].balance;
    let name = base58(&encoded.accounts[account]);
    let message = format!("after the block the engine has {found} for {name}, all its legs leave {expected}");
    Some(Mismatch { transaction, kind: MismatchKind::Engine { message } })
}

fn bad_signature(transaction: &SolanaTransaction, valid: &[bool]) -> Option<MismatchKind> {
    let number = valid.iter().position(|valid| !valid)?;
    Some(MismatchKind::Signature { number, account: transaction.keys[number] })
}

fn impossible_transfer(transaction: &SolanaTransaction) -> Option<MismatchKind> {
    let (instruction, wrong) = transaction.impossible_transfer()?;
    Some(MismatchKind::Transfer { instruction, wrong })
}

fn wrong_fee(transaction: &SolanaTransaction) -> Option<MismatchKind> {
    let sum = |balances: &[u64]| balances.iter().map(|&lamports| i128::from(lamports)).sum::<i128>();
    let (expected, found) = (transaction.fee, sum(&transaction.pre) - sum(&transaction.post));
    (found != i128::from(expected)).then_some(MismatchKind::Fee { expected, found })
}

/// What a failed leg says when no transaction before it mismatches: then all before it were applied, and the balance
/// that it met is the sum of all legs before it.
fn failure(encoded: &Encoded, failed: usize, number: usize) -> MismatchKind {
    let leg = encoded.batch.legs()[failed];
    let start = encoded.batch.accounts()[leg.account as usize];
    let before = encoded.batch.legs()[..failed].iter().filter(|earlier| earlier.account == leg.account);
    let met = before.fold(start, |balance, earlier| earlier.apply(balance));
    let account = encoded.accounts[leg.account as usize];
    let (guard, met_balance) = match leg.guard {
        Guard::Exactly(guard) | Guard::AtLeast(guard) if !leg.holds(met) => (guard, met.balance),
        _ => {
            let message = format!("the engine says that leg {number} fails, which holds on {}", met.balance);
            return MismatchKind::Engine { message };
        }
    };
    let (expected, found) = (met_balance, guard);
    match encoded.checks[failed] {
        Check::After => MismatchKind::BalanceAfter { account, expected, found },
        Check::Fee => MismatchKind::Funds { instruction: None, account, expected: guard, found: met_balance },
        Check::Transfer(instruction) => {
            MismatchKind::Funds { instruction: Some(instruction), account, expected: guard, found: met_balance }
        }
        Check::MetAgain | Check::None => MismatchKind::BalanceBefore { account, expected, found },
    }
}
