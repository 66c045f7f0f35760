//! Signatures of several blocks as one batch: a device, or all cores, are faster with many than with few.
//!
//! Each block is checked for itself: samples and second looks are per block, whatever it was verified with. Times are divided by
//! signatures. What belongs to the batch as a whole (canaries, traffic, faults, events) stands in its first block's report.

use super::Ahead;
use super::ahead::SignedOf;
use crate::engine::Engine;
use crate::outcome::{Report, Stage};
use crate::sigverify::{SignatureInput, SignatureSource};
use crate::transaction::Block;
use crate::verify::Checked;
use std::ops::Range;

/// A block of a batch, and what is known of it.
pub struct Member<'a> {
    pub block: &'a Block,
    pub ahead: &'a mut Ahead,
}

/// The signatures of blocks, one block's behind the other's.
pub struct Joined<'a> {
    parts: Vec<SignedOf<'a>>,
    ends: Vec<usize>,
}

impl<'a> Joined<'a> {
    /// Of blocks whose signed transactions have been chosen.
    pub fn new(members: &'a [Member<'_>]) -> Self {
        let parts: Vec<_> = members.iter().map(|member| member.ahead.signed.of(member.block)).collect();
        let ends = parts.iter().scan(0, |end, part| {
            *end += part.len();
            Some(*end)
        });
        Self { ends: ends.collect(), parts }
    }

    /// Nothing noted yet.
    pub fn parts(&self) -> Parts {
        Parts { ends: self.ends.clone(), checked: vec![Checked::default(); self.ends.len()] }
    }
}

impl SignatureSource for Joined<'_> {
    fn len(&self) -> usize {
        self.ends.last().copied().unwrap_or_default()
    }

    fn get(&self, index: usize) -> SignatureInput<'_> {
        if let [part] = &self.parts[..] {
            return part.get(index);
        }
        let number = self.ends.partition_point(|end| *end <= index);
        let before = if number == 0 { 0 } else { self.ends[number - 1] };
        self.parts[number].get(index - before)
    }
}

/// Where the parts of a batch end, and what was checked of each.
pub struct Parts {
    ends: Vec<usize>,
    checked: Vec<Checked>,
}

impl Parts {
    /// A batch of one part.
    pub fn one(len: usize) -> Self {
        Self { ends: vec![len], checked: vec![Checked::default()] }
    }

    pub fn ranges(&self) -> impl Iterator<Item = Range<usize>> + '_ {
        let begins = std::iter::once(0).chain(self.ends.iter().copied());
        begins.zip(&self.ends).map(|(begin, end)| begin..*end)
    }

    /// What lies before `end`, part by part, and where to note what was checked of it.
    #[cfg(feature = "gpu")]
    pub fn before(&mut self, end: usize) -> impl Iterator<Item = (Range<usize>, &mut Checked)> {
        let ranges: Vec<_> = self.ranges().map(|range| range.start.min(end)..range.end.min(end)).collect();
        ranges.into_iter().zip(&mut self.checked)
    }

    #[cfg(feature = "gpu")]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// What was checked of all.
    pub fn checked(&self) -> Checked {
        let mut all = Checked::default();
        self.checked.iter().for_each(|part| all.add(*part));
        all
    }

    /// Gives every block its verdicts and its part of the batch's report.
    pub fn hand_out(self, mut verdicts: Vec<bool>, batch: Report, members: &mut [Member<'_>]) {
        let all = verdicts.len().max(1);
        let by_device = batch.shares.iter().find(|(_, engine, _)| *engine == Engine::Gpu).map(|(_, _, count)| *count);
        let ranges: Vec<_> = self.ranges().collect();
        for ((member, range), checked) in members.iter_mut().zip(ranges).zip(self.checked).rev() {
            let report = &mut member.ahead.report;
            let device = by_device.map(|count| count.clamp(range.start, range.end) - range.start);
            for (stage, time) in &batch.times {
                let engine = batch.engine(*stage).expect("who took time is named");
                let engine = if *stage == Stage::Sigverify { own_engine(engine, device, range.len()) } else { engine };
                report.record(*stage, engine, time.mul_f64(range.len() as f64 / all as f64));
            }
            if let Some(device) = device.filter(|device| (1..range.len()).contains(device)) {
                let rest = range.len() - device;
                report
                    .shares
                    .extend([(Stage::Sigverify, Engine::Gpu, device), (Stage::Sigverify, Engine::Parallel, rest)]);
            }
            report.checked.add(checked);
            let own = if range.start == 0 { std::mem::take(&mut verdicts) } else { verdicts.split_off(range.start) };
            member.ahead.verdicts = Some(member.ahead.signed.spread(member.block, own));
        }
        if let Some(first) = members.first_mut() {
            let report = &mut first.ahead.report;
            report.checked.add(batch.checked);
            report.traffic += batch.traffic;
            report.faults.extend(batch.faults);
            report.events.extend(batch.events);
        }
    }
}

