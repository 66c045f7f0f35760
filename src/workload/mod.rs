//! Seeded workloads: blocks and states of any size for benchmarks and tests, the same bytes on every machine.
//!
//! All randomness is ChaCha20 from the seed. Zipf ranks pass through the platform's `ln` and `exp`, whose last bits may
//! differ between operating systems; every other kind is integer arithmetic.

mod access;
#[cfg(test)]
mod contention_tests;
mod generate;
mod invalid;
mod keys;
mod legs;
pub mod measured;
mod shapes;
#[cfg(test)]
mod tests;

pub use access::{AccessShape, AccessWorkload};
pub use legs::random_legs;

use crate::error::{InputError, Place};
use crate::limits::{MAX_ACCOUNTS, MAX_TRANSACTIONS};
use crate::state::State;
use crate::status::Reason;
use crate::transaction::Block;
use std::fmt;
use std::str::FromStr;

/// Who pays whom.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum WorkloadKind {
    /// Sender and recipient uniformly from all accounts.
    #[default]
    Uniform,
    /// Sender and recipient Zipf-distributed with [`Workload::exponent`]; hot accounts are not neighbours.
    Zipf,
    /// Everyone pays account 0.
    HotRecipient,
    /// Account 0 pays everyone.
    HotSender,
    /// Accounts 0 and 1 pay each other in random order; the other accounts are idle.
    TwoAccounts,
    /// Accounts 2k and 2k + 1 pay each other back and forth; the last of an odd number is idle.
    Pairs,
    /// Account i pays i + 1 around a ring, at least eight rounds: uses at most transactions ÷ 8 (and two) accounts.
    Ring,
    /// Transaction i pays from account i to account i + 1, modulo accounts.
    Chain,
    /// Every second transaction is the next of a chain, the others are uniform.
    HalfChain,
    /// A chain in which each account can pay only what it gets from its predecessor, and the head cannot pay: all fail.
    /// Sets its own balances.
    Cascade,
    /// Chains of up to 100 payments, each account paying on what it received less the fee; only the heads, the first
    /// accounts, have a balance, exactly what they pay. Sets its own balances.
    Forwarding,
    /// Like a payments network: fixed partners of Zipf-distributed popularity, fan-out, fan-in and cycles. A model of our
    /// own after the patterns of AMLSim (Weber et al. 2018, <https://arxiv.org/abs/1812.00076>).
    Payments,
    /// Transaction i is account i's payment to itself, modulo accounts: nothing conflicts while there are accounts enough. The
    /// "independent raw transfers" of pevm's and grevm's benches.
    Independent,
    /// Sender and recipient each from the hot accounts, the last tenth, with the chance [`Workload::hot_ratio`], else from the
    /// others; uniformly from all where the ratio is 0. The "dependent raw transfers" of pevm's and grevm's benches.
    HotRatio,
    /// The first 16 accounts (fewer where there are not 17) are paid by the others, each of which pays in its turn.
    FewRecipients,
    /// The longest chain of conflicts is 18 % of the block, as in the mean Ethereum block (Anjana, Ravi, Herlihy 2025,
    /// <https://arxiv.org/abs/2505.05358>): a hot spot that 18 % of the transactions touch, the next ones half as many each, all
    /// others uniform. Holds with as many accounts as transactions; with fewer the rest conflicts, too.
    EthereumLike,
    /// The same for 58 %, the mean Solana block of that paper.
    SolanaLike,
}

impl WorkloadKind {
    /// All kinds.
    pub const ALL: [WorkloadKind; 17] = [
        WorkloadKind::Uniform,
        WorkloadKind::Zipf,
        WorkloadKind::HotRecipient,
        WorkloadKind::HotSender,
        WorkloadKind::TwoAccounts,
        WorkloadKind::Pairs,
        WorkloadKind::Ring,
        WorkloadKind::Chain,
        WorkloadKind::HalfChain,
        WorkloadKind::Cascade,
        WorkloadKind::Forwarding,
        WorkloadKind::Payments,
        WorkloadKind::Independent,
        WorkloadKind::HotRatio,
        WorkloadKind::FewRecipients,
        WorkloadKind::EthereumLike,
        WorkloadKind::SolanaLike,
    ];

    /// The name on the command line and in reports.
    pub fn name(self) -> &'static str {
        match self {
            WorkloadKind::Uniform => "uniform",
            WorkloadKind::Zipf => "zipf",
            WorkloadKind::HotRecipient => "hot-recipient",
            WorkloadKind::HotSender => "hot-sender",
            WorkloadKind::TwoAccounts => "two-accounts",
            WorkloadKind::Pairs => "pairs",
            WorkloadKind::Ring => "ring",
            WorkloadKind::Chain => "chain",
            WorkloadKind::HalfChain => "half-chain",
            WorkloadKind::Cascade => "cascade",
            WorkloadKind::Forwarding => "forwarding",
            WorkloadKind::Payments => "payments",
            WorkloadKind::Independent => "independent",
            WorkloadKind::HotRatio => "hot-ratio",
            WorkloadKind::FewRecipients => "few-recipients",
            WorkloadKind::EthereumLike => "ethereum-like",
            WorkloadKind::SolanaLike => "solana-like",
        }
    }
}

impl fmt::Display for WorkloadKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for WorkloadKind {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|kind| kind.name() == name).ok_or_else(|| {
            let names = Self::ALL.map(WorkloadKind::name).join(", ");
            format!("unknown workload {name:?}: expected one of {names}")
        })
    }
}

/// What every account starts with, in mean amounts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Balances {
    /// 10^6, or twice the number of transactions where that is more: enough for one account to pay for all of them.
    #[default]
    Ample,
    /// 20.
    Some,
    /// 2.
    Few,
    /// Half a mean amount.
    Half,
    /// Nothing, but for account 0, whose balance is ample.
    Zero,
}

