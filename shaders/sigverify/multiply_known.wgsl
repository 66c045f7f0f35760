// R' = s B - k A for known keys: POSITIONS tables with multiples of -A, -2^(256/POSITIONS) A ... leave 256/POSITIONS - 3
// doublings (the first one of the identity).

// Words of an entry in `scalars`: k and s.
const SCALAR_WORDS = 16u;

@group(0) @binding(2) var<storage, read> scalars: array<u32>;
@group(0) @binding(3) var<storage, read> slots: array<u32>;
@group(0) @binding(4) var<storage, read> key_tables: array<Packed>;
@group(0) @binding(5) var<storage, read> comb: array<Packed>;
@group(0) @binding(6) var<storage, read_write> results: array<vec4<u32>>;

fn store_result(entry: u32, p: Completed) {
    let x = fe_pack(fe_mul(p.t, p.x));
    let y = fe_pack(fe_mul(p.y, p.z));
    let z = fe_pack(fe_mul(p.t, p.z));
    results[entry * 8u] = x.lo;
    results[entry * 8u + 1u] = x.hi;
    results[entry * 8u + 2u] = y.lo;
    results[entry * 8u + 3u] = y.hi;
    results[entry * 8u + 4u] = z.lo;
    results[entry * 8u + 5u] = z.hi;
}

@compute @workgroup_size(64)
fn multiply_known(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= params.count {
        return;
    }
    let table = slots[id.x] * POSITIONS * 8u;
    var sum = completed_identity();
    // Word t has the digits of table t.
    let at_scalar = id.x * SCALAR_WORDS;
    var k = Words(
        vec4<u32>(scalars[at_scalar], scalars[at_scalar + 1u], scalars[at_scalar + 2u], scalars[at_scalar + 3u]),
        vec4<u32>(scalars[at_scalar + 4u], scalars[at_scalar + 5u], scalars[at_scalar + 6u], scalars[at_scalar + 7u]),
    );
    var i = DIGITS;
    loop {
        i--;
        sum = double_times(sum, select(4u, 1u, i == DIGITS - 1u));
        var position = 0u;
        loop {
            let digit = hex_digit(k.lo.x, i);
            k = Words(vec4<u32>(k.lo.yzw, k.hi.x), vec4<u32>(k.hi.yzw, k.lo.x));
            let at = (table + position * 8u + max(u32(abs(digit)), 1u) - 1u) * 3u;
            let entry = niels_signed(key_tables[at], key_tables[at + 1u], key_tables[at + 2u], digit);
            sum = point_add_affine(sum, entry);
            position++;
            if position == POSITIONS {
                break;
            }
        }
        if i == 0u {
            break;
        }
    }
    store_result(id.x, add_base(sum, id.x));
}
