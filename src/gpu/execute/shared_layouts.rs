//! What the execute stage's shaders and host code have in common.

use super::buffers::{Control, Params};
use super::encode::flags;
use super::table::TableJob;
use crate::gpu::layouts::{HostStruct, host_struct};
use crate::limits::TILE_LEGS;

/// Structs of walk.wgsl and advance.wgsl.
pub fn structs() -> Vec<HostStruct> {
    vec![
        host_struct!(Params {
            transactions,
            legs,
            accounts,
            verdicts_at,
            nonces_at,
            short_at,
            medium_at,
            mediums_at,
            longs_at,
            tiles_at,
            short_room,
            medium_room,
        }),
        host_struct!(Control {
            round,
            outcome,
            changed,
            mismatched,
            next_short,
            next_medium,
            next_long,
            mediums,
            longs,
            tiles,
            short_active,
            medium_active,
            history,
        }),
        host_struct!(TableJob { base, length, count, nonces_at }),
    ]
}

/// Flags of legs, and the size of a tile.
pub fn constants() -> Vec<(&'static str, u32)> {
    vec![
        ("GUARDED", flags::GUARDED),
        ("NEGATIVE", flags::NEGATIVE),
        ("NONCE", flags::NONCE),
        ("AT_LEAST", flags::AT_LEAST),
        ("EXACTLY", flags::EXACTLY),
        ("DEAD", flags::DEAD),
        ("TRANSACTION", flags::TRANSACTION),
        ("TILE", TILE_LEGS),
    ]
}
