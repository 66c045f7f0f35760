//! The `gpu` engine: wgpu on Vulkan, Metal or DX12.

pub mod adapter;
mod buffers;
pub mod conflict;
pub mod device;
pub mod engine;
pub mod execute;
mod executed;
pub mod faults;
pub mod layouts;
pub mod profile;
pub mod root;
pub mod shaders;
pub mod sigverify;
mod sort;
mod staging;
pub mod submission;
mod traffic;
