//! Random legs: what transfers do not exercise.

use super::keys::rng;
use crate::account::Balance;
use crate::legs::{Delta, Guard, Leg, LegBatch};
use rand::RngExt;
use rand_chacha::ChaCha20Rng;

const MOST_LEGS: u32 = 8;
/// Accounts that the legs of one transaction choose from.
const POOL: usize = 3;
/// Small amounts and balances are up to this.
const SMALL: u128 = 1000;
/// Large ones are up to this: 2^24 transactions of 8 legs and 2^32 accounts stay below 2^123.
const LARGE: u128 = 1 << 90;

/// A batch of `transactions` over `accounts`, each with 0 to 8 legs on up to three accounts, account 0 among them in a
/// quarter. Guards are chosen by what the leg will meet and fail now and then: about half of the transactions are
/// applied. Even seeds keep to small amounts, odd ones mix in some up to 2^90. [`LegBatch::check_bounds`] holds.
///
/// # Panics
/// With more than [`MAX_TRANSACTIONS`](crate::limits::MAX_TRANSACTIONS) transactions or 2^32 - 2 accounts.
pub fn random_legs(seed: u64, transactions: usize, accounts: usize) -> LegBatch {
    let mut rng = rng("wavelock workload v1 legs", seed);
    let wide = seed % 2 == 1;
    let start = |_| Balance { balance: amount(&mut rng, wide), nonce: rng.random_range(0..3u64) };
    let mut met: Vec<Balance> = (0..accounts).map(start).collect();
    let mut batch = LegBatch::new(met.clone());
    let mut legs = Vec::new();
    for _ in 0..transactions {
        legs.clear();
        transaction(&mut rng, wide, &mut met, &mut legs);
        batch.push(&legs).expect("legs on accounts of the batch, debits covered, within the limits");
    }
    batch
}

/// Fills `legs` and leaves `met` as the transaction leaves the accounts.
fn transaction(rng: &mut ChaCha20Rng, wide: bool, met: &mut [Balance], legs: &mut Vec<Leg>) {
    if met.is_empty() {
        return;
    }
    let mut pool = [0u32; POOL];
    pool.iter_mut().for_each(|account| *account = rng.random_range(0..met.len() as u32));
    if rng.random_ratio(1, 4) {
        pool[0] = 0;
    }
    let used = rng.random_range(1..=POOL);
    let mut applied = true;
    let mut before = Vec::new();
    for _ in 0..rng.random_range(0..=MOST_LEGS) {
        let account = pool[rng.random_range(0..used)];
        let balance = met[account as usize];
        let leg = leg(rng, wide, account, balance);
        applied &= leg.holds(balance);
        before.push((account, balance));
        met[account as usize] = leg.apply(balance);
        legs.push(leg);
    }
    if !applied {
        for &(account, balance) in before.iter().rev() {
            met[account as usize] = balance;
        }
    }
}

fn leg(rng: &mut ChaCha20Rng, wide: bool, account: u32, met: Balance) -> Leg {
    let guard = guard(rng, wide, met.balance);
    let delta = match guard {
        Guard::AtLeast(most) | Guard::Exactly(most) if rng.random_ratio(3, 4) => {
            // All of it in a third: an account that is emptied by a debit after a credit needs that credit.
            Delta::Debit(if rng.random_ratio(1, 3) { most } else { rng.random_range(0..=most) })
        }
        _ => Delta::Credit(amount(rng, wide)),
    };
    let nonce = rng.random_ratio(1, 4).then(|| match rng.random_range(0..16u32) {
        0 => met.nonce.wrapping_add(1),
        1 => met.nonce.wrapping_sub(1),
        _ => met.nonce,
    });
    Leg { account, guard, nonce, delta }
}

/// A guard on a leg that meets `met`; of guards on the balance about one in nine fails.
fn guard(rng: &mut ChaCha20Rng, wide: bool, met: u128) -> Guard {
    // A leg of a transaction that already failed can meet a balance that wrapped.
    let met = met.min(LARGE << 32);
    match rng.random_range(0..24u32) {
        0..6 => Guard::None,
        6 => Guard::AtLeast(met + 1 + amount(rng, wide)),
        7..10 => Guard::AtLeast(met),
        10..20 => Guard::AtLeast(rng.random_range(0..=met)),
        20..23 => Guard::Exactly(met),
        _ => Guard::Exactly(met.wrapping_add(1)),
    }
}

fn amount(rng: &mut ChaCha20Rng, wide: bool) -> u128 {
    let most = if wide && rng.random_ratio(1, 8) { LARGE } else { SMALL };
    rng.random_range(0..=most)
}
