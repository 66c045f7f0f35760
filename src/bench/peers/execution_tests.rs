//! Every peer's execution against the serial engine.

use super::block_stm::BlockStm;
use super::execution::{Case, Executor, Prepared};
use super::hash_map::HashMapLoop;
use super::ordered_locks::OrderedLocks;
use super::plain::Plain;
use super::waves::Waves;
use crate::account::{Account, AccountId};
use crate::state::State;
use crate::status::{Reason, Status};
use crate::transaction::{Block, BlockHeader, Transaction, Transfer};
use crate::workload::{Amounts, Balances, GeneratedBlock, Workload, WorkloadKind};
use crate::{commit, serial};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::sync::mpsc::channel;
use std::time::Duration;

/// More than any of these blocks takes, on a machine with other work too.
const LONGEST: Duration = Duration::from_secs(120);

fn peers(threads: usize) -> Vec<Box<dyn Executor + Send>> {
    vec![
        Box::new(BlockStm::new(threads)),
        Box::new(OrderedLocks::new(threads)),
        Box::new(Waves::new(threads)),
        Box::new(HashMapLoop::default()),
        Box::new(Plain::default()),
    ]
}

/// Runs a block twice, the second time in the memory of the first; both times statuses and changes are serial's.
fn check(peer: &mut dyn Executor, prepared: &Prepared, what: &str) {
    let case: Case = prepared.case();
    let expected = serial::execute::execute(case.block, case.state, None);
    for run in 0..2 {
        peer.prepare(&case);
        peer.wake();
        peer.execute(&case);
        let (statuses, touched) = peer.result(&case);
        let differs = statuses.iter().zip(&expected.statuses).position(|(found, expected)| found != expected);
        assert_eq!((statuses.len(), differs), (case.len(), None), "{} on {what}, run {run}", peer.name());
        let changes = commit::changes(case.block, case.state, case.snapshot, &statuses, touched.into_iter());
        assert!(changes == expected.changes, "{} on {what}, run {run}: changes differ", peer.name());
    }
}

/// Fails where `body` does not end: a peer that waits for ever must not make the suite wait for ever.
pub fn in_time(what: &str, body: impl FnOnce() + Send + 'static) {
    let (done, end) = channel();
    let thread = std::thread::spawn(move || {
        body();
        let _ = done.send(());
    });
    if let Err(std::sync::mpsc::RecvTimeoutError::Timeout) = end.recv_timeout(LONGEST) {
        panic!("{what} does not end");
    }
    thread.join().expect("the checks hold");
}

fn unsigned(kind: WorkloadKind, transactions: usize, accounts: usize) -> Workload {
    Workload { kind, transactions, accounts, signed: false, ..Workload::default() }
}

/// Transfers by senders that use a nonce again when it failed: an earlier transaction that can pay after all makes a later one
/// fail, which no workload of the generator does.
pub fn with_nonces_used_again(seed: u64, transactions: usize, accounts: u8) -> Prepared {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut draw = |most: u64| random.random_range(0..=most);
    let transfers: Vec<(u8, u8, u64, u128)> = (0..transactions)
        .map(|index| {
            let [from, to] = [0; 2].map(|_| draw(u64::from(accounts) - 1) as u8);
            let most = 1 + index as u64 / u64::from(accounts) / 2;
            (from, to, draw(most), draw(60).into())
        })
        .collect();
    let balances: Vec<(u8, u128)> = (0..accounts).map(|number| (number, draw(60).into())).collect();
    Prepared::new(block(&transfers), state(&balances), None)
}

fn prepare(workload: &Workload) -> Prepared {
    let GeneratedBlock { block, state } = workload.generate();
    Prepared::new(block, state, None)
}

#[test]
fn every_shape_at_every_level_of_funds() {
    in_time("a shape", || {
        for threads in [1, 2, 5] {
            let mut peers = peers(threads);
            for kind in WorkloadKind::ALL {
                for balances in Balances::ALL {
                    let workload = Workload { balances, invalid: 7.0, ..unsigned(kind, 1_500, 40) };
                    let prepared = prepare(&workload);
                    for peer in &mut peers {
                        check(&mut **peer, &prepared, &format!("{kind}, {balances}, {threads} threads"));
                    }
                }
            }
        }
    });
}

