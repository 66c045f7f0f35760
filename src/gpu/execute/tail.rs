//! The tail: what the device left open, decided on the CPU in block order, visiting only what is affected.
//!
//! Statuses outside the active accounts agree with what their guards meet. Debits are visited in ascending order from a
//! set; whenever one is visited the sender's next debit is added, and when a status changes the recipient's next debit
//! behind it. All changes thus go forward, and what has been passed is final.

#[cfg(test)]
use super::encode::Legs;
use super::encode::{Batch, flags};

const APPLIED: u32 = 1;

/// Legs by account, in order of transactions.
struct Grouped {
    /// Account `a` owns `order[starts[a]..starts[a + 1]]`.
    starts: Vec<u32>,
    /// Positions of legs in the batch.
    order: Vec<u32>,
    /// Where each leg of the batch stands in `order`.
    places: Vec<u32>,
}

impl Grouped {
    fn new(batch: &Batch) -> Self {
        let mut starts = vec![0u32; batch.balances.len() + 2];
        for key in &batch.keys {
            starts[*key as usize + 2] += 1;
        }
        for account in 2..starts.len() {
            starts[account] += starts[account - 1];
        }
        let mut order = vec![0; batch.keys.len()];
        let mut places = vec![0; batch.keys.len()];
        for (leg, key) in (0..).zip(&batch.keys) {
            let next = &mut starts[*key as usize + 1];
            order[*next as usize] = leg;
            places[leg as usize] = *next;
            *next += 1;
        }
        starts.pop();
        Self { starts, order, places }
    }
}

/// Where an account's walk has come to.
#[derive(Clone, Copy)]
struct Cursor {
    place: u32,
    balance: u128,
    nonce: u32,
}

/// Completes `words` (bit 0: applied) from the accounts in `active` and returns how many debits it visited, or `None`
/// once that exceeds `budget`; `words` are of no use then.
pub fn complete(batch: &Batch, words: &mut [u32], active: &[u32], budget: usize) -> Option<usize> {
    let mut tail = Tail::new(batch, words);
    for account in active {
        tail.open_from(tail.grouped.starts[*account as usize], *account);
    }
    let mut visited = 0;
    let mut block = 0;
    while block < tail.open.len() {
        if tail.open[block] == 0 {
            block += 1;
            continue;
        }
        let transaction = block * 64 + tail.open[block].trailing_zeros() as usize;
        tail.open[block] &= tail.open[block] - 1;
        visited += 1;
        if visited > budget {
            return None;
        }
        tail.visit(transaction);
    }
    Some(visited)
}

struct Tail<'a> {
    batch: &'a Batch,
    words: &'a mut [u32],
    grouped: Grouped,
    cursors: Vec<Cursor>,
    /// Position in the batch of each transaction's debit.
    debits: Vec<u32>,
    /// A bit per transaction that is still to be visited.
    open: Vec<u64>,
}

impl<'a> Tail<'a> {
    fn new(batch: &'a Batch, words: &'a mut [u32]) -> Self {
        let grouped = Grouped::new(batch);
        let cursor = |(start, balance): (&u32, &u128)| Cursor { place: *start, balance: *balance, nonce: 0 };
        let cursors = grouped.starts.iter().zip(&batch.balances).map(cursor).collect();
        let mut debits = vec![u32::MAX; batch.transactions as usize];
        for (position, transaction) in (0..).step_by(2).zip(batch.guarded()) {
            debits[transaction] = position;
        }
        let open = vec![0; (batch.transactions as usize).div_ceil(64)];
        Self { batch, words, grouped, cursors, debits, open }
    }

    /// Opens the first debit of `account` at or behind `place`.
    fn open_from(&mut self, place: u32, account: u32) {
        let end = self.grouped.starts[account as usize + 1];
        let legs = self.grouped.order[place as usize..end as usize].iter().map(|leg| self.batch.leg(*leg as usize));
        if let Some([first, ..]) = legs.into_iter().find(|leg| leg[0] & flags::GUARDED != 0) {
            let transaction = (first & flags::TRANSACTION) as usize;
            self.open[transaction / 64] |= 1 << (transaction % 64);
        }
    }

    fn visit(&mut self, transaction: usize) {
        let debit = self.debits[transaction] as usize;
        let (sender, leg) = (self.batch.keys[debit], self.batch.leg(debit));
        self.advance(sender, self.grouped.places[debit]);
        let Cursor { place, balance, nonce } = self.cursors[sender as usize];
        let holds = leg[0] & flags::DEAD == 0 && leg[1] == nonce && balance >= self.batch.amounts[debit];
        let changed = holds != (self.words[transaction] & APPLIED == APPLIED);
        self.words[transaction] = u32::from(holds);
        self.open_from(place + 1, sender);
        // The credit follows its debit.
        if changed && self.batch.keys[debit + 1] != sender {
            self.open_from(self.grouped.places[debit + 1], self.batch.keys[debit + 1]);
        }
    }

