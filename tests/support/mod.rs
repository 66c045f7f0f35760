//! What several test programs share: random universes, and validators on every engine that is there.

#![allow(dead_code, reason = "each test program uses a part")]

use ed25519_dalek::{Signer, SigningKey};
use rand::RngExt;
use rand::SeedableRng;
use rand_chacha::ChaCha12Rng;
use wavelock::{
    Account, AccountId, Block, BlockHeader, Engine, Outcome, Stage, State, Transaction, Transfer, Validator,
};

/// A small world in which everything that can go wrong does.
#[derive(Clone, Copy, Debug)]
pub struct Universe {
    pub seed: u64,
    pub accounts: usize,
    pub transactions: usize,
    /// Largest amount and balance: small worlds run out of funds, large ones wrap speculative sums.
    pub scale: u128,
    /// Out of 256: how often a nonce, a chain, a form or an account is wrong or new.
    pub trouble: u8,
    /// Out of 256: how often an account is one of two hot ones.
    pub heat: u8,
}

pub fn id(number: usize) -> AccountId {
    let mut id = [0; 32];
    id[..8].copy_from_slice(&(number as u64).to_le_bytes());
    AccountId(*blake3::hash(&id).as_bytes())
}

impl Universe {
    /// A block and a state; the transactions are not signed.
    pub fn build(&self) -> (Block, State) {
        let mut rng = ChaCha12Rng::seed_from_u64(self.seed);
        let mut left = u128::MAX;
        let mut nonces: Vec<u64> = Vec::new();
        let accounts: Vec<Account> = (0..self.accounts)
            .map(|number| {
                let balance = self.amount(&mut rng, 1).min(left);
                left -= balance;
                let nonce = match rng.random_range(0..20) {
                    0 => u64::MAX - rng.random_range(0..3),
                    1 => u64::from(u32::MAX) + rng.random_range(0..3),
                    _ => rng.random_range(0..5),
                };
                nonces.push(nonce);
                Account { id: id(number), balance, nonce }
            })
            .collect();
        let state = State::from_accounts(6, accounts).expect("a state of distinct accounts");
        let header = BlockHeader { chain_id: 9, height: 7, fee_recipient: id(rng.random_range(0..self.accounts + 2)) };
        // Accounts that are not in the state can be paid, and pay.
        nonces.resize(self.accounts + self.accounts / 4 + 2, 0);
        let transactions = (0..self.transactions).map(|_| self.transaction(&mut rng, &mut nonces)).collect();
        (Block { header, transactions }, state)
    }

    /// Every other world has amounts and balances of few values and no fees, so that guards hold exactly.
    fn is_coarse(&self) -> bool {
        self.seed.is_multiple_of(2)
    }

    fn amount(&self, rng: &mut ChaCha12Rng, share: u128) -> u128 {
        let largest = self.scale / share;
        if self.is_coarse() { largest / 8 * rng.random_range(0..=8) } else { rng.random_range(0..=largest) }
    }

    fn account(&self, rng: &mut ChaCha12Rng, count: usize) -> usize {
        if rng.random::<u8>() < self.heat { rng.random_range(0..count.min(2)) } else { rng.random_range(0..count) }
    }

    fn transaction(&self, rng: &mut ChaCha12Rng, nonces: &mut [u64]) -> Transaction {
        let trouble = |rng: &mut ChaCha12Rng| rng.random::<u8>() < self.trouble;
        let from = self.account(rng, nonces.len());
        let to = if trouble(rng) { from } else { self.account(rng, nonces.len()) };
        let amount = match rng.random_range(0..16) {
            0 => 0,
            1 if trouble(rng) => u128::MAX - rng.random_range(0..3),
            2 if trouble(rng) => (1 << 127) + 3,
            _ => self.amount(rng, 4),
        };
        let mut nonce = nonces[from];
        if trouble(rng) {
            nonce = match rng.random_range(0..6) {
                0 => u64::MAX,
                1 => nonce.wrapping_add(1 << 33),
                2 => 0,
                3 => nonce.wrapping_sub(1),
                _ => nonce.wrapping_add(rng.random_range(0..4)),
            };
        } else {
            nonces[from] = nonces[from].saturating_add(1);
        }
        let transfer = Transfer {
            chain_id: if trouble(rng) && rng.random() { 8 } else { 9 },
            nonce,
            amount,
            fee: if self.is_coarse() || rng.random() { 0 } else { rng.random_range(0..=self.scale / 64) },
            from: id(from),
            to: id(to),
        };
        let record = Transaction::transfer(&transfer, [0; 64]);
        if trouble(rng) && rng.random() {
            let mut bytes = *record.as_bytes();
            bytes[rng.random_range(0..16)] ^= 1 << rng.random_range(0..8);
            return Transaction::from_bytes(bytes);
        }
        record
    }
}

