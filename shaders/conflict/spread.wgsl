// The end of a round, an invocation per access: keys with a stale access are active in the next one.

@group(0) @binding(4) var<storage, read_write> wave: array<u32>;
@group(0) @binding(9) var<storage, read> owners: array<u32>;
@group(0) @binding(10) var<storage, read> names: array<u32>;

@compute @workgroup_size(256)
fn spread(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= params.accesses {
        return;
    }
    let transaction = owners[id.x] & TRANSACTION;
    if wave[transaction] <= seen[id.x] {
        return;
    }
    if transaction < atomicLoad(&control.first_stale) {
        atomicMin(&control.first_stale, transaction);
    }
    list_key(names[id.x]);
}
