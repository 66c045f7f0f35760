// What the kernels of this stage share: bindings and the control block (docs/decisions/0005-waves.md has the argument).
//
// Every wave starts at 0 and only grows, never beyond the true one. An access is *stale* when its transaction's wave
// has grown since its key was last scanned, and something later on the key depends on it. No stale access: all waves
// are true.

struct WaveParams {
    transactions: u32,
    accesses: u32,
    // Offsets in words into lists[].
    short_at: u32,
    medium_at: u32,
    longs_at: u32,
    tiles_at: u32,
    // Entries of one parity of the short and of the medium list.
    short_room: u32,
    medium_room: u32,
}

struct WaveKey {
    start: u32,
    end: u32,
    // 1 + position of the last write; 0 without any.
    last_write: atomic<u32>,
    // The round for which the key is already listed.
    stamp: atomic<u32>,
}

struct WaveControl {
    round: u32,
    outcome: u32,
    // First transaction with a stale access: it and all before it have their true waves.
    first_stale: atomic<u32>,
    next_short: atomic<u32>,
    next_medium: atomic<u32>,
    next_long: atomic<u32>,
    longs: atomic<u32>,
    tiles: atomic<u32>,
    short_active: u32,
    medium_active: u32,
    pad0: u32,
    pad1: u32,
    history: array<u32, 20>,
}

@group(0) @binding(0) var<uniform> params: WaveParams;
@group(0) @binding(1) var<storage, read_write> control: WaveControl;
@group(0) @binding(2) var<storage, read_write> keys: array<WaveKey>;

// An access: its transaction, and whether it writes.
const WRITE = 1u << 31u;
const TRANSACTION = WRITE - 1u;

// Accesses of a long key that one workgroup goes through.
const LONG_TILE = 1024u;
const TILE_WORDS = 6u;
const LONG_WORDS = 2u;

override SHORT_ACCESSES: u32 = 64u;
override MEDIUM_ACCESSES: u32 = 8192u;

fn writes(access: u32) -> bool {
    return (access & WRITE) != 0u;
}
