//! Execution: the device's statuses and accounts against those of the CPU.

use crate::account::Balance;
use crate::ledger::{Entry, Work};
use crate::legs::LegOutcome;
use crate::status::Status;
use rayon::prelude::*;
use std::fmt::Display;

/// Accounts that one task compares: half a megabyte.
const COMPARED_AT_ONCE: usize = 1 << 14;

/// A device's result that is to be compared, and what the CPU found.
#[derive(Clone, Copy, Debug)]
pub struct Executions<'a> {
    /// The device's statuses.
    pub statuses: &'a [Status],
    /// The device's accounts.
    pub work: &'a Work,
    /// The CPU's statuses.
    pub expected_statuses: &'a [Status],
    /// The CPU's accounts.
    pub expected_work: &'a Work,
}

impl Executions<'_> {
    /// The first transaction or account on which the two differ, and in what.
    pub fn difference(&self) -> Option<String> {
        if self.statuses != self.expected_statuses {
            let mut both = self.statuses.iter().zip(self.expected_statuses).enumerate();
            let (index, (found, expected)) = both.find(|(_, (found, expected))| found != expected)?;
            return Some(differ(format!("transaction {index}"), "status", name(*found), name(*expected)));
        }
        let (entries, expected) = (self.work.entries(), self.expected_work.entries());
        if self.work.slots() != self.expected_work.slots() {
            return Some("the device worked on other accounts than the CPU".to_owned());
        }
        let same = |(found, expected): (&[Entry], &[Entry])| {
            bytemuck::cast_slice::<_, u64>(found) == bytemuck::cast_slice::<_, u64>(expected)
        };
        // Waiting for memory is what this costs, and all cores wait better than one.
        if entries.par_chunks(COMPARED_AT_ONCE).zip(expected.par_chunks(COMPARED_AT_ONCE)).all(same) {
            return None;
        }
        let mut slots = self.work.slots().iter().zip(entries.iter().zip(expected));
        slots.find_map(|(slot, (found, expected))| {
            balances_differ(format!("account in slot {slot}"), (*found).into(), (*expected).into())
        })
    }
}

/// The first transaction, leg or account on which two executions of legs differ.
pub fn legs_difference(found: &LegOutcome, expected: &LegOutcome) -> Option<String> {
    let place = |found: &[bool], expected: &[bool]| found.iter().zip(expected).position(|(a, b)| a != b);
    if found.applied.len() != expected.applied.len() || found.verdicts.len() != expected.verdicts.len() {
        return Some("the device decided another number of legs than there are".to_owned());
    }
    if let Some(index) = place(&found.applied, &expected.applied) {
        let (found, expected) = (found.applied[index], expected.applied[index]);
        return Some(differ(format!("transaction {index}"), "applied", found, expected));
    }
    if let Some(index) = place(&found.verdicts, &expected.verdicts) {
        let (found, expected) = (found.verdicts[index], expected.verdicts[index]);
        return Some(differ(format!("leg {index}"), "verdict", found, expected));
    }
    let mut accounts = found.accounts.iter().zip(&expected.accounts).enumerate();
    accounts.find_map(|(index, (found, expected))| balances_differ(format!("account {index}"), *found, *expected))
}

fn balances_differ(place: String, found: Balance, expected: Balance) -> Option<String> {
    if found.balance != expected.balance {
        return Some(differ(place, "balance", found.balance, expected.balance));
    }
    (found.nonce != expected.nonce).then(|| differ(place, "nonce", found.nonce, expected.nonce))
}

fn differ(place: String, field: &str, found: impl Display, expected: impl Display) -> String {
    format!("{place}: {field} is {found} on the device and {expected} on the CPU")
}

fn name(status: Status) -> &'static str {
    match status {
        Status::Applied => "applied",
        Status::Rejected(reason) => reason.name(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome() -> LegOutcome {
        let account = |balance, nonce| Balance { balance, nonce };
        LegOutcome {
            verdicts: vec![true, false],
            applied: vec![true, false],
            accounts: vec![account(1, 2), account(3, 4)],
        }
    }

    #[test]
    fn the_first_difference_is_named() {
        let wrong = |change: fn(&mut LegOutcome)| {
            let mut found = outcome();
            change(&mut found);
            legs_difference(&found, &outcome())
        };
        assert_eq!(wrong(|_| ()), None);
        let applied = wrong(|found| found.applied[1] = true);
        assert_eq!(applied.as_deref(), Some("transaction 1: applied is true on the device and false on the CPU"));
        let nonce = wrong(|found| found.accounts[1].nonce = 5);
        assert_eq!(nonce.as_deref(), Some("account 1: nonce is 5 on the device and 4 on the CPU"));
        let balance = wrong(|found| found.accounts[0].balance = 0);
        assert_eq!(balance.as_deref(), Some("account 0: balance is 0 on the device and 1 on the CPU"));
        assert!(wrong(|found| found.verdicts[0] = false).is_some());
        assert!(wrong(|found| found.verdicts.truncate(1)).is_some());
    }
}
