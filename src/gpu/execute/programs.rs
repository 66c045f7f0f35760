//! The shaders of the execute stage: which files make which module, and which bindings they use.

use crate::gpu::adapter::AdapterKind;
use crate::gpu::device::{Binding, Device, Layout};
use crate::gpu::sort::{self, Sort};
use crate::limits::{LONG_ACCOUNT_LEGS, MAX_ROUNDS, SHORT_ACCOUNT_LEGS, STALL_FROM_ROUND, STALL_WINDOW};

const NARROW: &str = include_str!("../../../shaders/shared/amount_narrow.wgsl");
const WIDE: &str = include_str!("../../../shaders/shared/amount_wide.wgsl");
const AMOUNT: &str = include_str!("../../../shaders/shared/amount.wgsl");
const STOP: &str = include_str!("../../../shaders/shared/stop.wgsl");
const LEGS_GENERAL: &str = include_str!("../../../shaders/execute/legs_general.wgsl");
const LEGS_TRANSFER: &str = include_str!("../../../shaders/execute/legs_transfer.wgsl");
const GROUP: &str = include_str!("../../../shaders/execute/group.wgsl");
const LANES_MANY: &str = include_str!("../../../shaders/execute/lanes_many.wgsl");
const LANES_FEW: &str = include_str!("../../../shaders/execute/lanes_few.wgsl");
const WALK: &str = include_str!("../../../shaders/execute/walk.wgsl");
const JUDGE_TRANSFER: &str = include_str!("../../../shaders/execute/judge_transfer.wgsl");
const JUDGE_GENERAL: &str = include_str!("../../../shaders/execute/judge_general.wgsl");
const GUESS: &str = include_str!("../../../shaders/execute/guess.wgsl");
const GUESS_WIDE: &str = include_str!("../../../shaders/execute/guess_wide.wgsl");
const SHORT: &str = include_str!("../../../shaders/execute/short.wgsl");
const BROADCAST: &str = include_str!("../../../shaders/shared/broadcast.wgsl");
const TILE: &str = include_str!("../../../shaders/execute/tile.wgsl");
const MEDIUM: &str = include_str!("../../../shaders/execute/medium.wgsl");
const LONG: &str = include_str!("../../../shaders/execute/long.wgsl");
const TABLE: &str = include_str!("../../../shaders/execute/table.wgsl");
const GATHER: &str = include_str!("../../../shaders/execute/gather.wgsl");
const SCATTER: &str = include_str!("../../../shaders/execute/scatter.wgsl");
const SAVE: &str = include_str!("../../../shaders/execute/save.wgsl");
const RESTORE: &str = include_str!("../../../shaders/execute/restore.wgsl");
const ADVANCE: &str = include_str!("../../../shaders/execute/advance.wgsl");
const SETTLE: &str = include_str!("../../../shaders/execute/settle.wgsl");

/// What the legs of a batch look like.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Variant {
    /// Transfers whose costs sum below 2^63.
    Narrow,
    /// Transfers of any amounts.
    Wide,
    /// General legs.
    General,
}

impl Variant {
    /// Every variant.
    pub const ALL: [Variant; 3] = [Variant::Narrow, Variant::Wide, Variant::General];

    /// Bytes of an amount on the device.
    pub fn amount_bytes(self) -> u64 {
        if self == Variant::Narrow { 8 } else { 16 }
    }

    fn amount(self) -> &'static str {
        if self == Variant::Narrow { NARROW } else { WIDE }
    }

    fn legs(self) -> &'static str {
        if self == Variant::General { LEGS_GENERAL } else { LEGS_TRANSFER }
    }

    fn judge(self) -> &'static str {
        if self == Variant::General { JUDGE_GENERAL } else { JUDGE_TRANSFER }
    }
}

/// A shader module: its name and the files that it is made of, in order.
pub type Program = (&'static str, Vec<&'static str>);

/// How work is spread: by what kind of device there is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Spread {
    /// Over many invocations, which run side by side.
    Many,
    /// Over few: a software device has a few cores, and steps from invocation to invocation at every barrier.
    Few,
}

