// 64-bit words as halves in u32: vec2<u32>(low, high).

alias Word64 = vec2<u32>;

fn word64(low: u32, high: u32) -> Word64 {
    return vec2<u32>(low, high);
}

fn halves64(a: Word64) -> vec2<u32> {
    return a;
}

fn add64(a: Word64, b: Word64) -> Word64 {
    let low = a.x + b.x;
    return vec2<u32>(low, a.y + b.y + select(0u, 1u, low < a.x));
}

// Rotates right by n from 1 to 63, 32 left out.
fn rotr64(a: Word64, n: u32) -> Word64 {
    let w = select(a, a.yx, n > 32u);
    let by = n & 31u;
    return vec2<u32>((w.x >> by) | (w.y << (32u - by)), (w.y >> by) | (w.x << (32u - by)));
}

// Shifts right by n from 1 to 31.
fn shr64(a: Word64, n: u32) -> Word64 {
    return vec2<u32>((a.x >> n) | (a.y << (32u - n)), a.y >> n);
}
