// Stable LSD radix sort of (key, ref) pairs by one digit of four bits: histogram, scan, scatter.
// Reduce-then-scan, because forward progress between workgroups is not guaranteed everywhere.
//
// A tile is 256 invocations of 16 consecutive pairs. Each invocation counts its own pairs in a column of its own, two
// digits of 16 bits to a word (a tile has 4,096 pairs, so no half overflows): no atomics, and order is kept.

struct Job {
    count: u32,
    shift: u32,
    tiles: u32,
    // 1 on the first pass: refs are the positions themselves and are not read.
    first: u32,
}

@group(0) @binding(0) var<uniform> job: Job;
@group(0) @binding(1) var<storage, read> keys_in: array<u32>;
@group(0) @binding(2) var<storage, read> refs_in: array<u32>;
@group(0) @binding(3) var<storage, read_write> keys_out: array<u32>;
@group(0) @binding(4) var<storage, read_write> refs_out: array<u32>;
// Digit-major: counts[digit * tiles + tile].
@group(0) @binding(5) var<storage, read_write> counts: array<u32>;

const LANES = 256u;
const ITEMS = 16u;
const TILE = LANES * ITEMS;
const DIGITS = 16u;
const ROWS = 8u;

var<workgroup> columns: array<u32, 2048>;
var<workgroup> segments: array<u32, 256>;

fn digit_of(key: u32) -> u32 {
    return (key >> job.shift) & (DIGITS - 1u);
}

fn column_of(digit: u32, lane: u32) -> u32 {
    return (digit >> 1u) * LANES + lane;
}

fn half(word: u32, digit: u32) -> u32 {
    return (word >> ((digit & 1u) * 16u)) & 0xffffu;
}

fn count_tile(tile: u32, lane: u32) {
    for (var row = 0u; row < ROWS; row++) {
        columns[row * LANES + lane] = 0u;
    }
    let start = tile * TILE + lane * ITEMS;
    let end = min(start + ITEMS, job.count);
    for (var i = start; i < end; i++) {
        let digit = digit_of(keys_in[i]);
        columns[column_of(digit, lane)] += 1u << ((digit & 1u) * 16u);
    }
    workgroupBarrier();
}

// Replaces each segment of 16 columns by its exclusive prefix; segments[] gets the totals.
fn scan_segments(lane: u32) {
    if lane < ROWS * 16u {
        let start = (lane >> 4u) * LANES + (lane & 15u) * 16u;
        var sum = 0u;
        for (var k = 0u; k < 16u; k++) {
            let value = columns[start + k];
            columns[start + k] = sum;
            sum += value;
        }
        segments[lane] = sum;
    }
    workgroupBarrier();
}

@compute @workgroup_size(256)
fn sort_histogram(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    count_tile(group.x, lane);
    scan_segments(lane);
    if lane < DIGITS {
        var sum = 0u;
        for (var k = 0u; k < 16u; k++) {
            sum += segments[(lane >> 1u) * 16u + k];
        }
        counts[lane * job.tiles + group.x] = half(sum, lane);
    }
}

// One workgroup turns the counts of all digits and tiles into their exclusive prefix.
@compute @workgroup_size(256)
fn sort_scan(@builtin(local_invocation_index) lane: u32) {
    let total = job.tiles * DIGITS;
    let share = (total + LANES - 1u) / LANES;
    let start = min(lane * share, total);
    let end = min(start + share, total);
    var sum = 0u;
    for (var i = start; i < end; i++) {
        sum += counts[i];
    }
    segments[lane] = sum;
    workgroupBarrier();
    if lane == 0u {
        var before = 0u;
        for (var k = 0u; k < LANES; k++) {
            let value = segments[k];
            segments[k] = before;
            before += value;
        }
    }
    workgroupBarrier();
    var before = segments[lane];
    for (var i = start; i < end; i++) {
        let value = counts[i];
        counts[i] = before;
        before += value;
    }
}

@compute @workgroup_size(256)
fn sort_scatter(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    count_tile(group.x, lane);
    scan_segments(lane);
    if lane < ROWS {
        var before = 0u;
        for (var k = 0u; k < 16u; k++) {
            let value = segments[lane * 16u + k];
            segments[lane * 16u + k] = before;
            before += value;
        }
    }
    workgroupBarrier();
    let start = group.x * TILE + lane * ITEMS;
    let end = min(start + ITEMS, job.count);
    for (var i = start; i < end; i++) {
        let key = keys_in[i];
        let digit = digit_of(key);
        let column = column_of(digit, lane);
        let word = columns[column];
        columns[column] = word + (1u << ((digit & 1u) * 16u));
        let rank = half(word + segments[(digit >> 1u) * 16u + (lane >> 4u)], digit);
        let to = counts[digit * job.tiles + group.x] + rank;
        keys_out[to] = key;
        if job.first == 1u {
            refs_out[to] = i;
        } else {
            refs_out[to] = refs_in[i];
        }
    }
}
