// The first guess for medium and long accounts: one workgroup per account.

var<workgroup> offsets: array<u32, TILE>;
var<workgroup> guards_end: atomic<u32>;
var<workgroup> unclean: atomic<u32>;
var<workgroup> shared_unclean: u32;
var<workgroup> reach_parts: array<Amount, LANES>;
var<workgroup> next_nonce: u32;

const NEVER = 0xffffffffu;

// What the account could reach at most: reach_parts[0]; and its last guard.
fn bound_account(account: u32, range: vec2<u32>, lane: u32) {
    if lane == 0u {
        atomicStore(&guards_end, 0u);
    }
    workgroupBarrier();
    var reach = Amount();
    var last_guard = 0u;
    for (var i = range.x + lane; i < range.y; i += LANES) {
        let leg = legs[i];
        if has(leg, GUARDED) {
            last_guard = 1u + (leg.x & TRANSACTION);
        }
        if !has(leg, NEGATIVE) {
            reach = amount_add_saturating(reach, amounts[i]);
        }
    }
    atomicMax(&guards_end, last_guard);
    reach_parts[lane] = reach;
    workgroupBarrier();
    if lane < 16u {
        var sum = Amount();
        for (var k = lane * SPAN; k < lane * SPAN + SPAN; k++) {
            sum = amount_add_saturating(sum, reach_parts[k]);
        }
        segment[lane] = sum;
    }
    workgroupBarrier();
    if lane == 0u {
        var sum = balances[account];
        for (var k = 0u; k < 16u; k++) {
            sum = amount_add_saturating(sum, segment[k]);
        }
        reach_parts[0] = sum;
        accounts[account].last_guard = atomicLoad(&guards_end);
    }
    workgroupBarrier();
}

// The nonce offset of a debit that may succeed, else NEVER.
fn candidate(i: u32, end: u32, reach: Amount) -> u32 {
    if i >= end || !has(legs[i], GUARDED) || has(legs[i], DEAD) || !amount_ge(reach, amounts[i]) {
        return NEVER;
    }
    return legs[i].y;
}

// One step of the automaton: the next nonce, if the candidate at `k` has the expected one.
fn accept(k: u32, nonce: u32) -> u32 {
    if offsets[k] == nonce {
        return nonce + 1u;
    }
    offsets[k] = NEVER;
    return nonce;
}

// The automaton over one tile: where every candidate has the next nonce all succeed, else one invocation goes through
// them in order. next_nonce is carried from tile to tile. The walker changes from tile to tile and takes eight steps an
// iteration, because Mesa's software device ends every loop of an invocation after 65,535 iterations in all.
fn guess_tile(first: u32, end: u32, reach: Amount, walker: u32, lane: u32) {
    let start = lane * ITEMS;
    var count = 0u;
    for (var k = 0u; k < ITEMS; k++) {
        let offset = candidate(first + start + k, end, reach);
        offsets[start + k] = offset;
        count += u32(offset != NEVER);
    }
    part[lane] = Amount();
    part_nonce[lane] = count;
    if lane == 0u {
        atomicStore(&unclean, 0u);
    }
    scan_parts(lane);
    var expected = next_nonce + segment_nonce[lane / SPAN] + part_nonce[lane];
    for (var k = 0u; k < ITEMS; k++) {
        let offset = offsets[start + k];
        if offset != NEVER {
            if offset != expected {
                atomicStore(&unclean, 1u);
            }
            expected++;
        }
    }
    workgroupBarrier();
    if lane == 0u {
        shared_unclean = atomicLoad(&unclean);
    }
    if workgroupUniformLoad(&shared_unclean) == 0u {
        if lane == 0u {
            next_nonce += segment_nonce[16];
        }
    } else if lane == walker {
        var nonce = next_nonce;
        for (var k = 0u; k < TILE; k += 8u) {
            nonce = accept(k, nonce);
            nonce = accept(k + 1u, nonce);
            nonce = accept(k + 2u, nonce);
            nonce = accept(k + 3u, nonce);
            nonce = accept(k + 4u, nonce);
            nonce = accept(k + 5u, nonce);
            nonce = accept(k + 6u, nonce);
            nonce = accept(k + 7u, nonce);
        }
        next_nonce = nonce;
    }
    workgroupBarrier();
    for (var k = 0u; k < ITEMS; k++) {
        if offsets[start + k] != NEVER {
            status[legs[first + start + k].x & TRANSACTION] = 1u;
        }
    }
    workgroupBarrier();
}

fn guess_account(account: u32, lane: u32) {
    let range = broadcast(vec2<u32>(accounts[account].start, accounts[account].end), lane);
    bound_account(account, range, lane);
    let reach = reach_parts[0];
    if TRANSFERS {
        if lane == 0u {
            next_nonce = 0u;
        }
        workgroupBarrier();
        var walker = 0u;
        for (var first = range.x; first < range.y; first += TILE) {
            guess_tile(first, range.y, reach, walker, lane);
            walker = (walker + 16u) % LANES;
        }
    }
    if lane == 0u && accounts[account].last_guard > 0u {
        list_account(account);
    }
}

@compute @workgroup_size(LANES)
fn guess_medium(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    guess_account(lists[params.mediums_at + group.x], lane);
}

@compute @workgroup_size(LANES)
fn guess_long(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let account = lists[params.longs_at + LONG_WORDS * group.x];
    let first = lists[params.longs_at + LONG_WORDS * group.x + 1u];
    let start = accounts[account].start;
    let end = accounts[account].end;
    let tiles = (end - start + TILE - 1u) / TILE;
    for (var tile = lane; tile < tiles; tile += LANES) {
        let at = params.tiles_at + (first + tile) * TILE_WORDS;
        lists[at] = group.x;
        lists[at + 1u] = start + tile * TILE;
        lists[at + 2u] = min(start + (tile + 1u) * TILE, end);
    }
    guess_account(account, lane);
}
