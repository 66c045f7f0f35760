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

fn words_small(value: u32) -> Words {
    return Words(vec4<u32>(value, 0u, 0u, 0u), vec4<u32>(0u));
}

// a f + b g modulo 2^256, word by word with carries of both signs; the result is not negative, |a| and |b| are below 2^14: every sum is
// within 2 (2^16 - 1) (2^14 - 1) + 2^15 < 2^31.
fn words_linear(f: Words, a: i32, g: Words, b: i32) -> Words {
    let t0 = linear_word(f.lo.x, a, g.lo.x, b, 0);
    let t1 = linear_word(f.lo.y, a, g.lo.y, b, t0.y);
    let t2 = linear_word(f.lo.z, a, g.lo.z, b, t1.y);
    let t3 = linear_word(f.lo.w, a, g.lo.w, b, t2.y);
    let t4 = linear_word(f.hi.x, a, g.hi.x, b, t3.y);
    let t5 = linear_word(f.hi.y, a, g.hi.y, b, t4.y);
    let t6 = linear_word(f.hi.z, a, g.hi.z, b, t5.y);
    let t7 = linear_word(f.hi.w, a, g.hi.w, b, t6.y);
    return Words(
        bitcast<vec4<u32>>(vec4<i32>(t0.x, t1.x, t2.x, t3.x)),
        bitcast<vec4<u32>>(vec4<i32>(t4.x, t5.x, t6.x, t7.x)),
    );
}

// (word, carry) of a f + b g + carry in.
fn linear_word(f: u32, a: i32, g: u32, b: i32, carry: i32) -> vec2<i32> {
    let low = i32(f & 0xffffu) * a + i32(g & 0xffffu) * b + carry;
    let high = i32(f >> 16u) * a + i32(g >> 16u) * b + (low >> 16u);
    return vec2<i32>((low & 0xffff) | (high << 16u), high >> 16u);
}

// Steps of Euclid's algorithm: r0 becomes a r0 - b r1 and r1 becomes d r1 - c r0, both negated after an odd number of swaps.
struct Steps {
    a: u32,
    b: u32,
    c: u32,
    d: u32,
    odd: bool,
}

// As many steps as the leading 32 bits of r0 >= r1 decide (Lehmer 1938), while both stay at 2^128 or above: where to stop is decided
// on the whole numbers. y0 and y1 begin as r0 and r1 without their last k bits. What comes of a r0 - b r1 differs from the same of
// these by less than max(a, b) 2^k, so it is above least 2^k where the latter is at least max(a, b) + least.
fn leading_steps(of_r0: Leading, of_r1: Leading) -> Steps {
    let least = 1u << (160u - min(of_r0.bits, 160u));
    let apart = of_r0.bits - of_r1.bits;
    var y0 = of_r0.upper;
    var y1 = select(0u, of_r1.upper >> (apart & 31u), apart < 32u && of_r1.bits > 128u);
    var row0 = vec2<u32>(1u, 0u);
    var row1 = vec2<u32>(0u, 1u);
    var odd = false;
    var step = 0u;
    loop {
        let zeros = countLeadingZeros(max(y1, 1u)) - countLeadingZeros(y0);
        let shift = zeros - select(0u, 1u, (y1 << zeros) > y0);
        let y = y0 - (y1 << shift);
        let row = row0 + (row1 << vec2<u32>(min(shift, 14u)));
        let most = max(row.x, row.y);
        let sure = y1 != 0u && shift < 14u && most < (1u << 14u) && y >= most + least;
        let swap = sure && y < y1;
        y0 = select(select(y0, y, sure), y1, swap);
        y1 = select(y1, y, swap);
        let other = row1;
        row1 = select(row1, row, swap);
        row0 = select(select(row0, row, sure), other, swap);
        odd = odd != swap;
        step++;
        if !sure || step == 64u {
            break;
        }
    }
    return Steps(row0.x, row0.y, row1.x, row1.y, odd);
}

// Whether Euclid's algorithm has come far enough.
fn is_halved(r0: Words, r1: Words, t1: Words) -> bool {
    let short = all(r1.hi == vec4<u32>(0u));
    return short && ((t1.lo.x & 1u) == 1u || r1.lo.w == 0u || (all(r0.hi.yzw == vec3<u32>(0u)) && r0.hi.x < 4u));
}

// More rounds than 256 and 253 bits need: each takes a bit from one number, or nearly.
const HALVE_ROUNDS = 640u;

