//! An open device: limits as the adapter has them, faults as errors, waits that end.

use super::adapter::{self, AdapterKind, AdapterSummary, Choice};
use super::executed::{Counts, Encoder, note_error};
use super::faults::Injector;
use super::profile::{self, Profiler};
use super::traffic::Counters;
use crate::error::{Error, Result};
use crate::fault::FaultKind;
use crate::limits::{DEVICE_TIMEOUT, MOST_BINDING_BYTES};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How a device is opened.
#[derive(Clone, Debug, Default)]
pub struct DeviceOptions {
    /// Index, or part of name, backend or kind; `None`: the environment's choice, else the best kind.
    pub adapter: Option<String>,
    /// Binds no more than this many bytes at a time: tests use it to reach the splitting of batches.
    pub binding_limit: Option<u64>,
    /// Replaces the first text by the second in every shader: tests use it to see that a wrong kernel is caught.
    #[doc(hidden)]
    pub shader_patch: Option<(String, String)>,
    /// How long the device may take to answer; `None`: [`DEVICE_TIMEOUT`].
    pub timeout: Option<Duration>,
    /// Faults on purpose: tests use them to see that every one is survived.
    pub faults: Option<Arc<Injector>>,
    /// Spreads work over a software device as if it were a card: tests use it to reach what only cards do otherwise.
    #[doc(hidden)]
    pub as_hardware: bool,
    /// Measures where the time goes; [`Device::take_profile`] hands it over.
    pub profile: bool,
}

/// An open device and its queue.
#[derive(Debug)]
pub struct Device {
    /// wgpu's device.
    pub device: wgpu::Device,
    /// Its queue.
    pub queue: wgpu::Queue,
    /// What the adapter is.
    pub summary: AdapterSummary,
    /// Why this adapter.
    pub reason: String,
    /// Features that were available and switched on.
    pub features: wgpu::Features,
    /// Largest storage binding in bytes, lowered by [`DeviceOptions::binding_limit`].
    pub binding_bytes: u64,
    pub(super) counters: Counters,
    pub(super) profiler: Option<Profiler>,
    adapter: wgpu::Adapter,
    options: DeviceOptions,
    fault: Arc<Mutex<Option<(FaultKind, String)>>>,
    pub(super) counts: Counts,
}

/// Where a device comes from: opened by its options, unless one was handed over.
#[derive(Clone, Debug, Default)]
pub(crate) struct Source {
    pub options: DeviceOptions,
    pub given: Option<Arc<Device>>,
}

impl Source {
    /// The device that was handed over, or a new one.
    pub fn open(&self) -> Result<Arc<Device>> {
        self.given.clone().map_or_else(|| Device::open(&self.options), Ok)
    }

    /// The device that was handed over, which cannot be had twice: from now on others like it are opened. Some drivers (DX12's) can do
    /// that only once nobody has a lost one any more.
    pub fn take(&mut self) -> Option<Arc<Device>> {
        let device = self.given.take()?;
        self.options = device.options().clone();
        Some(device)
    }
}

/// How a shader uses a binding.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Binding {
    /// `var<uniform>`
    Uniform,
    /// `var<storage, read>`
    Read,
    /// `var<storage, read_write>`
    Write,
}

/// A bind group layout and the pipeline layout that has it as group 0.
#[derive(Debug)]
pub struct Layout {
    group: wgpu::BindGroupLayout,
    pipeline: wgpu::PipelineLayout,
}

impl Device {
    /// Opens the adapter that the options name.
    ///
    /// # Errors
    /// [`Error::NoDevice`] where there is none, or it cannot be opened.
    pub fn open(options: &DeviceOptions) -> Result<Arc<Self>> {
        Ok(Arc::new(Self::open_choice(adapter::choose(options.adapter.as_deref())?, options)?))
    }

    /// A second device on the same adapter, with the same options and nothing else in common.
    pub(super) fn twin(&self) -> Result<Self> {
        let choice =
            Choice { adapter: self.adapter.clone(), summary: self.summary.clone(), reason: self.reason.clone() };
        let options = DeviceOptions { shader_patch: self.options.shader_patch.clone(), ..DeviceOptions::default() };
        Self::open_choice(choice, &options)
    }