impl Spread {
    /// Every way.
    pub const ALL: [Spread; 2] = [Spread::Many, Spread::Few];

    /// The way for a device.
    pub fn of(device: &Device) -> Self {
        let software = device.summary.kind == AdapterKind::Software && !device.options().as_hardware;
        if software { Spread::Few } else { Spread::Many }
    }

    fn lanes(self) -> &'static str {
        if self == Spread::Few { LANES_FEW } else { LANES_MANY }
    }

    /// Legs that one invocation walks alone.
    fn short_legs(self) -> u32 {
        if self == Spread::Few { LONG_ACCOUNT_LEGS } else { SHORT_ACCOUNT_LEGS }
    }

    /// Which accounts a batch of so many legs can have.
    pub fn tiers(self, legs: u32) -> Tiers {
        let long = legs > LONG_ACCOUNT_LEGS;
        Tiers { medium: self.short_legs() < LONG_ACCOUNT_LEGS && legs > self.short_legs(), long }
    }
}

/// Kernels for accounts that a batch cannot have are not dispatched, and so not compiled where drivers compile late.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tiers {
    /// More legs than one invocation walks alone.
    pub medium: bool,
    /// More legs than one workgroup walks.
    pub long: bool,
}

/// Every module of a variant.
pub fn programs(variant: Variant, spread: Spread) -> Vec<Program> {
    let walking = |name, rest: &[&'static str]| {
        (name, [&[spread.lanes(), variant.amount(), AMOUNT, WALK, variant.judge()], rest].concat())
    };
    let mut programs = vec![
        ("sort", vec![sort::SOURCE]),
        ("group", vec![variant.amount(), variant.legs(), GROUP]),
        walking("guess", &[GUESS]),
        walking("guess_wide", &[BROADCAST, TILE, GUESS_WIDE]),
        walking("short", &[SHORT]),
        walking("medium", &[BROADCAST, TILE, MEDIUM]),
        walking("long", &[BROADCAST, TILE, LONG]),
        ("advance", vec![STOP, ADVANCE]),
    ];
    if variant == Variant::General {
        programs.push(("settle", vec![spread.lanes(), WIDE, AMOUNT, WALK, SETTLE]));
    }
    programs
}

/// The modules between the accounts that stay on the device and a batch of transfers: gather, then scatter.
pub fn table_programs(variant: Variant) -> [Program; 2] {
    let program = |name, file| (name, vec![variant.amount(), TABLE, file]);
    [program("gather", GATHER), program("scatter", SCATTER)]
}

/// The modules between the table and what is kept of it: save, then restore.
pub fn keeping_programs() -> [Program; 2] {
    [("save", vec![TABLE, SAVE]), ("restore", vec![TABLE, RESTORE])]
}

/// The bind group layouts of the stage.
#[derive(Debug)]
pub struct Layouts {
    /// group.wgsl
    pub group: Layout,
    /// walk.wgsl and what is built on it
    pub walk: Layout,
    /// advance.wgsl
    pub advance: Layout,
    /// settle.wgsl
    pub settle: Layout,
}

/// The pipelines of one variant, by entry point.
#[allow(missing_docs, reason = "fields are named after entry points")]
#[derive(Debug)]
pub struct Pipelines {
    /// Bind group layouts.
    pub layouts: Layouts,
    pub sort: Sort,
    pub group_legs: wgpu::ComputePipeline,
    pub guess_short: wgpu::ComputePipeline,
    pub guess_medium: wgpu::ComputePipeline,
    pub guess_long: wgpu::ComputePipeline,
    pub short_round: wgpu::ComputePipeline,
    pub medium_round: wgpu::ComputePipeline,
    pub long: LongPipelines,
    pub short_finish: wgpu::ComputePipeline,
    pub medium_finish: wgpu::ComputePipeline,
    pub long_finish: LongPipelines,
    pub advance_guess: wgpu::ComputePipeline,
    pub advance_round: wgpu::ComputePipeline,
    pub advance_finish: wgpu::ComputePipeline,
    pub settle: Option<wgpu::ComputePipeline>,
}