    /// Moves an account's cursor to `place`, over legs whose statuses are final.
    fn advance(&mut self, account: u32, place: u32) {
        let mut cursor = self.cursors[account as usize];
        while cursor.place < place {
            let leg = self.grouped.order[cursor.place as usize] as usize;
            let [first, ..] = self.batch.leg(leg);
            if self.words[(first & flags::TRANSACTION) as usize] & APPLIED == APPLIED {
                let amount = self.batch.amounts[leg];
                if first & flags::NEGATIVE != 0 {
                    cursor.balance = cursor.balance.wrapping_sub(amount);
                    cursor.nonce += 1;
                } else {
                    cursor.balance = cursor.balance.wrapping_add(amount);
                }
            }
            cursor.place += 1;
        }
        self.cursors[account as usize] = cursor;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::execute::programs::Variant;
    use proptest::prelude::*;

    /// A batch of transfers (from, to, amount, nonce), every fee zero.
    fn batch(balances: &[u128], transfers: &[(u32, u32, u128, u32)]) -> Batch {
        let mut batch = Batch {
            variant: Variant::Wide,
            transactions: transfers.len() as u32,
            keys: Vec::new(),
            legs: Legs::Transfers((0..).zip(transfers).map(|(index, transfer)| [index, transfer.3]).collect()),
            amounts: Vec::new(),
            balances: balances.to_vec(),
            statuses: Vec::new(),
            general: None,
        };
        for &(from, to, amount, _) in transfers {
            batch.keys.extend([from, to]);
            batch.amounts.extend([amount, amount]);
        }
        batch
    }

    /// Statuses in order, as they are defined.
    fn in_order(balances: &[u128], transfers: &[(u32, u32, u128, u32)]) -> Vec<u32> {
        let mut accounts: Vec<(u128, u32)> = balances.iter().map(|balance| (*balance, 0)).collect();
        let decide = |&(from, to, amount, nonce): &(u32, u32, u128, u32)| {
            let (balance, next) = accounts[from as usize];
            let holds = next == nonce && balance >= amount;
            if holds {
                accounts[from as usize] = (balance - amount, next + 1);
                accounts[to as usize].0 += amount;
            }
            u32::from(holds)
        };
        transfers.iter().map(decide).collect()
    }

    /// Accounts with a debit whose status is not what its guard says, given the other statuses.
    fn inconsistent(balances: &[u128], transfers: &[(u32, u32, u128, u32)], words: &[u32]) -> Vec<u32> {
        let mut accounts: Vec<(u128, u32)> = balances.iter().map(|balance| (*balance, 0)).collect();
        let mut wrong = Vec::new();
        for (&(from, to, amount, nonce), word) in transfers.iter().zip(words) {
            let (balance, next) = accounts[from as usize];
            if u32::from(next == nonce && balance >= amount) != *word {
                wrong.push(from);
            }
            if *word == 1 {
                accounts[from as usize] = (balance.wrapping_sub(amount), next + 1);
                accounts[to as usize].0 = accounts[to as usize].0.wrapping_add(amount);
            }
        }
        wrong.sort_unstable();
        wrong.dedup();
        wrong
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

        #[test]
        fn completes_any_guess_to_the_statuses_in_order(
            balances in prop::collection::vec(0u128..30, 5),
            transfers in prop::collection::vec((0u32..5, 0u32..5, 0u128..20, 0u32..6), 0..60),
            guess in prop::collection::vec(0u32..2, 60),
        ) {
            let batch = batch(&balances, &transfers);
            let mut words = guess[..transfers.len()].to_vec();
            let active = inconsistent(&balances, &transfers, &words);
            let visited = complete(&batch, &mut words, &active, transfers.len());
            prop_assert!(visited.is_some());
            prop_assert_eq!(words, in_order(&balances, &transfers));
        }
    }

    #[test]
    fn gives_up_beyond_its_budget() {
        let transfers: Vec<_> = (0..100).map(|nonce| (0, 1, 1, nonce)).collect();
        let batch = batch(&[50, 0], &transfers);
        assert_eq!(complete(&batch, &mut [1; 100], &[0], 99), None);
        let mut words = [1; 100];
        assert_eq!(complete(&batch, &mut words, &[0], 100), Some(100));
        assert_eq!(words.iter().sum::<u32>(), 50);
    }

    #[test]
    fn visits_nothing_without_active_accounts() {
        let transfers = [(0, 1, 1, 0)];
        assert_eq!(complete(&batch(&[5, 0], &transfers), &mut [1], &[], 0), Some(0));
    }
}
