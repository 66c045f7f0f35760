// Medium accounts: one workgroup walks an account tile by tile, so that each tile meets the final sum of those before.

// Local passes until a tile is stable: 1 or 2 nearly always; an account that needs more comes again next round.
const PASSES = 8u;

fn walk_tiles(account: u32, lane: u32) {
    let range = broadcast(vec2<u32>(accounts[account].start, accounts[account].end), lane);
    var entry = balances[account];
    var nonce = 0u;
    var stable = true;
    let passes = select(PASSES, 1u, FINISH);
    for (var first = range.x; first < range.y; first += TILE) {
        let calm = evaluate_tile(account, first, range.y, entry, nonce, passes, STALE_TILE, lane);
        stable = calm && stable;
        entry = amount_add(entry, segment[16]);
        nonce += segment_nonce[16];
        workgroupBarrier();
    }
    if lane == 0u {
        if FINISH {
            balances[account] = entry;
            status[params.nonces_at + account] = nonce;
        } else if !stable {
            list_account(account);
        }
    }
}

@compute @workgroup_size(LANES)
fn medium_round(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    begin_changes(lane);
    walk_tiles(lists[params.medium_at + (control.round & 1u) * params.medium_room + group.x], lane);
    add_changes(lane);
}

@compute @workgroup_size(LANES)
fn medium_finish(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    walk_tiles(lists[params.mediums_at + group.x], lane);
}
