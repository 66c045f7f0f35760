// k and s of a known key's signature as columns of their combs (comb.wgsl).

// A word a column, from bit 0 on the teeth of k's two combs, then those of the base point's. The invocation's own memory: buffers would
// be written and read lane by lane, registers would be 24 more.
var<private> columns: array<u32, SPACING>;

// Twelve teeth: bits 22 t to 22 t + 21 of a scalar.
struct Teeth {
    a: vec4<u32>,
    b: vec4<u32>,
    c: vec4<u32>,
}

// Of an odd scalar below 2^256; its digits are those of (n >> 1) + 2^263 (comb.wgsl).
fn teeth(n: Words) -> Teeth {
    let a = n.lo;
    let b = n.hi;
    let mask = vec4<u32>(0x3fffffu);
    return Teeth(
        vec4<u32>(a.x >> 1u, (a.x >> 23u) | (a.y << 9u), (a.y >> 13u) | (a.z << 19u), a.z >> 3u) & mask,
        vec4<u32>((a.z >> 25u) | (a.w << 7u), (a.w >> 15u) | (b.x << 17u), b.x >> 5u, (b.x >> 27u) | (b.y << 5u)) & mask,
        vec4<u32>((b.y >> 17u) | (b.z << 15u), b.z >> 7u, (b.z >> 29u) | (b.w << 3u), (b.w >> 19u) | 0x200000u) & mask,
    );
}

fn column(n: Teeth, at: u32) -> u32 {
    let one = vec4<u32>(1u);
    let shift = vec4<u32>(at);
    let bits = (((n.a >> shift) & one) << vec4<u32>(0u, 1u, 2u, 3u))
        | (((n.b >> shift) & one) << vec4<u32>(4u, 5u, 6u, 7u))
        | (((n.c >> shift) & one) << vec4<u32>(8u, 9u, 10u, 11u));
    return bits.x | bits.y | bits.z | bits.w;
}

// Of k + 1 where k is even, and of s + L where s is: L B is the identity, L A need not be.
fn make_columns(k: Words, s: Words) {
    let k_teeth = teeth(k);
    let s_teeth = teeth(words_select(words_add(s, scalar_order()), s, (s.lo.x & 1u) == 1u));
    var at = 0u;
    loop {
        columns[at] = column(k_teeth, at) | (column(s_teeth, at) << BASE_TEETH);
        at++;
        if at == SPACING {
            break;
        }
    }
}
