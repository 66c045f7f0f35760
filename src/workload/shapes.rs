//! Who pays whom, as account indices.

use super::keys::rng;
use super::{Amounts, Workload, WorkloadKind};
use rand::RngExt;
use rand_chacha::ChaCha20Rng;
use rand_distr::{Distribution, Zipf};
use std::collections::VecDeque;

/// Payments in a chain of [`WorkloadKind::Forwarding`], where there are accounts enough.
const FORWARDING_DEPTH: usize = 100;
/// Rounds that a ring makes at least.
const RING_ROUNDS: usize = 8;
/// Partners of an account in [`WorkloadKind::Payments`].
const PARTNERS: u32 = 8;
/// Accounts that are paid in [`WorkloadKind::FewRecipients`].
const FEW_RECIPIENTS: u32 = 16;
/// Of so many accounts one is hot in [`WorkloadKind::HotRatio`].
const HOT_ONE_IN: u32 = 10;
/// Parts of a block in which shares of hot spots are counted.
const PARTS: u32 = 10_000;
const WEI_PER_GAS_PRICE_STEP: u64 = 21_000 * 1_000_000_000;

/// A payment between two account indices.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Payment {
    pub(super) from: u32,
    pub(super) to: u32,
    pub(super) amount: u128,
    pub(super) fee: u128,
}

/// The source of a workload's payments.
///
/// Kinds with a fixed order give the payment of the current step until [`Shape::advance`], so that an invalid
/// transaction never leaves a gap in a chain; the others draw afresh each time.
pub(super) struct Shape {
    kind: WorkloadKind,
    amounts: Amounts,
    accounts: u32,
    hot_ratio: f64,
    step: usize,
    transactions: usize,
    rng: ChaCha20Rng,
    ranks: Ranks,
    forwarding: Forwarding,
    pattern: VecDeque<(u32, u32)>,
}

impl Shape {
    pub(super) fn new(workload: &Workload) -> Self {
        let accounts = workload.accounts as u32;
        Self {
            kind: workload.kind,
            amounts: workload.amounts,
            accounts,
            hot_ratio: workload.hot_ratio,
            step: 0,
            transactions: workload.transactions,
            rng: rng("wavelock workload v1 payments", workload.seed),
            ranks: Ranks::new(accounts, workload.exponent, workload.seed),
            forwarding: Forwarding::new(workload.transactions, workload.accounts),
            pattern: VecDeque::new(),
        }
    }

    /// Accounts that fund the chains of [`WorkloadKind::Forwarding`]: the first ones.
    pub(super) fn heads(&self) -> usize {
        self.forwarding.heads
    }

    /// Goes on to the next payment.
    pub(super) fn advance(&mut self) {
        self.step += 1;
    }

    /// The payment of the current step.
    pub(super) fn payment(&mut self) -> Payment {
        let (from, to) = self.parties();
        let (amount, fee) = match self.kind {
            WorkloadKind::Cascade => self.cascade_amount(),
            WorkloadKind::Forwarding => self.forwarding_amount(),
            _ => self.draw_amount(),
        };
        Payment { from, to, amount, fee }
    }

    fn parties(&mut self) -> (u32, u32) {
        let accounts = self.accounts;
        match self.kind {
            WorkloadKind::Uniform => self.uniform(),
            WorkloadKind::Zipf => {
                let from = self.ranks.draw(&mut self.rng);
                let to = self.ranks.draw(&mut self.rng);
                (from, if from == to { self.other_than(from) } else { to })
            }
            WorkloadKind::HotRecipient => (self.other_than(0), 0),
            WorkloadKind::HotSender => (0, self.other_than(0)),
            WorkloadKind::TwoAccounts => {
                let second = 1.min(accounts - 1);
                if self.rng.random() { (0, second) } else { (second, 0) }
            }
            WorkloadKind::Pairs => self.pairs(),
            WorkloadKind::Ring => {
                let ring = (self.transactions / RING_ROUNDS).max(2).min(accounts as usize);
                next_in_ring(self.step, ring)
            }
            WorkloadKind::Chain | WorkloadKind::Cascade => next_in_ring(self.step, accounts as usize),
            WorkloadKind::HalfChain if self.step.is_multiple_of(2) => next_in_ring(self.step / 2, accounts as usize),
            WorkloadKind::HalfChain => self.uniform(),
            WorkloadKind::Forwarding => self.forwarding.parties(self.step, accounts),
            WorkloadKind::Payments => loop {
                if let Some(parties) = self.pattern.pop_front() {
                    break parties;
                }
                self.draw_pattern();
            },
            WorkloadKind::Independent => next_alone(self.step, accounts),
            WorkloadKind::HotRatio => self.hot_ratio(),
            WorkloadKind::FewRecipients => self.few_recipients(),
            WorkloadKind::EthereumLike => self.hot_spots(1_800),
            WorkloadKind::SolanaLike => self.hot_spots(5_800),
        }
    }

