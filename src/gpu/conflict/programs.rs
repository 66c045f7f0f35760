//! The shaders of the conflict stage: which files make which module, and which bindings they use.

use crate::gpu::device::{Binding, Device, Layout};
use crate::gpu::sort::Sort;
use crate::limits::{LONG_KEY_ACCESSES, MAX_ROUNDS, SHORT_KEY_ACCESSES, STALL_FROM_ROUND, STALL_WINDOW};

macro_rules! shader {
    ($path:literal) => {
        include_str!(concat!("../../../shaders/", $path, ".wgsl"))
    };
}

const COMMON: &str = shader!("conflict/common");
const LISTS: &str = shader!("conflict/lists");
const WALK: &str = shader!("conflict/walk");
const BROADCAST: &str = shader!("shared/broadcast");
const TILE: &str = shader!("conflict/tile");

/// Bit of an access beside its transaction's index; common.wgsl has the same.
pub const WRITE: u32 = 1 << 31;

/// Name of each module of the stage, and the files that it is made of, in order.
pub const PROGRAMS: [(&str, &[&str]); 8] = [
    ("group", &[COMMON, shader!("conflict/group")]),
    ("list", &[COMMON, LISTS, shader!("conflict/list")]),
    ("short", &[COMMON, LISTS, WALK, shader!("conflict/short")]),
    ("medium", &[COMMON, LISTS, WALK, BROADCAST, TILE, shader!("conflict/medium")]),
    ("long", &[COMMON, LISTS, WALK, BROADCAST, TILE, shader!("conflict/long")]),
    ("spread", &[COMMON, LISTS, shader!("conflict/spread")]),
    ("carry", &[COMMON, shader!("conflict/carry")]),
    ("advance", &[COMMON, shader!("shared/stop"), shader!("conflict/advance")]),
];

/// The buffer of each binding; `sorted` and `places` are where the sort leaves keys and positions.
pub const BINDINGS: [&str; 13] = [
    "params",
    "control",
    "ranges",
    "accesses",
    "wave",
    "seen",
    "bases",
    "lists",
    "sorted",
    "owners",
    "keys",
    "places",
    "arguments",
];

/// A module's bindings.
#[derive(Debug)]
pub struct Group {
    /// Their layout.
    pub layout: Layout,
    /// Their numbers.
    pub bindings: Vec<u32>,
}

/// The pipelines and their bindings.
#[allow(missing_docs, reason = "fields are named after entry points and modules")]
#[derive(Debug)]
pub struct Pipelines {
    pub sort: Sort,
    pub group: Group,
    pub list: Group,
    pub walk: Group,
    pub spread: Group,
    pub carry: Group,
    pub advance: Group,
    pub group_accesses: wgpu::ComputePipeline,
    pub list_keys: wgpu::ComputePipeline,
    pub short_round: wgpu::ComputePipeline,
    pub medium_round: wgpu::ComputePipeline,
    pub long_reduce: wgpu::ComputePipeline,
    pub long_scan: wgpu::ComputePipeline,
    pub long_round: wgpu::ComputePipeline,
    pub spread_stale: wgpu::ComputePipeline,
    pub carry_waves: wgpu::ComputePipeline,
    pub advance_round: wgpu::ComputePipeline,
    pub advance_end: wgpu::ComputePipeline,
}

impl Pipelines {
    /// Compiles the stage.
    pub fn new(device: &Device) -> Self {
        use Binding::{Read, Uniform, Write};
        let bind = |name, bindings: &[(u32, Binding)]| Group {
            layout: device.layout(name, bindings),
            bindings: bindings.iter().map(|(binding, _)| *binding).collect(),
        };
        let group = bind("group", &[(0, Uniform), (2, Write), (3, Write), (8, Read), (9, Read), (11, Read)]);
        let list = [(0, Uniform), (1, Write), (2, Write), (3, Read), (5, Write), (6, Read), (7, Write), (8, Read)];
        let list = bind("list", &list);
        let walk = [(0, Uniform), (1, Write), (2, Write), (3, Read), (4, Write), (5, Write), (6, Read), (7, Write)];
        let walk = bind("walk", &walk);
        let spread = [(0, Uniform), (1, Write), (2, Write), (4, Write), (5, Write), (7, Write), (9, Read), (10, Read)];
        let spread = bind("spread", &spread);
        let carry = bind("carry", &[(0, Uniform), (1, Write), (4, Write), (6, Write), (9, Read), (10, Read)]);
        let advance = bind("advance", &[(0, Uniform), (1, Write), (12, Write)]);
        let modules: Vec<_> = PROGRAMS.iter().map(|(name, files)| (*name, device.module(name, files))).collect();
        let module = |name| &modules.iter().find(|(known, _)| *known == name).expect("a module of this stage").1;
        let tiers =
            [("SHORT_ACCESSES", f64::from(SHORT_KEY_ACCESSES)), ("MEDIUM_ACCESSES", f64::from(LONG_KEY_ACCESSES))];
        let stop = [
            ("MAX_ROUNDS", f64::from(MAX_ROUNDS)),
            ("STALL_FROM_ROUND", f64::from(STALL_FROM_ROUND)),
            ("STALL_WINDOW", f64::from(STALL_WINDOW)),
        ];
        let pipeline = |group: &Group, name, entry| device.pipeline(&group.layout, module(name), entry, &tiers);
        let advance_by = |entry| {
            let constants = [&tiers[..], &stop].concat();
            device.pipeline(&advance.layout, module("advance"), entry, &constants)
        };
        Self {
            sort: Sort::new(device),
            group_accesses: pipeline(&group, "group", "group_accesses"),
            list_keys: pipeline(&list, "list", "list_keys"),
            short_round: pipeline(&walk, "short", "short_round"),
            medium_round: pipeline(&walk, "medium", "medium_round"),
            long_reduce: pipeline(&walk, "long", "long_reduce"),
            long_scan: pipeline(&walk, "long", "long_scan"),
            long_round: pipeline(&walk, "long", "long_round"),
            spread_stale: pipeline(&spread, "spread", "spread"),
            carry_waves: pipeline(&carry, "carry", "carry"),
            advance_round: advance_by("advance_round"),
            advance_end: advance_by("advance_end"),
            group,
            list,
            walk,
            spread,
            carry,
            advance,
        }
    }
}
