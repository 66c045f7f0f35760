// SHA-512 (FIPS 180-4) on `Word64` (word64_u32.wgsl or word64_u64.wgsl).

fn small_sigma0(w: Word64) -> Word64 {
    return rotr64(w, 1u) ^ rotr64(w, 8u) ^ shr64(w, 7u);
}

fn small_sigma1(w: Word64) -> Word64 {
    return rotr64(w, 19u) ^ rotr64(w, 61u) ^ shr64(w, 6u);
}

fn big_sigma0(a: Word64) -> Word64 {
    return rotr64(a, 28u) ^ rotr64(a, 34u) ^ rotr64(a, 39u);
}

fn big_sigma1(e: Word64) -> Word64 {
    return rotr64(e, 14u) ^ rotr64(e, 18u) ^ rotr64(e, 41u);
}

struct Digest {
    a: Word64,
    b: Word64,
    c: Word64,
    d: Word64,
    e: Word64,
    f: Word64,
    g: Word64,
    h: Word64,
}

fn sha512_initial() -> Digest {
    return Digest(
        word64(0xf3bcc908u, 0x6a09e667u),
        word64(0x84caa73bu, 0xbb67ae85u),
        word64(0xfe94f82bu, 0x3c6ef372u),
        word64(0x5f1d36f1u, 0xa54ff53au),
        word64(0xade682d1u, 0x510e527fu),
        word64(0x2b3e6c1fu, 0x9b05688cu),
        word64(0xfb41bd6bu, 0x1f83d9abu),
        word64(0x137e2179u, 0x5be0cd19u),
    );
}

// One round; the caller renames the eight words by shifting them.
fn sha512_round(s: Digest, word: Word64, constant: Word64) -> Digest {
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
fn sha512_schedule(w0: Word64, w1: Word64, w9: Word64, w14: Word64) -> Word64 {
    return add64(add64(w0, small_sigma0(w1)), add64(w9, small_sigma1(w14)));
}
