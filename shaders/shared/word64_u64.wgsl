// 64-bit words as the device has them.

alias Word64 = u64;

fn word64(low: u32, high: u32) -> Word64 {
    return u64(low) | (u64(high) << 32u);
}

// (low, high).
fn halves64(a: Word64) -> vec2<u32> {
    return vec2<u32>(u32(a & 0xfffffffflu), u32(a >> 32u));
}

fn add64(a: Word64, b: Word64) -> Word64 {
    return a + b;
}

// Rotates right by n from 1 to 63.
fn rotr64(a: Word64, n: u32) -> Word64 {
    return (a >> n) | (a << (64u - n));
}

fn shr64(a: Word64, n: u32) -> Word64 {
    return a >> n;
}
