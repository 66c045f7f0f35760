//! Verify: what a device returned is compared with the CPU's own result before anybody relies on it.
//!
//! Execution is done again in full, because that costs no more than executing; its result is at once the fallback's. (Many
//! cores hold the device's statuses against each account alone, which decides the same.) Of
//! signatures every rejected one is checked again (up to a budget) and a random sample of the accepted ones, and canaries
//! whose verdict is known ride along at random places. The root is hashed again in full, or by a sample of paths where that
//! was asked for. `docs/security.md` has what remains, as a formula and a table.

pub mod execution;
pub mod root;
pub mod signatures;

use std::fmt;
use std::str::FromStr;

/// Accepted signatures of a block that are checked again by default.
pub const DEFAULT_SAMPLE: u32 = 64;

/// How much of a device's work the CPU does again.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Check {
    /// Everything.
    Full,
    /// Execution and root in full, rejected signatures up to a budget, and so many accepted ones per block or list of signatures.
    Sampled(u32),
    /// Nothing: for measuring what the device alone does.
    Off,
}

#[cfg(feature = "gpu")]
impl Check {
    /// What it comes to for a batch of several blocks, each of which is sampled.
    pub(crate) fn of_blocks(self, blocks: usize) -> Self {
        match self {
            Check::Sampled(sample) => Check::Sampled(sample.saturating_mul(blocks.try_into().unwrap_or(u32::MAX))),
            other => other,
        }
    }
}

impl Default for Check {
    fn default() -> Self {
        Check::Sampled(DEFAULT_SAMPLE)
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Check::Full => f.pad("full"),
            Check::Sampled(count) => f.pad(&format!("sampled:{count}")),
            Check::Off => f.pad("off"),
        }
    }
}

impl FromStr for Check {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = || format!("{text:?} is no check: expected full, sampled:N or off");
        match text {
            "full" => Ok(Check::Full),
            "off" => Ok(Check::Off),
            _ => {
                let count = text.strip_prefix("sampled:").ok_or_else(expected)?;
                count.parse().map(Check::Sampled).map_err(|_| expected())
            }
        }
    }
}

/// What the CPU did again of a device's work.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Checked {
    /// Signatures that the device had accepted.
    pub accepted_signatures: usize,
    /// Signatures that the device had rejected.
    pub rejected_signatures: usize,
    /// Signatures with known verdicts that rode along.
    pub canaries: usize,
    /// Transactions whose status was decided again.
    pub transactions: usize,
    /// Accounts whose balance and nonce were compared.
    pub accounts: usize,
    /// Changed accounts whose paths to the root were hashed again.
    pub root_paths: usize,
}

impl Checked {
    /// Adds what was checked of another part.
    pub fn add(&mut self, part: Self) {
        self.accepted_signatures += part.accepted_signatures;
        self.rejected_signatures += part.rejected_signatures;
        self.canaries += part.canaries;
        self.transactions += part.transactions;
        self.accounts += part.accounts;
        self.root_paths += part.root_paths;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(feature = "gpu")]
    fn every_block_of_a_batch_is_sampled() {
        assert_eq!(Check::Sampled(64).of_blocks(3), Check::Sampled(192));
        assert_eq!(Check::Sampled(u32::MAX).of_blocks(3), Check::Sampled(u32::MAX));
        assert_eq!((Check::Full.of_blocks(3), Check::Off.of_blocks(3)), (Check::Full, Check::Off));
    }

    #[test]
    fn levels_are_read_as_they_are_written() {
        for check in [Check::Full, Check::Off, Check::Sampled(0), Check::Sampled(7), Check::default()] {
            assert_eq!(check.to_string().parse(), Ok(check));
        }
        for wrong in ["", "sampled", "sampled:", "sampled:-1", "sampled:4294967296", "Full", "full "] {
            assert!(wrong.parse::<Check>().is_err_and(|message| message.contains("sampled:N")), "{wrong}");
        }
    }
}
