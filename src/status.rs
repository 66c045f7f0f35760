//! What becomes of a transaction.

use std::collections::BTreeMap;
use std::fmt;

/// Why a transaction was rejected. The order is the order of tests: the first reason that holds is reported.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum Reason {
    /// Wrong domain tag, version, kind or a reserved byte that is not zero.
    Malformed = 1,
    /// The chain id differs from the block's.
    WrongChain = 2,
    /// The signature does not hold under the chosen policy.
    SignatureInvalid = 3,
    /// Amount plus fee does not fit in `u128`.
    AmountOverflow = 4,
    /// The nonce is below the sender's.
    NonceTooLow = 5,
    /// The nonce is above the sender's, or is 2^64 - 1.
    NonceTooHigh = 6,
    /// The sender's balance is below amount plus fee.
    InsufficientFunds = 7,
}

impl Reason {
    /// All reasons in the order in which they are tested.
    pub const ALL: [Reason; 7] = [
        Reason::Malformed,
        Reason::WrongChain,
        Reason::SignatureInvalid,
        Reason::AmountOverflow,
        Reason::NonceTooLow,
        Reason::NonceTooHigh,
        Reason::InsufficientFunds,
    ];

    /// The name in receipts.
    pub fn name(self) -> &'static str {
        match self {
            Reason::Malformed => "malformed",
            Reason::WrongChain => "wrong_chain",
            Reason::SignatureInvalid => "signature_invalid",
            Reason::AmountOverflow => "amount_overflow",
            Reason::NonceTooLow => "nonce_too_low",
            Reason::NonceTooHigh => "nonce_too_high",
            Reason::InsufficientFunds => "insufficient_funds",
        }
    }

    /// The reason of a [`Reason::name`], `None` for texts that are none.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.name() == name)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A transaction's fate: data, never an error.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Status {
    /// All guards held; its effects are in the new state.
    Applied,
    /// It changed nothing at all.
    Rejected(Reason),
}

impl Status {
    /// Whether the transaction took effect.
    pub fn is_applied(self) -> bool {
        self == Status::Applied
    }

    /// Code on the device: 0 applied, else the reason's number.
    pub fn code(self) -> u32 {
        match self {
            Status::Applied => 0,
            Status::Rejected(reason) => reason as u32,
        }
    }

    /// The status of a [`Status::code`], `None` for numbers that are none.
    pub fn from_code(code: u32) -> Option<Self> {
        match code {
            0 => Some(Status::Applied),
            1..=7 => Some(Status::Rejected(Reason::ALL[code as usize - 1])),
            _ => None,
        }
    }
}

/// How many transactions were applied, and rejected by reason.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct StatusCounts {
    /// Applied transactions.
    pub applied: usize,
    /// Rejected transactions by reason; reasons that did not occur are absent.
    pub rejected: BTreeMap<Reason, usize>,
}

impl StatusCounts {
    /// Counts `statuses`.
    pub fn of(statuses: &[Status]) -> Self {
        let mut counts = [0usize; 8];
        for status in statuses {
            counts[status.code() as usize] += 1;
        }
        let rejected =
            Reason::ALL.into_iter().filter(|r| counts[*r as usize] > 0).map(|r| (r, counts[r as usize])).collect();
        Self { applied: counts[0], rejected }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_statuses_are_one_to_one() {
        assert_eq!(size_of::<Status>(), 1);
        for code in 0..8 {
            assert_eq!(Status::from_code(code).expect("a status").code(), code);
        }
        assert_eq!(Status::from_code(8), None);
    }
}
