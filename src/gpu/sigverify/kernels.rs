//! Shader modules, layouts and pipelines: one small module a step, put together from WGSL files.

use super::super::device::{Binding, Device, Layout};
use super::Limbs;

macro_rules! shader {
    ($path:literal) => {
        include_str!(concat!("../../../shaders/", $path, ".wgsl"))
    };
}

const WORDS: &str = shader!("shared/words");
const FIELD_U64: &str = shader!("shared/field_u64");
const FIELD_U32: &str = shader!("shared/field_u32");
const SCALAR: &str = shader!("shared/scalar");
const SHA512: &str = shader!("shared/sha512");
const CURVE: &str = shader!("shared/curve");
const PACKED_U64: &str = shader!("shared/packed_u64");
const PACKED_U32: &str = shader!("shared/packed_u32");
const NIELS: &str = shader!("shared/niels");
const ROOT: &str = shader!("shared/root");
const COMMON: &str = shader!("sigverify/common");
const CONSTANTS: &str = shader!("sigverify/constants");
const BASE: &str = shader!("sigverify/base");
const POSITIONS_SOURCE: &str = shader!("sigverify/positions");

/// `LIMB` in `shaders/shared/field_u64.wgsl` stands for the type that limbs are kept in.
pub(super) fn field_source(limbs: Limbs) -> String {
    match limbs {
        Limbs::Wide => FIELD_U64.replace("LIMB", "u64"),
        Limbs::Mixed => FIELD_U64.replace("LIMB", "u32"),
        Limbs::Narrow => FIELD_U32.to_owned(),
    }
}

/// A pipeline and the layout of its bindings: 0 `params`, 1 `constants`, then storage buffers.
pub(super) struct Kernel {
    pub(super) layout: Layout,
    pub(super) pipeline: wgpu::ComputePipeline,
    bindings: usize,
}

impl Kernel {
    fn new(device: &Device, entry: &str, pieces: &[&str], storage: &[Binding]) -> Self {
        let mut bindings = vec![(0, Binding::Uniform), (1, Binding::Uniform)];
        bindings.extend((2..).zip(storage.iter().copied()));
        let layout = device.layout(entry, &bindings);
        let module = device.module(entry, pieces);
        let pipeline = device.pipeline(&layout, &module, entry, &[]);
        Self { layout, pipeline, bindings: bindings.len() }
    }

    /// Binds buffers in the order of the bindings.
    pub(super) fn bind(&self, device: &Device, buffers: &[&wgpu::Buffer]) -> wgpu::BindGroup {
        assert_eq!(buffers.len(), self.bindings, "as many buffers as bindings");
        let entries: Vec<_> = (0u32..).zip(buffers).map(|(at, buffer)| (at, buffer.as_entire_buffer_binding())).collect();
        device.bind(&self.layout, &entries)
    }
}

/// Invocations of a workgroup, in every kernel.
pub(super) const WORKGROUP: u32 = 64;
/// Signatures that share an inversion: `SHARE` in `shaders/sigverify/finish.wgsl`.
pub(super) const FINISH_SHARE: u32 = 8;
/// Tables of a known key: `POSITIONS` in `shaders/sigverify/positions.wgsl`.
pub(super) const POSITIONS: u32 = 8;
/// Invocations a key of `key_normalise`: `INVOCATIONS` there.
pub(super) const NORMALISE_INVOCATIONS: u32 = POSITIONS * 8 / 32;
/// Bytes of a known key's tables.
pub(super) const KEY_TABLE_BYTES: u64 = POSITIONS as u64 * 8 * 96;

/// Every kernel of signature verification.
pub(super) struct Kernels {
    pub(super) hash: Kernel,
    pub(super) decode: Kernel,
    pub(super) table: Kernel,
    pub(super) multiply_cold: Kernel,
    pub(super) multiply_known: Kernel,
    pub(super) finish: Kernel,
    pub(super) cofactor: Kernel,
    pub(super) key_positions: Kernel,
    pub(super) key_multiples: Kernel,
    pub(super) key_normalise: Kernel,
}

impl Kernels {
    pub(super) fn new(device: &Device, limbs: Limbs) -> Self {
        use Binding::{Read, Write};
        let field = field_source(limbs);
        let field = field.as_str();
        let packed = if limbs == Limbs::Wide { PACKED_U64 } else { PACKED_U32 };
        let curve = |entry: &str, own: &[&str], storage: &[Binding]| {
            let pieces = [&[COMMON, CONSTANTS, WORDS, field, CURVE], own].concat();
            Kernel::new(device, entry, &pieces, storage)
        };
        Self {
            hash: Kernel::new(
                device,
                "hash",
                &[COMMON, WORDS, SCALAR, SHA512, shader!("sigverify/hash")],
                &[Read, Read, Read, Write, Write],
            ),
            decode: curve("decode", &[ROOT, shader!("sigverify/decode")], &[Read, Write, Write]),
            table: curve("table", &[shader!("sigverify/table")], &[Read, Write]),
            multiply_cold: curve(
                "multiply_cold",
                &[packed, NIELS, BASE, shader!("sigverify/multiply_cold")],
                &[Read, Read, Read, Write],
            ),
            multiply_known: curve(
                "multiply_known",
                &[packed, NIELS, BASE, POSITIONS_SOURCE, shader!("sigverify/multiply_known")],
                &[Read, Read, Read, Read, Write],
            ),
            finish: curve("finish", &[ROOT, shader!("sigverify/finish")], &[Read, Read, Read, Read, Write, Write]),
            cofactor: curve("cofactor", &[ROOT, shader!("sigverify/cofactor")], &[Read, Read, Write]),
            key_positions: curve(
                "key_positions",
                &[POSITIONS_SOURCE, shader!("sigverify/key_positions")],
                &[Read, Write],
            ),
            key_multiples: curve("key_multiples", &[POSITIONS_SOURCE, shader!("sigverify/key_multiples")], &[Write]),
            key_normalise: curve(
                "key_normalise",
                &[ROOT, POSITIONS_SOURCE, shader!("sigverify/key_normalise")],
                &[Write, Read, Read, Write, Write],
            ),
        }
    }
}
