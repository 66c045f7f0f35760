//! Shader modules, layouts and pipelines of the root stage.

use super::STAGE;
use crate::gpu::device::{Binding, Binding::Read, Binding::Write, Device, Layout};
use crate::gpu::layouts::{HostStruct, host_struct};
use crate::gpu::submission::{Encoder, Groups};
use bytemuck::{Pod, Zeroable};

const BLAKE3: &str = include_str!("../../../shaders/shared/blake3.wgsl");
const COMMON: &str = include_str!("../../../shaders/root/common.wgsl");

/// Invocations of a workgroup, in every kernel but `finish`.
const WORKGROUP: u32 = 64;
/// Bytes between the jobs of a submit: the largest alignment that an adapter may ask for.
pub(super) const JOB_STRIDE: u64 = 256;

/// `HashJob` of common.wgsl: what one dispatch does.
#[derive(Clone, Copy, Pod, Zeroable, Debug, Default)]
#[repr(C)]
pub(super) struct HashJob {
    pub(super) count: u32,
    pub(super) source: u32,
    pub(super) target_node: u32,
    pub(super) slots: u32,
    pub(super) words: u32,
}

/// A kernel's entry point and source, and its storage bindings from binding 2 on (0 is `job`, 1 is `keys`).
struct Program {
    entry: &'static str,
    source: String,
    storage: &'static [Binding],
}

fn programs() -> [Program; 6] {
    let program = |entry, own: &str, storage| Program { entry, source: [BLAKE3, COMMON, own].concat(), storage };
    [
        program("leaves", include_str!("../../../shaders/root/leaves.wgsl"), &[Read, Write]),
        program("level", include_str!("../../../shaders/root/level.wgsl"), &[Write]),
        program("paths", include_str!("../../../shaders/root/paths.wgsl"), &[Read, Read, Write]),
        program("merge", include_str!("../../../shaders/root/merge.wgsl"), &[Read, Read, Write]),
        program("gather", include_str!("../../../shaders/root/gather.wgsl"), &[Read, Read, Read, Write]),
        program("finish", include_str!("../../../shaders/root/finish.wgsl"), &[Read, Write]),
    ]
}

/// Name and source of every module.
pub(in crate::gpu) fn sources() -> Vec<(String, String)> {
    programs().map(|program| (format!("root {}", program.entry), program.source)).into()
}

/// Structs that host and shaders share.
pub(in crate::gpu) fn structs() -> Vec<HostStruct> {
    vec![host_struct!(HashJob { count, source, target_node, slots, words })]
}

/// A pipeline and the layout of its bindings.
pub(super) struct Kernel {
    entry: &'static str,
    layout: Layout,
    pipeline: wgpu::ComputePipeline,
}

impl Kernel {
    fn new(device: &Device, program: &Program) -> Self {
        let mut bindings = vec![(0, Binding::Uniform), (1, Binding::Uniform)];
        bindings.extend((2..).zip(program.storage.iter().copied()));
        let layout = device.layout(program.entry, &bindings);
        let module = device.module(program.entry, &[&program.source]);
        let pipeline = device.pipeline(&layout, &module, program.entry, &[]);
        Self { entry: program.entry, layout, pipeline }
    }
}

/// Every kernel of the stage.
pub(super) struct Kernels {
    pub(super) leaves: Kernel,
    pub(super) level: Kernel,
    pub(super) paths: Kernel,
    pub(super) merge: Kernel,
    pub(super) gather: Kernel,
    pub(super) finish: Kernel,
}

impl Kernels {
    pub(super) fn new(device: &Device) -> Self {
        let kernels = programs().each_ref().map(|program| Kernel::new(device, program));
        let [leaves, level, paths, merge, gather, finish] = kernels;
        Self { leaves, level, paths, merge, gather, finish }
    }
}

/// Dispatches of one submit, in order.
pub(super) struct Commands<'a> {
    device: &'a Device,
    keys: &'a wgpu::Buffer,
    jobs: Vec<HashJob>,
    dispatches: Vec<(&'a Kernel, Vec<&'a wgpu::Buffer>)>,
}

impl<'a> Commands<'a> {
    pub(super) fn new(device: &'a Device, keys: &'a wgpu::Buffer) -> Self {
        Self { device, keys, jobs: Vec::new(), dispatches: Vec::new() }
    }

    /// Adds a kernel over `job.count` items, in as many dispatches as keep each short.
    pub(super) fn add(&mut self, kernel: &'a Kernel, storage: &[&'a wgpu::Buffer], job: HashJob, reads_per_item: u32) {
        let mut done = 0;
        while done < job.count {
            let count = (job.count - done).min(crate::limits::ROOT_DISPATCH_NODES);
            let source = job.source + done * reads_per_item;
            self.jobs.push(HashJob { count, source, target_node: job.target_node + done, ..job });
            self.dispatches.push((kernel, storage.to_vec()));
            done += count;
        }
    }

    /// The commands, with what follows the dispatches.
    pub(super) fn encode(self, rest: impl FnOnce(&mut Encoder)) -> Encoder {
        let mut encoder = self.device.encoder(STAGE);
        self.append(&mut encoder);
        rest(&mut encoder);
        encoder
    }

    /// The dispatches, behind what is encoded already.
    pub(super) fn append(self, encoder: &mut Encoder) {
        let Self { device, keys, jobs, dispatches } = self;
        let usage = wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST;
        let uniforms = device.buffer("root jobs", JOB_STRIDE * jobs.len() as u64, usage);
        let mut bytes = vec![0; JOB_STRIDE as usize * jobs.len()];
        for (job, bytes) in jobs.iter().zip(bytes.chunks_mut(JOB_STRIDE as usize)) {
            bytes[..size_of::<HashJob>()].copy_from_slice(bytemuck::bytes_of(job));
        }
        device.write(STAGE, &uniforms, 0, &bytes);
        let mut pass = encoder.pass(STAGE);
        for ((kernel, storage), (number, job)) in dispatches.iter().zip(jobs.iter().enumerate()) {
            let uniform = wgpu::BufferBinding {
                buffer: &uniforms,
                offset: number as u64 * JOB_STRIDE,
                size: std::num::NonZero::new(size_of::<HashJob>() as u64),
            };
            let mut entries = vec![(0, uniform), (1, keys.as_entire_buffer_binding())];
            entries.extend((2..).zip(storage.iter().map(|buffer| buffer.as_entire_buffer_binding())));
            pass.set_pipeline(&kernel.pipeline);
            pass.set_bind_group(0, &device.bind(&kernel.layout, &entries), &[]);
            device.dispatch(STAGE, kernel.entry, &mut pass, Groups::Direct(job.count.div_ceil(WORKGROUP)));
        }
    }
}
