// Encodings of points to the points' negatives. What is no point becomes the identity, so that what follows stays on the curve and an
// inversion shared by several signatures never meets a zero.

@group(0) @binding(2) var<storage, read> records: array<vec4<u32>>;
// Per point: x and y of its negative, canonical.
@group(0) @binding(3) var<storage, read_write> points: array<vec4<u32>>;
// Per point: 0 for none, else `encoding_flags`.
@group(0) @binding(4) var<storage, read_write> point_flags: array<u32>;

fn items() -> u32 {
    return params.count * params.points;
}

fn work(item: u32) {
    let at = item / params.points * params.record_stride + item % params.points * params.point_stride;
    let encoded = Words(records[at], records[at + 1u]);
    let point = point_decode(encoded, 1u);
    let x = fe_pack(fe_select(fe_zero(), fe_sub(fe_zero(), point.x), point.valid));
    let y = fe_pack(fe_select(fe_one(), point.y, point.valid));
    points[item * 4u] = x.lo;
    points[item * 4u + 1u] = x.hi;
    points[item * 4u + 2u] = y.lo;
    points[item * 4u + 3u] = y.hi;
    point_flags[item] = select(0u, encoding_flags(encoded, y), point.valid);
}
