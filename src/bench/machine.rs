//! What a measurement was made on.

use crate::{Engine, Validator};
use serde::Serialize;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use sysinfo::{CpuRefreshKind, MemoryRefreshKind, RefreshKind, System};

/// Processor flags that code here, or a compiler, can make use of.
const FLAGS: [&str; 12] =
    ["sse4", "avx", "bmi", "adx", "sha", "aes", "vaes", "pclmul", "vpclmul", "gfni", "asimd", "sve"];

/// Machine, device and build, as far as they can be told.
pub fn describe(validators: &[(Engine, Validator)], notes: Vec<String>) -> Value {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    json!({
        "processor": processor(),
        "flags": flags(),
        "cores": cores,
        "memory_bytes": memory().and_then(|memory| told(memory.total_memory())),
        "os": std::env::consts::OS,
        "system": System::long_os_version().ok(),
        "kernel": System::kernel_version().ok(),
        "architecture": std::env::consts::ARCH,
        "load": load(),
        "avx512_signatures": Avx512::look().used,
        "device": device(validators),
        "version": env!("CARGO_PKG_VERSION"),
        "revision": revision(Path::new(env!("CARGO_MANIFEST_DIR"))),
        "optimised": !cfg!(debug_assertions),
        "build": build(),
        "date": date(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())),
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

#[cfg(feature = "gpu")]
fn device(validators: &[(Engine, Validator)]) -> Option<Value> {
    let device = validators.iter().find_map(|(_, validator)| validator.device())?;
    let limits = device.device.limits();
    Some(json!({
        "adapter": device.summary.name,
        "kind": device.summary.kind.to_string(),
        "backend": device.summary.backend,
        "driver": device.summary.driver,
        "chosen": device.reason,
        "binding_bytes": device.binding_bytes,
        "int64": device.has_int64(),
        "timestamps": device.summary.timestamps,
        "subgroups": [device.summary.subgroups.0, device.summary.subgroups.1],
        "limits": {
            "buffer_bytes": limits.max_buffer_size,
            "storage_buffers_a_stage": limits.max_storage_buffers_per_shader_stage,
            "workgroup_bytes": limits.max_compute_workgroup_storage_size,
            "workgroup_invocations": limits.max_compute_invocations_per_workgroup,
            "workgroups_a_dimension": limits.max_compute_workgroups_per_dimension,
        },
    }))
}

#[cfg(not(feature = "gpu"))]
fn device(_: &[(Engine, Validator)]) -> Option<Value> {
    None
}

/// How the program was built. Flags from a configuration file of cargo are not told to the program, their effects are.
fn build() -> Value {
    let known = [
        ("sse4.2", cfg!(target_feature = "sse4.2")),
        ("avx2", cfg!(target_feature = "avx2")),
        ("bmi2", cfg!(target_feature = "bmi2")),
        ("adx", cfg!(target_feature = "adx")),
        ("avx512f", cfg!(target_feature = "avx512f")),
        ("avx512ifma", cfg!(target_feature = "avx512ifma")),
        ("neon", cfg!(target_feature = "neon")),
    ];
    let features = [
        ("gpu", cfg!(feature = "gpu")),
        ("ed25519-simd", cfg!(feature = "ed25519-simd")),
        ("metrics", cfg!(feature = "metrics")),
    ];
    let on = |list: &[(&str, bool)]| -> Vec<String> {
        list.iter().filter(|(_, on)| *on).map(|(name, _)| (*name).to_owned()).collect()
    };
    json!({
        "profile": if cfg!(debug_assertions) { "debug" } else { "release" },
        "target_features": on(&known),
        "rustflags": option_env!("RUSTFLAGS"),
        "curve25519_dalek_backend": cfg!(curve25519_dalek_backend = "avx512").then_some("avx512"),
        "features": on(&features),
    })
}

/// Memory that is free or can be freed, where the system tells it.
pub fn available_bytes() -> Option<u64> {
    told(memory()?.available_memory())
}

fn memory() -> Option<System> {
    System::new_with_specifics(RefreshKind::nothing().with_memory(MemoryRefreshKind::nothing().with_ram())).ok()
}

/// Systems say nothing by zeros.
fn told(number: u64) -> Option<u64> {
    (number > 0).then_some(number)
}

/// The most memory that this process has had at a time, where the system tells it.
pub fn peak_bytes() -> Option<u64> {
    kibibytes("/proc/self/status", "VmHWM:")
}

fn kibibytes(file: &str, name: &str) -> Option<u64> {
    let text = std::fs::read_to_string(file).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|kib| kib << 10)
}

/// The processor's name, where the system tells it.
pub fn processor() -> Option<String> {
    let system = System::new_with_specifics(RefreshKind::nothing().with_cpu(CpuRefreshKind::nothing())).ok()?;
    system.cpus().first().map(|cpu| cpu.brand().trim().to_owned()).filter(|name| !name.is_empty())
}

fn flags() -> Vec<String> {
    let all = field("/proc/cpuinfo", "flags").or_else(|| field("/proc/cpuinfo", "Features")).unwrap_or_default();
    let wanted = |flag: &&str| FLAGS.iter().any(|known| flag.starts_with(known));
    all.split_whitespace().filter(wanted).map(str::to_owned).collect()
}

/// Processes that wanted to run, on average over the last minute: above the number of cores somebody else was busy too.
fn load() -> Option<f64> {
    System::load_average().ok().map(|load| load.one)
}

/// What stands behind the colon in the first line that begins with `name`.
fn field(file: &str, name: &str) -> Option<String> {
    let text = std::fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// The revision of the folder that the program was built from, if it is still there and under git; `+` where files
/// differ from it.
fn revision(source: &Path) -> Option<String> {
    // A package from a registry may lie within some other repository.
    if !source.join(".git").exists() {
        return None;
    }
    let git = |arguments: &[&str]| {
        let output = Command::new("git").arg("-C").arg(source).args(arguments).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let revision = git(&["rev-parse", "HEAD"])?;
    let changed = git(&["status", "--porcelain", "--untracked-files=no"])?;
    Some(if changed.is_empty() { revision } else { revision + "+" })
}

/// Seconds since 1970 as date and time in UTC (Hinnant, "chrono-compatible low-level date algorithms").
fn date(seconds: u64) -> String {
    let (days, second) = (seconds / 86_400 + 719_468, seconds % 86_400);
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = 400 * era + year_of_era + u64::from(month <= 2);
    let (hour, minute) = (second / 3_600, second % 3_600 / 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{:02}Z", second % 60)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        for (seconds, expected) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_709_251_200, "2024-03-01T00:00:00Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(date(seconds), expected);
        }
    }

    #[test]
    fn a_folder_without_git_has_no_revision() {
        let folder = tempfile::tempdir().expect("a folder");
        assert_eq!(revision(folder.path()), None);
    }
}
