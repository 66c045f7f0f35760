// Scalars modulo L = 2^252 + c, c = 27742317777372353535851937790883648493, in u32 words.
//
// Reduction of a 512-bit hash x: 2^252 = -c (mod L), so with hi_0 = x >> 252 (260 bits) and y_i = c hi_(i-1), hi_i = y_i >> 252:
// x = lo_0 - lo_1 + lo_2 - y_3, where hi_1 < 2^133, hi_2 < 2^6 and y_3 < 2^131. With 2 L added the sum lies between
// 2 L - 2^252 - 2^131 > 0 and 2 L + 2^253 < 4 L < 2^255: one conditional subtraction of 2 L, then one of L.

// a * b + c + d, which fits in 64 bits: (low, high).
fn mul_add(a: u32, b: u32, c: u32, d: u32) -> vec2<u32> {
    let al = a & 0xffffu;
    let ah = a >> 16u;
    let bl = b & 0xffffu;
    let bh = b >> 16u;
    let ll = al * bl;
    let lh = al * bh + (ll >> 16u);
    let hl = ah * bl + (lh & 0xffffu);
    let low = (ll & 0xffffu) | (hl << 16u);
    let high = ah * bh + (lh >> 16u) + (hl >> 16u);
    let with_c = low + c;
    let with_d = with_c + d;
    return vec2<u32>(with_d, high + select(0u, 1u, with_c < low) + select(0u, 1u, with_d < d));
}

// (sum, carry) of a + b + carry in.
fn add_carry(a: u32, b: u32, carry: u32) -> vec2<u32> {
    let partial = a + b;
    let sum = partial + carry;
    return vec2<u32>(sum, select(0u, 1u, partial < a) | select(0u, 1u, sum < partial));
}

// (difference, borrow) of a - b - borrow in.
fn sub_borrow(a: u32, b: u32, borrow: u32) -> vec2<u32> {
    let partial = a - b;
    return vec2<u32>(partial - borrow, select(0u, 1u, a < b) | select(0u, 1u, partial < borrow));
}

// Sum modulo 2^256.
fn words_add(a: Words, b: Words) -> Words {
    let t0 = add_carry(a.lo.x, b.lo.x, 0u);
    let t1 = add_carry(a.lo.y, b.lo.y, t0.y);
    let t2 = add_carry(a.lo.z, b.lo.z, t1.y);
    let t3 = add_carry(a.lo.w, b.lo.w, t2.y);
    let t4 = add_carry(a.hi.x, b.hi.x, t3.y);
    let t5 = add_carry(a.hi.y, b.hi.y, t4.y);
    let t6 = add_carry(a.hi.z, b.hi.z, t5.y);
    let t7 = add_carry(a.hi.w, b.hi.w, t6.y);
    return Words(vec4<u32>(t0.x, t1.x, t2.x, t3.x), vec4<u32>(t4.x, t5.x, t6.x, t7.x));
}

// Difference modulo 2^256.
fn words_sub(a: Words, b: Words) -> Words {
    let t0 = sub_borrow(a.lo.x, b.lo.x, 0u);
    let t1 = sub_borrow(a.lo.y, b.lo.y, t0.y);
    let t2 = sub_borrow(a.lo.z, b.lo.z, t1.y);
    let t3 = sub_borrow(a.lo.w, b.lo.w, t2.y);
    let t4 = sub_borrow(a.hi.x, b.hi.x, t3.y);
    let t5 = sub_borrow(a.hi.y, b.hi.y, t4.y);
    let t6 = sub_borrow(a.hi.z, b.hi.z, t5.y);
    let t7 = sub_borrow(a.hi.w, b.hi.w, t6.y);
    return Words(vec4<u32>(t0.x, t1.x, t2.x, t3.x), vec4<u32>(t4.x, t5.x, t6.x, t7.x));
}

