//! Snapshot: from 32-byte account ids to slots of the state.

use crate::account::AccountId;
use crate::ids::{Buckets, Ids, NO_SLOT, RUN};
use crate::state::State;
use crate::transaction::{Block, Transaction};
use rayon::prelude::*;
use std::sync::atomic::{AtomicU32, Ordering};

/// Transactions that one task resolves.
const CHUNK: usize = 1 << 12;
/// Blocks with fewer mentions of unknown accounts number them on one core: dividing the work would take longer.
const NUMBERED_ALONE: usize = 1 << 14;

/// Sender and recipient of a transaction as slots.
pub type Pair = [u32; 2];

/// A block's accounts as slots of a state. Accounts that the state does not hold get provisional slots behind it, in
/// order of first mention; whether and where they are created is known after execution.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// Slots of sender and recipient, one pair per transaction.
    pub pairs: Vec<Pair>,
    /// Ids behind the provisional slots.
    pub unknown: Vec<AccountId>,
    /// Number of accounts in the state: the first provisional slot.
    pub known: u32,
    /// What the state does not hold, by chunk; kept for its memory.
    missing: Vec<Vec<Mention>>,
}

impl Snapshot {
    /// Resolves every id of `block` in `state`, on all cores.
    pub fn new(block: &Block, state: &State) -> Self {
        let mut snapshot = Self::default();
        snapshot.renew(block, state);
        snapshot
    }

    /// Becomes the snapshot of another block and state, in the memory that it has.
    pub fn renew(&mut self, block: &Block, state: &State) {
        let transactions = &block.transactions;
        self.known = state.len() as u32;
        self.unknown.clear();
        self.pairs.resize(transactions.len(), [NO_SLOT; 2]);
        self.missing.resize(transactions.len().div_ceil(CHUNK), Vec::new());
        let ids = state.ids();
        let resolve = |(number, ((transactions, pairs), missing)): (usize, Chunk<'_>)| {
            resolve(ids, transactions, pairs, number * CHUNK, missing);
        };
        if let [missing] = &mut self.missing[..] {
            resolve((0, ((transactions, &mut self.pairs), missing)));
        } else {
            let chunks = transactions.par_chunks(CHUNK).zip(self.pairs.par_chunks_mut(CHUNK));
            chunks.zip(&mut self.missing).enumerate().for_each(resolve);
        }
        if self.missing.iter().any(|missing| !missing.is_empty()) {
            let missing = self.missing.concat();
            self.number(transactions, &missing);
        }
    }

    /// Gives unknown accounts their numbers.
    fn number(&mut self, transactions: &[Transaction], missing: &[Mention]) {
        let first: Vec<AtomicU32> = (0..missing.len()).map(|_| AtomicU32::new(NO_SLOT)).collect();
        let parts = if missing.len() < NUMBERED_ALONE { 1 } else { rayon::current_num_threads() as u32 };
        if parts == 1 {
            first_mentions(transactions, missing, &first, 0, 1);
        } else {
            (0..parts).into_par_iter().for_each(|part| first_mentions(transactions, missing, &first, part, parts));
        }
        let mut numbers: Vec<u32> = Vec::with_capacity(missing.len());
        for (number, (mention, first)) in missing.iter().zip(&first).enumerate() {
            let first = first.load(Ordering::Relaxed) as usize;
            let slot = numbers.get(first).copied().unwrap_or_else(|| {
                debug_assert_eq!(first, number, "no mention comes before the first one");
                self.unknown.push(*mention.id(transactions));
                self.known + self.unknown.len() as u32 - 1
            });
            numbers.push(slot);
            self.pairs[mention.place as usize / 2][mention.place as usize % 2] = slot;
        }
    }

    /// Slots in use, provisional ones included.
    pub fn slots(&self) -> usize {
        self.known as usize + self.unknown.len()
    }
}

/// Transactions, their pairs, and what of them the state does not hold.
type Chunk<'c> = ((&'c [Transaction], &'c mut [Pair]), &'c mut Vec<Mention>);

/// An account of a transaction that the state does not hold.
#[derive(Clone, Copy, Debug)]
struct Mention {
    /// Twice the transaction's index, one more for the recipient.
    place: u32,
    hash: u32,
}

impl Mention {
    #[inline(always)]
    fn id(self, transactions: &[Transaction]) -> &AccountId {
        let transaction = &transactions[self.place as usize / 2];
        if self.place.is_multiple_of(2) { transaction.from() } else { transaction.to() }
    }
}

