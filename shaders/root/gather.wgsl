// Nodes that the host asks for, one after the other: nodes of the tree, or with the highest bit changed ones.

const CHANGED: u32 = 0x80000000u;

@group(0) @binding(2) var<storage, read> nodes: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read> changed: array<vec4<u32>>;
@group(0) @binding(4) var<storage, read> places: array<u32>;
@group(0) @binding(5) var<storage, read_write> gathered: array<vec4<u32>>;

@compute @workgroup_size(64)
fn gather(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= job.count {
        return;
    }
    let place = places[job.source + id.x];
    let at = 2u * (place & ~CHANGED);
    let to = 2u * (job.target_node + id.x);
    if (place & CHANGED) != 0u {
        gathered[to] = changed[at];
        gathered[to + 1u] = changed[at + 1u];
    } else {
        gathered[to] = nodes[at];
        gathered[to + 1u] = nodes[at + 1u];
    }
}
