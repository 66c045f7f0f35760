// What the kernels of the state root share. A node is two vectors in a buffer.

struct HashJob {
    // Nodes to hash.
    count: u32,
    // Where to read from, in nodes or records.
    source: u32,
    // Node to write first.
    target_node: u32,
    // Slots of the state.
    slots: u32,
    // Words of a record.
    words: u32,
}

struct Keys {
    leaf: Node,
    node: Node,
    root: Node,
}

@group(0) @binding(0) var<uniform> job: HashJob;
@group(0) @binding(1) var<uniform> keys: Keys;
