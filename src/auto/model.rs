//! Who does a batch: the CPU, the device, or both at once.

use super::curve::{Curve, GRID};
use crate::limits::{MOST_USES, USES_FOR_TABLE};
use serde::{Deserialize, Serialize};

/// Who does a batch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Plan {
    /// The CPU.
    Cpu,
    /// The device.
    Device,
    /// The device so many items, the first ones, and the CPU the rest at the same time.
    Split(usize),
}

impl Plan {
    /// Items of a batch that the device does.
    pub fn on_device(self, items: usize) -> usize {
        match self {
            Self::Cpu => 0,
            Self::Device => items,
            Self::Split(share) => share,
        }
    }
}

/// How long a stage takes on the CPU and on a device, by batch size; transfers to and from the device are in it.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Model {
    /// Batches of fewer items are the CPU's, without a look at anything.
    pub smallest: usize,
    /// All cores.
    pub cpu: Curve,
    /// The device; for signatures by keys that it has no tables for.
    pub device: Curve,
    /// The device, with a table for every key; `None` where a stage knows no such difference.
    pub device_known: Option<Curve>,
    /// How much both slow each other down when they work at the same time: 0, each is as fast as alone; 1, together
    /// they take as long as one after the other, as on a software device, whose cores are the CPU's. `None`: the stage is
    /// not divided.
    pub contention: Option<f64>,
}

/// Shares are multiples of this, a workgroup.
const SHARE: usize = 64;
/// Building a key's table takes as long as verifying so many signatures by unknown keys (docs/decisions/0009-auto.md).
const TABLE_COST: f64 = 2.0;
/// What a division must gain to be worth it: below, noise would decide.
const GAIN: f64 = 0.93;

impl Model {
    /// Seconds on the device for a batch of which this share, 0 to 1, is by keys that have tables there.
    pub fn device_seconds(&self, items: usize, known: f64) -> f64 {
        let cold = self.device.seconds(items);
        self.device_known.map_or(cold, |curve| curve.seconds(items) * known + cold * (1.0 - known))
    }

    /// Seconds for building a key's table.
    pub fn table_seconds(&self) -> f64 {
        TABLE_COST / self.device.rate(GRID[GRID.len() - 1])
    }

    /// How often a key has to be used in batches of so many before a table for it is worth it: as often as it takes until the
    /// table would have saved what it costs, so that at most twice the least is spent whatever comes; never sooner than where the device
    /// verifies anyway.
    pub fn uses_for_table(&self, items: usize, check: impl Fn(usize) -> usize) -> u32 {
        let known = self.seconds(self.plan(items, 1.0, &check), items, 1.0, &check);
        let saved = (self.cpu.seconds(items) - known) / items as f64;
        let uses = if saved > 0.0 { (self.table_seconds() / saved).ceil() } else { f64::INFINITY };
        uses.clamp(f64::from(USES_FOR_TABLE), f64::from(MOST_USES)) as u32
    }

    /// Who is done first. `check`: items of a device's share that the CPU does again.
    pub fn plan(&self, items: usize, known: f64, check: impl Fn(usize) -> usize) -> Plan {
        if items < self.smallest {
            return Plan::Cpu;
        }
        let seconds = |plan| self.seconds(plan, items, known, &check);
        let alone = if seconds(Plan::Device) < seconds(Plan::Cpu) { Plan::Device } else { Plan::Cpu };
        let share = self.balanced(items, known);
        let divided = Plan::Split(share);
        let gains = || 0 < share && share < items && seconds(divided) < GAIN * seconds(alone);
        if self.contention.is_some() && gains() { divided } else { alone }
    }

    /// Seconds for a batch that is done as planned.
    pub fn seconds(&self, plan: Plan, items: usize, known: f64, check: impl Fn(usize) -> usize) -> f64 {
        let checked = self.check_seconds(plan, items, check);
        match plan {
            Plan::Cpu => self.cpu.seconds(items),
            Plan::Device => self.device_seconds(items, known) + checked,
            Plan::Split(share) => {
                let (one, other) = (self.device_seconds(share, known), self.cpu.seconds(items - share));
                one.max(other) + self.contention.unwrap_or(1.0) * one.min(other) + checked
            }
        }
    }

    /// Seconds of these for the check: whoever divides the work, it is the CPU's and comes on top of its part.
    pub fn check_seconds(&self, plan: Plan, items: usize, check: impl Fn(usize) -> usize) -> f64 {
        self.cpu.seconds(check(plan.on_device(items)))
    }