/// Resolves transactions, of which the first is the block's `first`; `missing` is what the state does not hold.
fn resolve(ids: &Ids, transactions: &[Transaction], pairs: &mut [Pair], first: usize, missing: &mut Vec<Mention>) {
    missing.clear();
    let mut hashes = [0; RUN];
    for (number, (transactions, pairs)) in transactions.chunks(RUN / 2).zip(pairs.chunks_mut(RUN / 2)).enumerate() {
        let slots = pairs.as_flattened_mut();
        let id = |place: usize| {
            if place.is_multiple_of(2) { transactions[place / 2].from() } else { transactions[place / 2].to() }
        };
        ids.resolve((0..slots.len()).map(id), &mut hashes, slots);
        let before = 2 * first + number * RUN;
        let mention = |(place, (slot, hash)): (usize, (&u32, &u32))| {
            (*slot == NO_SLOT).then_some(Mention { place: (before + place) as u32, hash: *hash })
        };
        missing.extend(slots.iter().zip(&hashes).enumerate().filter_map(mention));
    }
}

/// For each mention of this part of the hashes, the first one of the same account, both by their place in `missing`.
fn first_mentions(transactions: &[Transaction], missing: &[Mention], first: &[AtomicU32], part: u32, parts: u32) {
    let mut buckets = Buckets::default();
    // The upper bits say where in the buckets, so the lower ones say which part.
    let mut own = missing.iter().enumerate().filter(|(_, mention)| mention.hash % parts == part);
    let mut run: Vec<(usize, Mention)> = Vec::with_capacity(RUN);
    loop {
        run.extend(own.by_ref().take(RUN).map(|(number, mention)| (number, *mention)));
        if run.is_empty() {
            return;
        }
        buckets.reserve(run.len());
        run.iter().for_each(|(_, mention)| buckets.view().prefetch(mention.hash));
        for (number, mention) in run.drain(..) {
            let id = mention.id(transactions);
            let same = |other: u32| missing[other as usize].id(transactions) == id;
            first[number].store(buckets.find_or_insert(mention.hash, number as u32, same), Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::Account;
    use crate::transaction::{BlockHeader, Transfer};
    use std::collections::HashMap;

    fn id(number: u32) -> AccountId {
        let mut id = AccountId::default();
        id.0[..4].copy_from_slice(&number.wrapping_mul(2_654_435_761).to_be_bytes());
        id
    }

    fn block(transactions: usize, ids: u32) -> Block {
        let mut next = 0u32;
        let mut draw = || {
            next = next.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            id((next >> 8) % ids)
        };
        let mut transaction = || {
            let (from, to) = (draw(), draw());
            Transaction::transfer(&Transfer { chain_id: 0, nonce: 0, amount: 1, fee: 0, from, to }, [0; 64])
        };
        let transactions = (0..transactions).map(|_| transaction()).collect();
        Block { header: BlockHeader { chain_id: 0, height: 1, fee_recipient: id(0) }, transactions }
    }

    /// The definition: one id after the other.
    fn expected(block: &Block, state: &State) -> (Vec<Pair>, Vec<AccountId>) {
        let (mut numbers, mut unknown) = (HashMap::new(), Vec::new());
        let mut slot = |id: &AccountId| {
            state.slot(id).unwrap_or_else(|| {
                *numbers.entry(*id).or_insert_with(|| {
                    unknown.push(*id);
                    (state.len() + unknown.len() - 1) as u32
                })
            })
        };
        let pair = |transaction: &Transaction| [slot(transaction.from()), slot(transaction.to())];
        (block.transactions.iter().map(pair).collect(), unknown)
    }

    #[test]
    fn unknown_accounts_are_numbered_by_first_mention_on_one_core_and_on_many() {
        let threads = rayon::ThreadPoolBuilder::new().num_threads(5).build().expect("threads");
        let mut snapshot = Snapshot::default();
        // Before and behind the sizes of a run, of a chunk, and of what is numbered on one core.
        for (transactions, ids) in [
            (40_000, 30_000),
            (0, 1),
            (1, 5),
            (31, 9),
            (33, 50),
            (4_096, 99),
            (4_097, 9_000),
            (9_000, 20),
            (40_000, 900),
        ] {
            for known in [0, ids / 2, ids] {
                let accounts = (0..known).map(|number| Account { id: id(2 * number), balance: 1, nonce: 0 });
                let state = State::from_accounts(0, accounts).expect("distinct accounts");
                let block = block(transactions, ids);
                let (pairs, unknown) = expected(&block, &state);
                threads.install(|| snapshot.renew(&block, &state));
                assert_eq!((&snapshot.pairs, &snapshot.unknown), (&pairs, &unknown), "{transactions} over {ids}");
                assert_eq!(snapshot.slots(), state.len() + unknown.len());
            }
        }
    }
}
