//! Guarded deltas: the general form of every transaction (docs/decisions/0002-execution.md).
//!
//! A leg says: on this account, if this guard holds, add this signed delta. A guard sees the effects of the earlier
//! applied transactions and of the transaction's own earlier legs on that account, whether or not the transaction turns
//! out to be applied. A transaction is applied when the guards of all its legs hold.

use crate::account::Balance;
use crate::error::{InputError, Place};
use crate::limits::{MAX_ACCOUNTS, MAX_TRANSACTIONS};

/// A condition on the balance that a leg meets.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Guard {
    /// Always holds.
    #[default]
    None,
    /// Holds when the balance is at least this.
    AtLeast(u128),
    /// Holds when the balance is exactly this.
    Exactly(u128),
}

/// A signed change of a balance.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Delta {
    /// Adds to the balance.
    Credit(u128),
    /// Takes from the balance; the leg's guard must cover it.
    Debit(u128),
}

impl Delta {
    /// The change modulo 2^128.
    pub fn wrapping(self) -> u128 {
        match self {
            Delta::Credit(amount) => amount,
            Delta::Debit(amount) => amount.wrapping_neg(),
        }
    }
}

/// One guarded delta.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Leg {
    /// The account: an index into the batch's accounts.
    pub account: u32,
    /// Condition on the balance.
    pub guard: Guard,
    /// With `Some(n)` the leg also needs the account's nonce to be `n` and, when its transaction is applied, adds 1 to
    /// it. A nonce of 2^64 - 1 never holds, so a nonce never wraps.
    pub nonce: Option<u64>,
    /// Change of the balance.
    pub delta: Delta,
}

impl Leg {
    /// A leg without a guard that adds `amount`.
    pub fn credit(account: u32, amount: u128) -> Self {
        Self { account, guard: Guard::None, nonce: None, delta: Delta::Credit(amount) }
    }

    /// A leg that takes `amount`, guarded by a balance of at least that.
    pub fn debit(account: u32, amount: u128) -> Self {
        Self { account, guard: Guard::AtLeast(amount), nonce: None, delta: Delta::Debit(amount) }
    }

    /// The same leg with a nonce guard.
    pub fn with_nonce(mut self, nonce: u64) -> Self {
        self.nonce = Some(nonce);
        self
    }

    /// Whether anything can make this leg fail.
    pub fn is_guarded(&self) -> bool {
        self.guard != Guard::None || self.nonce.is_some()
    }

    /// Whether the leg's guards hold on `met`.
    pub fn holds(&self, met: Balance) -> bool {
        let balance = match self.guard {
            Guard::None => true,
            Guard::AtLeast(least) => met.balance >= least,
            Guard::Exactly(exact) => met.balance == exact,
        };
        balance && self.nonce.is_none_or(|nonce| nonce == met.nonce && nonce != u64::MAX)
    }

    /// `met` with the leg's effect, modulo 2^128 and 2^64.
    pub fn apply(&self, met: Balance) -> Balance {
        Balance {
            balance: met.balance.wrapping_add(self.delta.wrapping()),
            nonce: met.nonce.wrapping_add(u64::from(self.nonce.is_some())),
        }
    }

    fn covers_its_debit(&self) -> bool {
        match (self.delta, self.guard) {
            (Delta::Credit(_), _) | (Delta::Debit(0), _) => true,
            (Delta::Debit(amount), Guard::AtLeast(least)) => least >= amount,
            (Delta::Debit(amount), Guard::Exactly(exact)) => exact >= amount,
            (Delta::Debit(_), Guard::None) => false,
        }
    }
}

/// Transactions as legs, over accounts with given balances: what an executor with a format of its own hands over.
#[derive(Clone, Debug, Default)]
pub struct LegBatch {
    accounts: Vec<Balance>,
    legs: Vec<Leg>,
    /// Transaction `t` owns `legs[first[t]..first[t + 1]]`.
    first: Vec<u32>,
}