/// Who did most of a part, where a device did `device` of a divided batch's.
fn own_engine(batch: Engine, device: Option<usize>, all: usize) -> Engine {
    match device {
        None => batch,
        Some(device) if 2 * device > all => Engine::Gpu,
        Some(_) => Engine::Parallel,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::Workload;
    #[cfg(feature = "gpu")]
    use std::time::Duration;

    /// Blocks of so many transactions.
    fn blocks(sizes: &[usize]) -> Vec<Block> {
        let of =
            |size: &usize| Workload { transactions: *size, accounts: 8, seed: *size as u64, ..Workload::default() };
        sizes.iter().map(|size| of(size).generate().block).collect()
    }

    fn with_members(sizes: &[usize], test: impl FnOnce(&mut [Member<'_>])) {
        let blocks = blocks(sizes);
        let mut aheads: Vec<Ahead> = blocks.iter().map(|_| Ahead::default()).collect();
        let members = blocks.iter().zip(&mut aheads).map(|(block, ahead)| {
            ahead.choose_signed(block);
            Member { block, ahead }
        });
        test(&mut members.collect::<Vec<_>>());
    }

    #[test]
    fn signatures_stand_one_block_behind_the_other() {
        for sizes in [&[5][..], &[0], &[3, 0, 4], &[0, 0, 2, 1], &[]] {
            with_members(sizes, |members| {
                let joined = Joined::new(members);
                let expected: Vec<_> = members.iter().flat_map(|member| &member.block.transactions).collect();
                assert_eq!(joined.len(), expected.len());
                for (index, transaction) in expected.into_iter().enumerate() {
                    assert_eq!(joined.get(index).signature, transaction.signature(), "{sizes:?} {index}");
                }
            });
        }
    }

    #[test]
    #[cfg(feature = "gpu")]
    fn every_block_gets_its_own() {
        with_members(&[3, 0, 4, 1], |members| {
            let mut parts = Joined::new(members).parts();
            for (range, checked) in parts.before(5) {
                checked.accepted_signatures = range.len();
            }
            assert_eq!(parts.checked().accepted_signatures, 5);
            let mut batch = Report::default();
            batch.record(Stage::Sigverify, Engine::Gpu, Duration::from_secs(8));
            batch.shares = vec![(Stage::Sigverify, Engine::Gpu, 5), (Stage::Sigverify, Engine::Parallel, 3)];
            batch.events.push("something".into());
            batch.traffic.submits = 2;
            let verdicts = [true, false, true, false, false, true, true, false];
            parts.hand_out(verdicts.to_vec(), batch, members);
            let of = |at: usize| &members[at].ahead.report;
            let own = members.iter().flat_map(|member| member.ahead.verdicts.clone().expect("verified"));
            assert!(own.eq(verdicts));
            let seconds: Vec<u64> = (0..4).map(|at| of(at).time(Stage::Sigverify).as_secs()).collect();
            assert_eq!(seconds, [3, 0, 4, 1]);
            let engines: Vec<_> = (0..4).filter_map(|at| of(at).engine(Stage::Sigverify)).collect();
            assert_eq!(engines, [Engine::Gpu, Engine::Parallel, Engine::Parallel, Engine::Parallel]);
            assert!(of(0).shares.is_empty() && of(3).shares.is_empty(), "one engine did all");
            assert_eq!(of(2).shares.iter().map(|(_, _, count)| *count).collect::<Vec<_>>(), [2, 2]);
            let checked: Vec<_> = (0..4).map(|at| of(at).checked.accepted_signatures).collect();
            assert_eq!(checked, [3, 0, 2, 0]);
            let once: Vec<_> = (0..4).map(|at| (of(at).events.len(), of(at).traffic.submits)).collect();
            assert_eq!(once, [(1, 2), (0, 0), (0, 0), (0, 0)]);
        });
    }
}
