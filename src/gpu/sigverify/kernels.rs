//! Every kernel of signature verification: one small module a step, put together from WGSL files.

use super::super::device::{Binding::Read, Binding::Write, Device};
use super::Limbs;
use super::constants::{BASE_TEETH, WINDOW_DIGITS, WINDOW_ENTRIES, WINDOW_TABLES};
use super::kernel::{Kernel, Program, TURNS};
use crate::gpu::adapter::AdapterKind;
use rayon::prelude::*;

macro_rules! shader {
    ($path:literal) => {
        include_str!(concat!("../../../shaders/", $path, ".wgsl"))
    };
}

const WORDS: &str = shader!("shared/words");
const LIMB_U64: &str = shader!("shared/limb_u64");
const LIMB_U32: &str = shader!("shared/limb_u32");
const FIELD_U64: &str = shader!("shared/field_u64");
const PRODUCT_SPLIT: &str = shader!("shared/product_split");
const PRODUCT_PLAIN: &str = shader!("shared/product_plain");
const FIELD_U32: &str = shader!("shared/field_u32");
const SCALAR: &str = shader!("shared/scalar");
const LATTICE: &str = shader!("shared/lattice");
const SHA512: &str = shader!("shared/sha512");
const WORD64_U32: &str = shader!("shared/word64_u32");
const WORD64_U64: &str = shader!("shared/word64_u64");
const CURVE: &str = shader!("shared/curve");
const PACKED_U64: &str = shader!("shared/packed_u64");
const PACKED_U32: &str = shader!("shared/packed_u32");
const NIELS: &str = shader!("shared/niels");
const SQUARE_ROOT: &str = shader!("shared/square_root");
const COMMON: &str = shader!("sigverify/common");
const CONSTANTS: &str = shader!("sigverify/constants");
const MULTIPLES: &str = shader!("sigverify/multiples");
const WINDOWS: &str = shader!("sigverify/windows");
const GROUPS: &str = shader!("sigverify/groups");
const COMB: &str = shader!("sigverify/comb");

/// Limbs and what is done with them.
pub(super) fn field_source(limbs: Limbs) -> String {
    match limbs {
        Limbs::Wide => [LIMB_U64, FIELD_U64, PRODUCT_SPLIT].concat(),
        Limbs::Mixed => [LIMB_U32, FIELD_U64, PRODUCT_PLAIN].concat(),
        Limbs::Narrow => FIELD_U32.to_owned(),
    }
}

/// Where an invocation finds table entries.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Entries {
    /// In buffers, as 32-bit words: not every backend lays out 64-bit integers there.
    Words32,
    /// In buffers, as 64-bit words: software devices load word by word and lane by lane.
    Words64,
    /// As [`Entries::Words64`], and in private arrays where they are its own.
    Private,
}

impl Entries {
    /// Bytes of a cold signature in the largest buffer that it needs: two tables, or its digits.
    pub(super) fn cold_bytes(self) -> u64 {
        match self {
            Self::Words32 | Self::Words64 => 2 * 8 * 128,
            Self::Private => DIGIT_BYTES,
        }
    }

    /// Whether a kernel's invocations take their items from a queue: the longest of the version for software devices do, which divide
    /// workgroups among cores once and for all. Shorter kernels lose more by the loop than they would wait (docs/decisions/0011).
    fn queue(self, kernel: &str) -> bool {
        self != Self::Words32 && matches!(kernel, "multiply_cold" | "multiply_known")
    }
}

