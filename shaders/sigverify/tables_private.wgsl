// The tables of a cold signature's two points in the invocation's own memory: software devices load from there without a loop over
// lanes, at a third of what buffers cost them.
@group(0) @binding(4) var<storage, read> points: array<vec4<u32>>;

var<private> tables: array<Packed, 64>;

fn store_entry(entry: u32, plus: Fe, minus: Fe, t2d: Fe, z: Fe) {
    let at = entry * 4u;
    tables[at] = packed_pack(plus);
    tables[at + 1u] = packed_pack(minus);
    tables[at + 2u] = packed_pack(t2d);
    tables[at + 3u] = packed_pack(z);
}

fn make_tables(entry: u32) {
    var point = 0u;
    loop {
        let at = (entry * 2u + point) * 4u;
        let x = fe_unpack(points[at], points[at + 1u]);
        let y = fe_unpack(points[at + 2u], points[at + 3u]);
        tabulate(x, y, point * 8u);
        point++;
        if point == 2u {
            break;
        }
    }
}

fn table_entry(entry: u32, point: u32, digit: i32) -> Projective {
    let at = (point * 8u + max(u32(abs(digit)), 1u) - 1u) * 4u;
    let z = packed_fe(packed_select(tables[at + 3u], packed_small(1u), digit == 0));
    return Projective(niels_signed(tables[at], tables[at + 1u], tables[at + 2u], digit), z);
}
