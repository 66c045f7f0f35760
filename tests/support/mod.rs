//! What several test programs share: random universes, and validators on every engine that is there.

#![allow(dead_code, reason = "each test program uses a part")]

use rand::RngExt;
use rand::SeedableRng;
use rand_chacha::ChaCha12Rng;
use wavelock::{Account, AccountId, Block, BlockHeader, State, Transaction, Transfer};

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
                let balance = rng.random_range(0..=self.scale).min(left);
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
            _ => rng.random_range(0..=self.scale / 4),
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
            fee: if rng.random() { rng.random_range(0..=self.scale / 64) } else { 0 },
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
