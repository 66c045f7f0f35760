// Second step, one invocation a table: 2 to 8 times the point that stands in its first entry. x, y, z in six of eight vec4s.

@group(0) @binding(2) var<storage, read_write> multiples: array<vec4<u32>>;

fn load(at: u32) -> Fe {
    return fe_unpack(multiples[at], multiples[at + 1u]);
}

fn store(at: u32, f: Fe) {
    let words = fe_pack(f);
    multiples[at] = words.lo;
    multiples[at + 1u] = words.hi;
}

@compute @workgroup_size(64)
fn key_multiples(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= params.count * POSITIONS {
        return;
    }
    let at = id.x * 64u;
    let x = load(at);
    let y = load(at + 2u);
    let z = load(at + 4u);
    let t = load(at + 6u);
    let base = Niels(fe_add(y, x), fe_sub(y, x), fe_mul(t, constant_fe(D_TWICE)));
    // (x : z), (y : z) is the same point in completed form.
    var p = Completed(x, y, z, z);
    var j = 1u;
    loop {
        p = point_add_projective(p, base, z);
        store(at + 8u * j, fe_mul(p.t, p.x));
        store(at + 8u * j + 2u, fe_mul(p.y, p.z));
        store(at + 8u * j + 4u, fe_mul(p.t, p.z));
        j++;
        if j == 8u {
            break;
        }
    }
}
