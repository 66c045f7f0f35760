// The tree takes over changed nodes.

@group(0) @binding(2) var<storage, read> changed: array<vec4<u32>>;
// Per changed node its place in the tree.
@group(0) @binding(3) var<storage, read> places: array<u32>;
@group(0) @binding(4) var<storage, read_write> nodes: array<vec4<u32>>;

@compute @workgroup_size(64)
fn merge(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= job.count {
        return;
    }
    let at = 2u * (job.source + id.x);
    let to = 2u * places[job.source + id.x];
    nodes[to] = changed[at];
    nodes[to + 1u] = changed[at + 1u];
}
