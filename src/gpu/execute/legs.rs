//! General legs on the device: the same rounds, with verdicts per leg that are joined per transaction.

use super::encode::{Batch, General, Legs, flags};
use super::programs::{Pipelines, Variant};
use super::rounds::Session;
use super::{Effort, Executor, Plan};
use crate::account::Balance;
use crate::error::Result;
use crate::legs::{Delta, Guard, Leg, LegBatch, LegOutcome};
use crate::limits::MAX_BATCH_LEGS;
use std::ops::Range;

/// A transaction that is not applied whatever its legs say; settle.wgsl has the same.
const BARRED: u32 = 1 << 31;

impl Executor {
    /// Executes general legs. A transaction whose entry in `signature_verdicts` is false is not applied.
    ///
    /// The device stops where rounds do not help; the rest of that batch is then executed in order on the CPU, and
    /// counted as tail.
    ///
    /// # Errors
    /// [`Error::Device`](crate::Error::Device) where the device fails.
    pub fn execute_legs(
        &mut self,
        batch: &LegBatch,
        signature_verdicts: Option<&[bool]>,
    ) -> Result<(LegOutcome, Effort)> {
        let mut outcome = LegOutcome {
            verdicts: Vec::with_capacity(batch.legs().len()),
            applied: Vec::with_capacity(batch.len()),
            accounts: batch.accounts().to_vec(),
        };
        let mut effort = Effort::default();
        let mut start = 0;
        while start < batch.len() {
            let end = self.end_of_part(batch, start);
            let part = Part { batch, range: start..end, signature_verdicts };
            let (rounds, tail) = self.execute_part(&part, &mut outcome).inspect_err(|_| self.forget())?;
            effort.add(rounds, tail);
            start = end;
        }
        Ok((outcome, effort))
    }

    /// As many transactions as fit into a binding, one at least.
    fn end_of_part(&self, batch: &LegBatch, start: usize) -> usize {
        let first = batch.first();
        let room = self.legs_room() as u32;
        let fitting = first[start..].partition_point(|leg| leg - first[start] <= room);
        batch.len().min(start + (fitting - 1).clamp(1, self.batch_size))
    }

    fn legs_room(&self) -> usize {
        let binding = self.device.binding_bytes / Plan::largest_bytes_per_leg(Variant::General);
        (binding as usize).min(MAX_BATCH_LEGS)
    }

    fn execute_part(&mut self, part: &Part, outcome: &mut LegOutcome) -> Result<(u32, usize)> {
        let (encoded, slots) = part.encode(&outcome.accounts);
        if encoded.keys.is_empty() || encoded.keys.len() > self.legs_room() {
            part.execute_in_order(outcome);
            return Ok((0, part.range.len()));
        }
        let device = self.device.clone();
        let pipelines =
            self.pipelines.entry(Variant::General as u8).or_insert_with(|| Pipelines::new(&device, Variant::General));
        let solution = Session::new(&device, pipelines, &mut self.buffers, &encoded, None).solve()?;
        if !solution.converged {
            part.execute_in_order(outcome);
            return Ok((solution.rounds, part.range.len()));
        }
        let (statuses, rest) = solution.words.split_at(part.range.len());
        let (verdicts, nonces) = rest.split_at(encoded.keys.len());
        outcome.applied.extend(statuses.iter().map(|word| word & 1 == 1));
        outcome.verdicts.extend(verdicts.iter().map(|word| word & 1 == 1));
        for (account, slot) in slots.iter().enumerate() {
            let nonce = outcome.accounts[*slot as usize].nonce + u64::from(nonces[account]);
            outcome.accounts[*slot as usize] = Balance { balance: solution.balances[account], nonce };
        }
        Ok((solution.rounds, 0))
    }
}

/// Some transactions of a batch.
struct Part<'a> {
    batch: &'a LegBatch,
    range: Range<usize>,
    signature_verdicts: Option<&'a [bool]>,
}

