//! What a measurement was made on.

use crate::{Engine, Validator};
use serde::Serialize;
use serde_json::{Value, json};
use std::time::Duration;

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
        "avx512_signatures": Avx512::look().used,
        "device": device,
        "version": env!("CARGO_PKG_VERSION"),
        "optimised": !cfg!(debug_assertions),
        "notes": notes,
    })
}

/// Processor time of this process so far, where the system tells it (Linux: proc_pid_stat(5), fields 14 and 15, in
/// hundredths of a second).
pub fn processor_time() -> Option<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let after_name = stat.rsplit_once(')')?.1;
    let mut fields = after_name.split_whitespace().skip(11).map(str::parse::<u64>);
    let (user, system) = (fields.next()?.ok()?, fields.next()?.ok()?);
    Some(Duration::from_millis(10 * (user + system)))
}

/// Which share of all cores' time this process has used since `before`, in the last `time`.
pub fn busy(before: Option<Duration>, time: Duration) -> Option<f64> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let used = processor_time()?.checked_sub(before?)?;
    Some(used.as_secs_f64() / (time.as_secs_f64() * cores as f64))
}

/// The processor's name, where the system tells it.
pub fn processor() -> Option<String> {
    let text = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// The vector code of curve25519-dalek for signatures.
#[derive(Clone, Copy, Serialize)]
pub struct Avx512 {
    /// It is in this program.
    pub built: bool,
    /// This processor has what it needs.
    pub processor: bool,
    /// Both: it is used.
    pub used: bool,
}

impl Avx512 {
    /// Looks at this build and this processor.
    pub fn look() -> Self {
        let with_flag = cfg!(curve25519_dalek_backend = "avx512");
        let with_target = cfg!(all(target_feature = "avx512ifma", target_feature = "avx512vl"));
        let built = cfg!(target_arch = "x86_64") && (with_flag || with_target);
        #[cfg(target_arch = "x86_64")]
        let processor = is_x86_feature_detected!("avx512ifma") && is_x86_feature_detected!("avx512vl");
        #[cfg(not(target_arch = "x86_64"))]
        let processor = false;
        Self { built, processor, used: built && processor }
    }

    /// Yes, or why not.
    pub fn words(self) -> &'static str {
        match (self.built, self.processor) {
            (true, true) => "yes",
            (false, true) => "no: the processor has it, this build does not (README, Using the library)",
            (_, false) => "no: the processor does not have it",
        }
    }
}
