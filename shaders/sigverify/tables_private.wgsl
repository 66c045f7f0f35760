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
        tabulate(fe_unpack(points[at], points[at + 1u]), fe_unpack(points[at + 2u], points[at + 3u]), first_entry(entry, point));
        point++;
        if point == 2u {
            break;
        }
    }
}

fn first_entry(entry: u32, point: u32) -> u32 {
    return point * 8u;
}