    /// The share with which both are done at the same time.
    fn balanced(&self, items: usize, known: f64) -> usize {
        let (mut low, mut high) = (0, items / SHARE);
        while low < high {
            let middle = (low + high).div_ceil(2);
            if self.device_seconds(middle * SHARE, known) <= self.cpu.seconds(items - middle * SHARE) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        low * SHARE
    }

    /// The smallest power of two from which on a device does at least a part; `None`: it never does.
    pub fn crossover(&self, known: f64, check: impl Fn(usize) -> usize) -> Option<usize> {
        let takes_part = |bits: &u32| self.plan(1 << bits, known, &check) != Plan::Cpu;
        let largest = GRID[GRID.len() - 1].ilog2();
        let from = match (0..=largest).rev().find(|bits| !takes_part(bits)) {
            None => Some(0),
            // Where the largest batches are the CPU's, from where it is the device's at all.
            Some(last) if last == largest => (0..largest).find(takes_part),
            Some(last) => Some(last + 1),
        };
        from.map(|bits| 1 << bits)
    }

    /// What was found, in one sentence.
    pub fn reason(&self) -> String {
        let none = |_: usize| 0;
        let largest = GRID[GRID.len() - 1];
        let tables = if self.device_known.is_some() { " where it has tables for every key" } else { "" };
        let known = self.device_known.unwrap_or(self.device);
        let winner = match self.crossover(1.0, none) {
            None => "the CPU does every batch".to_owned(),
            Some(1) => "the device takes part in every batch".to_owned(),
            Some(from) => format!("the device takes part in batches of {from} and more"),
        };
        let together = match self.plan(largest, 1.0, none) {
            Plan::Split(share) => format!("; of large ones it does {:.0} %", 100.0 * share as f64 / largest as f64),
            _ => String::new(),
        };
        format!(
            "{winner}{together}, for in large ones the CPU does {:.0} a second and the device {:.0}{tables}",
            self.cpu.rate(largest),
            known.rate(largest)
        )
    }

    /// Whether every number could be what it stands for.
    pub fn is_sane(&self) -> bool {
        let contention = self.contention.is_none_or(|share| (0.0..=1.0).contains(&share));
        self.cpu.is_sane()
            && self.device.is_sane()
            && self.device_known.is_none_or(|curve| curve.is_sane())
            && contention
    }

    /// How much two parts that take so long alone slowed each other down.
    pub fn contention_of(&self, one: f64, other: f64, together: f64) -> f64 {
        ((together - one.max(other)) / one.min(other)).clamp(0.0, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(latency: f64, item: f64) -> Curve {
        let measured = [64, 4_096].map(|items| (items, latency + item * items as f64));
        Curve::through(&measured).expect("times")
    }

    fn model(contention: Option<f64>) -> Model {
        // A card that answers after a millisecond and then is four times as fast as the CPU.
        let (cpu, device) = (curve(0.0, 4e-6), curve(1e-3, 1e-6));
        Model { smallest: 64, cpu, device, device_known: None, contention }
    }

    #[test]
    fn below_the_crossover_the_cpu_and_beyond_it_whoever_is_done_first() {
        let none = |_: usize| 0;
        let alone = model(None);
        assert_eq!(alone.plan(100, 0.0, none), Plan::Cpu);
        assert_eq!(alone.plan(10_000, 0.0, none), Plan::Device);
        assert_eq!(alone.crossover(0.0, none), Some(512), "333 is where the lines cross");
        let Plan::Split(share) = model(Some(0.0)).plan(100_000, 0.0, none) else { panic!("both are faster") };
        assert!((78_000..82_000).contains(&share), "a fifth is the CPU's: {share}");
        assert!(share.is_multiple_of(SHARE));
        assert_eq!(model(Some(1.0)).plan(100_000, 0.0, none), Plan::Device, "the same cores twice are no more cores");
        assert_eq!(model(Some(0.0)).plan(0, 0.0, none), Plan::Cpu);
        let late = Model { smallest: 20_000, ..alone };
        assert_eq!((late.plan(10_000, 0.0, none), late.crossover(0.0, none)), (Plan::Cpu, Some(1 << 15)));
    }

    #[test]
    fn a_check_of_everything_leaves_nothing_to_gain() {
        assert_eq!(model(Some(0.0)).crossover(0.0, |share| share), None);
        assert_eq!(model(None).crossover(0.0, |_| 300), Some(1024), "733 is where the lines cross with the check");
    }

    #[test]
    fn known_keys_are_another_device() {
        let known = Model { device_known: Some(curve(1e-3, 1e-7)), device: curve(1e-3, 1e-5), ..model(None) };
        assert_eq!(known.plan(10_000, 0.0, |_| 0), Plan::Cpu);
        assert_eq!(known.plan(10_000, 1.0, |_| 0), Plan::Device);
        assert_eq!(known.crossover(0.0, |_| 0), None);
        assert!(known.reason().contains("tables"), "{}", known.reason());
    }

    #[test]
    fn a_crossover_is_where_the_device_takes_part_from_then_on() {
        let curve = |times: [f64; 11]| {
            let points: Vec<_> = GRID.into_iter().zip(times).collect();
            Curve::through(&points).expect("times")
        };
        // At 64 the device is faster by chance, at 256 it is not, from 1,024 on it is.
        let cpu = curve([1e-6, 4e-6, 16e-6, 100e-6, 256e-6, 1e-3, 4e-3, 16e-3, 64e-3, 0.25, 1.0]);
        let device = curve([50e-6, 50e-6, 50e-6, 60e-6, 300e-6, 400e-6, 1e-3, 4e-3, 16e-3, 64e-3, 0.25]);
        let model = Model { smallest: 1, cpu, device, device_known: None, contention: None };
        assert_eq!(
            [64, 256, 1_024].map(|items| model.plan(items, 0.0, |_| 0)),
            [Plan::Device, Plan::Cpu, Plan::Device]
        );
        assert!(model.crossover(0.0, |_| 0).is_some_and(|from| (512..=1_024).contains(&from)));
    }

    #[test]
    fn tables_are_built_once_they_would_have_been_worth_it() {
        // 20 µs a table, and 3.8 µs saved with each signature.
        let known = Model { device_known: Some(curve(0.0, 2e-7)), device: curve(0.0, 1e-5), ..model(None) };
        let uses = |model: &Model| model.uses_for_table(4_096, |_| 0);
        assert_eq!(uses(&known), 6);
        let fast = Model { cpu: curve(0.0, 1e-3), ..known };
        assert_eq!(uses(&fast), USES_FOR_TABLE);
        let slow = Model { device_known: Some(curve(0.0, 4e-6)), ..known };
        assert_eq!(uses(&slow), MOST_USES, "nothing is saved");
        assert_eq!(uses(&Model { contention: Some(0.0), ..slow }), 11, "half of the time, if both work");
        let little = Model { device_known: Some(curve(0.0, 3.9e-6)), ..known };
        assert_eq!(uses(&little), MOST_USES);
    }
}
