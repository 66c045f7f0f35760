//! A claim about every status of a block, checked by all cores at once, account by account.
//!
//! Each core owns a range of accounts and follows them alone through the block: what they receive depends on nothing but the claim,
//! and what becomes of a sender's own transactions it decides itself. Where none comes out otherwise than claimed, the claim is what
//! serial execution decides: of the transactions that are claimed wrongly the first one would be found by the core that owns its
//! sender, because all before it are claimed rightly (the fixpoint of docs/decisions/0002-execution.md).

use super::tiles::Transfer;
use super::{Entry, decide};
use crate::memory::prefetch;
use crate::snapshot::Pair;
use crate::status::Status;
use crate::transaction::Transaction;
use rayon::prelude::*;

/// Transactions that are looked through at a time for those of a range: few enough that what is prefetched stays in the
/// first cache, enough that sixteen cores find a hundred each.
const WINDOW: usize = 1 << 10;
/// Transactions from which the ranges' bounds are taken.
const SAMPLED: usize = 1 << 12;

/// A block, its accounts numbered, and what is claimed of it.
#[derive(Clone, Copy)]
pub struct Claim<'a> {
    pub transactions: &'a [Transaction],
    pub pairs: &'a [Pair],
    /// What is decided already; `Applied` where it is open.
    pub open: &'a [Status],
    pub statuses: &'a [Status],
}

