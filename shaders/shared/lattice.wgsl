// Two scalars of half the length for one (Antipa, Brown, Gallant, Lambert, Struik, Vanstone 2005). The points form a group of 8 L
// elements, and for odd u below L a multiple u P is the identity exactly where P is. So s B - h A - R is judged by
// (u s) B - v A - u R with v = u h modulo 8 L: modulo 8 L, because A may have a part of small order.
//
// Euclid's algorithm on r0 = 8 L and r1 = h, with r = t h (modulo 8 L) for both pairs (r, t), runs until r1 < 2^128. Signs of t alternate,
// so r0 |t1| + r1 |t0| = 8 L throughout. t0 and t1 never share a factor, so one of them is odd:
//   t1 odd: (t1, r1), and |t1| <= 8 L / r0 < 2^128.
//   t1 even: r0 is reduced further, below 2^130: (t0, r0) with |t0| <= 8 L / r1. Where r1 is below 2^96 (one hash in 2^32 or so) that could
//   be long, and in the extreme a multiple of L: then (1, h) serves, which is always right.

struct Halves {
    u: Words,
    v: Words,
    // u is to be taken negative.
    negative: bool,
}

// Bits of a number, 0 for 0, and its uppermost 32 from the first one on.
struct Leading {
    bits: u32,
    upper: u32,
}

fn words_leading(w: Words) -> Leading {
    var top = w.lo.x;
    var next = 0u;
    var bits = 32u;
    for (var half = 0u; half < 2u; half++) {
        let part = select(w.lo, w.hi, half == 1u);
        if half == 1u && part.x != 0u {
            next = w.lo.w;
            top = part.x;
            bits = 160u;
        }
        if part.y != 0u {
            next = part.x;
            top = part.y;
            bits = 64u + 128u * half;
        }
        if part.z != 0u {
            next = part.y;
            top = part.z;
            bits = 96u + 128u * half;
        }
        if part.w != 0u {
            next = part.z;
            top = part.w;
            bits = 128u + 128u * half;
        }
    }
    let zeros = countLeadingZeros(top);
    return Leading(bits - zeros, (top << (zeros & 31u)) | ((next >> 1u) >> (31u - (zeros & 31u))));
}

// w 2^32 modulo 2^256.
fn words_up(w: Words) -> Words {
    return Words(vec4<u32>(0u, w.lo.xyz), vec4<u32>(w.lo.w, w.hi.xyz));
}

// w 2^shift modulo 2^256, for shifts below 256. Nearly all shifts are below 32.
fn words_shift(w: Words, shift: u32) -> Words {
    var up = w;
    var words = shift / 32u;
    loop {
        let one = words_up(up);
        up = Words(select(up.lo, one.lo, words > 0u), select(up.hi, one.hi, words > 0u));
        if words < 2u {
            break;
        }
        words--;
    }
    let left = vec4<u32>(shift & 31u);
    let below = words_up(up);
    return Words(
        (up.lo << left) | ((below.lo >> vec4<u32>(1u)) >> (vec4<u32>(31u) - left)),
        (up.hi << left) | ((below.hi >> vec4<u32>(1u)) >> (vec4<u32>(31u) - left)),
    );
}

fn words_select(a: Words, b: Words, take_b: bool) -> Words {
    return Words(select(a.lo, b.lo, take_b), select(a.hi, b.hi, take_b));
}

fn words_small(value: u32) -> Words {
    return Words(vec4<u32>(value, 0u, 0u, 0u), vec4<u32>(0u));
}

// More steps than numbers of 256 and 253 bits have: each takes a bit from one of them, or nearly.
const HALVE_STEPS = 640u;

// For a scalar h below L.
fn scalar_halve(h: Words) -> Halves {
    var r0 = Words(
        vec4<u32>(0xe7ae9f68u, 0xc09318d2u, 0x17bce6b2u, 0xa6f7cef5u),
        vec4<u32>(0u, 0u, 0u, 0x80000000u),
    );
    var r1 = h;
    var t0 = words_small(0u);
    var t1 = words_small(1u);
    var of_r0 = words_leading(r0);
    var of_r1 = words_leading(r1);
    var negative = false;
    var step = 0u;
    loop {
        let short = all(r1.hi == vec4<u32>(0u));
        let enough = (t1.lo.x & 1u) == 1u || r1.lo.w == 0u || (all(r0.hi.yzw == vec3<u32>(0u)) && r0.hi.x < 4u);
        if (short && enough) || step == HALVE_STEPS {
            break;
        }
        step++;
        // The largest shift with which r1 is surely not above r0.
        let over = of_r0.bits > of_r1.bits && of_r0.upper <= of_r1.upper;
        let shift = of_r0.bits - of_r1.bits - select(0u, 1u, over);
        r0 = words_sub(r0, words_shift(r1, shift));
        t0 = words_add(t0, words_shift(t1, shift));
        of_r0 = words_leading(r0);
        let swap = words_less(r0, r1);
        let r = words_select(r1, r0, swap);
        let t = words_select(t1, t0, swap);
        r0 = words_select(r0, r1, swap);
        t0 = words_select(t0, t1, swap);
        r1 = r;
        t1 = t;
        let of_r = of_r1;
        of_r1 = Leading(select(of_r1.bits, of_r0.bits, swap), select(of_r1.upper, of_r0.upper, swap));
        of_r0 = Leading(select(of_r0.bits, of_r.bits, swap), select(of_r0.upper, of_r.upper, swap));
        negative = negative != swap;
    }
    if (t1.lo.x & 1u) == 1u {
        return Halves(t1, r1, negative);
    }
    if r1.lo.w == 0u {
        return Halves(words_small(1u), h, false);
    }
    return Halves(t0, r0, !negative);
}

// Digits from -8 to 7 that both halves have at most: n of them reach (16^n - 1) 7 / 15.
fn hex_digits(halves: Halves) -> u32 {
    return (max(words_leading(halves.u).bits, words_leading(halves.v).bits) + 1u) / 4u + 1u;
}

// u s modulo L for u below 2^192, from u's upper word down.
fn scalar_multiply(u: Words, s: Words) -> Words {
    var rest = u;
    var product = words_small(0u);
    var word = 0u;
    loop {
        let digit = rest.hi.y;
        rest = words_up(rest);
        let p0 = mul_add(digit, s.lo.x, 0u, 0u);
        let p1 = mul_add(digit, s.lo.y, product.lo.x, p0.y);
        let p2 = mul_add(digit, s.lo.z, product.lo.y, p1.y);
        let p3 = mul_add(digit, s.lo.w, product.lo.z, p2.y);
        let p4 = mul_add(digit, s.hi.x, product.lo.w, p3.y);
        let p5 = mul_add(digit, s.hi.y, product.hi.x, p4.y);
        let p6 = mul_add(digit, s.hi.z, product.hi.y, p5.y);
        let p7 = mul_add(digit, s.hi.w, product.hi.z, p6.y);
        let top = mul_add(1u, product.hi.w, p7.y, 0u);
        product = scalar_reduce(
            Words(vec4<u32>(p0.x, p1.x, p2.x, p3.x), vec4<u32>(p4.x, p5.x, p6.x, p7.x)),
            Words(vec4<u32>(top.x, top.y, 0u, 0u), vec4<u32>(0u)),
        );
        word++;
        if word == 6u {
            break;
        }
    }
    return product;
}