    fn hot_ratio(&mut self) -> (u32, u32) {
        let hot = self.accounts - self.accounts / HOT_ONE_IN;
        if self.hot_ratio == 0.0 || hot == self.accounts {
            return self.uniform();
        }
        let mut draw = || {
            let among = if self.rng.random_bool(self.hot_ratio) { hot..self.accounts } else { 0..hot };
            self.rng.random_range(among)
        };
        (draw(), draw())
    }

    fn few_recipients(&mut self) -> (u32, u32) {
        let recipients = FEW_RECIPIENTS.min(self.accounts - 1);
        if recipients == 0 {
            return (0, 0);
        }
        let senders = (self.accounts - recipients) as usize;
        (recipients + (self.step % senders) as u32, self.rng.random_range(0..recipients))
    }

    /// A hot spot pays or is paid in `share` of [`PARTS`] transactions; the next ones in half as many, or in half of those that are
    /// left where that is less; no hot spot in those that are left at the end.
    fn hot_spots(&mut self, share: u32) -> (u32, u32) {
        let (mut part, mut spot, mut width, mut left) = (self.rng.random_range(0..PARTS), 0, share, PARTS);
        while part >= width && width > 0 {
            (part, left) = (part - width, left - width);
            (spot, width) = (spot + 1, (width / 2).min(left / 2));
        }
        if width == 0 || spot >= self.accounts {
            return self.uniform();
        }
        let other = self.other_than(spot);
        if self.rng.random() { (spot, other) } else { (other, spot) }
    }

    fn uniform(&mut self) -> (u32, u32) {
        let from = self.rng.random_range(0..self.accounts);
        (from, self.other_than(from))
    }

    /// Any account but `account`, which itself is the answer only where it is alone.
    fn other_than(&mut self, account: u32) -> u32 {
        if self.accounts == 1 {
            return account;
        }
        let other = self.rng.random_range(0..self.accounts - 1);
        other + u32::from(other >= account)
    }

    fn pairs(&self) -> (u32, u32) {
        let pairs = self.accounts as usize / 2;
        if pairs == 0 {
            return (0, 0);
        }
        let first = (self.step % pairs * 2) as u32;
        let back = self.step / pairs % 2 == 1;
        if back { (first + 1, first) } else { (first, first + 1) }
    }

    fn draw_amount(&mut self) -> (u128, u128) {
        let most = self.amounts.mean() as u64 * 2 - 1;
        let amount = self.rng.random_range(1..=most);
        let fee = match self.amounts {
            Amounts::Small => self.rng.random_range(0..=2u64),
            Amounts::Wei => self.rng.random_range(1..=20u64) * WEI_PER_GAS_PRICE_STEP,
        };
        (amount.into(), fee.into())
    }

    /// The fee where a payment's amount must follow from another's.
    fn fixed_fee(&self) -> u128 {
        match self.amounts {
            Amounts::Small => 1,
            Amounts::Wei => 10 * u128::from(WEI_PER_GAS_PRICE_STEP),
        }
    }

    /// What the predecessor paid less the fee; the last one still costs more than the head's balance, a mean amount.
    fn cascade_amount(&self) -> (u128, u128) {
        let fee = self.fixed_fee();
        (self.amounts.mean() + (self.transactions - self.step) as u128 * fee, fee)
    }

    fn forwarding_amount(&mut self) -> (u128, u128) {
        let fee = self.fixed_fee();
        let (chain, position) = self.forwarding.place(self.step);
        if position == 0 {
            let amount = self.draw_amount().0;
            self.forwarding.first_amounts[chain] = amount + self.forwarding.depth as u128 * fee;
        }
        (self.forwarding.first_amounts[chain] - position as u128 * fee, fee)
    }