impl Claim<'_> {
    /// Takes the accounts, which stand as before the block, through it; they are those after it unless a transaction is returned:
    /// the first that is claimed wrongly.
    pub fn follow(&self, entries: &mut [Entry]) -> Option<u32> {
        if let Some(wrong) = self.overruled() {
            return Some(wrong);
        }
        let bounds = self.bounds(entries.len(), rayon::current_num_threads());
        let mut rest = entries;
        let mut ranges = Vec::with_capacity(bounds.len() + 1);
        let mut first = 0;
        for bound in bounds {
            let (range, behind) = rest.split_at_mut(bound - first);
            ranges.push((first as u32, range));
            (first, rest) = (bound, behind);
        }
        ranges.push((first as u32, rest));
        ranges.into_par_iter().with_max_len(1).filter_map(|(first, range)| self.follow_range(first, range)).min()
    }

    /// The first transaction that was decided before and is claimed otherwise. Nobody's account need be theirs.
    fn overruled(&self) -> Option<u32> {
        let both = self.open.par_iter().zip(self.statuses).with_min_len(WINDOW);
        let wrong = both.position_first(|(open, claimed)| *open != Status::Applied && open != claimed);
        wrong.map(|index| index as u32)
    }

    /// Accounts at which ranges end, so that about equally many transactions touch each.
    fn bounds(&self, accounts: usize, parts: usize) -> Vec<usize> {
        let step = (self.pairs.len() / SAMPLED).max(1);
        let mut touched: Vec<u32> = self.pairs.iter().step_by(step).flatten().copied().collect();
        touched.sort_unstable();
        let mut bounds: Vec<_> =
            (1..parts).filter_map(|part| touched.get(part * touched.len() / parts)).map(|at| *at as usize).collect();
        bounds.dedup();
        bounds.retain(|bound| *bound < accounts);
        bounds
    }

    /// The first transaction of a range's senders that comes out otherwise than claimed.
    fn follow_range(&self, first: u32, entries: &mut [Entry]) -> Option<u32> {
        let len = entries.len();
        let owned = |account: u32| (account.wrapping_sub(first) as usize) < len;
        let mut window = [0; WINDOW];
        for (number, pairs) in self.pairs.chunks(WINDOW).enumerate() {
            let begin = (number * WINDOW) as u32;
            let mut count = 0;
            for (index, [from, to]) in (begin..).zip(pairs) {
                window[count] = index;
                count += usize::from(owned(*from) | owned(*to));
            }
            let window = &window[..count];
            for index in window {
                prefetch(self.transactions, *index as usize);
                for account in self.pairs[*index as usize] {
                    prefetch(entries, account.wrapping_sub(first) as usize);
                }
            }
            if let Some(wrong) = window.iter().find(|index| !self.step(**index, first, entries)) {
                return Some(*wrong);
            }
        }
        None
    }

    /// One transaction, as far as it concerns the accounts of a range; whether it comes out as claimed.
    #[inline(always)]
    fn step(&self, index: u32, first: u32, entries: &mut [Entry]) -> bool {
        let at = index as usize;
        if self.open[at] != Status::Applied {
            return true;
        }
        let [from, to] = self.pairs[at].map(|account| account.wrapping_sub(first) as usize);
        let (claimed, transfer) = (self.statuses[at], Transfer::from(&self.transactions[at]));
        if let Some(sender) = entries.get_mut(from) {
            if claimed != decide(sender, &transfer) {
                return false;
            }
            if claimed == Status::Applied {
                sender.balance -= transfer.cost;
                sender.nonce += 1;
            }
        }
        if claimed == Status::Applied
            && let Some(recipient) = entries.get_mut(to)
        {
            // Money that a wrong claim creates may be more than there is.
            recipient.balance = recipient.balance.wrapping_add(transfer.amount);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transaction::Transfer as Record;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha20Rng;

    struct Case {
        transactions: Vec<Transaction>,
        pairs: Vec<Pair>,
        before: Vec<Entry>,
        open: Vec<Status>,
        after: Vec<Entry>,
        statuses: Vec<Status>,
    }

    /// Little money, so that transfers fail for want of it, wrong nonces, and transactions that are decided already.
    fn case(len: usize, accounts: u32, rng: &mut ChaCha20Rng) -> Case {
        let mut nonces = vec![0; accounts as usize];
        let mut pairs = Vec::new();
        let mut transactions = Vec::new();
        for _ in 0..len {
            let pair: Pair = [rng.random_range(0..accounts), rng.random_range(0..accounts)];
            let nonce = nonces[pair[0] as usize] + u64::from(rng.random_range(0..50) == 0);
            nonces[pair[0] as usize] += u64::from(rng.random_range(0..50) != 0);
            let amount = rng.random_range(0..20);
            let (from, to) = Default::default();
            transactions.push(Transaction::transfer(&Record { chain_id: 0, nonce, amount, fee: 1, from, to }, [0; 64]));
            pairs.push(pair);
        }
        let before: Vec<Entry> =
            nonces.iter().map(|_| Entry { balance: rng.random_range(0..60), nonce: 0, unused: 0 }).collect();
        let malformed = Status::Rejected(crate::status::Reason::Malformed);
        let open: Vec<_> =
            (0..len).map(|_| if rng.random_range(0..9) == 0 { malformed } else { Status::Applied }).collect();
        let (mut after, mut statuses) = (before.clone(), open.clone());
        super::super::execute(&mut after, &pairs, transactions.iter().map(Transfer::from), &mut statuses);
        Case { transactions, pairs, before, open, after, statuses }
    }

    impl Case {
        fn follow(&self, statuses: &[Status], threads: usize) -> (Vec<Entry>, Option<u32>) {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
            let Self { transactions, pairs, before, open, .. } = self;
            let mut entries = before.clone();
            let wrong = pool.install(|| Claim { transactions, pairs, open, statuses }.follow(&mut entries));
            (entries, wrong)
        }
    }

    #[test]
    fn the_truth_is_confirmed_and_of_a_lie_the_first_is_found() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        for (len, accounts) in [(0, 1), (1, 1), (WINDOW - 1, 7), (WINDOW, 300), (WINDOW + 1, 2), (5 * WINDOW + 3, 900)]
        {
            let case = case(len, accounts, &mut rng);
            for threads in [1, 2, 16] {
                let (entries, wrong) = case.follow(&case.statuses, threads);
                assert!(wrong.is_none() && entries == case.after, "{len} {accounts} {threads}");
                for _ in 0..20.min(len) {
                    let lie = rng.random_range(0..len);
                    let mut claimed = case.statuses.clone();
                    claimed[lie] = match claimed[lie] {
                        Status::Applied => Status::Rejected(crate::status::Reason::NonceTooLow),
                        Status::Rejected(_) => Status::Applied,
                    };
                    assert_eq!(case.follow(&claimed, threads).1, Some(lie as u32), "{len} {accounts} {threads}");
                }
            }
        }
    }

    #[test]
    fn what_was_decided_before_is_not_open_to_a_claim() {
        let mut case = case(3 * WINDOW, 5, &mut ChaCha20Rng::seed_from_u64(2));
        // Nobody has an account at work where nothing is open.
        case.open.fill(Status::Rejected(crate::status::Reason::Malformed));
        case.pairs.fill([0, 0]);
        case.before.clear();
        assert_eq!(case.follow(&case.open, 16).1, None);
        for lie in [0, WINDOW, 3 * WINDOW - 1] {
            let mut claimed = case.open.clone();
            claimed[lie..].fill(Status::Applied);
            assert_eq!(case.follow(&claimed, 16).1, Some(lie as u32));
        }
    }

    #[test]
    fn ranges_share_out_transactions_wherever_they_are() {
        let pairs: Vec<Pair> = (0..10_000).map(|index| [index % 3, 5_000 + index % 100]).collect();
        let claim = Claim { transactions: &[], pairs: &pairs, open: &[], statuses: &[] };
        let bounds = claim.bounds(10_000, 8);
        assert!(bounds.is_sorted() && bounds.len() >= 5, "{bounds:?}");
        assert!(bounds.iter().filter(|bound| **bound > 5_000).count() >= 3, "{bounds:?}");
        assert!(claim.bounds(0, 8).is_empty());
    }
}