/// Every kernel, in the order of [`Kernels`].
pub(super) fn programs(limbs: Limbs, entries: Entries) -> [Program; 11] {
    let field = field_source(limbs);
    let (packed, ahead) = match entries {
        Entries::Words32 => (PACKED_U32, shader!("sigverify/ahead_none")),
        Entries::Words64 | Entries::Private => (PACKED_U64, shader!("sigverify/ahead_touch")),
    };
    let tables: &[&str] = match entries {
        Entries::Words32 | Entries::Words64 => &[shader!("sigverify/tables_buffer")],
        Entries::Private => &[MULTIPLES, shader!("sigverify/tables_private")],
    };
    let from_queue = format!("const TURNS = {TURNS}u;\n{}", shader!("sigverify/queue"));
    let program = |name, own: &[&str], storage| {
        let queue = entries.queue(name);
        let run = if queue { &from_queue } else { shader!("sigverify/each") };
        Program { name, source: [&own.concat(), run].concat(), storage, queue }
    };
    let curve = |name, own: &[&str], storage| {
        program(name, &[&[COMMON, CONSTANTS, WORDS, field.as_str(), CURVE], own].concat(), storage)
    };
    let word64 = if limbs == Limbs::Wide { WORD64_U64 } else { WORD64_U32 };
    let hash = [COMMON, WORDS, SCALAR, word64, SHA512, shader!("sigverify/hash")];
    let halve = [COMMON, WORDS, SCALAR, LATTICE, GROUPS, shader!("sigverify/digits"), shader!("sigverify/halve")];
    let cold = [&[packed, NIELS, GROUPS, WINDOWS], tables, &[shader!("sigverify/multiply_cold")]].concat();
    let known = [packed, NIELS, SCALAR, COMB, shader!("sigverify/columns"), ahead, shader!("sigverify/multiply_known")];
    [
        program("hash", &hash, &[Read, Read, Read, Write, Write]),
        program("halve", &halve, &[Read, Read, Write, Write]),
        curve("decode", &[SQUARE_ROOT, shader!("sigverify/decode")], &[Read, Write, Write]),
        curve("table", &[MULTIPLES, shader!("sigverify/table")], &[Read, Write]),
        curve("multiply_cold", &cold, &[Read, Read, Read, Read, Read, Write]),
        curve("multiply_known", &known, &[Read, Read, Read, Read, Write]),
        curve("finish", &[SQUARE_ROOT, shader!("sigverify/finish")], &[Read, Read, Read, Read, Write, Write]),
        curve("cofactor", &[SQUARE_ROOT, shader!("sigverify/cofactor")], &[Read, Read, Write]),
        curve("key_teeth", &[COMB, shader!("sigverify/key_teeth")], &[Read, Write]),
        curve("key_entries", &[COMB, shader!("sigverify/key_entries")], &[Read, Write]),
        curve(
            "key_normalise",
            &[SQUARE_ROOT, COMB, shader!("sigverify/key_normalise")],
            &[Write, Read, Read, Write, Write, Read],
        ),
    ]
}

/// Signatures that share an inversion: `SHARE` in `shaders/sigverify/finish.wgsl`.
pub(super) const FINISH_SHARE: u32 = 8;
/// Combs of a known key and teeth of each, as in `shaders/sigverify/comb.wgsl`.
pub(super) const KEY_COMBS: u32 = 2;
pub(super) const KEY_TEETH: u32 = 6;
/// Entries of both combs of a key.
pub(super) const KEY_COMB_ENTRIES: u32 = KEY_COMBS << (KEY_TEETH - 1);
/// Invocations a key of `key_normalise`: `INVOCATIONS` there.
pub(super) const NORMALISE_INVOCATIONS: u32 = KEY_COMB_ENTRIES / 32;
/// Bytes of a known key's tables: all combs, and the key itself.
pub(super) const KEY_TABLE_BYTES: u64 = (KEY_COMB_ENTRIES as u64 + 1) * 96;
/// Columns of a comb: `SPACING` in `shaders/sigverify/comb.wgsl`.
pub(super) const SPACING: u32 = 22;
/// Bytes of an unknown key's digits: `MOST_GROUPS` pairs in `shaders/sigverify/groups.wgsl`.
pub(super) const DIGIT_BYTES: u64 = MOST_GROUPS as u64 * 8;
const MOST_GROUPS: u32 = 22;

/// Every kernel of signature verification.
pub(super) struct Kernels {
    pub(super) entries: Entries,
    pub(super) hash: Kernel,
    pub(super) halve: Kernel,
    pub(super) decode: Kernel,
    pub(super) table: Kernel,
    pub(super) multiply_cold: Kernel,
    pub(super) multiply_known: Kernel,
    pub(super) finish: Kernel,
    pub(super) cofactor: Kernel,
    pub(super) key_teeth: Kernel,
    pub(super) key_entries: Kernel,
    pub(super) key_normalise: Kernel,
}

