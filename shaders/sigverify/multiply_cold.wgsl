// The verdict on signatures by keys without tables: whether (u s) B - v A - u R is the identity (shared/lattice.wgsl), or 8 times that
// under zip215, whose u and v have the 8 in them. They have 33 signed digits or a few more, taken three at a time, over eight multiples
// of their points.

// Per entry and group, as halve.wgsl leaves them.
@group(0) @binding(2) var<storage, read> digits: array<vec2<u32>>;
// Per entry, as halve.wgsl leaves it.
@group(0) @binding(3) var<storage, read> half_flags: array<u32>;
@group(0) @binding(5) var<storage, read> windows: array<Packed>;
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

// A hexadecimal digit, from -8 to 7, of u (point 0) or v (point 1).
fn hex_digit(group: vec2<u32>, point: u32, at: u32) -> i32 {
    return i32((group.x >> (16u * point + 4u * at)) & 15u) - 8;
}

fn items() -> u32 {
    return params.count;
}

fn work(item: u32) {
    make_tables(item);
    let flags = half_flags[item];
    let groups = group_count(flags >> 2u);
    var sum = completed_identity();
    var at = groups;
    loop {
        at--;
        let group = digits[item * MOST_GROUPS + at];
        var i = 3u;
        loop {
            i--;
            // What is doubled first is the identity.
            sum = double_times(sum, select(4u, 1u, i == 2u && at == groups - 1u));
            var point = 0u;
            loop {
                let value = hex_digit(group, point, i);
                let digit = select(value, -value, point == 0u && (flags & 2u) != 0u);
                let entry = table_entry(item, point, digit);
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
        var table = 0u;
        loop {
            sum = point_add_affine(sum, base_entry(table, i32((group.y >> (16u * table)) & 0xfffu) - 2048));
            table++;
            if table == WINDOW_TABLES {
                break;
            }
        }
        if at == 0u {
            break;
        }
    }
    let e = completed_extended(sum);
    let none = Words(vec4<u32>(0u), vec4<u32>(0u));
    let identity = words_equal(fe_pack(e.x), none) && words_equal(fe_pack(fe_sub(e.y, e.z)), none);
    let good = identity && (flags & 1u) == 1u && usable(point_flags[item * 2u], point_flags[item * 2u + 1u]);
    verdicts[item] = select(0u, 1u, good);
}