// a < b.
fn words_less(a: Words, b: Words) -> bool {
    let t0 = sub_borrow(a.lo.x, b.lo.x, 0u).y;
    let t1 = sub_borrow(a.lo.y, b.lo.y, t0).y;
    let t2 = sub_borrow(a.lo.z, b.lo.z, t1).y;
    let t3 = sub_borrow(a.lo.w, b.lo.w, t2).y;
    let t4 = sub_borrow(a.hi.x, b.hi.x, t3).y;
    let t5 = sub_borrow(a.hi.y, b.hi.y, t4).y;
    let t6 = sub_borrow(a.hi.z, b.hi.z, t5).y;
    let t7 = sub_borrow(a.hi.w, b.hi.w, t6).y;
    return t7 != 0u;
}

fn words_select(a: Words, b: Words, take_b: bool) -> Words {
    return Words(select(a.lo, b.lo, take_b), select(a.hi, b.hi, take_b));
}

fn scalar_order() -> Words {
    return Words(
        vec4<u32>(0x5cf5d3edu, 0x5812631au, 0xa2f79cd6u, 0x14def9deu),
        vec4<u32>(0x0u, 0x0u, 0x0u, 0x10000000u),
    );
}

fn scalar_order_twice() -> Words {
    return Words(
        vec4<u32>(0xb9eba7dau, 0xb024c634u, 0x45ef39acu, 0x29bdf3bdu),
        vec4<u32>(0x0u, 0x0u, 0x0u, 0x20000000u),
    );
}

// Adds 8 to each of the 64 hexadecimal digits: digit minus 8 is then a signed digit from -8 to 7. Takes scalars up to 2^254.9, which
// is (16^64 - 1) 7 / 15.
fn scalar_recode_hex(s: Words) -> Words {
    return words_add(s, Words(vec4<u32>(0x88888888u), vec4<u32>(0x88888888u)));
}

// Adds 2048 to each of 21 digits of twelve bits: those minus 2048 are then signed digits from -2048 to 2047, and the uppermost four bits
// stay what they are. Takes scalars below 2^255.
fn scalar_recode_windows(s: Words) -> Words {
    return words_add(
        s,
        Words(
            vec4<u32>(0x800800u, 0x8008008u, 0x80080080u, 0x800800u),
            vec4<u32>(0x8008008u, 0x80080080u, 0x800800u, 0x8008008u),
        ),
    );
}

