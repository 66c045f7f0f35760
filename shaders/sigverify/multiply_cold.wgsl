// R' = s B - k A for keys met for the first time: 64 signed digits of k over the key's eight multiples, 253 doublings (the first one
// of the identity).

@group(0) @binding(2) var<storage, read> scalars: array<u32>;
@group(0) @binding(3) var<storage, read> tables: array<Packed>;
@group(0) @binding(4) var<storage, read> comb: array<Packed>;
// Per entry: x, y, z of R', and room for the inversion.
@group(0) @binding(5) var<storage, read_write> results: array<vec4<u32>>;

@compute @workgroup_size(64)
fn multiply_cold(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= params.count {
        return;
    }
    var sum = completed_identity();
    var i = 64u;
    loop {
        i--;
        let digit = key_digit(id.x, i);
        let at = (id.x * 8u + max(u32(abs(digit)), 1u) - 1u) * 4u;
        let entry = niels_signed(tables[at], tables[at + 1u], tables[at + 2u], digit);
        let z = packed_fe(packed_select(tables[at + 3u], packed_small(1u), digit == 0));
        sum = double_times(sum, select(4u, 1u, i == 63u));
        sum = point_add_projective(sum, entry, z);
        if i == 0u {
            break;
        }
    }
    store_result(id.x, add_base(sum, id.x));
}
