// A level of the tree from the level below it. The sibling of a level's last node is zero where it is empty.

@group(0) @binding(2) var<storage, read_write> nodes: array<vec4<u32>>;

@compute @workgroup_size(64)
fn level(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= job.count {
        return;
    }
    let at = 2u * (job.source + 2u * id.x);
    let parent = keyed_hash(keys.node, nodes[at], nodes[at + 1u], nodes[at + 2u], nodes[at + 3u], 64u);
    let to = 2u * (job.target_node + id.x);
    nodes[to] = parent.lo;
    nodes[to + 1u] = parent.hi;
}
