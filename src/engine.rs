//! The names of engines, stages and signature policies.

use std::fmt;
use std::str::FromStr;

/// Who does the work.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Engine {
    /// Measures what is there and uses the fastest for each stage.
    #[default]
    Auto,
    /// wgpu: every stage that exists there runs on the device.
    Gpu,
    /// All CPU cores.
    Parallel,
    /// The specification: one transaction after the other.
    Serial,
}

impl Engine {
    /// The name on the command line and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Engine::Auto => "auto",
            Engine::Gpu => "gpu",
            Engine::Parallel => "parallel",
            Engine::Serial => "serial",
        }
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Engine {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        [Engine::Auto, Engine::Gpu, Engine::Parallel, Engine::Serial]
            .into_iter()
            .find(|engine| engine.name() == name)
            .ok_or_else(|| format!("unknown engine {name:?}: expected auto, gpu, parallel or serial"))
    }
}

/// Which signatures are valid.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Policy {
    /// What ed25519-dalek 3 accepts with `VerifyingKey::from_bytes` and `verify_strict`.
    #[default]
    Strict,
    /// ZIP 215 (<https://zips.z.cash/zip-0215>): what ed25519-zebra 5 accepts; cofactored, so it can be batched.
    Zip215,
}

impl Policy {
    /// The name on the command line and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Policy::Strict => "strict",
            Policy::Zip215 => "zip215",
        }
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Policy {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "strict" => Ok(Policy::Strict),
            "zip215" => Ok(Policy::Zip215),
            _ => Err(format!("unknown policy {name:?}: expected strict or zip215")),
        }
    }
}
