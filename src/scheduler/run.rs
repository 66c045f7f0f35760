//! Runs a scheduled block on rayon's threads, for executors that have no thread pool of their own.
//!
//! Both ways call `work` once per transaction, for conflicting ones in block order: what one wrote, the next one sees.
//! Every transaction is a task of its own, so this is for work that takes a microsecond or more.

use crate::conflict::{Dependencies, Groups};
use rayon::Scope;
use rayon::prelude::*;
use std::sync::atomic::{AtomicU32, Ordering};

/// Runs wave after wave: the transactions of a wave at the same time, the next wave when all are done.
///
/// # Panics
/// When `work` panics; later waves are then not run.
pub fn run_by_waves(groups: &Groups, work: impl Fn(usize) + Sync) {
    // In the pool, so that waves follow each other without a hand-over.
    rayon::scope(|_| {
        for wave in groups.iter() {
            wave.par_iter().with_max_len(1).for_each(|&transaction| work(transaction as usize));
        }
    });
}

/// Runs each transaction as soon as those it depends on are done: a counter per transaction, no waves. Faster than
/// [`run_by_waves`] where waves are small or transactions take differently long.
///
/// # Panics
/// When `work` panics; transactions that depend on the one that did are then not run, others may be.
pub fn run_by_dependency(dependencies: &Dependencies, work: impl Fn(usize) + Sync) {
    let count = |transaction| AtomicU32::new(dependencies.in_degree(transaction) as u32);
    let waiting = (0..dependencies.len()).map(count).collect();
    let run = Run { dependencies, waiting, work };
    rayon::scope(|scope| {
        let free = (0..dependencies.len()).into_par_iter().with_max_len(1);
        free.filter(|&transaction| dependencies.in_degree(transaction) == 0)
            .for_each(|transaction| run.from(transaction, scope));
    });
}

struct Run<'d, W> {
    dependencies: &'d Dependencies,
    /// For how many transactions each one still waits.
    waiting: Vec<AtomicU32>,
    work: W,
}

impl<W: Fn(usize) + Sync> Run<'_, W> {
    /// Runs `transaction`, then those that waited for it alone: one of them here, where the data is, others anywhere.
    fn from<'scope>(&'scope self, mut transaction: usize, scope: &Scope<'scope>) {
        loop {
            (self.work)(transaction);
            let mut next = None;
            for &successor in self.dependencies.successors(transaction) {
                let successor = successor as usize;
                // Releases what this transaction wrote, acquires what the others did that the successor waited for.
                if self.waiting[successor].fetch_sub(1, Ordering::AcqRel) > 1 {
                    continue;
                }
                if next.is_none() {
                    next = Some(successor);
                } else {
                    scope.spawn(move |scope| self.from(successor, scope));
                }
            }
            match next {
                Some(successor) => transaction = successor,
                None => return,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conflict::{AccessSets, IndexSetsBuilder};
    use crate::{Engine, Scheduler};
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha12Rng;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::atomic::AtomicUsize;

    fn random(transactions: usize, keys: u32, rng: &mut ChaCha12Rng) -> AccessSets {
        let mut builder = IndexSetsBuilder::new(keys as usize);
        for _ in 0..transactions {
            let mut some =
                |most| (0..rng.random_range(0..=most)).map(|_| rng.random_range(0..keys)).collect::<Vec<_>>();
            builder.push(&some(3), &some(2)).expect("within the limits");
        }
        builder.finish()
    }

    fn conflict(sets: &AccessSets, earlier: usize, later: usize) -> bool {
        let meet = |some: &[u32], others: &[u32]| some.iter().any(|key| others.contains(key));
        meet(sets.writes(earlier), sets.accesses(later)) || meet(sets.accesses(earlier), sets.writes(later))
    }

    /// Runs both ways, and hands over when each transaction began and ended, counted in such events.
    fn both_ways(sets: &AccessSets, check: impl Fn(&str, &[(usize, usize)])) {
        let mut scheduler = Scheduler::builder().engine(Engine::Parallel).build().expect("needs no device");
        let groups = scheduler.groups(sets).expect("memory").clone();
        let dependencies = scheduler.dependencies(sets).expect("few accesses");
        for way in ["by waves", "by dependency"] {
            let clock = AtomicUsize::new(1);
            let new = || (0..sets.len()).map(|_| AtomicUsize::new(0)).collect::<Vec<_>>();
            let (began, ended) = (new(), new());
            let work = |transaction: usize| {
                let now = clock.fetch_add(1, Ordering::SeqCst);
                assert_eq!(began[transaction].swap(now, Ordering::SeqCst), 0, "transaction {transaction} runs twice");
                std::thread::yield_now();
                ended[transaction].store(clock.fetch_add(1, Ordering::SeqCst), Ordering::SeqCst);
            };
            if way == "by waves" {
                run_by_waves(&groups, work);
            } else {
                run_by_dependency(dependencies, work);
            }
            let times: Vec<_> = began.into_iter().zip(ended).map(|(b, e)| (b.into_inner(), e.into_inner())).collect();
            check(way, &times);
        }
    }

    #[test]
    fn conflicting_transactions_run_in_block_order_and_all_run_once() {
        let mut rng = ChaCha12Rng::seed_from_u64(1);
        for case in 0..60 {
            let (transactions, keys) = (rng.random_range(0..120), rng.random_range(1..80));
            let sets = random(transactions, keys, &mut rng);
            both_ways(&sets, |way, times| {
                assert!(times.iter().all(|(began, _)| *began > 0), "{way}, case {case}: one did not run");
                for later in 0..sets.len() {
                    for earlier in (0..later).filter(|&earlier| conflict(&sets, earlier, later)) {
                        assert!(times[earlier].1 < times[later].0, "{way}, case {case}: {later} overtook {earlier}");
                    }
                }
            });
        }
    }

    #[test]
    fn one_key_is_one_after_the_other() {
        let mut builder = IndexSetsBuilder::new(1);
        (0..2_000).for_each(|_| _ = builder.push(&[], &[0]).expect("one key"));
        both_ways(builder.sets(), |way, times| {
            assert!(times.is_sorted_by(|one, next| one.1 < next.0), "{way}");
        });
    }

    #[test]
    fn a_panic_comes_out_and_nothing_that_depends_on_it_runs() {
        let mut builder = IndexSetsBuilder::new(3);
        for keys in [[0, 1], [1, 2], [1, 1], [0, 2]] {
            builder.push(&[], &keys).expect("few keys");
        }
        let mut scheduler = Scheduler::builder().engine(Engine::Parallel).build().expect("needs no device");
        let groups = scheduler.groups(builder.sets()).expect("memory").clone();
        let dependencies = scheduler.dependencies(builder.sets()).expect("few accesses");
        for by_waves in [true, false] {
            let ran = AtomicUsize::new(0);
            let work = |transaction: usize| {
                assert_ne!(transaction, 1, "on purpose");
                ran.fetch_add(1 << transaction, Ordering::SeqCst);
            };
            let run = || if by_waves { run_by_waves(&groups, work) } else { run_by_dependency(dependencies, work) };
            assert!(catch_unwind(AssertUnwindSafe(run)).is_err());
            assert_eq!(ran.into_inner(), 1, "by waves: {by_waves}");
        }
    }
}
