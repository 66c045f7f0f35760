// zip215: where R' is not R byte for byte, R may still be a point with 8 (R - R') = 0. Lanes that know better leave the loops out.

@group(0) @binding(2) var<storage, read> records: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read> results: array<vec4<u32>>;
@group(0) @binding(4) var<storage, read_write> verdicts: array<u32>;

fn items() -> u32 {
    return params.count;
}

fn work(item: u32) {
    let open = verdicts[item] == 2u;
    let unit = select(0u, 1u, open);
    let r = point_decode(Words(records[item * 6u], records[item * 6u + 1u]), unit);
    let x = fe_unpack(results[item * 8u], results[item * 8u + 1u]);
    let y = fe_unpack(results[item * 8u + 2u], results[item * 8u + 3u]);
    // -R' is (-x, y): plus and minus change places, the product changes its sign.
    let product = fe_sub(fe_zero(), fe_mul(fe_mul(x, y), constant_fe(D_TWICE)));
    var p = point_add_affine(completed_affine(r.x, r.y), Niels(fe_sub(y, x), fe_add(y, x), product));
    for (var j = 0u; j < 3u * unit; j++) {
        p = point_double(p);
    }
    // The identity is x = 0, y = z.
    let difference = fe_pack(fe_sub(fe_mul(p.y, p.z), fe_mul(p.t, p.z)));
    let none = Words(vec4<u32>(0u), vec4<u32>(0u));
    let identity = words_equal(fe_pack(fe_mul(p.t, p.x)), none) && words_equal(difference, none);
    if open {
        verdicts[item] = select(0u, 1u, r.valid && identity);
    }
}
