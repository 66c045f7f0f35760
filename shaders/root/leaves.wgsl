// Leaves: an account's record is one block.

@group(0) @binding(2) var<storage, read> records: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read_write> nodes: array<vec4<u32>>;

@compute @workgroup_size(64)
fn leaves(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= job.count {
        return;
    }
    let at = 4u * (job.source + id.x);
    let leaf = keyed_hash(keys.leaf, records[at], records[at + 1u], records[at + 2u], records[at + 3u], 64u);
    let to = 2u * (job.target_node + id.x);
    nodes[to] = leaf.lo;
    nodes[to + 1u] = leaf.hi;
}