/// Few accounts and more threads than cores, many times over: what goes wrong between threads goes wrong here.
#[test]
fn random_blocks_over_few_accounts_on_many_threads() {
    in_time("a contended block", || {
        for threads in [2, 3, 4, 8] {
            let mut peers: Vec<Box<dyn Executor + Send>> = vec![
                Box::new(BlockStm::new(threads)),
                Box::new(OrderedLocks::new(threads)),
                Box::new(Waves::new(threads)),
            ];
            for seed in 0..60 {
                let accounts = [1, 2, 3, 5, 17, 300][seed as usize % 6];
                let balances = [Balances::Half, Balances::Few, Balances::Some][seed as usize % 3];
                let workload =
                    Workload { seed, balances, invalid: 3.0, ..unsigned(WorkloadKind::Uniform, 700, accounts) };
                let prepared = prepare(&workload);
                let again = with_nonces_used_again(seed, 700, accounts.min(20) as u8);
                for peer in &mut peers {
                    check(&mut **peer, &prepared, &format!("seed {seed}, {accounts} accounts, {threads} threads"));
                    check(&mut **peer, &again, &format!("seed {seed}, nonces used again, {threads} threads"));
                }
            }
        }
    });
}

#[test]
fn blocks_of_no_one_and_few_transactions() {
    in_time("a small block", || {
        let mut peers = peers(3);
        for transactions in [0, 1, 2, 3, 7] {
            for accounts in [1, 2, 9] {
                let prepared = prepare(&unsigned(WorkloadKind::Uniform, transactions, accounts));
                for peer in &mut peers {
                    check(&mut **peer, &prepared, &format!("{transactions} transactions"));
                }
            }
        }
    });
}

#[test]
fn amounts_beyond_64_bits() {
    in_time("a block of wei", || {
        let prepared = prepare(&Workload { amounts: Amounts::Wei, ..unsigned(WorkloadKind::Zipf, 2_000, 30) });
        peers(2).iter_mut().for_each(|peer| check(&mut **peer, &prepared, "wei"));
    });
}

fn id(number: u8) -> AccountId {
    AccountId([number; 32])
}

fn block(transfers: &[(u8, u8, u64, u128)]) -> Block {
    let transaction = |&(from, to, nonce, amount): &(u8, u8, u64, u128)| {
        let transfer = Transfer { chain_id: 1, nonce, amount, fee: 0, from: id(from), to: id(to) };
        Transaction::transfer(&transfer, [0; 64])
    };
    let header = BlockHeader { chain_id: 1, height: 1, fee_recipient: id(99) };
    Block { header, transactions: transfers.iter().map(transaction).collect() }
}

fn state(accounts: &[(u8, u128)]) -> State {
    let account = |&(number, balance): &(u8, u128)| Account { id: id(number), balance, nonce: 0 };
    State::from_accounts(0, accounts.iter().map(account)).expect("each account once")
}

/// A sender in the middle that cannot pay: pevm's parallel path never ended on such a block.
#[test]
fn three_transactions_the_middle_one_underfunded() {
    in_time("the block that pevm does not end on", || {
        let (block, state) = (block(&[(1, 2, 0, 10), (2, 3, 0, 50), (3, 1, 0, 5)]), state(&[(1, 10), (2, 20), (3, 5)]));
        let prepared = Prepared::new(block, state, None);
        let expected = [Status::Applied, Status::Rejected(Reason::InsufficientFunds), Status::Applied];
        assert_eq!(serial::execute::execute(&prepared.block, &prepared.state, None).statuses, expected);
        for threads in [1, 2, 3, 8] {
            for peer in &mut peers(threads) {
                (0..200).for_each(|_| check(&mut **peer, &prepared, "three transactions"));
            }
        }
    });
}

/// Accounts that the block creates, by a credit, by a nonce alone, and not at all where the transaction is rejected.
#[test]
fn accounts_that_are_not_there() {
    let transfers = [(7, 8, 0, 0), (1, 5, 0, 3), (5, 6, 0, 2), (9, 1, 0, 1), (6, 6, 0, 2), (1, 4, 0, 1), (1, 4, 1, 0)];
    let prepared = Prepared::new(block(&transfers), state(&[(1, 10), (2, 20)]), None);
    let statuses = serial::execute::execute(&prepared.block, &prepared.state, None).statuses;
    assert_eq!(statuses.iter().filter(|status| status.is_applied()).count(), 5);
    in_time("a block of new accounts", move || {
        for threads in [1, 3] {
            peers(threads).iter_mut().for_each(|peer| check(&mut **peer, &prepared, "new accounts"));
        }
    });
}

/// One after the other on two blocks of one state: nothing of the first is left in the second.
#[test]
fn two_blocks_on_the_same_state() {
    in_time("a second block", || {
        let first = prepare(&unsigned(WorkloadKind::Uniform, 900, 50));
        let GeneratedBlock { block, .. } = unsigned(WorkloadKind::Zipf, 400, 50).generate();
        let second = Prepared::new(block, first.state.clone(), None);
        for peer in &mut peers(2) {
            check(&mut **peer, &first, "the first block");
            check(&mut **peer, &second, "the second block");
            check(&mut **peer, &first, "the first block again");
        }
    });
}
