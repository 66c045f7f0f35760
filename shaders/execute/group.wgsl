// After the sort: legs in order of (account, transaction), and where each account's legs start and end.

struct Grouping {
    legs: u32,
    pad0: u32,
    pad1: u32,
    pad2: u32,
}

// Words of their own, not a vector: two invocations write them, and a store of one component may write all.
struct Range {
    start: u32,
    end: u32,
    // Set later.
    last_guard: u32,
    stamp: u32,
}

@group(0) @binding(0) var<uniform> grouping: Grouping;
@group(0) @binding(1) var<storage, read> keys: array<u32>;
@group(0) @binding(2) var<storage, read> refs: array<u32>;
@group(0) @binding(4) var<storage, read> amounts_in: array<Amount>;
@group(0) @binding(5) var<storage, read_write> legs: array<vec4<u32>>;
@group(0) @binding(6) var<storage, read_write> amounts: array<Amount>;
@group(0) @binding(7) var<storage, read_write> accounts: array<Range>;

@compute @workgroup_size(256)
fn group_legs(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.x;
    if i >= grouping.legs {
        return;
    }
    let key = keys[i];
    let source = refs[i];
    legs[i] = vec4<u32>(leg_in(source), source);
    amounts[i] = amounts_in[source];
    if i == 0u || keys[i - 1u] != key {
        accounts[key].start = i;
    }
    if i + 1u == grouping.legs || keys[i + 1u] != key {
        accounts[key].end = i + 1u;
    }
}
