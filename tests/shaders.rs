//! Shaders without an adapter: every module is valid, translates to the languages of Metal and DX12, stays inside
//! WebGPU's default limits, and lays out its structs as the host does.

#![cfg(feature = "gpu")]

use naga::back::{hlsl, msl};
use naga::valid::{Capabilities, ModuleInfo, ValidationFlags, Validator};
use wavelock::gpu::layouts::{self, HostStruct};
use wavelock::gpu::shaders;

fn parse(name: &str, source: &str) -> (naga::Module, ModuleInfo) {
    let module =
        naga::front::wgsl::parse_str(source).unwrap_or_else(|e| panic!("{name}: {}", e.emit_to_string(source)));
    // Modules for devices without 64-bit integers must not have any.
    let int64 = if name.contains(" Narrow ") { Capabilities::empty() } else { Capabilities::SHADER_INT64 };
    let mut validator = Validator::new(ValidationFlags::all(), int64);
    let info = validator.validate(&module).unwrap_or_else(|e| panic!("{name}: {}", e.emit_to_string(source)));
    (module, info)
}

/// Override constants get their defaults, as a translation needs values.
fn without_overrides(module: &naga::Module, info: &ModuleInfo) -> (naga::Module, ModuleInfo) {
    let constants = naga::back::PipelineConstants::default();
    let (module, info) =
        naga::back::pipeline_constants::process_overrides(module, info, None, &constants).expect("defaults");
    (module.into_owned(), info.into_owned())
}

/// For other compilers (`scripts/second-compilers`): what was made goes to the folder that `WAVELOCK_SHADERS_TO` names.
fn keep(name: &str, text: &str) {
    if let Some(folder) = std::env::var_os("WAVELOCK_SHADERS_TO") {
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(std::path::Path::new(&folder).join(name.replace(' ', "-")), text).expect("a file");
    }
}

#[test]
fn every_module_is_valid_and_translates_to_metal_and_hlsl() {
    let mut entries = 0;
    for (name, source) in shaders::all() {
        let (module, info) = parse(&name, &source);
        let (module, info) = without_overrides(&module, &info);
        let options = msl::Options { lang_version: (2, 3), fake_missing_bindings: true, ..Default::default() };
        msl::write_string(&module, &info, &options, &msl::PipelineOptions::default())
            .unwrap_or_else(|error| panic!("{name} to MSL: {error}"));
        let options =
            hlsl::Options { shader_model: hlsl::ShaderModel::V6_0, fake_missing_bindings: true, ..Default::default() };
        for entry in &module.entry_points {
            let only = hlsl::PipelineOptions { entry_point: Some((naga::ShaderStage::Compute, entry.name.clone())) };
            let mut text = String::new();
            let written = hlsl::Writer::new(&mut text, &options, &only).write(&module, &info, None);
            let written = written.unwrap_or_else(|error| panic!("{name} to HLSL: {error}"));
            let hlsl_name = written.entry_point_names[0].as_ref().expect("a name");
            keep(&format!("{name}.entry-{hlsl_name}.hlsl"), &text);
        }
        keep(&format!("{name}.wgsl"), &source);
        entries += module.entry_points.len();
    }
    assert!(entries > 40, "{entries} entry points: the list of shaders is not complete");
}

#[test]
fn every_entry_point_stays_inside_the_default_limits() {
    for (name, source) in shaders::all().into_iter().chain(shaders::of_software_devices()) {
        let (module, info) = parse(&name, &source);
        for (index, entry) in module.entry_points.iter().enumerate() {
            let uses = info.get_entry_point(index);
            let used = |space: fn(&naga::AddressSpace) -> bool| {
                let globals = module.global_variables.iter();
                globals
                    .filter(|(handle, variable)| space(&variable.space) && !uses[*handle].is_empty())
                    .collect::<Vec<_>>()
            };
            let storage = used(|space| matches!(space, naga::AddressSpace::Storage { .. }));
            assert!(storage.len() <= 8, "{name}/{}: {} storage buffers", entry.name, storage.len());
            let workgroup = used(|space| matches!(space, naga::AddressSpace::WorkGroup));
            let bytes: u32 = workgroup.iter().map(|(_, v)| module.types[v.ty].inner.size(module.to_ctx())).sum();
            assert!(bytes <= 16 << 10, "{name}/{}: {bytes} bytes of workgroup memory", entry.name);
            let invocations: u32 = entry.workgroup_size.iter().product();
            assert!(invocations <= 256, "{name}/{}: {invocations} invocations", entry.name);
        }
    }
}

#[test]
fn no_64_bit_integer_lives_in_a_buffer() {
    for (name, source) in shaders::all() {
        let (module, _) = parse(&name, &source);
        for (_, variable) in module.global_variables.iter() {
            if matches!(variable.space, naga::AddressSpace::Storage { .. } | naga::AddressSpace::Uniform) {
                assert!(!has_wide_scalar(&module, variable.ty), "{name}: {:?}", variable.name);
            }
        }
    }
}

