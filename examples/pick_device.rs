//! Lists adapters, chooses one, and does without where there is none: `cargo run --example pick_device`.

use wavelock::gpu::adapter::{AdapterKind, AdapterSummary, adapters};
use wavelock::gpu::device::{Device, DeviceOptions};
use wavelock::{Engine, Error, Result, Validator};

/// A rule of one's own; without any, [`DeviceOptions::default`] takes the environment's choice, else the best kind.
fn preferred(adapters: &[AdapterSummary]) -> Option<&AdapterSummary> {
    // Large bindings mean large batches. Software adapters run on the cores that the CPU engine uses better.
    let hardware = adapters.iter().filter(|adapter| adapter.kind != AdapterKind::Software);
    hardware.max_by_key(|adapter| adapter.binding_bytes)
}

fn validator() -> Result<Validator> {
    let adapters = adapters();
    for AdapterSummary { index, name, backend, kind, driver, .. } in &adapters {
        println!("{index}: {name} ({kind}, {backend}, {driver})");
    }
    let Some(adapter) = preferred(&adapters) else {
        println!("no graphics processor: every stage runs on the CPU");
        return Validator::builder().engine(Engine::Parallel).build();
    };
    let options = DeviceOptions { adapter: Some(adapter.index.to_string()), ..DeviceOptions::default() };
    match Device::open(&options) {
        Ok(device) => {
            println!("opened {}: {}", device.summary.name, device.reason);
            // `auto` measures the device against the CPU, stage by stage. With `Engine::Gpu` it would have to be used.
            Validator::builder().engine(Engine::Auto).device(device).build()
        }
        // A driver may list an adapter that it cannot open. That is no reason to stop.
        Err(Error::NoDevice(why)) => {
            println!("{why}: every stage runs on the CPU");
            Validator::builder().engine(Engine::Parallel).build()
        }
        Err(other) => Err(other),
    }
}

fn main() -> Result<()> {
    let validator = validator()?;
    println!("engine: {}", validator.engine());
    Ok(())
}
