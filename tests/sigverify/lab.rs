//! Runs small kernels made of the shared shader files: words in, words out, one invocation an item.
#![allow(dead_code, reason = "every test binary uses its own part of this module")]

use std::sync::{Arc, OnceLock};
use wavelock::gpu::device::{Binding, Device, DeviceOptions};

pub fn device() -> Arc<Device> {
    static DEVICE: OnceLock<Arc<Device>> = OnceLock::new();
    DEVICE.get_or_init(|| Device::open(&DeviceOptions::default()).expect("a device")).clone()
}

macro_rules! shader {
    ($path:literal) => {
        include_str!(concat!("../../shaders/", $path, ".wgsl"))
    };
}

pub const WORDS: &str = shader!("shared/words");
pub const SCALAR: &str = shader!("shared/scalar");
pub const LATTICE: &str = shader!("shared/lattice");
pub const CURVE: &str = shader!("shared/curve");
pub const SQUARE_ROOT: &str = shader!("shared/square_root");
pub const GROUPS: &str = shader!("sigverify/groups");
pub const DIGITS: &str = shader!("sigverify/digits");
pub const COMB: &str = shader!("sigverify/comb");
pub const COLUMNS: &str = shader!("sigverify/columns");
pub const CONSTANTS: &str = shader!("sigverify/constants");
const LIMB_U64: &str = shader!("shared/limb_u64");
const LIMB_U32: &str = shader!("shared/limb_u32");
const FIELD_U64: &str = shader!("shared/field_u64");
const PRODUCT_SPLIT: &str = shader!("shared/product_split");
const PRODUCT_PLAIN: &str = shader!("shared/product_plain");
const FIELD_U32: &str = shader!("shared/field_u32");

/// A version of the field: its source, and how its limbs are laid out.
pub struct Version {
    pub name: &'static str,
    pub source: String,
    pub limbs: usize,
    /// Weight of limb i is 2^offset[i].
    pub offsets: Vec<u32>,
}

/// Every version that the device can run.
pub fn versions() -> Vec<Version> {
    let tens = || vec![0, 26, 51, 77, 102, 128, 153, 179, 204, 230];
    let mut versions = vec![Version {
        name: "u32",
        source: FIELD_U32.to_owned(),
        limbs: 20,
        offsets: (0..20).map(|limb| 13 * limb).collect(),
    }];
    if device().has_int64() {
        for (name, limb, product) in
            [("u64", LIMB_U64, PRODUCT_SPLIT), ("u64 products of u32 limbs", LIMB_U32, PRODUCT_PLAIN)]
        {
            versions.push(Version { name, source: [limb, FIELD_U64, product].concat(), limbs: 10, offsets: tens() });
        }
    } else {
        eprintln!("SKIPPED: the device has no 64-bit integers");
    }
    versions
}

/// Runs `body` once for every `inputs.len() / words_in` items. The body sees `input` and `output` (arrays of u32), `at` and `to` (where this
/// item's words begin in them).
pub fn run(pieces: &[&str], body: &str, words_in: usize, words_out: usize, inputs: &[u32]) -> Vec<u32> {
    let device = device();
    let count = inputs.len() / words_in;
    let main = format!(
        "@group(0) @binding(2) var<storage, read> input: array<u32>;\n\
         @group(0) @binding(3) var<storage, read_write> output: array<u32>;\n\
         fn input_words(at: u32) -> Words {{\n\
             return Words(vec4<u32>(input[at], input[at + 1u], input[at + 2u], input[at + 3u]),\n\
                 vec4<u32>(input[at + 4u], input[at + 5u], input[at + 6u], input[at + 7u]));\n\
         }}\n\
         fn output_words(to: u32, w: Words) {{\n\
             for (var i = 0u; i < 4u; i++) {{ output[to + i] = w.lo[i]; output[to + 4u + i] = w.hi[i]; }}\n\
         }}\n\
         @compute @workgroup_size(64)\n\
         fn main(@builtin(global_invocation_id) id: vec3<u32>) {{\n\
             if id.x >= {count}u {{ return; }}\n\
             let at = id.x * {words_in}u;\n\
             let to = id.x * {words_out}u;\n\
             {body}\n\
         }}\n"
    );
    let module = device.module("lab", &[pieces, &[main.as_str()]].concat());
    let layout = device.layout("lab", &[(1, Binding::Uniform), (2, Binding::Read), (3, Binding::Write)]);
    let pipeline = device.pipeline(&layout, &module, "main", &[]);
    let bytes = (count * words_out * 4) as u64;
    let usage = wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::COPY_SRC;
    let constants = device.buffer("constants", 16 * 52, wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST);
    device.queue.write_buffer(&constants, 0, bytemuck::cast_slice(&constant_words()));
    let source = device.buffer("input", 4 * inputs.len() as u64, usage);
    device.queue.write_buffer(&source, 0, bytemuck::cast_slice(inputs));
    let result = device.buffer("output", bytes, usage);
    let readback = device.readback("read-back", bytes);
    let group = device.bind(
        &layout,
        &[
            (1, constants.as_entire_buffer_binding()),
            (2, source.as_entire_buffer_binding()),
            (3, result.as_entire_buffer_binding()),
        ],
    );
    let mut encoder = device.encoder("lab");
    {
        let mut pass = encoder.pass("lab");
        pass.set_pipeline(&pipeline);
        pass.set_bind_group(0, &group, &[]);
        pass.dispatch_workgroups((count as u32).div_ceil(64), 1, 1);
    }
    encoder.copy_buffer_to_buffer(&result, 0, &readback, 0, bytes);
    device.run("lab", encoder, &readback, bytes, bytemuck::pod_collect_to_vec).expect("no fault")
}

/// d, 2d, a square root of −1, y of two points of order 8, −1, then zeros: literature values, independent of what the library computes.
fn constant_words() -> Vec<u32> {
    let hex_words = |digits: &str| {
        let bytes = hex::decode(digits).expect("hex");
        let words = bytes.chunks(4).rev().map(|four| u32::from_be_bytes(four.try_into().expect("four bytes")));
        words.collect::<Vec<u32>>()
    };
    let mut words = hex_words("52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3");
    words.extend(hex_words("2406d9dc56dffce7198e80f2eef3d13000e0149a8283b156ebd69b9426b2f159"));
    words.extend(hex_words("2b8324804fc1df0b2b4d00993dfbd7a72f431806ad2fe478c4ee1b274a0ea0b0"));
    let mut minus_one = [0xff; 32];
    (minus_one[0], minus_one[31]) = (0xec, 0x7f);
    let mut ys = [1, 3].map(|at| curve25519_dalek::constants::EIGHT_TORSION[at].compress().to_bytes()).to_vec();
    ys.iter_mut().for_each(|y| y[31] &= 0x7f);
    ys.push(minus_one);
    words.extend(ys.iter().flat_map(|y| bytemuck::pod_collect_to_vec::<u8, u32>(y)));
    words.resize(4 * 52, 0);
    words
}

/// A small generator for test inputs (splitmix64): the same inputs in every run.
pub struct Random(pub u64);

impl Random {
    pub fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.word()) * u128::from(bound)) >> 64) as u64
    }
}
