//! A kernel: its module, layout and pipeline, and how its items come to invocations.

use super::super::device::{Binding, Device, Layout};
use super::STAGE;
use crate::gpu::submission::{Encoder, Groups};
use crate::limits::DEVICE_TIMEOUT;
use std::sync::OnceLock;

/// Invocations of a workgroup, in every kernel.
const WORKGROUP: u32 = 64;
/// The entry point of every kernel, in `shaders/sigverify/each.wgsl` and `queue.wgsl`.
const ENTRY: &str = "run";
/// Where the queue is bound, in `queue.wgsl`.
const QUEUE: u32 = 8;
/// Items of an invocation that takes them from a queue, on average, where there are many.
const ITEMS: u32 = 8;
/// Items that it may take, so that a core may do twice its share. llvmpipe ends the loops of an invocation after 65,535 turns of all
/// of them together (Mesa, `LP_MAX_TGSI_LOOP_ITERATIONS`); the longest item has about 600.
pub(super) const TURNS: u32 = 2 * ITEMS;
/// Workgroups that are dispatched at least, if there are items for as many: a few for every core of a software device.
const LEAST_GROUPS: u32 = 64;

/// A kernel's name, its source, and its storage bindings from binding 2 on (0 is `params`, 1 is `constants`).
pub(super) struct Program {
    pub(super) name: &'static str,
    pub(super) source: String,
    pub(super) storage: &'static [Binding],
    /// Items come from a queue.
    pub(super) queue: bool,
}

/// A module and the layout of its bindings; its pipeline is made when it is first needed.
pub(super) struct Kernel {
    layout: Layout,
    module: wgpu::ShaderModule,
    pub(super) name: &'static str,
    pipeline: OnceLock<wgpu::ComputePipeline>,
    bindings: usize,
    queue: Option<wgpu::Buffer>,
}

impl Kernel {
    pub(super) fn new(device: &Device, program: &Program) -> Self {
        let mut bindings = vec![(0, Binding::Uniform), (1, Binding::Uniform)];
        bindings.extend((2..).zip(program.storage.iter().copied()));
        let own = bindings.len();
        assert!(!program.queue || own <= QUEUE as usize, "{}: the queue's binding is taken", program.name);
        let usage = wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_DST;
        let queue = program.queue.then(|| unwatched_buffer(device, "queue", 4, usage));
        bindings.extend(queue.as_ref().map(|_| (QUEUE, Binding::Write)));
        let layout = device.layout(program.name, &bindings);
        let module = device.module(program.name, &[&program.source]);
        Self { layout, module, name: program.name, pipeline: OnceLock::new(), bindings: own, queue }
    }

    pub(super) fn pipeline(&self, device: &Device) -> &wgpu::ComputePipeline {
        self.pipeline.get_or_init(|| device.labelled_pipeline(self.name, &self.layout, &self.module, ENTRY, &[]))
    }

    /// Runs the kernel without work: drivers that compile at the first dispatch compile it. A fault is the device's.
    pub(super) fn warm(&self, device: &Device) {
        let usage = |at: usize| if at < 2 { wgpu::BufferUsages::UNIFORM } else { wgpu::BufferUsages::STORAGE };
        // Zero items; a kilobyte is more than any binding must have at least.
        let buffer = |at: usize| unwatched_buffer(device, "warm", 1024, usage(at));
        let buffers: Vec<_> = (0..self.bindings).map(buffer).collect();
        let group = self.bind(device, &buffers.iter().collect::<Vec<_>>());
        let mut encoder = device.device.create_command_encoder(&Default::default());
        {
            let mut pass = encoder.begin_compute_pass(&Default::default());
            pass.set_pipeline(self.pipeline(device));
            pass.set_bind_group(0, &group, &[]);
            pass.dispatch_workgroups(1, 1, 1);
        }
        let submission_index = Some(device.queue.submit([encoder.finish()]));
        let wait = wgpu::PollType::Wait { submission_index, timeout: Some(DEVICE_TIMEOUT) };
        // A device that does not answer here will not answer the batch either, which says so.
        drop(device.device.poll(wait));
    }

    /// Binds buffers in the order of the bindings.
    fn bind(&self, device: &Device, buffers: &[&wgpu::Buffer]) -> wgpu::BindGroup {
        assert_eq!(buffers.len(), self.bindings, "as many buffers as bindings");
        let own = (0u32..).zip(buffers.iter().copied()).chain(self.queue.as_ref().map(|queue| (QUEUE, queue)));
        let entries: Vec<_> = own.map(|(at, buffer)| (at, buffer.as_entire_buffer_binding())).collect();
        device.bind(&self.layout, &entries)
    }
}

/// A kernel on buffers, and how many items there are.
pub(super) struct Step<'a> {
    pub(super) kernel: &'a Kernel,
    group: wgpu::BindGroup,
    items: u32,
}

impl<'a> Step<'a> {
    pub(super) fn new(device: &Device, kernel: &'a Kernel, buffers: &[&wgpu::Buffer], items: u32) -> Self {
        Self { kernel, group: kernel.bind(device, buffers), items }
    }
}

/// Steps one after the other. A kernel that has a queue comes once at most: queues begin anew before the first step.
pub(super) fn encode_steps(device: &Device, encoder: &mut Encoder, steps: &[Step<'_>]) {
    let queues: Vec<_> = steps.iter().filter_map(|step| step.kernel.queue.as_ref()).collect();
    for (at, queue) in queues.iter().enumerate() {
        assert!(!queues[..at].contains(queue), "a second step would find its queue empty");
        encoder.clear_buffer(queue, 0, None);
    }
    let mut pass = encoder.pass(STAGE);
    for Step { kernel, group, items } in steps {
        pass.set_pipeline(kernel.pipeline(device));
        pass.set_bind_group(0, group, &[]);
        let groups = Groups::Direct(groups(*items, kernel.queue.is_some()));
        device.dispatch(STAGE, kernel.name, &mut pass, groups);
    }
}

/// Not by `Device::buffer`: what is injected there depends on the order of calls, and twins are made and kernels warmed by other
/// threads.
fn unwatched_buffer(device: &Device, label: &str, size: u64, usage: wgpu::BufferUsages) -> wgpu::Buffer {
    let descriptor = wgpu::BufferDescriptor { label: Some(label), size, usage, mapped_at_creation: false };
    device.device.create_buffer(&descriptor)
}

/// Workgroups for so many items.
fn groups(items: u32, queue: bool) -> u32 {
    let each = items.div_ceil(WORKGROUP);
    if queue { each.div_ceil(ITEMS).max(each.min(LEAST_GROUPS)) } else { each }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_has_room_for_twice_its_items() {
        for items in [0, 1, 63, 64, 65, 4095, 4096, 4097, 32_767, 32_768, 32_769, 1 << 24] {
            let (each, queue) = (groups(items, false), groups(items, true));
            assert_eq!(each, items.div_ceil(64));
            assert!(u64::from(queue * WORKGROUP) * u64::from(TURNS) >= 2 * u64::from(items), "{items}: {queue} groups");
            assert!(queue <= each && (queue == each || queue >= LEAST_GROUPS), "{items}: {queue} groups");
        }
    }
}
