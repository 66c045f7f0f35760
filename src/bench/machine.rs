//! What a measurement was made on.

use crate::{Engine, Validator};
use serde_json::{Value, json};

/// Machine, device and build, as far as they can be told.
pub fn describe(validators: &[(Engine, Validator)], notes: Vec<String>) -> Value {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    #[cfg(feature = "gpu")]
    let device = validators.iter().find_map(|(_, validator)| validator.device()).map(|device| {
        json!({
            "adapter": device.summary.name,
            "kind": device.summary.kind.to_string(),
            "backend": device.summary.backend,
            "driver": device.summary.driver,
            "chosen": device.reason,
            "binding_bytes": device.binding_bytes,
            "int64": device.has_int64(),
            "subgroups": [device.summary.subgroups.0, device.summary.subgroups.1],
        })
    });
    #[cfg(not(feature = "gpu"))]
    let device: Option<Value> = {
        let _ = validators;
        None
    };
    json!({
        "processor": processor(),
        "cores": cores,
        "os": std::env::consts::OS,
        "architecture": std::env::consts::ARCH,
        "avx512_signatures": avx512_signatures(),
        "device": device,
        "version": env!("CARGO_PKG_VERSION"),
        "optimised": !cfg!(debug_assertions),
        "notes": notes,
    })
}

/// The processor's name, where the system tells it.
pub fn processor() -> Option<String> {
    let text = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// Whether curve25519-dalek uses its AVX-512 code: it needs the build flag and the processor.
pub fn avx512_signatures() -> bool {
    #[cfg(all(target_arch = "x86_64", curve25519_dalek_backend = "avx512"))]
    return std::arch::is_x86_feature_detected!("avx512ifma") && std::arch::is_x86_feature_detected!("avx512vl");
    #[cfg(not(all(target_arch = "x86_64", curve25519_dalek_backend = "avx512")))]
    false
}