// The remainder of a 512-bit number, given as sixteen little-endian words.
fn scalar_reduce(x0: Words, x1: Words) -> Words {
    let a0 = (x0.hi.w >> 28u) | (x1.lo.x << 4u);
    let a1 = (x1.lo.x >> 28u) | (x1.lo.y << 4u);
    let a2 = (x1.lo.y >> 28u) | (x1.lo.z << 4u);
    let a3 = (x1.lo.z >> 28u) | (x1.lo.w << 4u);
    let a4 = (x1.lo.w >> 28u) | (x1.hi.x << 4u);
    let a5 = (x1.hi.x >> 28u) | (x1.hi.y << 4u);
    let a6 = (x1.hi.y >> 28u) | (x1.hi.z << 4u);
    let a7 = (x1.hi.z >> 28u) | (x1.hi.w << 4u);
    let a8 = (x1.hi.w >> 28u);
    let low0 = Words(
        vec4<u32>(x0.lo.x, x0.lo.y, x0.lo.z, x0.lo.w),
        vec4<u32>(x0.hi.x, x0.hi.y, x0.hi.z, x0.hi.w & 0xfffffffu),
    );
    let y1_0_0 = mul_add(0x5cf5d3edu, a0, 0u, 0u);
    let y1_0_1 = mul_add(0x5812631au, a0, 0u, y1_0_0.y);
    let y1_0_2 = mul_add(0xa2f79cd6u, a0, 0u, y1_0_1.y);
    let y1_0_3 = mul_add(0x14def9deu, a0, 0u, y1_0_2.y);
    let y1_1_0 = mul_add(0x5cf5d3edu, a1, y1_0_1.x, 0u);
    let y1_1_1 = mul_add(0x5812631au, a1, y1_0_2.x, y1_1_0.y);
    let y1_1_2 = mul_add(0xa2f79cd6u, a1, y1_0_3.x, y1_1_1.y);
    let y1_1_3 = mul_add(0x14def9deu, a1, y1_0_3.y, y1_1_2.y);
    let y1_2_0 = mul_add(0x5cf5d3edu, a2, y1_1_1.x, 0u);
    let y1_2_1 = mul_add(0x5812631au, a2, y1_1_2.x, y1_2_0.y);
    let y1_2_2 = mul_add(0xa2f79cd6u, a2, y1_1_3.x, y1_2_1.y);
    let y1_2_3 = mul_add(0x14def9deu, a2, y1_1_3.y, y1_2_2.y);
    let y1_3_0 = mul_add(0x5cf5d3edu, a3, y1_2_1.x, 0u);
    let y1_3_1 = mul_add(0x5812631au, a3, y1_2_2.x, y1_3_0.y);
    let y1_3_2 = mul_add(0xa2f79cd6u, a3, y1_2_3.x, y1_3_1.y);
    let y1_3_3 = mul_add(0x14def9deu, a3, y1_2_3.y, y1_3_2.y);
    let y1_4_0 = mul_add(0x5cf5d3edu, a4, y1_3_1.x, 0u);
    let y1_4_1 = mul_add(0x5812631au, a4, y1_3_2.x, y1_4_0.y);
    let y1_4_2 = mul_add(0xa2f79cd6u, a4, y1_3_3.x, y1_4_1.y);
    let y1_4_3 = mul_add(0x14def9deu, a4, y1_3_3.y, y1_4_2.y);
    let y1_5_0 = mul_add(0x5cf5d3edu, a5, y1_4_1.x, 0u);
    let y1_5_1 = mul_add(0x5812631au, a5, y1_4_2.x, y1_5_0.y);
    let y1_5_2 = mul_add(0xa2f79cd6u, a5, y1_4_3.x, y1_5_1.y);
    let y1_5_3 = mul_add(0x14def9deu, a5, y1_4_3.y, y1_5_2.y);
    let y1_6_0 = mul_add(0x5cf5d3edu, a6, y1_5_1.x, 0u);
    let y1_6_1 = mul_add(0x5812631au, a6, y1_5_2.x, y1_6_0.y);
    let y1_6_2 = mul_add(0xa2f79cd6u, a6, y1_5_3.x, y1_6_1.y);
    let y1_6_3 = mul_add(0x14def9deu, a6, y1_5_3.y, y1_6_2.y);
    let y1_7_0 = mul_add(0x5cf5d3edu, a7, y1_6_1.x, 0u);
    let y1_7_1 = mul_add(0x5812631au, a7, y1_6_2.x, y1_7_0.y);
    let y1_7_2 = mul_add(0xa2f79cd6u, a7, y1_6_3.x, y1_7_1.y);
    let y1_7_3 = mul_add(0x14def9deu, a7, y1_6_3.y, y1_7_2.y);
    let y1_8_0 = mul_add(0x5cf5d3edu, a8, y1_7_1.x, 0u);
    let y1_8_1 = mul_add(0x5812631au, a8, y1_7_2.x, y1_8_0.y);
    let y1_8_2 = mul_add(0xa2f79cd6u, a8, y1_7_3.x, y1_8_1.y);
    let y1_8_3 = mul_add(0x14def9deu, a8, y1_7_3.y, y1_8_2.y);
    let b0 = (y1_7_0.x >> 28u) | (y1_8_0.x << 4u);
    let b1 = (y1_8_0.x >> 28u) | (y1_8_1.x << 4u);
    let b2 = (y1_8_1.x >> 28u) | (y1_8_2.x << 4u);
    let b3 = (y1_8_2.x >> 28u) | (y1_8_3.x << 4u);
    let b4 = (y1_8_3.x >> 28u) | (y1_8_3.y << 4u);
    let low1 = Words(
        vec4<u32>(y1_0_0.x, y1_1_0.x, y1_2_0.x, y1_3_0.x),
        vec4<u32>(y1_4_0.x, y1_5_0.x, y1_6_0.x, y1_7_0.x & 0xfffffffu),
    );
    let y2_0_0 = mul_add(0x5cf5d3edu, b0, 0u, 0u);
    let y2_0_1 = mul_add(0x5812631au, b0, 0u, y2_0_0.y);
    let y2_0_2 = mul_add(0xa2f79cd6u, b0, 0u, y2_0_1.y);
    let y2_0_3 = mul_add(0x14def9deu, b0, 0u, y2_0_2.y);
    let y2_1_0 = mul_add(0x5cf5d3edu, b1, y2_0_1.x, 0u);
    let y2_1_1 = mul_add(0x5812631au, b1, y2_0_2.x, y2_1_0.y);
    let y2_1_2 = mul_add(0xa2f79cd6u, b1, y2_0_3.x, y2_1_1.y);
    let y2_1_3 = mul_add(0x14def9deu, b1, y2_0_3.y, y2_1_2.y);
    let y2_2_0 = mul_add(0x5cf5d3edu, b2, y2_1_1.x, 0u);
    let y2_2_1 = mul_add(0x5812631au, b2, y2_1_2.x, y2_2_0.y);
    let y2_2_2 = mul_add(0xa2f79cd6u, b2, y2_1_3.x, y2_2_1.y);
    let y2_2_3 = mul_add(0x14def9deu, b2, y2_1_3.y, y2_2_2.y);
    let y2_3_0 = mul_add(0x5cf5d3edu, b3, y2_2_1.x, 0u);
    let y2_3_1 = mul_add(0x5812631au, b3, y2_2_2.x, y2_3_0.y);
    let y2_3_2 = mul_add(0xa2f79cd6u, b3, y2_2_3.x, y2_3_1.y);
    let y2_3_3 = mul_add(0x14def9deu, b3, y2_2_3.y, y2_3_2.y);
    let y2_4_0 = mul_add(0x5cf5d3edu, b4, y2_3_1.x, 0u);
    let y2_4_1 = mul_add(0x5812631au, b4, y2_3_2.x, y2_4_0.y);
    let y2_4_2 = mul_add(0xa2f79cd6u, b4, y2_3_3.x, y2_4_1.y);
    let y2_4_3 = mul_add(0x14def9deu, b4, y2_3_3.y, y2_4_2.y);
    let c0 = (y2_4_3.x >> 28u) | (y2_4_3.y << 4u);
    let low2 = Words(
        vec4<u32>(y2_0_0.x, y2_1_0.x, y2_2_0.x, y2_3_0.x),
        vec4<u32>(y2_4_0.x, y2_4_1.x, y2_4_2.x, y2_4_3.x & 0xfffffffu),
    );
    let y3_0_0 = mul_add(0x5cf5d3edu, c0, 0u, 0u);
    let y3_0_1 = mul_add(0x5812631au, c0, 0u, y3_0_0.y);
    let y3_0_2 = mul_add(0xa2f79cd6u, c0, 0u, y3_0_1.y);
    let y3_0_3 = mul_add(0x14def9deu, c0, 0u, y3_0_2.y);
    let y3 = Words(vec4<u32>(y3_0_0.x, y3_0_1.x, y3_0_2.x, y3_0_3.x), vec4<u32>(y3_0_3.y, 0u, 0u, 0u));
    var sum = words_add(words_sub(low0, low1), words_sub(low2, y3));
    sum = words_add(sum, scalar_order_twice());
    let twice = words_sub(sum, scalar_order_twice());
    let small = words_less(sum, scalar_order_twice());
    sum = Words(select(twice.lo, sum.lo, small), select(twice.hi, sum.hi, small));
    let once = words_sub(sum, scalar_order());
    let reduced = words_less(sum, scalar_order());
    return Words(select(once.lo, sum.lo, reduced), select(once.hi, sum.hi, reduced));
}