    /// Of 20 patterns 14 are single payments to a partner, 2 fan-outs, 2 fan-ins and 2 cycles.
    fn draw_pattern(&mut self) {
        let account = self.ranks.draw(&mut self.rng);
        let pattern = self.rng.random_range(0..20u32);
        let members = self.rng.random_range(3..=PARTNERS);
        match pattern {
            0..14 => {
                // Popular accounts receive more often than they pay.
                let from = self.rng.random_range(0..self.accounts);
                let partner = self.rng.random_range(0..PARTNERS);
                self.pattern.push_back((from, self.ranks.partner(from, partner)));
            }
            14..16 => (0..members).for_each(|partner| {
                let to = self.ranks.partner(account, partner);
                self.pattern.push_back((account, to));
            }),
            16..18 => (0..members).for_each(|_| {
                let from = self.other_than(account);
                self.pattern.push_back((from, account));
            }),
            _ => {
                let mut from = account;
                for partner in 1..members {
                    let to = self.ranks.partner(from, partner);
                    self.pattern.push_back((from, to));
                    from = to;
                }
                // It may have come back early.
                if from != account {
                    self.pattern.push_back((from, account));
                }
            }
        }
    }
}

fn next_alone(step: usize, accounts: u32) -> (u32, u32) {
    let account = (step % accounts as usize) as u32;
    (account, account)
}

fn next_in_ring(step: usize, accounts: usize) -> (u32, u32) {
    ((step % accounts) as u32, ((step + 1) % accounts) as u32)
}

/// Zipf-distributed accounts, ranks spread over all indices by an affine bijection.
pub(super) struct Ranks {
    zipf: Zipf<f64>,
    accounts: u64,
    factor: u64,
    offset: u64,
    partners: ChaCha20Rng,
}

impl Ranks {
    pub(super) fn new(accounts: u32, exponent: f64, seed: u64) -> Self {
        let accounts = u64::from(accounts);
        // Near the golden section, so that neighbouring ranks land far apart.
        let mut factor = (accounts * 618 / 1000).max(1);
        while gcd(factor, accounts) != 1 {
            factor += 1;
        }
        let offset = rng("wavelock workload v1 ranks", seed).random_range(0..accounts);
        let zipf = Zipf::new(accounts as f64, exponent).expect("at least one account, a finite exponent from 0");
        Self { zipf, accounts, factor, offset, partners: rng("wavelock workload v1 partners", seed) }
    }

    pub(super) fn draw(&self, rng: &mut ChaCha20Rng) -> u32 {
        let rank = (self.zipf.sample(rng) as u64).clamp(1, self.accounts) - 1;
        ((rank * self.factor + self.offset) % self.accounts) as u32
    }

    /// Partner number `number` of an account: always the same, the account itself only where it is alone.
    fn partner(&self, account: u32, number: u32) -> u32 {
        let mut stream = self.partners.clone();
        stream.set_stream(u64::from(account) * u64::from(PARTNERS) + u64::from(number));
        let partner = self.draw(&mut stream);
        if partner == account { ((u64::from(account) + 1) % self.accounts) as u32 } else { partner }
    }
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// Chains side by side: all make their first payment, then all their second; after the last they start again.
struct Forwarding {
    depth: usize,
    heads: usize,
    /// What each head paid last.
    first_amounts: Vec<u128>,
}

impl Forwarding {
    fn new(transactions: usize, accounts: usize) -> Self {
        let depth = FORWARDING_DEPTH.min(accounts - 1).max(1);
        let heads = (accounts / (depth + 1)).min(transactions.div_ceil(depth)).max(1);
        Self { depth, heads, first_amounts: vec![0; heads] }
    }

    /// Chain, and position of the payment in it.
    fn place(&self, step: usize) -> (usize, usize) {
        (step % self.heads, step / self.heads % self.depth)
    }

    fn parties(&self, step: usize, accounts: u32) -> (u32, u32) {
        let (chain, position) = self.place(step);
        let member = |position: usize| match position {
            0 => chain as u32,
            _ => ((self.heads + chain * self.depth + position - 1) % accounts as usize) as u32,
        };
        (member(position), member(position + 1))
    }
}
