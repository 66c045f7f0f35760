//! The stable radix sort that stages share: pairs of a key and its position, by key.

use super::buffers::Buffers;
use super::device::{Binding, Device, Layout};
use super::submission::Groups;
use bytemuck::{Pod, Zeroable};
use wgpu::BufferUsages as Usage;

/// Its shader.
pub const SOURCE: &str = include_str!("../../shaders/shared/sort.wgsl");

/// Pairs that a workgroup handles.
const TILE: u32 = 4096;
/// Values of four bits. The scan goes through their counts a tile at a time.
const DIGITS: u32 = 16;
/// Bytes between the uniform blocks of passes: the largest alignment that an adapter may ask for.
const JOB_STRIDE: u64 = 256;
/// Passes of four bits in a key.
const PASSES: u32 = 8;

/// `Job` of sort.wgsl.
#[derive(Clone, Copy, Pod, Zeroable, Debug)]
#[repr(C)]
pub struct Job {
    pub count: u32,
    pub shift: u32,
    pub tiles: u32,
    pub first: u32,
}

/// Its pipelines.
#[derive(Debug)]
pub struct Sort {
    layout: Layout,
    histogram: wgpu::ComputePipeline,
    scan: wgpu::ComputePipeline,
    scatter: wgpu::ComputePipeline,
}

impl Sort {
    /// Compiles it.
    pub fn new(device: &Device) -> Self {
        use Binding::{Read, Uniform, Write};
        let layout = device.layout("sort", &[(0, Uniform), (1, Read), (2, Read), (3, Write), (4, Write), (5, Write)]);
        let module = device.module("sort", &[SOURCE]);
        let pipeline = |entry| device.pipeline(&layout, &module, entry, &[]);
        let (histogram, scan, scatter) = (pipeline("sort_histogram"), pipeline("sort_scan"), pipeline("sort_scatter"));
        Self { layout, histogram, scan, scatter }
    }

    /// Sorts `keys`, all of them below `bound`, as many as were reserved and uploaded last. Returns the names of the
    /// buffers that have the keys in order, and the position that each had before.
    pub fn encode(
        &self,
        stage: &'static str,
        device: &Device,
        pass: &mut wgpu::ComputePass,
        buffers: &Buffers,
        count: u32,
        bound: u32,
    ) -> [&'static str; 2] {
        let tiles = count.div_ceil(TILE);
        let bits = u32::BITS - (bound - 1).leading_zeros();
        let mut source = ["keys", "refs_b"];
        for turn in 0..bits.div_ceil(4).max(1) {
            let target = if turn % 2 == 0 { ["keys_a", "refs_a"] } else { ["keys_b", "refs_b"] };
            let job = wgpu::BufferBinding {
                buffer: buffers.get("jobs"),
                offset: u64::from(turn) * JOB_STRIDE,
                size: std::num::NonZero::new(size_of::<Job>() as u64),
            };
            let part = |binding, name| (binding, buffers.whole(name));
            let entries = [
                (0, job),
                part(1, source[0]),
                part(2, source[1]),
                part(3, target[0]),
                part(4, target[1]),
                part(5, "counts"),
            ];
            pass.set_bind_group(0, &device.bind(&self.layout, &entries), &[]);
            let steps = [
                (&self.histogram, "sort_histogram", tiles),
                (&self.scan, "sort_scan", 1),
                (&self.scatter, "sort_scatter", tiles),
            ];
            for (pipeline, name, groups) in steps {
                pass.set_pipeline(pipeline);
                device.dispatch(stage, name, pass, Groups::Direct(groups));
            }
            source = target;
        }
        source
    }
}

impl Buffers {
    /// Makes room for the sort of `count` pairs.
    pub fn reserve_sort(&mut self, device: &Device, count: u32) {
        let storage = Usage::STORAGE | Usage::COPY_DST | Usage::COPY_SRC;
        for name in ["keys", "keys_a", "keys_b", "refs_a", "refs_b"] {
            self.reserve(device, name, 16 * u64::from(count.div_ceil(4)), storage);
        }
        let counts = (DIGITS * count.div_ceil(TILE)).next_multiple_of(TILE);
        self.reserve(device, "counts", 4 * u64::from(counts), storage);
        self.reserve(device, "jobs", u64::from(PASSES) * JOB_STRIDE, Usage::UNIFORM | Usage::COPY_DST);
    }

    /// Writes the keys that are to be sorted.
    pub fn upload_sort(&self, stage: &'static str, device: &Device, keys: &[u32]) {
        device.write(stage, self.get("keys"), 0, bytemuck::cast_slice(keys));
        let count = keys.len() as u32;
        for pass in 0..PASSES {
            let job = Job { count, shift: 4 * pass, tiles: count.div_ceil(TILE), first: u32::from(pass == 0) };
            device.write(stage, self.get("jobs"), u64::from(pass) * JOB_STRIDE, bytemuck::bytes_of(&job));
        }
    }
}
