//! Other people's ways to execute a block, on the same transactions and dense account indices as the engines.

use crate::account::Balance;
use crate::commit::Touched;
use crate::encode::static_statuses;
use crate::ledger::Input;
use crate::snapshot::{Pair, Snapshot};
use crate::state::State;
use crate::status::{Reason, Status};
use crate::transaction::{Block, Transaction};
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

/// A block ready to be executed: ids resolved, static tests done, both outside of any clock.
pub struct Case<'a> {
    pub block: &'a Block,
    pub state: &'a State,
    pub snapshot: &'a Snapshot,
    /// `Applied`: still open.
    pub open: &'a [Status],
}

impl Case<'_> {
    /// Transactions in the block.
    pub fn len(&self) -> usize {
        self.block.transactions.len()
    }

    /// What engines are given.
    pub fn input(&self) -> Input<'_> {
        Input::new(self.block, self.state, self.snapshot)
    }

    /// An account before the block.
    pub fn before(&self, slot: u32) -> Balance {
        self.state.balances().get(slot as usize).copied().unwrap_or_default()
    }

    /// Every slot that the block mentions, as often as it does.
    pub fn mentioned(&self) -> impl Iterator<Item = u32> + '_ {
        self.snapshot.pairs.iter().flatten().copied()
    }
}

/// A block and what [`Case`] borrows from.
pub struct Prepared {
    pub block: Block,
    pub state: State,
    pub snapshot: Snapshot,
    pub open: Vec<Status>,
}

impl Prepared {
    /// Resolves ids and does the static tests; `verdicts` as for [`static_statuses`].
    pub fn new(block: Block, state: State, verdicts: Option<&[bool]>) -> Self {
        let snapshot = Snapshot::new(&block, &state);
        let open = static_statuses(&block, verdicts);
        Self { block, state, snapshot, open }
    }

    pub fn case(&self) -> Case<'_> {
        Case { block: &self.block, state: &self.state, snapshot: &self.snapshot, open: &self.open }
    }
}

/// A peer: makes ready, is timed, and then says what it found.
pub trait Executor {
    /// The name in reports.
    fn name(&self) -> &'static str;

    /// Memory of the right size, accounts as they are before the block: not timed.
    fn prepare(&mut self, case: &Case<'_>);

    /// Wakes the threads, so that the clock does not see them wake: not timed.
    fn wake(&self) {}

    /// Executes the block that was prepared: timed.
    fn execute(&mut self, case: &Case<'_>);

    /// A status per transaction, and every account that applied transactions touched; leaves the accounts as they were
    /// before the block. Not timed.
    fn result(&mut self, case: &Case<'_>) -> (Vec<Status>, Vec<Touched>);
}

/// Executes one transfer as far as its sender is concerned: what is left, or why nothing happens. The cost does not overflow:
/// transactions whose does are not open.
#[inline(always)]
pub fn debit(transaction: &Transaction, sender: Balance) -> Result<Balance, Reason> {
    let nonce = transaction.nonce();
    if nonce == u64::MAX || nonce > sender.nonce {
        return Err(Reason::NonceTooHigh);
    }
    if nonce < sender.nonce {
        return Err(Reason::NonceTooLow);
    }
    let cost = transaction.amount().wrapping_add(transaction.fee());
    if sender.balance < cost {
        return Err(Reason::InsufficientFunds);
    }
    Ok(Balance { balance: sender.balance - cost, nonce: nonce + 1 })
}

/// Accounts that several threads work on without locks. Whoever uses them sees to it that an account is in one hand at a time,
/// and that handing over synchronises: then plain loads and stores are all this is.
#[derive(Default)]
pub struct SharedAccounts {
    accounts: Vec<SharedAccount>,
    state: Option<crate::state::StateVersion>,
}

/// 32 bytes, so that two to a cache line never straddle one.
#[derive(Default)]
#[repr(align(32))]
struct SharedAccount {
    balance: [AtomicU64; 2],
    nonce: AtomicU64,
}

impl SharedAccounts {
    /// All accounts as they are before the block: copied when the state is new.
    pub fn load(&mut self, case: &Case<'_>) {
        let slots = case.snapshot.slots();
        if self.state != Some(case.state.version()) || self.accounts.len() != slots {
            self.accounts.resize_with(slots, SharedAccount::default);
            (0..slots as u32).for_each(|slot| self.set(slot, case.before(slot)));
            self.state = Some(case.state.version());
        }
    }

    #[inline(always)]
    pub fn get(&self, slot: u32) -> Balance {
        let SharedAccount { balance: [low, high], nonce } = &self.accounts[slot as usize];
        let [low, high] = [low, high].map(|half| u128::from(half.load(Ordering::Relaxed)));
        Balance { balance: low | high << 64, nonce: nonce.load(Ordering::Relaxed) }
    }

    #[inline(always)]
    pub fn set(&self, slot: u32, account: Balance) {
        let SharedAccount { balance: [low, high], nonce } = &self.accounts[slot as usize];
        low.store(account.balance as u64, Ordering::Relaxed);
        high.store((account.balance >> 64) as u64, Ordering::Relaxed);
        nonce.store(account.nonce, Ordering::Relaxed);
    }

    /// Executes one transfer in place, by whoever holds both of its accounts.
    #[inline(always)]
    pub fn transfer(&self, transaction: &Transaction, [from, to]: Pair) -> Status {
        match debit(transaction, self.get(from)) {
            Err(reason) => Status::Rejected(reason),
            Ok(left) => {
                self.set(from, left);
                let mut recipient = self.get(to);
                recipient.balance += transaction.amount();
                self.set(to, recipient);
                Status::Applied
            }
        }
    }

    /// The accounts that the block mentions, once each, as they stand; leaves them as they were before it.
    pub fn take(&self, case: &Case<'_>) -> Vec<Touched> {
        let touched = touched(case, |slot| self.get(slot));
        case.mentioned().for_each(|slot| self.set(slot, case.before(slot)));
        touched
    }
}

/// The accounts that a block mentions, once each.
pub fn touched(case: &Case<'_>, get: impl Fn(u32) -> Balance) -> Vec<Touched> {
    let mut slots: Vec<u32> = case.mentioned().collect();
    slots.sort_unstable();
    slots.dedup();
    slots.into_iter().map(|slot| (slot, get(slot))).collect()
}

/// Statuses that several threads write, each transaction's once.
#[derive(Default)]
pub struct SharedStatuses(Vec<AtomicU8>);

impl SharedStatuses {
    /// Room for a block.
    pub fn load(&mut self, case: &Case<'_>) {
        self.0.resize_with(case.len(), AtomicU8::default);
        self.0.iter_mut().zip(case.open).for_each(|(code, status)| *code.get_mut() = status.code() as u8);
    }

    #[inline(always)]
    pub fn set(&self, transaction: usize, status: Status) {
        self.0[transaction].store(status.code() as u8, Ordering::Relaxed);
    }

    /// What was written.
    pub fn get(&self) -> Vec<Status> {
        let code = |code: &AtomicU8| u32::from(code.load(Ordering::Relaxed));
        self.0.iter().map(|one| Status::from_code(code(one)).expect("only codes are stored")).collect()
    }
}
