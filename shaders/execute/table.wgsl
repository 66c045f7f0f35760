// The accounts that stay on the device between blocks: a part of the table, as large as one binding may be. Slots of other
// parts are left to the dispatches that bind those.

struct TableJob {
    // First slot of the part, and how many it has.
    base: u32,
    length: u32,
    // Accounts at work, and where their nonces stand in status[].
    count: u32,
    nonces_at: u32,
}

struct Record {
    balance: vec4<u32>,
    // Low word, high word, zeros.
    nonce: vec4<u32>,
}

@group(0) @binding(0) var<uniform> job: TableJob;
@group(0) @binding(1) var<storage, read_write> table: array<Record>;
// Slot of each account at work.
@group(0) @binding(2) var<storage, read> slots: array<u32>;
// What the table had under these slots before the batch.
@group(0) @binding(3) var<storage, read_write> saved_balances: array<vec4<u32>>;
@group(0) @binding(4) var<storage, read_write> saved_nonces: array<vec2<u32>>;

const ELSEWHERE = 0xffffffffu;

// Place in this part of the table of the account at work, or ELSEWHERE.
fn place_of(account: u32) -> u32 {
    if account >= job.count {
        return ELSEWHERE;
    }
    let place = slots[account] - job.base;
    return select(ELSEWHERE, place, place < job.length);
}
