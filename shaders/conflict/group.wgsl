// After the sort: accesses in order of (key, transaction), and each key's range and last write.

@group(0) @binding(3) var<storage, read_write> accesses: array<vec2<u32>>;
@group(0) @binding(8) var<storage, read> sorted: array<u32>;
@group(0) @binding(9) var<storage, read> owners: array<u32>;
@group(0) @binding(11) var<storage, read> places: array<u32>;

// From the end on, so that of a hot key's many writes few find themselves the last so far.
@compute @workgroup_size(256)
fn group_accesses(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= params.accesses {
        return;
    }
    let i = params.accesses - 1u - id.x;
    let key = sorted[i];
    let access = owners[places[i]];
    accesses[i] = vec2<u32>(access, places[i]);
    if i == 0u || sorted[i - 1u] != key {
        keys[key].start = i;
    }
    if i + 1u == params.accesses || sorted[i + 1u] != key {
        keys[key].end = i + 1u;
    }
    if writes(access) && atomicLoad(&keys[key].last_write) <= i {
        atomicMax(&keys[key].last_write, i + 1u);
    }
}
