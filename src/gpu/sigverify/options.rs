//! How a verifier is made, and what it says of itself.

use crate::engine::Policy;
use crate::error::{Error, Result};
use crate::gpu::adapter::AdapterKind;
use crate::gpu::device::Device;

/// How field elements are kept in registers and multiplied. All three give the same verdicts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Limbs {
    /// Ten limbs in u64: fastest on software devices.
    Wide,
    /// Ten limbs in u32, products in u64: fewer registers.
    Mixed,
    /// Twenty limbs in u32 and no u64 at all: for devices without 64-bit integers.
    Narrow,
}

/// How signatures are verified.
#[derive(Clone, Debug)]
pub struct VerifierOptions {
    /// Which signatures are valid.
    pub policy: Policy,
    /// 32-bit integers only, even where the device has 64-bit ones.
    pub int32: bool,
    /// How limbs are kept; `None`: by what the device is. Ignored with `int32`.
    pub limbs: Option<Limbs>,
    /// Device memory for tables of known keys, in bytes (6 KiB a key); 0 keeps none.
    pub key_budget_bytes: u64,
    /// Signatures that go without the tables which their keys have earned before a software device builds the first: it compiles
    /// kernels when it first runs them, and those for known keys take longer than verifying as many without
    /// ([`TABLE_PATIENCE`](crate::limits::TABLE_PATIENCE)). 0, as for other devices always: none.
    pub patience: u64,
}

impl Default for VerifierOptions {
    fn default() -> Self {
        Self { policy: Policy::Strict, int32: false, limbs: None, key_budget_bytes: 256 << 20, patience: 0 }
    }
}

/// What a verifier has done since it was made.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct VerifierStats {
    /// Signatures verified.
    pub signatures: u64,
    /// Of these, by a known key's tables.
    pub known: u64,
    /// Chunks they were cut into.
    pub chunks: u64,
    /// Tables built.
    pub keys_built: u64,
    /// Tables that gave way to others.
    pub keys_evicted: u64,
    /// Keys that have tables now.
    pub keys_resident: u64,
    /// Bytes sent to the device.
    pub uploaded_bytes: u64,
}

/// The limbs that were asked for, else those that are fastest on the device.
pub(super) fn choose_limbs(device: &Device, options: &VerifierOptions) -> Result<Limbs> {
    if options.int32 {
        return Ok(Limbs::Narrow);
    }
    match options.limbs {
        Some(limbs) if limbs != Limbs::Narrow && !device.has_int64() => {
            Err(Error::NoDevice(format!("{}: no 64-bit integers for {limbs:?} limbs", device.summary.name)))
        }
        Some(limbs) => Ok(limbs),
        None if !device.has_int64() => Ok(Limbs::Narrow),
        None if device.summary.kind == AdapterKind::Software => Ok(Limbs::Wide),
        None => Ok(Limbs::Mixed),
    }
}
