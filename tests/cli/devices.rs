//! `devices`, and what happens where there are none.

#[cfg(target_os = "linux")]
use crate::world::{Run, one_object};
use crate::world::{World, keys};

/// Runs where no driver can be found.
#[cfg(target_os = "linux")]
fn without_drivers(world: &World, line: &str) -> Run {
    let mut command = world.command(line.split_whitespace());
    for variable in ["VK_ICD_FILENAMES", "VK_DRIVER_FILES"] {
        command.env(variable, "/nonexistent");
    }
    Run::new(line, command.output().expect("the program runs"))
}

#[test]
fn devices_are_listed() {
    let world = World::new();
    let value = world.run("devices --json").json();
    assert_eq!(keys(&value), ["adapters", "chosen", "cpu", "missing"]);
    assert!(value["cpu"]["cores"].as_u64().expect("a number") > 0);
    assert_ne!(value["chosen"].is_null(), value["missing"].is_null());
    let page = world.run("devices").done();
    assert!(page.contains("device: ") && page.contains("cpu: ") && page.contains("AVX-512"), "{page}");
}

#[test]
#[cfg(target_os = "linux")]
fn without_a_driver_the_list_says_what_is_missing() {
    let world = World::new();
    let value = one_object(&without_drivers(&world, "devices --json").done());
    assert_eq!(value["adapters"], serde_json::json!([]));
    assert!(value["chosen"].is_null() && value["missing"].is_string(), "{value}");
    let page = without_drivers(&world, "devices").done();
    assert!(page.contains("device: none"), "{page}");
}

#[test]
#[cfg(target_os = "linux")]
fn gpu_without_an_adapter_is_an_error_and_auto_does_without() {
    let world = World::new();
    let arguments = "validate --block block.bin --state state.bin --receipts receipts";
    without_drivers(&world, &format!("{arguments} --engine gpu")).refused(&["no device"]);
    assert!(!world.path("receipts").exists());
    without_drivers(&world, &format!("{arguments} --engine auto")).done();
    assert!(world.path("receipts").exists());
}

#[test]
fn an_adapter_is_no_use_to_an_engine_without_one() {
    World::new().validate("--engine serial --adapter 0").refused(&["--adapter", "--engine serial"]);
}
