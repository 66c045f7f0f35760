//! Blocks and access sets made of bytes: every engine gives what the serial one gives.

use std::cell::RefCell;
use wavelock::conflict::{AccessSets, IndexSetsBuilder, Schedule};
use wavelock::{
    Account, AccountId, Block, BlockHeader, Check, Engine, Outcome, Scheduler, State, Transaction, Transfer, Validator,
    serial,
};

/// Numbers at which something ends: limbs, signs, sums.
const EDGES: [u128; 16] = [
    1 << 16,
    (1 << 31) - 1,
    1 << 31,
    (1 << 32) - 1,
    1 << 32,
    (1 << 63) - 1,
    1 << 63,
    (1 << 64) - 1,
    1 << 64,
    1 << 96,
    (1 << 126) + 1,
    (1 << 127) - 1,
    1 << 127,
    u128::MAX / 2 + 3,
    u128::MAX - 1,
    u128::MAX,
];
const CHAIN: u64 = 9;
/// Bytes of input per transaction, and the most transactions: an iteration stays short.
const TRANSACTION: usize = 5;
const MOST_TRANSACTIONS: usize = 400;
/// Ids beyond the accounts of the state.
const NEW_ACCOUNTS: u8 = 3;

/// Bytes from the front; zeros after the end.
struct Source<'b>(&'b [u8]);

impl Source<'_> {
    fn byte(&mut self) -> u8 {
        self.0.split_off_first().copied().unwrap_or(0)
    }

    fn below(&mut self, bound: u8) -> u8 {
        self.byte() % bound
    }

    /// Mostly small.
    fn number(&mut self) -> u128 {
        let byte = self.byte();
        if byte < 192 { u128::from(byte) } else { EDGES[usize::from(byte) % EDGES.len()] }
    }
}

fn id(number: u8) -> AccountId {
    AccountId(*blake3::hash(&[number]).as_bytes())
}

/// Two blocks, to be executed one after the other, and the state before them.
fn universe(bytes: &[u8]) -> (State, [Block; 2]) {
    let mut source = Source(bytes);
    let accounts = 1 + source.below(12);
    let ids = accounts + NEW_ACCOUNTS;
    let recipients = [id(source.below(ids)), id(source.below(ids))];
    let mut nonces = vec![0; usize::from(ids)];
    let mut left = u128::MAX;
    let mut state = State::new(6);
    for number in 0..accounts {
        let balance = source.number().min(left);
        left -= balance;
        let nonce = if source.byte() % 4 == 0 { source.number() as u64 } else { 5 };
        nonces[usize::from(number)] = nonce;
        state.push(Account { id: id(number), balance, nonce }).expect("distinct accounts");
    }
    let rest = &source.0[..source.0.len().min(TRANSACTION * MOST_TRANSACTIONS)];
    let transactions: Vec<Transaction> =
        rest.chunks(TRANSACTION).map(|bytes| transaction(&mut Source(bytes), ids, &mut nonces)).collect();
    let (first, second) = transactions.split_at(transactions.len() / 2);
    let block = |height, fee_recipient, transactions: &[Transaction]| Block {
        header: BlockHeader { chain_id: CHAIN, height, fee_recipient },
        transactions: transactions.to_vec(),
    };
    (state, [block(7, recipients[0], first), block(8, recipients[1], second)])
}

/// The next nonce of the sender, as if all before were applied; one byte in four makes something wrong.
fn transaction(source: &mut Source, ids: u8, nonces: &mut [u64]) -> Transaction {
    let (from, to) = (source.below(ids), source.below(ids));
    let (amount, fee) = (source.number(), source.number());
    let trouble = source.byte();
    let next = &mut nonces[usize::from(from)];
    let nonce = match trouble {
        192..200 => next.wrapping_sub(1),
        200..208 => next.wrapping_add(u64::from(trouble)),
        208..212 => next.wrapping_add(1 << 32),
        212..216 => u64::MAX,
        _ => *next,
    };
    if nonce == *next {
        *next = next.saturating_add(1);
    }
    let chain_id = if trouble >= 250 { CHAIN + 1 } else { CHAIN };
    let fee = if trouble.is_multiple_of(4) { fee } else { fee & 3 };
    let transfer = Transfer { chain_id, nonce, amount, fee, from: id(from), to: id(to) };
    let record = Transaction::transfer(&transfer, [0; 64]);
    if (240..250).contains(&trouble) {
        let mut bytes = *record.as_bytes();
        bytes[usize::from(trouble) % 16] ^= 1;
        return Transaction::from_bytes(bytes);
    }
    record
}

fn validator(engine: Engine) -> Result<Validator, wavelock::Error> {
    Validator::builder().engine(engine).without_signatures().check(Check::Off).state_root(true).build()
}