/// The passes over long accounts.
#[allow(missing_docs, reason = "fields are named after entry points")]
#[derive(Debug)]
pub struct LongPipelines {
    pub begin: wgpu::ComputePipeline,
    pub sum: wgpu::ComputePipeline,
    pub scan: wgpu::ComputePipeline,
    pub round: wgpu::ComputePipeline,
}

fn layouts(device: &Device, variant: Variant) -> Layouts {
    use Binding::{Read, Uniform, Write};
    let mut group = vec![(0, Uniform), (1, Read), (2, Read), (3, Read), (4, Read), (5, Write), (6, Write), (7, Write)];
    let mut walk = vec![(0, Uniform), (1, Write), (2, Write), (3, Read), (4, Read), (5, Write), (6, Write), (7, Write)];
    if variant == Variant::General {
        walk.push((8, Read));
    } else {
        group.push((8, Read));
    }
    Layouts {
        group: device.layout("group", &group),
        walk: device.layout("walk", &walk),
        advance: device.layout("advance", &[(0, Uniform), (1, Write), (2, Write)]),
        settle: device
            .layout("settle", &[(0, Uniform), (1, Write), (2, Write), (6, Write), (7, Write), (9, Read), (10, Read)]),
    }
}

impl Pipelines {
    /// Compiles the stage for one variant.
    pub fn new(device: &Device, variant: Variant) -> Self {
        let (layouts, spread) = (layouts(device, variant), Spread::of(device));
        let modules: Vec<_> =
            programs(variant, spread).iter().map(|(name, files)| (*name, device.module(name, files))).collect();
        let module = |name| &modules.iter().find(|(known, _)| *known == name).expect("a module of this stage").1;
        let tiers = [("SHORT_LEGS", f64::from(spread.short_legs())), ("MEDIUM_LEGS", f64::from(LONG_ACCOUNT_LEGS))];
        let decide = [tiers[0], tiers[1], ("FINISH", 0.0)];
        let finish = [tiers[0], tiers[1], ("FINISH", 1.0)];
        let stop = [
            ("MAX_ROUNDS", f64::from(MAX_ROUNDS)),
            ("STALL_FROM_ROUND", f64::from(STALL_FROM_ROUND)),
            ("STALL_WINDOW", f64::from(STALL_WINDOW)),
        ];
        let walk = |name, entry, constants: &[_]| device.pipeline(&layouts.walk, module(name), entry, constants);
        let advance = |entry| device.pipeline(&layouts.advance, module("advance"), entry, &stop);
        let long = |constants: &[_]| LongPipelines {
            begin: walk("long", "long_begin", constants),
            sum: walk("long", "long_sum", constants),
            scan: walk("long", "long_scan", constants),
            round: walk("long", "long_round", constants),
        };
        Self {
            sort: Sort::new(device),
            group_legs: device.pipeline(&layouts.group, module("group"), "group_legs", &[]),
            guess_short: walk("guess", "guess_short", &decide),
            guess_medium: walk("guess_wide", "guess_medium", &decide),
            guess_long: walk("guess_wide", "guess_long", &decide),
            short_round: walk("short", "short_round", &decide),
            medium_round: walk("medium", "medium_round", &decide),
            long: long(&decide),
            short_finish: walk("short", "short_finish", &finish),
            medium_finish: walk("medium", "medium_finish", &finish),
            long_finish: long(&finish),
            advance_guess: advance("advance_guess"),
            advance_round: advance("advance_round"),
            advance_finish: advance("advance_finish"),
            settle: (variant == Variant::General)
                .then(|| device.pipeline(&layouts.settle, module("settle"), "settle", &tiers)),
            layouts,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_has_no_account_with_more_legs_than_it_has() {
        let of = |spread: Spread, legs| {
            let Tiers { medium, long } = spread.tiers(legs);
            (medium, long)
        };
        assert_eq!(
            [64, 65, 8_192, 8_193].map(|legs| of(Spread::Many, legs)),
            [(false, false), (true, false), (true, false), (true, true)]
        );
        assert_eq!(
            [65, 8_192, 8_193].map(|legs| of(Spread::Few, legs)),
            [(false, false), (false, false), (false, true)]
        );
    }
}
