// One step along a key. The state is what the key makes later transactions wait for, waves counted from 1 so that 0 is
// "nothing": x, what readers wait for (its writers), y, what writers wait for (all).

@group(0) @binding(3) var<storage, read> accesses: array<vec2<u32>>;
@group(0) @binding(4) var<storage, read_write> wave: array<atomic<u32>>;
@group(0) @binding(6) var<storage, read> bases: array<vec2<u32>>;

const NEVER = 0xffffffffu;

// What the key demands of the access's transaction.
fn demand(access: u32, state: vec2<u32>) -> u32 {
    return select(state.x, state.y, writes(access));
}

// The state after an access whose transaction has wave `own`.
fn after(access: u32, state: vec2<u32>, own: u32) -> vec2<u32> {
    if writes(access) {
        return vec2<u32>(own + 1u, own + 1u);
    }
    return vec2<u32>(state.x, max(state.y, own + 1u));
}

// Writes down the wave that this scan has counted on.
fn note(place: u32, own: u32) {
    if seen[place] != NEVER {
        seen[place] = own;
    }
}
