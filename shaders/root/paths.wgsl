// Changed nodes of a level. They stand beside the tree until the block is applied.

const CHANGED: u32 = 0x80000000u;

@group(0) @binding(2) var<storage, read> nodes: array<vec4<u32>>;
// Per changed node its children: a node of the tree, or with the highest bit a changed one.
@group(0) @binding(3) var<storage, read> children: array<vec2<u32>>;
@group(0) @binding(4) var<storage, read_write> changed: array<vec4<u32>>;

fn child(place: u32) -> Node {
    let at = 2u * (place & ~CHANGED);
    if (place & CHANGED) != 0u {
        return Node(changed[at], changed[at + 1u]);
    }
    return Node(nodes[at], nodes[at + 1u]);
}

@compute @workgroup_size(64)
fn paths(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= job.count {
        return;
    }
    let places = children[job.source + id.x];
    let left = child(places.x);
    let right = child(places.y);
    let parent = keyed_hash(keys.node, left.lo, left.hi, right.lo, right.hi, 64u);
    let to = 2u * (job.target_node + id.x);
    changed[to] = parent.lo;
    changed[to + 1u] = parent.hi;
}