/// A universe whose accounts are keys and whose transactions are signed, one in eight of them wrongly.
pub fn signed(universe: &Universe) -> (Block, State) {
    let (block, state) = universe.build();
    let key = |id: &AccountId| SigningKey::from_bytes(&id.0);
    let public = |id: &AccountId| AccountId(key(id).verifying_key().to_bytes());
    let sign = |(index, transaction): (usize, &Transaction)| {
        let mut bytes = *transaction.as_bytes();
        bytes[64..96].copy_from_slice(&public(transaction.from()).0);
        bytes[96..128].copy_from_slice(&public(transaction.to()).0);
        let mut signature = key(transaction.from()).sign(&bytes[..128]).to_bytes();
        signature[index % 64] ^= u8::from((index as u64 + universe.seed).is_multiple_of(8));
        bytes[128..].copy_from_slice(&signature);
        Transaction::from_bytes(bytes)
    };
    let transactions = block.transactions.iter().enumerate().map(sign).collect();
    let fee_recipient = public(&block.header.fee_recipient);
    let accounts = (0..state.len() as u32).map(|slot| {
        let account = state.account(slot);
        Account { id: public(&account.id), ..account }
    });
    let accounts = State::from_accounts(6, accounts.collect::<Vec<_>>()).expect("distinct keys");
    (Block { header: BlockHeader { fee_recipient, ..block.header }, transactions }, accounts)
}

/// Stands for a device that a trial opens itself.
pub struct DeviceCase;

/// How many random cases: `WAVELOCK_CASES` multiplies them for long runs.
pub fn cases(count: u32) -> u32 {
    count * std::env::var("WAVELOCK_CASES").ok().and_then(|factor| factor.parse().ok()).unwrap_or(1)
}

/// What is wrong with a validator's result, where the serial engine's is the truth; events count as wrong.
pub fn disagreement(validator: &mut Validator, block: &Block, state: &State) -> Option<String> {
    let serial = Validator::builder().engine(Engine::Serial).without_signatures().build();
    let expected =
        serial.and_then(|mut serial| serial.validate(block, state)).expect("the serial engine needs nothing");
    let outcome = match validator.validate(block, state) {
        Ok(outcome) => outcome,
        Err(error) => return Some(error.to_string()),
    };
    if let Some(event) = outcome.report.events.first() {
        return Some(event.clone());
    }
    let executed = outcome.report.engine(Stage::Execute);
    if executed != Some(validator.engine()) {
        return Some(format!("executed by {executed:?}, not by {}", validator.engine()));
    }
    if let Some(at) = (0..block.transactions.len()).find(|at| expected.statuses[*at] != outcome.statuses[*at]) {
        let (expected, found) = (expected.statuses[at], outcome.statuses[at]);
        return Some(format!("transaction {at}: {found:?}, not {expected:?}"));
    }
    for (expected, found) in expected.changes.iter().zip(&outcome.changes) {
        if expected != found {
            return Some(format!("change {found:?}, not {expected:?}"));
        }
    }
    if !expected.same_result(&outcome) {
        return Some(format!("{} changes, not {}", outcome.changes.len(), expected.changes.len()));
    }
    let after = |outcome: &Outcome| {
        let mut after = state.clone();
        after.apply(outcome).map(|()| after)
    };
    match (after(&expected), after(&outcome)) {
        (Ok(expected), Ok(found)) if expected == found => None,
        _ => Some("the states after the block differ".into()),
    }
}

/// Panics where a validator's result is not the serial engine's.
pub fn assert_agrees(validator: &mut Validator, block: &Block, state: &State, what: &dyn std::fmt::Debug) {
    if let Some(wrong) = disagreement(validator, block, state) {
        panic!("{what:?}: {wrong}");
    }
}
