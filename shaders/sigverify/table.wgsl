// For the points of a cold signature, P = -R or -A: P, 2P ... 8P in projective form, eight vec4s each (y + x, y - x, 2 d x y / z, z).

@group(0) @binding(2) var<storage, read> points: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read_write> tables: array<vec4<u32>>;

fn store(at: u32, f: Fe) {
    let words = fe_pack(f);
    tables[at] = words.lo;
    tables[at + 1u] = words.hi;
}

@compute @workgroup_size(64)
fn table(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= params.count * params.points {
        return;
    }
    let x = fe_unpack(points[id.x * 4u], points[id.x * 4u + 1u]);
    let y = fe_unpack(points[id.x * 4u + 2u], points[id.x * 4u + 3u]);
    let base = Niels(fe_add(y, x), fe_sub(y, x), fe_mul(fe_mul(x, y), constant_fe(D_TWICE)));
    var multiple = completed_affine(x, y);
    var j = 0u;
    loop {
        let e = completed_extended(multiple);
        let at = (id.x * 8u + j) * 8u;
        store(at, fe_add(e.y, e.x));
        store(at + 2u, fe_sub(e.y, e.x));
        store(at + 4u, fe_mul(e.t, constant_fe(D_TWICE)));
        store(at + 6u, e.z);
        j++;
        if j == 8u {
            break;
        }
        multiple = point_add_affine(multiple, base);
    }
}
