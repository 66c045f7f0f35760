// Leaves: an account's record is one block. What is zero in all records of an upload does not travel: the last eight bytes
// always, and the upper halves of balance and nonce where every account's are small.

const WHOLE_RECORD: u32 = 14u;

@group(0) @binding(2) var<storage, read> records: array<u32>;
@group(0) @binding(3) var<storage, read_write> nodes: array<vec4<u32>>;

@compute @workgroup_size(64)
fn leaves(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= job.count {
        return;
    }
    let at = job.words * (job.source + id.x);
    let id_lo = vec4<u32>(records[at], records[at + 1u], records[at + 2u], records[at + 3u]);
    let id_hi = vec4<u32>(records[at + 4u], records[at + 5u], records[at + 6u], records[at + 7u]);
    var balance = vec4<u32>(records[at + 8u], records[at + 9u], 0u, 0u);
    var nonce = vec4<u32>(records[at + 10u], 0u, 0u, 0u);
    if job.words == WHOLE_RECORD {
        balance = vec4<u32>(balance.xy, records[at + 10u], records[at + 11u]);
        nonce = vec4<u32>(records[at + 12u], records[at + 13u], 0u, 0u);
    }
    let leaf = keyed_hash(keys.leaf, id_lo, id_hi, balance, nonce, 64u);
    let to = 2u * (job.target_node + id.x);
    nodes[to] = leaf.lo;
    nodes[to + 1u] = leaf.hi;
}
