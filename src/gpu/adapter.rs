//! Which adapter: what there is, in which order it is preferred, and why one was chosen.

use crate::error::{Error, Result};
use std::fmt;

/// Environment variable that names an adapter, as `--adapter` does.
pub const ADAPTER_VARIABLE: &str = "WAVELOCK_ADAPTER";

/// An adapter as a person wants to see it.
#[derive(Clone, Debug)]
pub struct AdapterSummary {
    /// Position in the list, by which it can be chosen.
    pub index: usize,
    /// Name of the adapter.
    pub name: String,
    /// Vulkan, Metal or DX12.
    pub backend: String,
    /// Discrete, integrated, virtual, software or other.
    pub kind: AdapterKind,
    /// Driver name and version.
    pub driver: String,
    /// Largest storage buffer binding in bytes.
    pub binding_bytes: u64,
    /// Native 64-bit integers in shaders.
    pub int64: bool,
    /// Time stamps of single dispatches.
    pub timestamps: bool,
    /// Smallest and largest subgroup.
    pub subgroups: (u32, u32),
}

/// What kind of device an adapter is, in order of preference.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum AdapterKind {
    /// A card with memory of its own.
    Discrete,
    /// Shares memory with the CPU.
    Integrated,
    /// A share of a device in a virtual machine.
    Virtual,
    /// The driver does not say.
    Other,
    /// The CPU under a graphics interface: correct, and slower than the CPU engines except where noted.
    Software,
}

impl fmt::Display for AdapterKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            AdapterKind::Discrete => "discrete",
            AdapterKind::Integrated => "integrated",
            AdapterKind::Virtual => "virtual",
            AdapterKind::Other => "other",
            AdapterKind::Software => "software",
        })
    }
}

impl From<wgpu::DeviceType> for AdapterKind {
    fn from(kind: wgpu::DeviceType) -> Self {
        match kind {
            wgpu::DeviceType::DiscreteGpu => AdapterKind::Discrete,
            wgpu::DeviceType::IntegratedGpu => AdapterKind::Integrated,
            wgpu::DeviceType::VirtualGpu => AdapterKind::Virtual,
            wgpu::DeviceType::Cpu => AdapterKind::Software,
            wgpu::DeviceType::Other => AdapterKind::Other,
        }
    }
}

impl AdapterSummary {
    fn new(index: usize, adapter: &wgpu::Adapter) -> Self {
        let info = adapter.get_info();
        let features = adapter.features();
        Self {
            index,
            backend: format!("{:?}", info.backend).to_lowercase(),
            kind: info.device_type.into(),
            driver: format!("{} {}", info.driver, info.driver_info).trim().to_owned(),
            binding_bytes: adapter.limits().max_storage_buffer_binding_size,
            int64: features.contains(wgpu::Features::SHADER_INT64),
            timestamps: features.contains(wgpu::Features::TIMESTAMP_QUERY),
            subgroups: (info.subgroup_min_size, info.subgroup_max_size),
            name: info.name,
        }
    }

    fn matches(&self, wanted: &str) -> bool {
        wanted.parse() == Ok(self.index)
            || format!("{} {} {}", self.name, self.backend, self.kind).to_lowercase().contains(&wanted.to_lowercase())
    }
}

/// An adapter and why it was chosen.
pub(super) struct Choice {
    pub adapter: wgpu::Adapter,
    pub summary: AdapterSummary,
    pub reason: String,
}

const NONE_FOUND: &str = if cfg!(windows) {
    "no Vulkan or DX12 adapter found; a GPU's driver brings Vulkan, DX12 needs Microsoft's dxcompiler.dll beside the program"
} else if cfg!(target_vendor = "apple") {
    "no Metal adapter found"
} else {
    "no Vulkan, Metal or DX12 adapter found; a software one comes with Mesa's Vulkan drivers; scripts/bench installs one"
};

fn instance() -> wgpu::Instance {
    let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
    descriptor.backends = wgpu::Backends::PRIMARY;
    // Indirect counts are bounded by our own kernels; wgpu's check would add a dispatch to every indirect one.
    descriptor.flags = if cfg!(debug_assertions) {
        wgpu::InstanceFlags::VALIDATION_INDIRECT_CALL
    } else {
        wgpu::InstanceFlags::empty()
    };
    // The compiler that Windows has refuses these shaders: docs/decisions/0013-other-back-ends.md.
    descriptor.backend_options.dx12.shader_compiler = wgpu::Dx12Compiler::default_dynamic_dxc();
    wgpu::Instance::new(descriptor)
}

fn list() -> Vec<(wgpu::Adapter, AdapterSummary)> {
    let adapters = pollster::block_on(instance().enumerate_adapters(wgpu::Backends::PRIMARY));
    let compute = |adapter: &wgpu::Adapter| {
        let flags = adapter.get_downlevel_capabilities().flags;
        flags.contains(wgpu::DownlevelFlags::COMPUTE_SHADERS | wgpu::DownlevelFlags::INDIRECT_EXECUTION)
    };
    let adapters = adapters.into_iter().filter(compute).enumerate();
    adapters.map(|(index, adapter)| (AdapterSummary::new(index, &adapter), adapter)).map(|(s, a)| (a, s)).collect()
}

/// Every adapter that can run compute shaders.
pub fn adapters() -> Vec<AdapterSummary> {
    list().into_iter().map(|(_, summary)| summary).collect()
}

/// The adapter that a name stands for: its index, or part of its name, backend or kind.
///
/// # Errors
/// [`Error::NoDevice`] where none does, with those that there are.
pub fn named(name: &str) -> Result<AdapterSummary> {
    crate::fault::opened(|| choose(Some(name))).map(|choice| choice.summary)
}

/// The adapter that `wanted` names (index, or part of name, backend or kind), else the one that the environment names,
/// else the best kind: discrete before integrated before virtual before software.
pub(super) fn choose(wanted: Option<&str>) -> Result<Choice> {
    let variable = std::env::var(ADAPTER_VARIABLE).ok().filter(|name| !name.is_empty());
    let (wanted, source) = match wanted {
        Some(name) => (Some(name.to_owned()), "--adapter"),
        None => (variable, ADAPTER_VARIABLE),
    };
    let mut found = list();
    if found.is_empty() {
        return Err(Error::NoDevice(NONE_FOUND.into()));
    }
    let (position, reason) = match wanted {
        Some(wanted) => {
            let Some(position) = found.iter().position(|(_, summary)| summary.matches(&wanted)) else {
                let names: Vec<_> = found.iter().map(|(_, summary)| summary.name.as_str()).collect();
                return Err(Error::NoDevice(format!("no adapter matches {wanted:?}; there is: {}", names.join(", "))));
            };
            (position, format!("named by {source}"))
        }
        None => {
            let best = found.iter().enumerate().min_by_key(|(index, (_, summary))| (summary.kind, *index));
            let (position, (_, summary)) = best.expect("the list is not empty");
            (position, format!("the best kind here: {} (of {} adapters)", summary.kind, found.len()))
        }
    };
    let (adapter, summary) = found.swap_remove(position);
    Ok(Choice { adapter, summary, reason })
}
