// Builds known keys' combs, first step, one invocation a key: the teeth, -A times 2^(SPACING t), and twice each.

// Per key: x and y of -A.
@group(0) @binding(2) var<storage, read> points: array<vec4<u32>>;
// Per tooth: itself and its double, eight vec4s each (x, y, z, 2 d t).
@group(0) @binding(3) var<storage, read_write> key_teeth_points: array<vec4<u32>>;

fn store(at: u32, f: Fe) {
    let words = fe_pack(f);
    key_teeth_points[at] = words.lo;
    key_teeth_points[at + 1u] = words.hi;
}

fn items() -> u32 {
    return params.count;
}

fn work(item: u32) {
    let x = fe_unpack(points[item * 4u], points[item * 4u + 1u]);
    let y = fe_unpack(points[item * 4u + 2u], points[item * 4u + 3u]);
    var p = completed_affine(x, y);
    // Twice the number of the tooth, plus 1 for its double.
    var i = 0u;
    loop {
        let e = completed_extended(p);
        let at = (item * KEY_COMBS * KEY_TEETH * 2u + i) * 8u;
        store(at, e.x);
        store(at + 2u, e.y);
        store(at + 4u, e.z);
        store(at + 6u, fe_mul(e.t, constant_fe(D_TWICE)));
        i++;
        p = double_times(p, select(1u, SPACING - 1u, i % 2u == 0u && i < KEY_COMBS * KEY_TEETH * 2u));
        if i == KEY_COMBS * KEY_TEETH * 2u {
            break;
        }
    }
}
