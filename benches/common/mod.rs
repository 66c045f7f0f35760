//! What the stages' benches share: how long they measure, and the engines that are there.

#![allow(dead_code, reason = "each bench uses a part")]

use criterion::Criterion;
use std::time::Duration;
use wavelock::validate::ValidatorBuilder;
use wavelock::{Engine, Validator};

/// Short: these benches find regressions, `wavelock bench` compares engines.
pub fn criterion() -> Criterion {
    let criterion = Criterion::default().sample_size(10);
    criterion.warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2))
}

/// A builder for `parallel`, and one for `gpu` where there is a device; else a line says that it is skipped.
pub fn engines() -> Vec<(Engine, ValidatorBuilder)> {
    let mut engines = vec![(Engine::Parallel, Validator::builder().engine(Engine::Parallel))];
    match gpu() {
        Ok(builder) => engines.push((Engine::Gpu, builder)),
        Err(reason) => eprintln!("gpu is skipped: {reason}"),
    }
    engines
}

#[cfg(feature = "gpu")]
fn gpu() -> wavelock::Result<ValidatorBuilder> {
    use wavelock::gpu::device::{Device, DeviceOptions};
    let device = Device::open(&DeviceOptions::default())?;
    Ok(Validator::builder().engine(Engine::Gpu).device(device))
}

#[cfg(not(feature = "gpu"))]
fn gpu() -> Result<ValidatorBuilder, &'static str> {
    Err("this build has no gpu feature")
}