impl Kernels {
    /// On software devices pipelines are made when they are needed; elsewhere that is when drivers compile, so all are made now,
    /// on all cores where that is allowed.
    pub(super) fn new(device: &Device, programs: &[Program; 11], entries: Entries) -> Self {
        let kernels = programs.each_ref().map(|program| Kernel::new(device, program));
        if device.summary.kind != AdapterKind::Software {
            let make = |kernel: &Kernel| _ = kernel.pipeline(device);
            if device.compiles_in_parallel() {
                kernels.par_iter().for_each(make);
            } else {
                kernels.iter().for_each(make);
            }
        }
        let [
            hash,
            halve,
            decode,
            table,
            multiply_cold,
            multiply_known,
            finish,
            cofactor,
            key_teeth,
            key_entries,
            key_normalise,
        ] = kernels;
        Self {
            entries,
            hash,
            halve,
            decode,
            table,
            multiply_cold,
            multiply_known,
            finish,
            cofactor,
            key_teeth,
            key_entries,
            key_normalise,
        }
    }

    /// What signatures by unknown keys need, the slowest to compile first.
    pub(super) fn cold(&self) -> Vec<&Kernel> {
        let table = (self.entries != Entries::Private).then_some(&self.table);
        [&self.multiply_cold, &self.decode].into_iter().chain(table).chain([&self.halve, &self.hash]).collect()
    }

    /// What those by known keys need besides, under `strict`.
    pub(super) fn known(&self) -> Vec<&Kernel> {
        vec![&self.multiply_known, &self.finish, &self.key_normalise, &self.key_entries, &self.key_teeth]
    }

    /// The same under `zip215`.
    pub(super) fn known_zip215(&self) -> Vec<&Kernel> {
        [vec![&self.cofactor], self.known()].concat()
    }
}

/// Constants that host and shaders share, for each module that has some.
pub(in crate::gpu) fn constants() -> Vec<(&'static str, Vec<(&'static str, u32)>)> {
    let groups = [("MOST_GROUPS", MOST_GROUPS), ("WINDOWS", WINDOW_DIGITS as u32)];
    let windows = [("WINDOW_TABLES", WINDOW_TABLES as u32), ("WINDOW_ENTRIES", WINDOW_ENTRIES as u32)];
    vec![
        (
            "sigverify Narrow key_normalise",
            vec![
                ("SPACING", SPACING),
                ("KEY_COMBS", KEY_COMBS),
                ("KEY_TEETH", KEY_TEETH),
                ("COMB_ENTRIES", KEY_COMB_ENTRIES / KEY_COMBS),
                ("KEY_ENTRIES", (KEY_TABLE_BYTES / 96) as u32),
                ("BASE_TEETH", BASE_TEETH as u32),
                ("INVOCATIONS", NORMALISE_INVOCATIONS),
            ],
        ),
        ("sigverify Narrow finish", vec![("SHARE", FINISH_SHARE)]),
        ("sigverify Narrow multiply_cold", [groups, windows].concat()),
    ]
}

/// Name and source of every module that a device may get which is no software device.
pub(in crate::gpu) fn portable_sources() -> Vec<(String, String)> {
    let versions = [Limbs::Wide, Limbs::Mixed, Limbs::Narrow];
    let named = |limbs| programs(limbs, Entries::Words32).map(|program| (limbs, program));
    let programs = versions.into_iter().flat_map(named);
    programs.map(|(limbs, program)| (format!("sigverify {limbs:?} {}", program.name), program.source)).collect()
}

/// The same of the versions that software devices get.
pub(in crate::gpu) fn software_sources() -> Vec<(String, String)> {
    let versions = [Entries::Words64, Entries::Private];
    let named = |entries| programs(Limbs::Wide, entries).map(|program| (entries, program));
    let programs = versions.into_iter().flat_map(named);
    programs.map(|(entries, program)| (format!("sigverify {entries:?} {}", program.name), program.source)).collect()
}