    fn open_choice(choice: Choice, options: &DeviceOptions) -> Result<Self> {
        let Choice { adapter, summary, reason } = choice;
        let stamps = if options.profile { profile::FEATURES } else { wgpu::Features::empty() };
        let features = adapter.features() & (wgpu::Features::SHADER_INT64 | stamps);
        let available = adapter.limits();
        let limits = wgpu::Limits {
            max_storage_buffer_binding_size: available.max_storage_buffer_binding_size,
            max_buffer_size: available.max_buffer_size,
            ..wgpu::Limits::downlevel_defaults()
        };
        let limits = wgpu::Limits {
            max_storage_buffers_per_shader_stage: 8,
            max_compute_workgroup_storage_size: 16 << 10,
            max_compute_invocations_per_workgroup: 256,
            max_compute_workgroup_size_x: 256,
            ..limits
        };
        let descriptor = wgpu::DeviceDescriptor {
            label: Some("wavelock"),
            required_features: features,
            required_limits: limits,
            memory_hints: wgpu::MemoryHints::Performance,
            ..Default::default()
        };
        let opened = pollster::block_on(adapter.request_device(&descriptor));
        let (device, queue) = opened.map_err(|error| Error::NoDevice(format!("{}: {error}", summary.name)))?;
        let fault = Arc::new(Mutex::new(None));
        let note = {
            let fault = fault.clone();
            move |kind, message: String| {
                let mut fault = fault.lock().unwrap_or_else(PoisonError::into_inner);
                // What is refused after a loss follows from it.
                if kind == FaultKind::Lost || fault.is_none() {
                    *fault = Some((kind, message));
                }
            }
        };
        let lost = note.clone();
        device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
            note_error();
            note(kind_of(&error), error.to_string());
        }));
        device.set_device_lost_callback(move |reason, message| lost(FaultKind::Lost, format!("{reason:?}: {message}")));
        // Buffers are made of whole vectors, and what is rounded up must not pass the limit.
        let binding = available.max_storage_buffer_binding_size.min(available.max_buffer_size);
        let binding = binding.min(MOST_BINDING_BYTES) / 16 * 16;
        let binding_bytes = options.binding_limit.map_or(binding, |limit| limit.min(binding));
        let options = options.clone();
        let profiler = options.profile.then(|| Profiler::new(&device, &queue));
        let counters = Counters::default();
        Ok(Self {
            device,
            queue,
            summary,
            reason,
            features,
            binding_bytes,
            counters,
            profiler,
            adapter,
            options,
            fault,
            counts: Counts::default(),
        })
    }

    /// A device with memory of its own, that needs much at a time to be busy; or one that is used as if it were.
    pub(crate) fn is_card(&self) -> bool {
        self.summary.kind == AdapterKind::Discrete || self.options.as_hardware
    }

    /// A device on the host's own cores.
    pub(crate) fn is_software(&self) -> bool {
        self.summary.kind == AdapterKind::Software && !self.is_card()
    }

    /// A software device that has what Vulkan's have: 64-bit integers in buffers, and a driver's cache of compiled shaders.
    pub(super) fn is_vulkan_software(&self) -> bool {
        self.summary.kind == AdapterKind::Software && self.summary.backend == "vulkan"
    }

    /// Whether pipelines may be made by several threads at a time. wgpu has one compiler for all of DX12, and DXC's is for one thread.
    pub(super) fn compiles_in_parallel(&self) -> bool {
        self.summary.backend != "dx12"
    }

    /// Native 64-bit integers in shaders.
    pub fn has_int64(&self) -> bool {
        self.features.contains(wgpu::Features::SHADER_INT64)
    }

    /// A shader module from the given pieces of WGSL, one after the other.
    pub fn module(&self, label: &str, pieces: &[&str]) -> wgpu::ShaderModule {
        let mut text = pieces.concat();
        if let Some((from, to)) = &self.options.shader_patch {
            text = text.replace(from, to);
        }
        let source = wgpu::ShaderSource::Wgsl(text.into());
        self.device.create_shader_module(wgpu::ShaderModuleDescriptor { label: Some(label), source })
    }

    /// A bind group layout from the kind of each binding, and a pipeline layout with it as group 0.
    pub fn layout(&self, label: &str, bindings: &[(u32, Binding)]) -> Layout {
        let entry = |&(binding, kind): &(u32, Binding)| wgpu::BindGroupLayoutEntry {
            binding,
            visibility: wgpu::ShaderStages::COMPUTE,
            ty: wgpu::BindingType::Buffer {
                ty: match kind {
                    Binding::Uniform => wgpu::BufferBindingType::Uniform,
                    Binding::Read => wgpu::BufferBindingType::Storage { read_only: true },
                    Binding::Write => wgpu::BufferBindingType::Storage { read_only: false },
                },
                has_dynamic_offset: false,
                min_binding_size: None,
            },
            count: None,
        };
        let entries: Vec<_> = bindings.iter().map(entry).collect();
        let descriptor = wgpu::BindGroupLayoutDescriptor { label: Some(label), entries: &entries };
        let group = self.device.create_bind_group_layout(&descriptor);
        let pipeline = self.device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some(label),
            bind_group_layouts: &[Some(&group)],
            immediate_size: 0,
        });
        Layout { group, pipeline }
    }

    /// A compute pipeline with values for its override constants.
    pub fn pipeline(
        &self,
        layout: &Layout,
        module: &wgpu::ShaderModule,
        entry: &str,
        constants: &[(&str, f64)],
    ) -> wgpu::ComputePipeline {
        self.labelled_pipeline(entry, layout, module, entry, constants)
    }

    /// The same where entry points share a name; the driver's messages have the label.
    pub(super) fn labelled_pipeline(
        &self,
        label: &str,
        layout: &Layout,
        module: &wgpu::ShaderModule,
        entry: &str,
        constants: &[(&str, f64)],
    ) -> wgpu::ComputePipeline {
        self.device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some(label),
            layout: Some(&layout.pipeline),
            module,
            entry_point: Some(entry),
            compilation_options: wgpu::PipelineCompilationOptions {
                constants,
                zero_initialize_workgroup_memory: false,
            },
            cache: None,
        })
    }

    /// An encoder of a stage's commands.
    pub fn encoder(&self, stage: &'static str) -> Encoder {
        Encoder::new(self, stage)
    }

    /// A bind group for `layout`.
    pub fn bind(&self, layout: &Layout, entries: &[(u32, wgpu::BufferBinding)]) -> wgpu::BindGroup {
        let entries: Vec<_> = entries
            .iter()
            .map(|(binding, part)| wgpu::BindGroupEntry {
                binding: *binding,
                resource: wgpu::BindingResource::Buffer(part.clone()),
            })
            .collect();
        let descriptor = wgpu::BindGroupDescriptor { label: None, layout: &layout.group, entries: &entries };
        self.device.create_bind_group(&descriptor)
    }

    /// A buffer of at least `bytes` bytes (a multiple of 16, never empty).
    pub fn buffer(&self, label: &str, bytes: u64, usage: wgpu::BufferUsages) -> wgpu::Buffer {
        self.create_buffer(label, bytes, usage, false)
    }

    /// A buffer that the host writes before the device copies from it, mapped for the first time.
    pub(super) fn mapped_buffer(&self, label: &str, bytes: u64) -> wgpu::Buffer {
        self.create_buffer(label, bytes, wgpu::BufferUsages::MAP_WRITE | wgpu::BufferUsages::COPY_SRC, true)
    }

    fn create_buffer(
        &self,
        label: &str,
        bytes: u64,
        usage: wgpu::BufferUsages,
        mapped_at_creation: bool,
    ) -> wgpu::Buffer {
        let mut size = bytes.next_multiple_of(16).max(16);
        if self.faults().is_some_and(Injector::refuses_buffer) {
            let message = format!("no memory for {label}");
            *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = Some((FaultKind::OutOfMemory, message));
            // wgpu refuses it, and everything that uses it, as it does where memory has run out.
            size = 1 << 60;
        }
        self.device.create_buffer(&wgpu::BufferDescriptor { label: Some(label), size, usage, mapped_at_creation })
    }

    /// The first fault since the last check, as an error; a loss comes before what followed from it.
    pub fn check(&self, stage: &'static str) -> Result<()> {
        let fault = || self.fault.lock().unwrap_or_else(PoisonError::into_inner);
        if fault().is_none() {
            return Ok(());
        }
        // wgpu tells of a loss when the queue has run empty, and before that only of buffers that are invalid because of it.
        let _ = self.device.poll(wgpu::PollType::Wait { submission_index: None, timeout: Some(self.timeout()) });
        let Some((kind, message)) = fault().take() else { return Ok(()) };
        Err(Error::Device { stage, kind, message })
    }

    /// What the device refused, unless that follows from something that happened before: a loss shows itself in all that is
    /// asked for after it.
    pub(super) fn refused(&self, stage: &'static str, message: String) -> Error {
        let noted = (FaultKind::Refused, message.clone());
        self.fault.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(noted);
        let refused = || Error::Device { stage, kind: FaultKind::Refused, message };
        self.check(stage).err().unwrap_or_else(refused)
    }

    /// What the device was opened with: enough to open it again.
    pub fn options(&self) -> &DeviceOptions {
        &self.options
    }

    /// How long it may take to answer.
    pub(super) fn timeout(&self) -> Duration {
        self.options.timeout.unwrap_or(DEVICE_TIMEOUT)
    }

    pub(super) fn faults(&self) -> Option<&Injector> {
        self.options.faults.as_deref()
    }
}

fn kind_of(error: &wgpu::Error) -> FaultKind {
    match error {
        wgpu::Error::OutOfMemory { .. } => FaultKind::OutOfMemory,
        _ => FaultKind::Refused,
    }
}
