//! The structs that host and shaders share, for the test that compares their layouts.

use super::sort::Job;
use super::{conflict, execute};

/// A struct as the host lays it out.
#[derive(Clone, Debug)]
pub struct HostStruct {
    /// Name in the shader.
    pub name: &'static str,
    /// Size in bytes.
    pub size: usize,
    /// Members and their offsets in bytes.
    pub members: Vec<(&'static str, usize)>,
}

/// Describes a host struct member by member.
macro_rules! host_struct {
    ($type:ident { $($member:ident),* $(,)? }) => {
        $crate::gpu::layouts::HostStruct {
            name: stringify!($type),
            size: size_of::<$type>(),
            members: vec![$((stringify!($member), std::mem::offset_of!($type, $member))),*],
        }
    };
}
pub(super) use host_struct;

/// Every struct that host and shaders share.
pub fn host_structs() -> Vec<HostStruct> {
    let sort = vec![host_struct!(Job { count, shift, tiles, first })];
    [sort, execute::shared_layouts::structs(), conflict::shared_layouts::structs(), super::root::structs()].concat()
}

/// Constants that host and shaders share, by their name in the shader: for each stage a module that has them.
pub fn host_constants() -> Vec<(&'static str, Vec<(&'static str, u32)>)> {
    let others = [
        ("execute Narrow short", execute::shared_layouts::constants()),
        ("conflict long", conflict::shared_layouts::constants()),
        ("root leaves", vec![("WHOLE_RECORD", super::root::SENT_BYTES as u32 / 4)]),
        ("root paths", vec![("CHANGED", super::root::CHANGED)]),
        ("root gather", vec![("CHANGED", super::root::CHANGED)]),
    ];
    others.into_iter().chain(super::sigverify::shader_constants()).collect()
}
