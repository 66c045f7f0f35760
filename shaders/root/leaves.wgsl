// Leaves: an account's record is one block, whose last eight bytes are zero and do not travel.

@group(0) @binding(2) var<storage, read> records: array<vec2<u32>>;
@group(0) @binding(3) var<storage, read_write> nodes: array<vec4<u32>>;

@compute @workgroup_size(64)
fn leaves(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= job.count {
        return;
    }
    let at = 7u * (job.source + id.x);
    let id_lo = vec4<u32>(records[at], records[at + 1u]);
    let id_hi = vec4<u32>(records[at + 2u], records[at + 3u]);
    let balance = vec4<u32>(records[at + 4u], records[at + 5u]);
    let leaf = keyed_hash(keys.leaf, id_lo, id_hi, balance, vec4<u32>(records[at + 6u], 0u, 0u), 64u);
    let to = 2u * (job.target_node + id.x);
    nodes[to] = leaf.lo;
    nodes[to + 1u] = leaf.hi;
}
