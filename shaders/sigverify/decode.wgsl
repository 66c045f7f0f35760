// Public keys to the points -A. A key that is no point becomes the identity, so that what follows stays on the curve and an
// inversion shared by several signatures never meets a zero.

@group(0) @binding(2) var<storage, read> keys: array<vec4<u32>>;
// Per key: x and y of -A, canonical.
@group(0) @binding(3) var<storage, read_write> points: array<vec4<u32>>;
// Per key: 1 a point, 2 of small order.
@group(0) @binding(4) var<storage, read_write> key_flags: array<u32>;

@compute @workgroup_size(64)
fn decode(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= params.count {
        return;
    }
    let at = id.x * params.key_stride + params.key_offset;
    let point = point_decode(Words(keys[at], keys[at + 1u]), 1u);
    let x = fe_pack(fe_select(fe_zero(), fe_sub(fe_zero(), point.x), point.valid));
    let y = fe_pack(fe_select(fe_one(), point.y, point.valid));
    points[id.x * 4u] = x.lo;
    points[id.x * 4u + 1u] = x.hi;
    points[id.x * 4u + 2u] = y.lo;
    points[id.x * 4u + 3u] = y.hi;
    key_flags[id.x] = select(0u, 1u, point.valid) | select(0u, 2u, point.valid && is_small_order(y));
}
