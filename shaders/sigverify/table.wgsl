// For the points of a cold signature, P = -R or -A: eight multiples (multiples.wgsl), eight vec4s each.

@group(0) @binding(2) var<storage, read> points: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read_write> tables: array<vec4<u32>>;

fn store(at: u32, f: Fe) {
    let words = fe_pack(f);
    tables[at] = words.lo;
    tables[at + 1u] = words.hi;
}

fn store_entry(entry: u32, plus: Fe, minus: Fe, t2d: Fe, z: Fe) {
    let at = entry * 8u;
    store(at, plus);
    store(at + 2u, minus);
    store(at + 4u, t2d);
    store(at + 6u, z);
}

fn items() -> u32 {
    return params.count * params.points;
}

fn work(item: u32) {
    let x = fe_unpack(points[item * 4u], points[item * 4u + 1u]);
    let y = fe_unpack(points[item * 4u + 2u], points[item * 4u + 3u]);
    tabulate(x, y, item * 8u);
}
