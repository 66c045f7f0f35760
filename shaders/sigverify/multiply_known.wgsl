// R' = s B - k A for known keys, column by column of the combs of -A and B (comb.wgsl).

// Per entry: k and s (hash.wgsl).
@group(0) @binding(2) var<storage, read> scalars: array<vec4<u32>>;
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

// Where a column's entry stands, and 1 or -1: the top bit of `bits` is the last tooth's.
fn comb_index(bits: u32, teeth: u32) -> u32 {
    let top = 1u << (teeth - 1u);
    return select(~bits, bits, (bits & top) != 0u) & (top - 1u);
}

fn comb_sign(bits: u32, teeth: u32) -> i32 {
    return i32((bits >> (teeth - 1u)) & 1u) * 2 - 1;
}

fn key_entry(slot: u32, index: u32, sign: i32) -> Niels {
    let at = (slot * KEY_ENTRIES + index) * 3u;
    return niels_signed(key_tables[at], key_tables[at + 1u], key_tables[at + 2u], sign);
}

fn base_entry(bits: u32) -> Niels {
    let at = comb_index(bits, BASE_TEETH) * 3u;
    return niels_signed(comb[at], comb[at + 1u], comb[at + 2u], comb_sign(bits, BASE_TEETH));
}

fn items() -> u32 {
    return params.count;
}

fn work(item: u32) {
    let slot = slots[item];
    let k = Words(scalars[item * 4u], scalars[item * 4u + 1u]);
    make_columns(k, Words(scalars[item * 4u + 2u], scalars[item * 4u + 3u]));
    let even = i32(k.lo.x & 1u) ^ 1;
    fetch_ahead(slot, item);
    var sum = completed_identity();
    var at = SPACING;
    loop {
        at--;
        let column = columns[at];
        sum = point_double(sum);
        var i = 0u;
        loop {
            // In the last column a third entry takes away what made k odd.
            let bits = (column >> (KEY_TEETH * i)) & 63u;
            let parity = i == KEY_COMBS;
            let index = select(comb_index(bits, KEY_TEETH), 0u, parity);
            let sign = select(comb_sign(bits, KEY_TEETH), -even, parity);
            sum = point_add_affine(sum, key_entry(slot, i * COMB_ENTRIES + index, sign));
            i++;
            if i == select(KEY_COMBS, KEY_COMBS + 1u, at == 0u) {
                break;
            }
        }
        sum = point_add_affine(sum, base_entry(column >> BASE_TEETH));
        if at == 0u {
            break;
        }
    }
    store_result(item, sum);
}
