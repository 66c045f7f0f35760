// The verdict on signatures by keys without tables: whether (u s) B - v A - u R is the identity (shared/lattice.wgsl), or 8 times that
// under zip215. v and u have 33 signed digits or a few more; both go over eight multiples of their point.

// Words of an entry in `scalars`: v, u s and u.
const SCALAR_WORDS = 24u;

@group(0) @binding(2) var<storage, read> scalars: array<u32>;
// Per entry, as halve.wgsl leaves it.
@group(0) @binding(3) var<storage, read> half_flags: array<u32>;
@group(0) @binding(5) var<storage, read> comb: array<Packed>;
// Per entry: R's and A's (decode.wgsl).
@group(0) @binding(6) var<storage, read> point_flags: array<u32>;
// Per entry: 1 valid, 0 not.
@group(0) @binding(7) var<storage, read_write> verdicts: array<u32>;

// A table entry, as point_add_projective takes it.
struct Projective {
    multiple: Niels,
    z: Fe,
}

// What strict asks of R, which must be an encoding that is given to no other point, and of A; zip215 takes every point.
fn usable(r: u32, a: u32) -> bool {
    if params.policy == 0u {
        return (r & 7u) == 5u && (a & 3u) == 1u;
    }
    return (r & a & 1u) == 1u;
}

@compute @workgroup_size(64)
fn multiply_cold(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= params.count {
        return;
    }
    make_tables(id.x);
    let flags = half_flags[id.x];
    // zip215: a round at the end with three doublings and nothing to add.
    let after = params.policy;
    let first = clamp(flags >> 2u, 1u, 64u) + after - 1u;
    var sum = completed_identity();
    // The words of u and v that have the digits at hand.
    var words = vec2<u32>(0u);
    var i = first + 1u;
    loop {
        i--;
        let at_digit = max(i, after) - after;
        sum = double_times(sum, select(select(4u, 3u, i < after), 1u, i == first));
        var point = 0u;
        loop {
            if i == first || at_digit % 8u == 7u {
                let word = scalars[id.x * SCALAR_WORDS + 16u * (1u - point) + at_digit / 8u];
                words = select(vec2<u32>(words.x, word), vec2<u32>(word, words.y), point == 0u);
            }
            let value = hex_digit(select(words.x, words.y, point == 1u), at_digit);
            let digit = select(select(value, -value, point == 0u && (flags & 2u) != 0u), 0, i < after);
            let entry = table_entry(id.x, point, digit);
            sum = point_add_projective(sum, entry.multiple, entry.z);
            point++;
            if point == 2u {
                break;
            }
        }
        if i == 0u {
            break;
        }
    }
    let e = completed_extended(add_base(sum, id.x));
    let none = Words(vec4<u32>(0u), vec4<u32>(0u));
    let identity = words_equal(fe_pack(e.x), none) && words_equal(fe_pack(fe_sub(e.y, e.z)), none);
    let good = identity && (flags & 1u) == 1u && usable(point_flags[id.x * 2u], point_flags[id.x * 2u + 1u]);
    verdicts[id.x] = select(0u, 1u, good);
}
