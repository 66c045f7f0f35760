// Second step, one invocation a comb: its entries in the order of a Gray code, so that one tooth at a time changes its sign. x, y, z in
// six of eight vec4s.

@group(0) @binding(2) var<storage, read> key_teeth_points: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read_write> entries: array<vec4<u32>>;

fn load(at: u32) -> Fe {
    return fe_unpack(key_teeth_points[at], key_teeth_points[at + 1u]);
}

fn store(at: u32, f: Fe) {
    let words = fe_pack(f);
    entries[at] = words.lo;
    entries[at + 1u] = words.hi;
}

fn items() -> u32 {
    return params.count * KEY_COMBS;
}

fn work(item: u32) {
    let teeth = item * KEY_TEETH * 16u;
    let last = teeth + (KEY_TEETH - 1u) * 16u;
    let z = load(last + 4u);
    // (x : z), (y : z) is the same point in completed form.
    var p = Completed(load(last), load(last + 2u), z, z);
    // First all other teeth are taken away, then doubles of teeth go to and fro.
    const FIRST = KEY_TEETH - 1u;
    var step = 0u;
    loop {
        let turn = max(step + 1u, FIRST) - FIRST;
        let gray = turn ^ (turn >> 1u);
        let tooth = select(firstTrailingBit(turn), step, step < FIRST);
        let positive = step >= FIRST && ((gray >> tooth) & 1u) == 1u;
        let at = teeth + tooth * 16u + select(8u, 0u, step < FIRST);
        let x = load(at);
        let y = load(at + 2u);
        let plus = fe_add(y, x);
        let minus = fe_sub(y, x);
        let t2d = load(at + 6u);
        let change = Niels(
            fe_select(minus, plus, positive),
            fe_select(plus, minus, positive),
            fe_select(fe_sub(fe_zero(), t2d), t2d, positive),
        );
        p = point_add_projective(p, change, load(at + 4u));
        let to = (item * COMB_ENTRIES + gray) * 8u;
        store(to, fe_mul(p.t, p.x));
        store(to + 2u, fe_mul(p.y, p.z));
        store(to + 4u, fe_mul(p.t, p.z));
        step++;
        if step == FIRST + COMB_ENTRIES - 1u {
            break;
        }
    }
}
