// Cold signatures: k and s become the halves of shared/lattice.wgsl and u s modulo L, as signed digits in the same places.

@group(0) @binding(2) var<storage, read_write> scalars: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read_write> scalar_flags: array<u32>;

@compute @workgroup_size(64)
fn halve(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= params.count {
        return;
    }
    let at = id.x * 6u;
    let k = scalar_unhex(Words(scalars[at], scalars[at + 1u]));
    let s = scalar_unbytes(Words(scalars[at + 2u], scalars[at + 3u]));
    let halves = scalar_halve(k);
    // zip215 asks whether 8 times the sum is the identity: multiply_cold doubles the parts of A and R three times.
    let u = words_shift(halves.u, 3u * params.policy);
    let product = scalar_multiply(u, s);
    let base = words_select(product, words_sub(scalar_order(), product), halves.negative);
    let v_digits = scalar_recode_hex(halves.v);
    let s_digits = scalar_recode_bytes(base);
    let u_digits = scalar_recode_hex(halves.u);
    scalars[at] = v_digits.lo;
    scalars[at + 1u] = v_digits.hi;
    scalars[at + 2u] = s_digits.lo;
    scalars[at + 3u] = s_digits.hi;
    scalars[at + 4u] = u_digits.lo;
    scalars[at + 5u] = u_digits.hi;
    scalar_flags[id.x] |= select(0u, 2u, halves.negative) | (hex_digits(halves) << 2u);
}
