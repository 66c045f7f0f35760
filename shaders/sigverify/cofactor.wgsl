// zip215: where R' is not R byte for byte, R may still be a point with 8 (R - R') = 0. Lanes that know better leave the loops out.

@group(0) @binding(2) var<storage, read> records: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read> results: array<vec4<u32>>;
@group(0) @binding(4) var<storage, read_write> verdicts: array<u32>;

@compute @workgroup_size(64)
fn cofactor(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= params.count {
        return;
    }
    let open = verdicts[id.x] == 2u;
    let unit = select(0u, 1u, open);
    let r = point_decode(Words(records[id.x * 6u], records[id.x * 6u + 1u]), unit);
    let x = fe_unpack(results[id.x * 8u], results[id.x * 8u + 1u]);
    let y = fe_unpack(results[id.x * 8u + 2u], results[id.x * 8u + 3u]);
    // One addition in a loop, doublings included (the formulas are complete): first -R' becomes an operand, then R - R', then three
    // times the sum and itself. Lanes that know better leave after the first turn.
    let minus_x = fe_sub(fe_zero(), x);
    var e = Extended(minus_x, y, fe_one(), fe_mul(minus_x, y));
    var q = Niels(fe_one(), fe_one(), fe_zero());
    var z = fe_one();
    var turn = 0u;
    loop {
        let own = turn != 1u;
        q = Niels(
            fe_select(q.plus, fe_add(e.y, e.x), own),
            fe_select(q.minus, fe_sub(e.y, e.x), own),
            fe_select(q.t2d, fe_mul(e.t, constant_fe(D_TWICE)), own),
        );
        z = fe_select(z, e.z, own);
        let sum = point_add_extended(e, q, z);
        let first = turn == 0u;
        e = completed_extended(Completed(
            fe_select(sum.x, r.x, first),
            fe_select(sum.y, r.y, first),
            fe_select(sum.z, fe_one(), first),
            fe_select(sum.t, fe_one(), first),
        ));
        turn++;
        if turn >= 5u * unit {
            break;
        }
    }
    // The identity is x = 0, y = z.
    let difference = fe_pack(fe_sub(e.y, e.z));
    let none = Words(vec4<u32>(0u), vec4<u32>(0u));
    let identity = words_equal(fe_pack(e.x), none) && words_equal(difference, none);
    if open {
        verdicts[id.x] = select(0u, 1u, r.valid && identity);
    }
}