/// Stores to one component of a vector that other invocations can see.
fn component_stores(module: &naga::Module, function: &naga::Function, info: &naga::valid::FunctionInfo) -> usize {
    fn count(block: &naga::Block, is_one: &impl Fn(naga::Handle<naga::Expression>) -> bool) -> usize {
        let of = |statement: &naga::Statement| match statement {
            naga::Statement::Store { pointer, .. } => usize::from(is_one(*pointer)),
            naga::Statement::Block(block) => count(block, is_one),
            naga::Statement::If { accept, reject, .. } => count(accept, is_one) + count(reject, is_one),
            naga::Statement::Switch { cases, .. } => cases.iter().map(|case| count(&case.body, is_one)).sum(),
            naga::Statement::Loop { body, continuing, .. } => count(body, is_one) + count(continuing, is_one),
            _ => 0,
        };
        block.iter().map(of).sum()
    }
    count(&function.body, &|pointer| {
        let space = match info[pointer].ty.inner_with(&module.types) {
            naga::TypeInner::ValuePointer { space, .. } => *space,
            _ => return false,
        };
        matches!(space, naga::AddressSpace::Storage { .. } | naga::AddressSpace::WorkGroup)
    })
}

/// Such a store may write the whole vector (WGSL, "Vector access and data races"; Metal's compiler does), and so undo what another
/// invocation has written to another component.
#[test]
fn no_component_of_a_shared_vector_is_stored() {
    let stores = |name: &str, source: &str| {
        let (module, info) = parse(name, source);
        let functions = module.functions.iter().map(|(handle, function)| (function, &info[handle]));
        let entries = module.entry_points.iter().enumerate();
        let entries = entries.map(|(index, entry)| (&entry.function, info.get_entry_point(index)));
        functions.chain(entries).map(|(function, info)| component_stores(&module, function, info)).sum::<usize>()
    };
    for (name, source) in shaders::all() {
        assert_eq!(stores(&name, &source), 0, "{name}");
    }
    let one = "@group(0) @binding(0) var<storage, read_write> v: array<vec4<u32>>;
        @compute @workgroup_size(1) fn f() { for (var i = 0u; i < 4u; i++) { if i > 1u { v[i].y = i; } } }";
    assert_eq!(stores("one", one), 1);
}

fn has_wide_scalar(module: &naga::Module, ty: naga::Handle<naga::Type>) -> bool {
    match &module.types[ty].inner {
        naga::TypeInner::Scalar(scalar) | naga::TypeInner::Atomic(scalar) => scalar.width > 4,
        naga::TypeInner::Vector { scalar, .. } => scalar.width > 4,
        naga::TypeInner::Array { base, .. } => has_wide_scalar(module, *base),
        naga::TypeInner::Struct { members, .. } => members.iter().any(|member| has_wide_scalar(module, member.ty)),
        _ => false,
    }
}

/// Compares one host struct with the struct of the same name in a module.
fn assert_same_layout(module: &naga::Module, host: &HostStruct) -> bool {
    let found = module.types.iter().find(|(_, ty)| ty.name.as_deref() == Some(host.name));
    let Some((_, naga::Type { inner: naga::TypeInner::Struct { members, span }, .. })) = found else {
        return false;
    };
    assert_eq!(*span as usize, host.size, "size of {}", host.name);
    let shader: Vec<_> =
        members.iter().map(|member| (member.name.clone().expect("named"), member.offset as usize)).collect();
    let expected: Vec<_> = host.members.iter().map(|(name, offset)| (name.to_string(), *offset)).collect();
    assert_eq!(shader, expected, "members of {}", host.name);
    true
}

#[test]
fn host_and_shader_structs_have_the_same_layout() {
    let modules: Vec<_> = shaders::all().iter().map(|(name, source)| parse(name, source).0).collect();
    for host in layouts::host_structs() {
        let compared = modules.iter().filter(|module| assert_same_layout(module, &host)).count();
        assert!(compared > 0, "no shader has a struct {}", host.name);
    }
}

#[test]
fn constants_are_the_same_in_host_and_shader() {
    let mut compared = 0;
    for (name, constants) in layouts::host_constants() {
        let found = shaders::all().into_iter().find(|(known, _)| known == name);
        let (module, _) = parse(name, &found.unwrap_or_else(|| panic!("no module {name}")).1);
        for (name, value) in constants {
            let constant = module.constants.iter().find(|(_, constant)| constant.name.as_deref() == Some(name));
            let (_, constant) = constant.unwrap_or_else(|| panic!("no constant {name}"));
            let literal = &module.global_expressions[constant.init];
            assert_eq!(*literal, naga::Expression::Literal(naga::Literal::U32(value)), "{name}");
            compared += 1;
        }
    }
    assert!(compared >= 11, "{compared} constants");
}

#[test]
fn a_shifted_member_would_be_noticed() {
    let source = "struct Params { legs: u32, transactions: u32, } @group(0) @binding(0) var<uniform> p: Params;
        @compute @workgroup_size(1) fn main() { _ = p.legs; }";
    let (module, _) = parse("canary", source);
    let host = layouts::host_structs().into_iter().find(|host| host.name == "Params").expect("Params");
    assert!(std::panic::catch_unwind(|| assert_same_layout(&module, &host)).is_err());
}