/// Both blocks on the serial engine and on `other`; the outcomes of the latter.
fn assert_same_outcomes(bytes: &[u8], other: &mut Validator) -> Vec<Outcome> {
    let mut serial = validator(Engine::Serial).expect("needs no device");
    let (mut state, blocks) = universe(bytes);
    let mut outcomes = Vec::new();
    for block in &blocks {
        let expected = serial.validate(block, &state).expect("a small block");
        let found = other.validate(block, &state).expect("a small block");
        let at = (0..block.transactions.len()).find(|at| expected.statuses[*at] != found.statuses[*at]);
        assert!(at.is_none(), "status of transaction {at:?} of block {}", block.header.height);
        assert_eq!(expected.changes, found.changes, "accounts after block {}", block.header.height);
        assert_eq!((expected.root_before, expected.root), (found.root_before, found.root), "roots");
        assert!(expected.same_result(&found));
        let mut after = state.clone();
        after.apply(&expected).expect("its own state");
        state.apply(&found).expect("its own state");
        assert!(state == after, "states differ after block {}", block.header.height);
        assert_eq!(state.total(), after.total());
        assert_eq!(Some(serial::root::root(&state)), found.root, "the root of the state after block");
        outcomes.push(found);
    }
    let before = universe(bytes).0.total();
    let sum: u128 = state.accounts().map(|account| account.balance).sum();
    assert_eq!((before, before), (sum, state.total()), "a block makes or loses money");
    outcomes
}

pub fn validate(bytes: &[u8]) -> bool {
    thread_local! {
        static PARALLEL: RefCell<Validator> = RefCell::new(validator(Engine::Parallel).expect("needs no device"));
    }
    PARALLEL.with_borrow_mut(|parallel| assert_same_outcomes(bytes, parallel));
    true
}

/// Up to 32 keys; a transaction is one byte for the number of its accesses and one byte for each.
fn access_sets(bytes: &[u8]) -> AccessSets {
    const KEYS: u8 = 32;
    let mut builder = IndexSetsBuilder::new(usize::from(KEYS));
    let mut source = Source(bytes);
    while !source.0.is_empty() {
        let count = source.below(6);
        let accesses: Vec<u8> = (0..count).map(|_| source.byte()).collect();
        let (writes, reads): (Vec<u8>, Vec<u8>) = accesses.into_iter().partition(|access| access & 0x80 != 0);
        let keys = |accesses: Vec<u8>| -> Vec<u32> { accesses.iter().map(|access| u32::from(access % KEYS)).collect() };
        builder.push(&keys(reads), &keys(writes)).expect("known keys");
    }
    builder.finish()
}

/// The schedule that the serial engine finds, and `parallel` as well.
pub fn assert_same_schedule(sets: &AccessSets) -> Schedule {
    thread_local! {
        static PARALLEL: RefCell<Scheduler> =
            RefCell::new(Scheduler::builder().engine(Engine::Parallel).build().expect("needs no device"));
    }
    let expected = serial::conflict::schedule(sets);
    PARALLEL.with_borrow_mut(|parallel| {
        assert_eq!(parallel.schedule(sets).expect("memory"), &expected);
        let dependencies = parallel.dependencies(sets).expect("few accesses");
        for transaction in 0..sets.len() {
            let waves = dependencies.predecessors(transaction).iter().map(|before| expected.wave[*before as usize] + 1);
            assert_eq!(
                waves.max().unwrap_or(0),
                expected.wave[transaction],
                "what transaction {transaction} waits for"
            );
        }
    });
    expected
}

pub fn waves(bytes: &[u8]) -> bool {
    let schedule = assert_same_schedule(&access_sets(bytes));
    assert_eq!(schedule.longest_chain.len(), schedule.waves as usize);
    true
}

/// The same on the device, whose work is not checked and redone, so that a difference shows.
#[cfg(feature = "gpu")]
pub mod gpu {
    use super::{access_sets, assert_same_outcomes, validator};
    use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
    use wavelock::{Engine, Scheduler, Stage, Validator, serial};

    static VALIDATOR: LazyLock<Result<Mutex<Validator>, String>> =
        LazyLock::new(|| validator(Engine::Gpu).map(Mutex::new).map_err(|error| error.to_string()));
    static SCHEDULER: LazyLock<Mutex<Scheduler>> =
        LazyLock::new(|| Mutex::new(Scheduler::builder().engine(Engine::Gpu).build().expect("a device")));

    /// Why these entry points cannot run, where they cannot.
    pub fn missing() -> Option<String> {
        VALIDATOR.as_ref().err().cloned()
    }

    /// A failed iteration leaves the engine usable.
    fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
        mutex.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn validate(bytes: &[u8]) -> bool {
        let mut gpu = lock(VALIDATOR.as_ref().expect("an adapter"));
        for outcome in assert_same_outcomes(bytes, &mut gpu) {
            assert!(outcome.report.events.is_empty(), "{:?}", outcome.report.events);
            assert_eq!(outcome.report.engine(Stage::Execute), Some(Engine::Gpu));
        }
        true
    }

    pub fn waves(bytes: &[u8]) -> bool {
        let sets = access_sets(bytes);
        let mut gpu = lock(&SCHEDULER);
        assert_eq!(gpu.schedule(&sets).expect("memory"), &serial::conflict::schedule(&sets));
        assert!(gpu.report().events.is_empty(), "{:?}", gpu.report().events);
        assert_eq!(gpu.report().engine(Stage::Conflict), Some(Engine::Gpu));
        true
    }
}
