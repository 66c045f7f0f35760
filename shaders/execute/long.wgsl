// Long accounts: a device-wide scan. Tiles are summed in parallel, their sums are turned into what each tile meets, and
// all tiles are evaluated in parallel. In lists[] a long account is three words (account, first tile, whether it is
// active in this round) and a tile eight (long account, start, end, nonces, amount).

const PASSES = 2u;

fn tile_at(tile: u32) -> u32 {
    return params.tiles_at + tile * TILE_WORDS;
}

fn long_at(index: u32) -> u32 {
    return params.longs_at + index * LONG_WORDS;
}

fn is_active(index: u32) -> bool {
    return FINISH || lists[long_at(index) + 2u] == 1u;
}

// The same of a tile's account, for control flow with barriers.
fn is_tile_active(at: u32, lane: u32) -> bool {
    return broadcast(vec2<u32>(u32(is_active(lists[at])), 0u), lane).x == 1u;
}

// Stamps may be set for the next round while this one runs, so what is active now is written down first.
@compute @workgroup_size(64)
fn long_begin(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x < atomicLoad(&control.longs) {
        let account = lists[long_at(id.x)];
        lists[long_at(id.x) + 2u] = u32(atomicLoad(&accounts[account].stamp) == control.round);
    }
}

fn load_amount(at: u32) -> Amount {
    return amount_from_words(vec4<u32>(lists[at], lists[at + 1u], lists[at + 2u], lists[at + 3u]));
}

fn store_amount(at: u32, amount: Amount) {
    let words = amount_words(amount);
    lists[at] = words.x;
    lists[at + 1u] = words.y;
    lists[at + 2u] = words.z;
    lists[at + 3u] = words.w;
}

@compute @workgroup_size(LANES)
fn long_sum(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let at = tile_at(group.x);
    if !is_tile_active(at, lane) {
        return;
    }
    let start = lists[at + 1u] + lane * ITEMS;
    let end = lists[at + 2u];
    sum_applied(start, end, load_applied(start, end), lane);
    if lane == 0u {
        lists[at + 3u] = segment_nonce[16];
        store_amount(at + 4u, segment[16]);
    }
}

// One invocation per long account: an account of a million legs has a thousand tiles.
@compute @workgroup_size(64)
fn long_scan(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= atomicLoad(&control.longs) {
        return;
    }
    if !is_active(id.x) {
        return;
    }
    let account = lists[long_at(id.x)];
    let first = lists[long_at(id.x) + 1u];
    let tiles = (accounts[account].end - accounts[account].start + TILE - 1u) / TILE;
    var met = balances[account];
    var nonce = 0u;
    for (var tile = first; tile < first + tiles; tile++) {
        let at = tile_at(tile);
        let sum = load_amount(at + 4u);
        let nonces = lists[at + 3u];
        store_amount(at + 4u, met);
        lists[at + 3u] = nonce;
        met = amount_add(met, sum);
        nonce += nonces;
    }
    if FINISH {
        balances[account] = met;
        status[params.nonces_at + account] = nonce;
    }
}

@compute @workgroup_size(LANES)
fn long_round(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let at = tile_at(group.x);
    if !is_tile_active(at, lane) {
        return;
    }
    let account = lists[long_at(lists[at])];
    let entry = load_amount(at + 4u);
    let passes = select(PASSES, 1u, FINISH);
    begin_changes(lane);
    _ = evaluate_tile(account, lists[at + 1u], lists[at + 2u], entry, lists[at + 3u], passes, STALE_ACCOUNT, lane);
    add_changes(lane);
}
