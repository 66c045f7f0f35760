// R' = s B - k A for known keys: POSITIONS tables with multiples of -A, -2^(256/POSITIONS) A ... leave 256/POSITIONS - 4 doublings.

@group(0) @binding(2) var<storage, read> scalars: array<u32>;
@group(0) @binding(3) var<storage, read> slots: array<u32>;
@group(0) @binding(4) var<storage, read> key_tables: array<Packed>;
@group(0) @binding(5) var<storage, read> comb: array<Packed>;
@group(0) @binding(6) var<storage, read_write> results: array<vec4<u32>>;

@compute @workgroup_size(64)
fn multiply_known(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= params.count {
        return;
    }
    let table = slots[id.x] * POSITIONS * 8u;
    var sum = completed_identity();
    for (var i = DIGITS; i > 0u; i--) {
        let doublings = select(4u, 0u, i == DIGITS);
        for (var j = 0u; j < doublings; j++) {
            sum = point_double(sum);
        }
        for (var position = 0u; position < POSITIONS; position++) {
            let digit = key_digit(id.x, position * DIGITS + i - 1u);
            let at = (table + position * 8u + max(u32(abs(digit)), 1u) - 1u) * 3u;
            let entry = niels_signed(key_tables[at], key_tables[at + 1u], key_tables[at + 2u], digit);
            sum = point_add_affine(sum, entry);
        }
    }
    store_result(id.x, add_base(sum, id.x));
}
