// Builds known keys' tables, first step: -A times 2^(4 DIGITS t) for every table t, eight vec4s each (x, y, z, t).

@group(0) @binding(2) var<storage, read> points: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read_write> multiples: array<vec4<u32>>;

fn store(at: u32, f: Fe) {
    let words = fe_pack(f);
    multiples[at] = words.lo;
    multiples[at + 1u] = words.hi;
}

@compute @workgroup_size(64)
fn key_positions(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= params.count {
        return;
    }
    let x = fe_unpack(points[id.x * 4u], points[id.x * 4u + 1u]);
    let y = fe_unpack(points[id.x * 4u + 2u], points[id.x * 4u + 3u]);
    var p = completed_affine(x, y);
    var position = 0u;
    loop {
        let e = completed_extended(p);
        let at = (id.x * POSITIONS + position) * 64u;
        store(at, e.x);
        store(at + 2u, e.y);
        store(at + 4u, e.z);
        store(at + 6u, e.t);
        var j = 0u;
        loop {
            p = point_double(p);
            j++;
            if j == 4u * DIGITS {
                break;
            }
        }
        position++;
        if position == POSITIONS {
            break;
        }
    }
}
