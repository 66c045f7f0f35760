// After the rounds: what the transactions with true waves make those of the next batch wait for.

struct Base {
    writer: atomic<u32>,
    access: atomic<u32>,
}

@group(0) @binding(4) var<storage, read_write> wave: array<u32>;
@group(0) @binding(6) var<storage, read_write> bases: array<Base>;
@group(0) @binding(9) var<storage, read> owners: array<u32>;
@group(0) @binding(10) var<storage, read> names: array<u32>;

// From the end on, where waves are large, so that most accesses of a hot key have nothing to add.
@compute @workgroup_size(256)
fn carry(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= params.accesses {
        return;
    }
    let i = params.accesses - 1u - id.x;
    let transaction = owners[i] & TRANSACTION;
    if transaction > atomicLoad(&control.first_stale) {
        return;
    }
    let key = names[i];
    let next = wave[transaction] + 1u;
    if atomicLoad(&bases[key].access) < next {
        atomicMax(&bases[key].access, next);
    }
    if writes(owners[i]) && atomicLoad(&bases[key].writer) < next {
        atomicMax(&bases[key].writer, next);
    }
}
