// For cold signatures: of k and s the halves of shared/lattice.wgsl and u s modulo L, as signed digits.

// Per entry: k and s (hash.wgsl).
@group(0) @binding(2) var<storage, read> scalars: array<vec4<u32>>;
// Per entry: 1 where s < L.
@group(0) @binding(3) var<storage, read> scalar_flags: array<u32>;
// Per entry: v in 64 hexadecimal digits plus 8, u s in 32 bytes plus 128, u like v.
@group(0) @binding(4) var<storage, read_write> halved: array<vec4<u32>>;
// Per entry: 1 where s < L, 2 where u is negative, from bit 2 on the digits of u and v.
@group(0) @binding(5) var<storage, read_write> half_flags: array<u32>;

@compute @workgroup_size(64)
fn halve(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= params.count {
        return;
    }
    let k = scalar_unhex(Words(scalars[id.x * 4u], scalars[id.x * 4u + 1u]));
    let s = scalar_unbytes(Words(scalars[id.x * 4u + 2u], scalars[id.x * 4u + 3u]));
    let halves = scalar_halve(k);
    // zip215 asks whether 8 times the sum is the identity: multiply_cold doubles the parts of A and R three times.
    let u = words_shift(halves.u, 3u * params.policy);
    let product = scalar_multiply(u, s);
    let base = words_select(product, words_sub(scalar_order(), product), halves.negative);
    let v_digits = scalar_recode_hex(halves.v);
    let s_digits = scalar_recode_bytes(base);
    let u_digits = scalar_recode_hex(halves.u);
    let at = id.x * 6u;
    halved[at] = v_digits.lo;
    halved[at + 1u] = v_digits.hi;
    halved[at + 2u] = s_digits.lo;
    halved[at + 3u] = s_digits.hi;
    halved[at + 4u] = u_digits.lo;
    halved[at + 5u] = u_digits.hi;
    half_flags[id.x] = (scalar_flags[id.x] & 1u) | select(0u, 2u, halves.negative) | (hex_digits(halves) << 2u);
}