impl Part<'_> {
    fn is_barred(&self, transaction: usize) -> bool {
        self.signature_verdicts.is_some_and(|verdicts| !verdicts[transaction])
    }

    /// Legs over densely numbered accounts, and the batch's index of each account.
    fn encode(&self, accounts: &[Balance]) -> (Batch, Vec<u32>) {
        let first = self.batch.first();
        let legs = &self.batch.legs()[first[self.range.start] as usize..first[self.range.end] as usize];
        let mut slots: Vec<u32> = legs.iter().map(|leg| leg.account).collect();
        slots.sort_unstable();
        slots.dedup();
        let mut encoded = Batch {
            variant: Variant::General,
            transactions: self.range.len() as u32,
            keys: Vec::with_capacity(legs.len()),
            legs: Legs::General(Vec::new()),
            amounts: Vec::with_capacity(legs.len()),
            balances: slots.iter().map(|slot| accounts[*slot as usize].balance).collect(),
            statuses: self.range.clone().map(|index| if self.is_barred(index) { BARRED } else { 1 }).collect(),
            general: None,
        };
        let mut details = Vec::with_capacity(legs.len());
        let mut guards = Vec::with_capacity(2 * legs.len());
        let mut firsts = vec![0];
        for (number, transaction) in self.range.clone().enumerate() {
            let legs = self.batch.transaction(transaction);
            let own = OwnEarlier::of(legs);
            for (leg, own) in legs.iter().zip(own) {
                let account = slots.binary_search(&leg.account).expect("every leg's account is numbered") as u32;
                let (flags, offset) = self.flags(leg, accounts[leg.account as usize].nonce);
                encoded.keys.push(account);
                details.push([number as u32 | flags, offset, own.nonces, 0]);
                encoded.amounts.push(match leg.delta {
                    Delta::Credit(amount) | Delta::Debit(amount) => amount,
                });
                let (Guard::AtLeast(guard) | Guard::Exactly(guard)) = leg.guard else {
                    guards.extend([0, own.balance]);
                    continue;
                };
                guards.extend([guard, own.balance]);
            }
            firsts.push(encoded.keys.len() as u32);
        }
        // Verdicts start as if every guard held; nonces start at zero.
        encoded.statuses.extend(std::iter::repeat_n(1, encoded.keys.len()));
        encoded.statuses.extend(std::iter::repeat_n(0, slots.len()));
        encoded.legs = Legs::General(details);
        encoded.general = Some(General { guards, firsts });
        (encoded, slots)
    }

    /// The leg's flags, and its nonce relative to the account's.
    fn flags(&self, leg: &Leg, first_nonce: u64) -> (u32, u32) {
        let mut word = match leg.guard {
            Guard::None => 0,
            Guard::AtLeast(_) => flags::GUARDED | flags::AT_LEAST,
            Guard::Exactly(_) => flags::GUARDED | flags::EXACTLY,
        };
        if matches!(leg.delta, Delta::Debit(_)) {
            word |= flags::NEGATIVE;
        }
        let Some(nonce) = leg.nonce else {
            return (word, 0);
        };
        word |= flags::GUARDED | flags::NONCE;
        match super::encode::nonce_offset(nonce, first_nonce) {
            Ok(offset) => (word, offset),
            Err(_) => (word | flags::DEAD, 0),
        }
    }

    /// The part in order on the CPU, on the accounts as they stand.
    fn execute_in_order(&self, outcome: &mut LegOutcome) {
        for transaction in self.range.clone() {
            let legs = self.batch.transaction(transaction);
            let mut applied = !self.is_barred(transaction);
            let mut met = Vec::with_capacity(legs.len());
            for leg in legs {
                let account = &mut outcome.accounts[leg.account as usize];
                let holds = leg.holds(*account);
                applied &= holds;
                outcome.verdicts.push(holds);
                met.push((leg.account, *account));
                *account = leg.apply(*account);
            }
            if !applied {
                met.iter().rev().for_each(|(account, before)| outcome.accounts[*account as usize] = *before);
            }
            outcome.applied.push(applied);
        }
    }
}

/// What a leg sees of its transaction's earlier legs on the same account.
#[derive(Clone, Copy, Default)]
struct OwnEarlier {
    balance: u128,
    nonces: u32,
}

impl OwnEarlier {
    fn of(legs: &[Leg]) -> Vec<Self> {
        let mut sums: std::collections::HashMap<u32, Self> = std::collections::HashMap::with_capacity(legs.len());
        let mut earlier = Vec::with_capacity(legs.len());
        for leg in legs {
            let sum = sums.entry(leg.account).or_default();
            earlier.push(*sum);
            sum.balance = sum.balance.wrapping_add(leg.delta.wrapping());
            sum.nonces += u32::from(leg.nonce.is_some());
        }
        earlier
    }
}
