// Short accounts: one invocation walks an account's legs in order.

fn walk(account: u32) {
    let end = accounts[account].end;
    var met = balances[account];
    var nonce = 0u;
    for (var i = accounts[account].start; i < end; i++) {
        let leg = legs[i];
        let amount = amounts[i];
        var on = applied(leg);
        if has(leg, GUARDED) {
            on = judge(account, leg, amount, met, nonce, on, FRESH);
        }
        if on {
            met = after(met, leg, amount);
            nonce += u32(has(leg, NONCE));
        }
    }
    if FINISH {
        balances[account] = met;
        status[params.nonces_at + account] = nonce;
    }
}

@compute @workgroup_size(64)
fn short_round(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x < control.short_active {
        walk(lists[params.short_at + (control.round & 1u) * params.short_room + id.x]);
        if changes > 0u {
            atomicAdd(&control.changed, changes);
        }
    }
}

@compute @workgroup_size(64)
fn short_finish(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x < params.accounts && accounts[id.x].end - accounts[id.x].start <= SHORT_LEGS {
        walk(id.x);
    }
}
