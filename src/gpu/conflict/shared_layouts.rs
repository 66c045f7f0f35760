//! What the conflict stage's shaders and host code have in common.

use super::batch::{WaveControl, WaveKey, WaveParams};
use super::programs::WRITE;
use crate::gpu::layouts::{HostStruct, host_struct};
use crate::limits::TILE_LEGS;

/// Structs of common.wgsl.
pub fn structs() -> Vec<HostStruct> {
    vec![
        host_struct!(WaveParams {
            transactions,
            accesses,
            short_at,
            medium_at,
            longs_at,
            tiles_at,
            short_room,
            medium_room,
        }),
        host_struct!(WaveControl {
            round,
            outcome,
            first_stale,
            next_short,
            next_medium,
            next_long,
            longs,
            tiles,
            short_active,
            medium_active,
            pad0,
            pad1,
            history,
        }),
        host_struct!(WaveKey { start, end, last_write, stamp }),
    ]
}

/// The flag of an access, and the size of a long key's tiles.
pub fn constants() -> Vec<(&'static str, u32)> {
    vec![("WRITE", WRITE), ("TRANSACTION", WRITE - 1), ("LONG_TILE", TILE_LEGS)]
}