// For a scalar h below L.
fn scalar_halve(h: Words) -> Halves {
    var r0 = Words(
        vec4<u32>(0xe7ae9f68u, 0xc09318d2u, 0x17bce6b2u, 0xa6f7cef5u),
        vec4<u32>(0u, 0u, 0u, 0x80000000u),
    );
    var r1 = h;
    var t0 = words_small(0u);
    var t1 = words_small(1u);
    var negative = false;
    var round = 0u;
    if !is_halved(r0, r1, t1) {
        loop {
            let of_r0 = words_leading(r0);
            let of_r1 = words_leading(r1);
            var steps = leading_steps(of_r0, of_r1);
            // None: one with the largest shift with which r1 is surely not above r0.
            let none = steps.b == 0u && steps.c == 0u;
            let apart = of_r0.bits - of_r1.bits;
            let over = apart > 0u && of_r0.upper <= of_r1.upper;
            let shift = select(0u, apart - select(0u, 1u, over), none);
            steps.b = select(steps.b, 1u, none);
            let plus = select(vec4<i32>(1, -1, -1, 1), vec4<i32>(-1, 1, 1, -1), steps.odd);
            let signed = plus * vec4<i32>(vec4<u32>(steps.a, steps.b, steps.c, steps.d));
            let n0 = words_linear(r0, signed.x, words_shift(r1, shift), signed.y);
            let n1 = words_linear(r0, signed.z, r1, signed.w);
            let m0 = words_linear(t0, i32(steps.a), words_shift(t1, shift), i32(steps.b));
            let m1 = words_linear(t0, i32(steps.c), t1, i32(steps.d));
            let swap = words_less(n0, n1);
            r0 = words_select(n0, n1, swap);
            r1 = words_select(n1, n0, swap);
            t0 = words_select(m0, m1, swap);
            t1 = words_select(m1, m0, swap);
            negative = negative != (steps.odd != swap);
            round++;
            if is_halved(r0, r1, t1) || round == HALVE_ROUNDS {
                break;
            }
        }
    }
    if (t1.lo.x & 1u) == 1u {
        return Halves(t1, r1, negative);
    }
    if r1.lo.w == 0u {
        return Halves(words_small(1u), h, false);
    }
    return Halves(t0, r0, !negative);
}

// 8 u and 8 v, for zip215, which asks whether 8 times the sum is the identity. 8 L A is, so a v of 252 bits or more may give way to
// v - L: at most L - 2^251 is left of either, and eight times that has 64 digits.
fn halves_times_eight(h: Halves) -> Halves {
    let long = (h.v.hi.w >> 27u) != 0u;
    let v = words_select(h.v, words_sub(scalar_order(), h.v), long);
    return Halves(words_shift(h.u, 3u), words_shift(v, 3u), h.negative != long);
}

// Digits from -8 to 7 that a number has at most: n of them reach (16^n - 1) 7 / 15, hexadecimal 77...7.
fn digits_of(number: Leading) -> u32 {
    return (number.bits + select(1u, 0u, number.upper < 0xeeeeeeeeu)) / 4u + 1u;
}

fn hex_digits(halves: Halves) -> u32 {
    return max(digits_of(words_leading(halves.u)), digits_of(words_leading(halves.v)));
}

// u s modulo L for u below 2^192, from u's upper word down.
fn scalar_multiply(u: Words, s: Words) -> Words {
    var rest = u;
    var low = words_small(0u);
    var high = words_small(0u);
    var word = 0u;
    loop {
        let digit = rest.hi.y;
        rest = words_up(rest);
        let p0 = mul_add(digit, s.lo.x, 0u, 0u);
        let p1 = mul_add(digit, s.lo.y, low.lo.x, p0.y);
        let p2 = mul_add(digit, s.lo.z, low.lo.y, p1.y);
        let p3 = mul_add(digit, s.lo.w, low.lo.z, p2.y);
        let p4 = mul_add(digit, s.hi.x, low.lo.w, p3.y);
        let p5 = mul_add(digit, s.hi.y, low.hi.x, p4.y);
        let p6 = mul_add(digit, s.hi.z, low.hi.y, p5.y);
        let p7 = mul_add(digit, s.hi.w, low.hi.z, p6.y);
        high = words_up(high);
        high.lo.x = low.hi.w;
        high = words_add(high, words_small(p7.y));
        low = Words(vec4<u32>(p0.x, p1.x, p2.x, p3.x), vec4<u32>(p4.x, p5.x, p6.x, p7.x));
        word++;
        if word == 6u {
            break;
        }
    }
    return scalar_reduce(low, high);
}
