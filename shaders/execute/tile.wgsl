// A tile: 1,024 consecutive legs of one account, some to an invocation, evaluated by a workgroup.

// Lanes whose parts one invocation adds up.
const SPAN = LANES / 16u;

var<workgroup> part: array<Amount, LANES>;
var<workgroup> part_nonce: array<u32, LANES>;
var<workgroup> segment: array<Amount, 17>;
var<workgroup> segment_nonce: array<u32, 17>;
var<workgroup> unstable: atomic<u32>;
var<workgroup> shared_unstable: u32;
var<workgroup> group_changes: atomic<u32>;

// Exclusive prefix over the workgroup's parts: afterwards the sum before a lane is segment[lane / SPAN] + part[lane], and
// segment[16] is the total. Three barriers: on software adapters barriers cost more than additions.
fn scan_parts(lane: u32) {
    workgroupBarrier();
    if lane < 16u {
        var sum = Amount();
        var nonces = 0u;
        for (var k = lane * SPAN; k < lane * SPAN + SPAN; k++) {
            let value = part[k];
            let value_nonce = part_nonce[k];
            part[k] = sum;
            part_nonce[k] = nonces;
            sum = amount_add(sum, value);
            nonces += value_nonce;
        }
        segment[lane] = sum;
        segment_nonce[lane] = nonces;
    }
    workgroupBarrier();
    if lane == 0u {
        var sum = Amount();
        var nonces = 0u;
        for (var k = 0u; k < 16u; k++) {
            let value = segment[k];
            let value_nonce = segment_nonce[k];
            segment[k] = sum;
            segment_nonce[k] = nonces;
            sum = amount_add(sum, value);
            nonces += value_nonce;
        }
        segment[16] = sum;
        segment_nonce[16] = nonces;
    }
    workgroupBarrier();
}

// Bits of the lane's legs whose transactions are applied.
fn load_applied(start: u32, end: u32) -> u32 {
    var on = 0u;
    for (var k = 0u; k < ITEMS; k++) {
        if start + k < end && applied(legs[start + k]) {
            on |= 1u << k;
        }
    }
    return on;
}

// Sums the lane's applied legs into part[] and scans.
fn sum_applied(start: u32, end: u32, on: u32, lane: u32) {
    var sum = Amount();
    var nonces = 0u;
    for (var k = 0u; k < ITEMS; k++) {
        if start + k < end && (on & (1u << k)) != 0u {
            sum = after(sum, legs[start + k], amounts[start + k]);
            nonces += u32(has(legs[start + k], NONCE));
        }
    }
    part[lane] = sum;
    part_nonce[lane] = nonces;
    scan_parts(lane);
}

// Before a tile: the barriers of its first scan come before anything is added.
fn begin_changes(lane: u32) {
    if lane == 0u {
        atomicStore(&group_changes, 0u);
    }
}

// Adds what the invocations of the workgroup have changed.
fn add_changes(lane: u32) {
    if changes > 0u {
        atomicAdd(&group_changes, changes);
    }
    workgroupBarrier();
    if lane == 0u {
        let sum = atomicLoad(&group_changes);
        if sum > 0u {
            atomicAdd(&control.changed, sum);
        }
    }
}

// Evaluates the legs first .. end of `account`, which meet `entry` and `entry_nonce`, at most `passes` times or until
// nothing in the tile changes. Returns whether it became stable; segment[16] holds the tile's sum.
fn evaluate_tile(
    account: u32, first: u32, end: u32, entry: Amount, entry_nonce: u32, passes: u32, reading: u32, lane: u32,
) -> bool {
    let start = first + lane * ITEMS;
    var on = load_applied(start, end);
    for (var turn = 0u; turn < passes; turn++) {
        if lane == 0u {
            atomicStore(&unstable, 0u);
        }
        sum_applied(start, end, on, lane);
        var met = amount_add(entry, amount_add(segment[lane / SPAN], part[lane]));
        var nonce = entry_nonce + segment_nonce[lane / SPAN] + part_nonce[lane];
        let before = on;
        for (var k = 0u; k < ITEMS; k++) {
            let i = start + k;
            if i >= end {
                break;
            }
            let leg = legs[i];
            let amount = amounts[i];
            var applies = (on & (1u << k)) != 0u;
            if has(leg, GUARDED) {
                applies = judge(account, leg, amount, met, nonce, applies, reading);
            }
            if applies {
                met = after(met, leg, amount);
                nonce += u32(has(leg, NONCE));
                on |= 1u << k;
            } else {
                on &= ~(1u << k);
            }
        }
        if on != before {
            atomicStore(&unstable, 1u);
        }
        workgroupBarrier();
        if lane == 0u {
            shared_unstable = atomicLoad(&unstable);
        }
        if workgroupUniformLoad(&shared_unstable) == 0u {
            return true;
        }
    }
    return false;
}
