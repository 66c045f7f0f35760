// Last step, one invocation for SHARE entries of a key: one inversion for all of them (Montgomery's trick; no z is zero, the formulas
// are complete), then (y + x, y - x, 2 d x y) into the key's slot. The key's first one adds -A itself.

@group(0) @binding(2) var<storage, read_write> entries: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read> build_flags: array<u32>;
@group(0) @binding(4) var<storage, read> build_slots: array<u32>;
@group(0) @binding(5) var<storage, read_write> key_tables: array<vec4<u32>>;
@group(0) @binding(6) var<storage, read_write> key_flags: array<u32>;
// Per key: x and y of -A.
@group(0) @binding(7) var<storage, read> points: array<vec4<u32>>;

const SHARE = 32u;
const INVOCATIONS = KEY_COMBS * COMB_ENTRIES / SHARE;

fn load(at: u32) -> Fe {
    return fe_unpack(entries[at], entries[at + 1u]);
}

fn store(at: u32, f: Fe) {
    let words = fe_pack(f);
    key_tables[at] = words.lo;
    key_tables[at + 1u] = words.hi;
}

fn store_entry(entry: u32, x: Fe, y: Fe) {
    store(entry * 6u, fe_add(y, x));
    store(entry * 6u + 2u, fe_sub(y, x));
    store(entry * 6u + 4u, fe_mul(fe_mul(x, y), constant_fe(D_TWICE)));
}

fn items() -> u32 {
    return params.count * INVOCATIONS;
}

fn work(item: u32) {
    let key = item / INVOCATIONS;
    let first = item * SHARE;
    var product = fe_one();
    for (var j = 0u; j < SHARE; j++) {
        let at = (first + j) * 8u;
        let prefix = fe_pack(product);
        entries[at + 6u] = prefix.lo;
        entries[at + 7u] = prefix.hi;
        product = fe_mul(product, load(at + 4u));
    }
    var inverse = fe_invert(product);
    let slot = build_slots[key];
    let part = item % INVOCATIONS;
    for (var j = SHARE; j > 0u; j--) {
        let at = (first + j - 1u) * 8u;
        let z_inverse = fe_mul(inverse, load(at + 6u));
        inverse = fe_mul(inverse, load(at + 4u));
        let x = fe_mul(z_inverse, load(at));
        let y = fe_mul(z_inverse, load(at + 2u));
        store_entry(slot * KEY_ENTRIES + part * SHARE + j - 1u, x, y);
    }
    if part == 0u {
        key_flags[slot] = build_flags[key];
        let x = fe_unpack(points[key * 4u], points[key * 4u + 1u]);
        let y = fe_unpack(points[key * 4u + 2u], points[key * 4u + 3u]);
        store_entry(slot * KEY_ENTRIES + KEY_ENTRIES - 1u, x, y);
    }
}
