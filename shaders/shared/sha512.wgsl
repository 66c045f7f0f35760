// SHA-512 (FIPS 180-4) in u32 halves: hashing is two percent of a verification, so one version serves every device.
// A 64-bit word is vec2<u32>(low, high).

fn add64(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
    let low = a.x + b.x;
    return vec2<u32>(low, a.y + b.y + select(0u, 1u, low < a.x));
}

// Rotates right by 1 <= n <= 31.
fn rotr64(a: vec2<u32>, n: u32) -> vec2<u32> {
    return vec2<u32>((a.x >> n) | (a.y << (32u - n)), (a.y >> n) | (a.x << (32u - n)));
}

fn shr64(a: vec2<u32>, n: u32) -> vec2<u32> {
    return vec2<u32>((a.x >> n) | (a.y << (32u - n)), a.y >> n);
}

fn small_sigma0(w: vec2<u32>) -> vec2<u32> {
    return rotr64(w, 1u) ^ rotr64(w, 8u) ^ shr64(w, 7u);
}

fn small_sigma1(w: vec2<u32>) -> vec2<u32> {
    return rotr64(w, 19u) ^ rotr64(w.yx, 29u) ^ shr64(w, 6u);
}

fn big_sigma0(a: vec2<u32>) -> vec2<u32> {
    return rotr64(a, 28u) ^ rotr64(a.yx, 2u) ^ rotr64(a.yx, 7u);
}

fn big_sigma1(e: vec2<u32>) -> vec2<u32> {
    return rotr64(e, 14u) ^ rotr64(e, 18u) ^ rotr64(e.yx, 9u);
}

struct Digest {
    a: vec2<u32>,
    b: vec2<u32>,
    c: vec2<u32>,
    d: vec2<u32>,
    e: vec2<u32>,
    f: vec2<u32>,
    g: vec2<u32>,
    h: vec2<u32>,
}

fn sha512_initial() -> Digest {
    return Digest(
        vec2<u32>(0xf3bcc908u, 0x6a09e667u),
        vec2<u32>(0x84caa73bu, 0xbb67ae85u),
        vec2<u32>(0xfe94f82bu, 0x3c6ef372u),
        vec2<u32>(0x5f1d36f1u, 0xa54ff53au),
        vec2<u32>(0xade682d1u, 0x510e527fu),
        vec2<u32>(0x2b3e6c1fu, 0x9b05688cu),
        vec2<u32>(0xfb41bd6bu, 0x1f83d9abu),
        vec2<u32>(0x137e2179u, 0x5be0cd19u),
    );
}

// One round; the caller renames the eight words by shifting them.
fn sha512_round(s: Digest, word: vec2<u32>, constant: vec2<u32>) -> Digest {
    let choice = (s.e & s.f) ^ (~s.e & s.g);
    let majority = (s.a & s.b) ^ (s.a & s.c) ^ (s.b & s.c);
    let t1 = add64(add64(add64(s.h, big_sigma1(s.e)), add64(choice, constant)), word);
    let t2 = add64(big_sigma0(s.a), majority);
    return Digest(add64(t1, t2), s.a, s.b, s.c, add64(s.d, t1), s.e, s.f, s.g);
}

fn sha512_add(a: Digest, b: Digest) -> Digest {
    return Digest(
        add64(a.a, b.a),
        add64(a.b, b.b),
        add64(a.c, b.c),
        add64(a.d, b.d),
        add64(a.e, b.e),
        add64(a.f, b.f),
        add64(a.g, b.g),
        add64(a.h, b.h),
    );
}

// The word that enters the schedule sixteen rounds after `w0`.
fn sha512_schedule(w0: vec2<u32>, w1: vec2<u32>, w9: vec2<u32>, w14: vec2<u32>) -> vec2<u32> {
    return add64(add64(w0, small_sigma0(w1)), add64(w9, small_sigma1(w14)));
}
