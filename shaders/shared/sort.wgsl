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
// Four to a load. What lies behind the last key is not counted.
@group(0) @binding(1) var<storage, read> keys_in: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> refs_in: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read_write> keys_out: array<u32>;
@group(0) @binding(4) var<storage, read_write> refs_out: array<u32>;
// Digit-major: counts[digit * tiles + tile].
@group(0) @binding(5) var<storage, read_write> counts: array<u32>;
// The same, as the scan reads them; the buffer is as long as whole steps of it.
@group(0) @binding(5) var<storage, read_write> quads: array<vec4<u32>>;

const LANES = 256u;
const ITEMS = 16u;
const TILE = LANES * ITEMS;
const DIGITS = 16u;
const ROWS = 8u;

var<workgroup> columns: array<u32, 2048>;
var<workgroup> segments: array<u32, 256>;
var<workgroup> bases: array<u32, 16>;

fn digit_of(key: u32) -> u32 {
    return (key >> job.shift) & (DIGITS - 1u);
}

fn column_of(digit: u32, lane: u32) -> u32 {
    return (digit >> 1u) * LANES + lane;
}

fn half(word: u32, digit: u32) -> u32 {
    return (word >> ((digit & 1u) * 16u)) & 0xffffu;
}

// What an invocation sorts is loaded before the first is looked at, so that a card waits for memory once.
struct Sixteen {
    a: vec4<u32>,
    b: vec4<u32>,
    c: vec4<u32>,
    d: vec4<u32>,
}

fn load_keys(start: u32) -> Sixteen {
    let last = (job.count - 1u) >> 2u;
    let at = start >> 2u;
    return Sixteen(
        keys_in[min(at, last)], keys_in[min(at + 1u, last)], keys_in[min(at + 2u, last)], keys_in[min(at + 3u, last)],
    );
}

fn load_refs(start: u32) -> Sixteen {
    if job.first == 1u {
        let four = vec4<u32>(start, start + 1u, start + 2u, start + 3u);
        return Sixteen(four, four + 4u, four + 8u, four + 12u);
    }
    let last = (job.count - 1u) >> 2u;
    let at = start >> 2u;
    return Sixteen(
        refs_in[min(at, last)], refs_in[min(at + 1u, last)], refs_in[min(at + 2u, last)], refs_in[min(at + 3u, last)],
    );
}

fn count_key(key: u32, at: u32, lane: u32) {
    if at < job.count {
        let digit = digit_of(key);
        columns[column_of(digit, lane)] += 1u << ((digit & 1u) * 16u);
    }
}

fn count_four(keys: vec4<u32>, at: u32, lane: u32) {
    count_key(keys.x, at, lane);
    count_key(keys.y, at + 1u, lane);
    count_key(keys.z, at + 2u, lane);
    count_key(keys.w, at + 3u, lane);
}

fn count_tile(keys: Sixteen, start: u32, lane: u32) {
    for (var row = 0u; row < ROWS; row++) {
        columns[row * LANES + lane] = 0u;
    }
    count_four(keys.a, start, lane);
    count_four(keys.b, start + 4u, lane);
    count_four(keys.c, start + 8u, lane);
    count_four(keys.d, start + 12u, lane);
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
    let start = group.x * TILE + lane * ITEMS;
    count_tile(load_keys(start), start, lane);
    scan_segments(lane);
    if lane < DIGITS {
        var sum = 0u;
        for (var k = 0u; k < 16u; k++) {
            sum += segments[(lane >> 1u) * 16u + k];
        }
        counts[lane * job.tiles + group.x] = half(sum, lane);
    }
}

fn sum_of(four: vec4<u32>) -> u32 {
    return four.x + four.y + four.z + four.w;
}

// The exclusive prefix of four counts that `before` comes before.
fn prefix_of(four: vec4<u32>, before: u32) -> vec4<u32> {
    let x = before + four.x;
    let y = x + four.y;
    return vec4<u32>(before, x, y, y + four.z);
}

// One workgroup turns the counts of all digits and tiles into their exclusive prefix, 4,096 at a time.
@compute @workgroup_size(256)
fn sort_scan(@builtin(local_invocation_index) lane: u32) {
    let total = job.tiles * DIGITS;
    var carried = 0u;
    for (var first = 0u; first < total; first += TILE) {
        let at = (first + lane * ITEMS) >> 2u;
        let four = Sixteen(quads[at], quads[at + 1u], quads[at + 2u], quads[at + 3u]);
        segments[lane] = sum_of(four.a) + sum_of(four.b) + sum_of(four.c) + sum_of(four.d);
        workgroupBarrier();
        if lane < 16u {
            var sum = 0u;
            for (var k = lane * 16u; k < lane * 16u + 16u; k++) {
                let value = segments[k];
                segments[k] = sum;
                sum += value;
            }
            bases[lane] = sum;
        }
        workgroupBarrier();
        var before = carried + segments[lane];
        for (var k = 0u; k < 16u; k++) {
            before += select(0u, bases[k], k < (lane >> 4u));
            carried += bases[k];
        }
        quads[at] = prefix_of(four.a, before);
        before += sum_of(four.a);
        quads[at + 1u] = prefix_of(four.b, before);
        before += sum_of(four.b);
        quads[at + 2u] = prefix_of(four.c, before);
        before += sum_of(four.c);
        quads[at + 3u] = prefix_of(four.d, before);
        workgroupBarrier();
    }
}

fn scatter_pair(key: u32, ref_in: u32, at: u32, lane: u32) {
    if at < job.count {
        let digit = digit_of(key);
        let column = column_of(digit, lane);
        let word = columns[column];
        columns[column] = word + (1u << ((digit & 1u) * 16u));
        let to = bases[digit] + half(word + segments[(digit >> 1u) * 16u + (lane >> 4u)], digit);
        keys_out[to] = key;
        refs_out[to] = ref_in;
    }
}

fn scatter_four(keys: vec4<u32>, refs: vec4<u32>, at: u32, lane: u32) {
    scatter_pair(keys.x, refs.x, at, lane);
    scatter_pair(keys.y, refs.y, at + 1u, lane);
    scatter_pair(keys.z, refs.z, at + 2u, lane);
    scatter_pair(keys.w, refs.w, at + 3u, lane);
}

@compute @workgroup_size(256)
fn sort_scatter(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let start = group.x * TILE + lane * ITEMS;
    let keys = load_keys(start);
    let refs = load_refs(start);
    if lane < DIGITS {
        bases[lane] = counts[lane * job.tiles + group.x];
    }
    count_tile(keys, start, lane);
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
    scatter_four(keys.a, refs.a, start, lane);
    scatter_four(keys.b, refs.b, start + 4u, lane);
    scatter_four(keys.c, refs.c, start + 8u, lane);
    scatter_four(keys.d, refs.d, start + 12u, lane);
}
