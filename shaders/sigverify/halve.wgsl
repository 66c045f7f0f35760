// For unknown keys: of k and s the halves of shared/lattice.wgsl and u s modulo L, as signed digits in groups (groups.wgsl).

// Per entry: k and s (hash.wgsl).
@group(0) @binding(2) var<storage, read> scalars: array<vec4<u32>>;
// Per entry: 1 where s < L.
@group(0) @binding(3) var<storage, read> scalar_flags: array<u32>;
// Per entry and group: three digits plus 8 of u and, 16 bits on, of v; two digits plus 2048 of u s, the second of what is above bit 132.
@group(0) @binding(4) var<storage, read_write> digits: array<vec2<u32>>;
// Per entry: 1 where s < L, 2 where u is negative, from bit 2 on how many hexadecimal digits u and v have.
@group(0) @binding(5) var<storage, read_write> half_flags: array<u32>;

var<private> first_group: u32;

fn store_group(group: u32, pair: vec2<u32>) {
    digits[first_group + group] = pair;
}

fn items() -> u32 {
    return params.count;
}

fn work(item: u32) {
    let k = Words(scalars[item * 4u], scalars[item * 4u + 1u]);
    let s = Words(scalars[item * 4u + 2u], scalars[item * 4u + 3u]);
    var halves = scalar_halve(k);
    if params.policy == 1u {
        halves = halves_times_eight(halves);
    }
    let product = scalar_multiply(halves.u, s);
    let base = words_select(product, words_sub(scalar_order(), product), halves.negative);
    let hex = hex_digits(halves);
    first_group = item * MOST_GROUPS;
    cut_scalars(halves.u, halves.v, base, hex);
    half_flags[item] = (scalar_flags[item] & 1u) | select(0u, 2u, halves.negative) | (hex << 2u);
}
