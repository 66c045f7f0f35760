// The first guess for accounts that one invocation walks; longer ones are only listed here (guess_wide.wgsl).

@compute @workgroup_size(64)
fn guess_short(@builtin(global_invocation_id) id: vec3<u32>) {
    let account = id.x;
    if account >= params.accounts {
        return;
    }
    let start = accounts[account].start;
    let end = accounts[account].end;
    let count = end - start;
    if count > MEDIUM_LEGS {
        let at = atomicAdd(&control.longs, 1u);
        lists[params.longs_at + LONG_WORDS * at] = account;
        lists[params.longs_at + LONG_WORDS * at + 1u] = atomicAdd(&control.tiles, (count + TILE - 1u) / TILE);
        return;
    }
    if count > SHORT_LEGS {
        lists[params.mediums_at + atomicAdd(&control.mediums, 1u)] = account;
        return;
    }
    var reach = balances[account];
    var last_guard = 0u;
    for (var i = start; i < end; i++) {
        let leg = legs[i];
        if has(leg, GUARDED) {
            last_guard = 1u + (leg.x & TRANSACTION);
        }
        if !has(leg, NEGATIVE) {
            reach = amount_add_saturating(reach, amounts[i]);
        }
    }
    accounts[account].last_guard = last_guard;
    if last_guard == 0u {
        return;
    }
    if TRANSFERS {
        // The exact automaton of nonces, among the debits that the account could ever afford.
        var nonce = 0u;
        for (var i = start; i < end; i++) {
            let leg = legs[i];
            if has(leg, GUARDED) && !has(leg, DEAD) && leg.y == nonce && amount_ge(reach, amounts[i]) {
                status[leg.x & TRANSACTION] = 1u;
                nonce++;
            }
        }
    }
    list_account(account);
}