impl Balances {
    /// All balances.
    pub const ALL: [Balances; 5] = [Balances::Ample, Balances::Some, Balances::Few, Balances::Half, Balances::Zero];

    /// The name on the command line and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Balances::Ample => "ample",
            Balances::Some => "some",
            Balances::Few => "few",
            Balances::Half => "half",
            Balances::Zero => "zero",
        }
    }
}

impl fmt::Display for Balances {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Balances {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|balances| balances.name() == name);
        found.ok_or_else(|| format!("unknown balances {name:?}: expected ample, some, few, half or zero"))
    }
}

/// How large payments are.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Amounts {
    /// Uniform from 1 to 199, fees 0 to 2: a block's costs sum to far below 2^63.
    #[default]
    Small,
    /// Uniform around 10^18 (one ether in wei), fees of 21,000 gas at 1 to 20 gwei: a block's costs sum to above 2^63.
    Wei,
}

/// What to generate.
#[derive(Clone, PartialEq, Debug)]
pub struct Workload {
    /// Who pays whom.
    pub kind: WorkloadKind,
    /// Transactions in the block, invalid ones included.
    pub transactions: usize,
    /// Accounts in the state, at least 1. A lone account pays itself.
    pub accounts: usize,
    /// The same seed gives the same bytes.
    pub seed: u64,
    /// Percentage of transactions that are invalid, 0 to 100: exactly ⌊transactions × invalid ÷ 100⌋ of them.
    pub invalid: f64,
    /// The reasons for which they are, in turn. [`Reason::SignatureInvalid`] is left out of unsigned workloads; with no
    /// reason left none is invalid.
    pub invalid_reasons: Vec<Reason>,
    /// What every account starts with.
    pub balances: Balances,
    /// Of [`WorkloadKind::Zipf`] and of the popularity in [`WorkloadKind::Payments`]; 0 or more, finite.
    pub exponent: f64,
    /// Of [`WorkloadKind::HotRatio`]: the chance that a party of a payment is a hot account; 0 to 1.
    pub hot_ratio: f64,
    /// Whether account ids are keys and transactions carry ed25519 signatures; else ids are hashes, signatures zero.
    pub signed: bool,
    /// In a signed workload, only accounts that pay have keys; the ids of the others are hashes. States of millions of accounts
    /// are made in seconds that way.
    pub only_senders_have_keys: bool,
    /// How large payments are.
    pub amounts: Amounts,
}

impl Default for Workload {
    /// 10,000 signed valid uniform transactions over 1,000 ample accounts, seed 0.
    fn default() -> Self {
        Self {
            kind: WorkloadKind::Uniform,
            transactions: 10_000,
            accounts: 1_000,
            seed: 0,
            invalid: 0.0,
            invalid_reasons: Reason::ALL.to_vec(),
            balances: Balances::Ample,
            exponent: 1.0,
            hot_ratio: 0.3,
            signed: true,
            only_senders_have_keys: false,
            amounts: Amounts::Small,
        }
    }
}

/// A block and the state that it is to be executed on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GeneratedBlock {
    /// Chain 1, height 1; the fee recipient is not in the state.
    pub block: Block,
    /// Height 0; every account starts at nonce 5.
    pub state: State,
}

impl Workload {
    /// Whether [`Workload::generate`] can generate it.
    ///
    /// # Errors
    /// No account, more accounts or transactions than the limits, or a percentage, exponent or ratio out of range.
    pub fn check(&self) -> Result<(), InputError> {
        let fail = |message: String| Err(InputError::new(Place::Whole, message));
        if self.transactions > MAX_TRANSACTIONS {
            return fail(format!("{} transactions: expected at most {MAX_TRANSACTIONS}", self.transactions));
        }
        // One slot is the fee recipient's.
        if self.accounts == 0 || self.accounts >= MAX_ACCOUNTS {
            return fail(format!("{} accounts: expected 1 to {}", self.accounts, MAX_ACCOUNTS - 1));
        }
        if !(0.0..=100.0).contains(&self.invalid) {
            return fail(format!("{} % invalid: expected 0 to 100", self.invalid));
        }
        if !(self.exponent.is_finite() && self.exponent >= 0.0) {
            return fail(format!("exponent {}: expected a number from 0", self.exponent));
        }
        if !(0.0..=1.0).contains(&self.hot_ratio) {
            return fail(format!("hot ratio {}: expected 0 to 1", self.hot_ratio));
        }
        Ok(())
    }

    /// Whether the system has memory for the block and its state.
    #[cfg(feature = "cli")]
    pub(crate) fn has_room(&self) -> bool {
        // Beside the records: the payment, nonce and reason of each transaction, the key and the nonce of each account.
        let bytes = (self.transactions.saturating_mul(crate::limits::TRANSACTION_BYTES + 128))
            .saturating_add(self.accounts.saturating_mul(State::BYTES_PER_ACCOUNT + 40));
        crate::memory::has_room(bytes, 1)
    }

    /// Generates the block and its state. A sender's nonces count as if every valid transaction before were applied, so
    /// with tight balances later nonces fail like on a real chain.
    ///
    /// # Panics
    /// Where [`Workload::check`] fails.
    pub fn generate(&self) -> GeneratedBlock {
        if let Err(error) = self.check() {
            panic!("a workload that cannot be generated: {error}");
        }
        generate::generate(self)
    }

    /// Which signatures of the block hold, as it was made: all but those that were broken on purpose.
    pub fn verdicts(&self) -> Vec<bool> {
        invalid::plan(self).iter().map(|reason| *reason != Some(Reason::SignatureInvalid)).collect()
    }
}
