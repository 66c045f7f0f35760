// Short keys: one invocation goes through a key's accesses in order.

@compute @workgroup_size(64)
fn short_round(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= control.short_active {
        return;
    }
    let key = lists[params.short_at + (control.round & 1u) * params.short_room + id.x];
    let end = keys[key].end;
    var state = bases[key];
    for (var i = keys[key].start; i < end; i++) {
        let access = accesses[i];
        let transaction = access.x & TRANSACTION;
        let wanted = demand(access.x, state);
        var own = atomicLoad(&wave[transaction]);
        if wanted > own {
            own = max(wanted, atomicMax(&wave[transaction], wanted));
        }
        note(access.y, own);
        state = after(access.x, state, own);
    }
}