impl LegBatch {
    /// An empty batch over `accounts`.
    pub fn new(accounts: Vec<Balance>) -> Self {
        Self { accounts, legs: Vec::new(), first: vec![0] }
    }

    /// Adds a transaction and returns its index. A transaction without legs is applied.
    ///
    /// # Errors
    /// An account that is not in the batch, a debit that its guard does not cover, or too many transactions or legs.
    pub fn push(&mut self, legs: &[Leg]) -> Result<usize, InputError> {
        let transaction = self.len();
        let at = |leg| Place::Leg { transaction, leg };
        if transaction >= MAX_TRANSACTIONS {
            let message = format!("expected at most {MAX_TRANSACTIONS} transactions");
            return Err(InputError::new(Place::Transaction(transaction), message));
        }
        if self.legs.len() + legs.len() > MAX_ACCOUNTS {
            let message = format!("expected at most {MAX_ACCOUNTS} legs in a batch");
            return Err(InputError::new(Place::Transaction(transaction), message));
        }
        for (number, leg) in legs.iter().enumerate() {
            if leg.account as usize >= self.accounts.len() {
                let message = format!(
                    "account {} of {}: expected an index into the batch's accounts",
                    leg.account,
                    self.accounts.len()
                );
                return Err(InputError::new(at(number), message));
            }
            if !leg.covers_its_debit() {
                return Err(InputError::new(at(number), "a debit needs a balance guard of at least its amount"));
            }
        }
        self.legs.extend_from_slice(legs);
        self.first.push(self.legs.len() as u32);
        Ok(transaction)
    }

    /// Number of transactions.
    pub fn len(&self) -> usize {
        self.first.len() - 1
    }

    /// Whether there are no transactions.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The accounts before the batch.
    pub fn accounts(&self) -> &[Balance] {
        &self.accounts
    }

    /// All legs, transaction after transaction.
    pub fn legs(&self) -> &[Leg] {
        &self.legs
    }

    /// Index in [`LegBatch::legs`] of the first leg of each transaction, and the number of legs at the end.
    pub fn first(&self) -> &[u32] {
        &self.first
    }

    /// The legs of transaction `index`.
    pub fn transaction(&self, index: usize) -> &[Leg] {
        &self.legs[self.first[index] as usize..self.first[index + 1] as usize]
    }

    /// Tests that no true balance can exceed 2^128 - 1, so that wrapping arithmetic is exact: all balances, what
    /// transactions add beyond what they take, and the credits of any one transaction must fit together.
    pub fn check_bounds(&self) -> Result<(), InputError> {
        let mut bound = Some(0u128);
        for account in &self.accounts {
            bound = bound.and_then(|sum| sum.checked_add(account.balance));
        }
        let mut largest = 0u128;
        for index in 0..self.len() {
            let (mut credits, mut debits) = (Some(0u128), 0u128);
            for leg in self.transaction(index) {
                match leg.delta {
                    Delta::Credit(amount) => credits = credits.and_then(|sum| sum.checked_add(amount)),
                    Delta::Debit(amount) => debits = debits.saturating_add(amount),
                }
            }
            let fits = credits.and_then(|credits| {
                largest = largest.max(credits);
                bound = bound?.checked_add(credits.saturating_sub(debits));
                bound?.checked_add(largest)
            });
            if fits.is_none() {
                let message = "balances and credits up to here could exceed 2^128 - 1";
                return Err(InputError::new(Place::Transaction(index), message));
            }
        }
        Ok(())
    }
}

/// What became of a [`LegBatch`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LegOutcome {
    /// One verdict per leg, in batch order: whether its guards held on what it met.
    pub verdicts: Vec<bool>,
    /// One per transaction: whether it was applied.
    pub applied: Vec<bool>,
    /// The accounts after the batch.
    pub accounts: Vec<Balance>,
}
