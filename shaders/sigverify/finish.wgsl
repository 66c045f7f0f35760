// R' against R, byte for byte: one inversion for up to SHARE signatures (no z is zero: the formulas are complete and every point is
// on the curve).

@group(0) @binding(2) var<storage, read> records: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read> scalar_flags: array<u32>;
@group(0) @binding(4) var<storage, read> slots: array<u32>;
@group(0) @binding(5) var<storage, read> key_flags: array<u32>;
@group(0) @binding(6) var<storage, read_write> results: array<vec4<u32>>;
// Per entry: 0 invalid, 1 valid, 2 only the cofactored equation can tell (zip215).
@group(0) @binding(7) var<storage, read_write> verdicts: array<u32>;

const SHARE = 8u;

fn load(at: u32) -> Fe {
    return fe_unpack(results[at], results[at + 1u]);
}

fn judge(entry: u32, x: Words, y: Words) -> u32 {
    let r = Words(records[entry * 6u], records[entry * 6u + 1u]);
    let encoded = Words(y.lo, vec4<u32>(y.hi.xyz, y.hi.w | ((x.lo.x & 1u) << 31u)));
    let equal = words_equal(r, encoded);
    let key = key_flags[slots[entry]];
    let usable = scalar_flags[entry] == 1u && (key & 1u) == 1u;
    if params.policy == 0u {
        return select(0u, 1u, usable && equal && (key & 2u) == 0u && !is_small_order(y));
    }
    return select(0u, select(2u, 1u, equal), usable);
}

fn items() -> u32 {
    return (params.count + SHARE - 1u) / SHARE;
}

fn work(item: u32) {
    let first = item * SHARE;
    let end = min(first + SHARE, params.count);
    var product = fe_one();
    for (var entry = first; entry < end; entry++) {
        let prefix = fe_pack(product);
        results[entry * 8u + 6u] = prefix.lo;
        results[entry * 8u + 7u] = prefix.hi;
        product = fe_mul(product, load(entry * 8u + 4u));
    }
    var inverse = fe_invert(product);
    for (var entry = end; entry > first; entry--) {
        let at = (entry - 1u) * 8u;
        let z_inverse = fe_mul(inverse, load(at + 6u));
        inverse = fe_mul(inverse, load(at + 4u));
        let x = fe_pack(fe_mul(z_inverse, load(at)));
        let y = fe_pack(fe_mul(z_inverse, load(at + 2u)));
        results[at] = x.lo;
        results[at + 1u] = x.hi;
        results[at + 2u] = y.lo;
        results[at + 3u] = y.hi;
        verdicts[entry - 1u] = judge(entry - 1u, x, y);
    }
}
