// Field elements modulo p = 2^255 - 19: ten limbs of 26 and 25 bits in turn (limb i has weight 2^ceil(25.5 i)), products in
// u64. `Limb` (limb_u64.wgsl or limb_u32.wgsl) is what a limb is kept in, product_split.wgsl or product_plain.wgsl multiplies; which is
// faster depends on the device, results are the same.
//
// Bounds. A factor c says: even limbs <= c 2^26 and odd limbs <= c 2^25. "Tight" is c <= 1.01. Every function states what
// it takes and gives:
//   fe_unpack          gives 1
//   fe_mul(f, g)       takes g with 19 * limb < 2^32 (c <= 3.36 on even limbs, 6.7 on odd ones), f with 2 * limb < 2^32, and
//                      product of factors <= 31.8; gives tight. Proof: the largest column is h0 = f0 g0 + 19 (four even
//                      pairs) + 38 (five odd pairs) <= (1 + 76 + 47.5) 2^52 ab = 124.5 2^52 ab < 2^64 - 2^59 for ab <= 31.8;
//                      columns 1 to 9 are smaller, and a carry into a column is below 2^39. Last carries: c9 < 2^39, so
//                      h0 < 2^26 + 19 2^39, its carry is below 2^18 and h1 <= 2^25 + 2^18, h5 <= 2^25 + 2^14: factor 1.01.
//   fe_sq(f)           takes f <= 2.2; gives tight
//   fe_add             gives the sum of the factors
//   fe_sub(f, g)       takes g <= 1.99; adds 2p; gives f + 2
//   fe_sub_wide(f, g)  takes g <= 3.99; adds 4p; gives f + 4
//   fe_narrow(f)       even limbs become < 2^26, odd ones grow by less than 2^3 for f <= 7
//   fe_pack(f)         takes f <= 8; gives the canonical 32 bytes

struct Fe {
    l0: Limb,
    l1: Limb,
    l2: Limb,
    l3: Limb,
    l4: Limb,
    l5: Limb,
    l6: Limb,
    l7: Limb,
    l8: Limb,
    l9: Limb,
}

fn fe_zero() -> Fe {
    return Fe(Limb(0), Limb(0), Limb(0), Limb(0), Limb(0), Limb(0), Limb(0), Limb(0), Limb(0), Limb(0));
}

fn fe_one() -> Fe {
    return Fe(Limb(1), Limb(0), Limb(0), Limb(0), Limb(0), Limb(0), Limb(0), Limb(0), Limb(0), Limb(0));
}

fn fe_add(f: Fe, g: Fe) -> Fe {
    return Fe(
        f.l0 + g.l0,
        f.l1 + g.l1,
        f.l2 + g.l2,
        f.l3 + g.l3,
        f.l4 + g.l4,
        f.l5 + g.l5,
        f.l6 + g.l6,
        f.l7 + g.l7,
        f.l8 + g.l8,
        f.l9 + g.l9,
    );
}

fn fe_sub(f: Fe, g: Fe) -> Fe {
    return Fe(
        f.l0 + Limb(0x7ffffdau) - g.l0,
        f.l1 + Limb(0x3fffffeu) - g.l1,
        f.l2 + Limb(0x7fffffeu) - g.l2,
        f.l3 + Limb(0x3fffffeu) - g.l3,
        f.l4 + Limb(0x7fffffeu) - g.l4,
        f.l5 + Limb(0x3fffffeu) - g.l5,
        f.l6 + Limb(0x7fffffeu) - g.l6,
        f.l7 + Limb(0x3fffffeu) - g.l7,
        f.l8 + Limb(0x7fffffeu) - g.l8,
        f.l9 + Limb(0x3fffffeu) - g.l9,
    );
}

fn fe_sub_wide(f: Fe, g: Fe) -> Fe {
    return Fe(
        f.l0 + Limb(0xfffffb4u) - g.l0,
        f.l1 + Limb(0x7fffffcu) - g.l1,
        f.l2 + Limb(0xffffffcu) - g.l2,
        f.l3 + Limb(0x7fffffcu) - g.l3,
        f.l4 + Limb(0xffffffcu) - g.l4,
        f.l5 + Limb(0x7fffffcu) - g.l5,
        f.l6 + Limb(0xffffffcu) - g.l6,
        f.l7 + Limb(0x7fffffcu) - g.l7,
        f.l8 + Limb(0xffffffcu) - g.l8,
        f.l9 + Limb(0x7fffffcu) - g.l9,
    );
}

fn fe_select(f: Fe, g: Fe, take_g: bool) -> Fe {
    return Fe(
        select(f.l0, g.l0, take_g),
        select(f.l1, g.l1, take_g),
        select(f.l2, g.l2, take_g),
        select(f.l3, g.l3, take_g),
        select(f.l4, g.l4, take_g),
        select(f.l5, g.l5, take_g),
        select(f.l6, g.l6, take_g),
        select(f.l7, g.l7, take_g),
        select(f.l8, g.l8, take_g),
        select(f.l9, g.l9, take_g),
    );
}

fn fe_narrow(f: Fe) -> Fe {
    return Fe(
        f.l0 & Limb(0x3ffffffu),
        f.l1 + (f.l0 >> 26u),
        f.l2 & Limb(0x3ffffffu),
        f.l3 + (f.l2 >> 26u),
        f.l4 & Limb(0x3ffffffu),
        f.l5 + (f.l4 >> 26u),
        f.l6 & Limb(0x3ffffffu),
        f.l7 + (f.l6 >> 26u),
        f.l8 & Limb(0x3ffffffu),
        f.l9 + (f.l8 >> 26u),
    );
}

// Columns of a product to limbs.
fn fe_carry(c0: u64, c1: u64, c2: u64, c3: u64, c4: u64, c5: u64, c6: u64, c7: u64, c8: u64, c9: u64) -> Fe {
    var h0 = c0;
    var h1 = c1;
    var h2 = c2;
    var h3 = c3;
    var h4 = c4;
    var h5 = c5;
    var h6 = c6;
    var h7 = c7;
    var h8 = c8;
    var h9 = c9;
    h1 += (h0 >> 26u);
    h0 &= 0x3fffffflu;
    h5 += (h4 >> 26u);
    h4 &= 0x3fffffflu;
    h2 += (h1 >> 25u);
    h1 &= 0x1fffffflu;
    h6 += (h5 >> 25u);
    h5 &= 0x1fffffflu;
    h3 += (h2 >> 26u);
    h2 &= 0x3fffffflu;
    h7 += (h6 >> 26u);
    h6 &= 0x3fffffflu;
    h4 += (h3 >> 25u);
    h3 &= 0x1fffffflu;
    h8 += (h7 >> 25u);
    h7 &= 0x1fffffflu;
    h5 += (h4 >> 26u);
    h4 &= 0x3fffffflu;
    h9 += (h8 >> 26u);
    h8 &= 0x3fffffflu;
    h0 += 19lu * (h9 >> 25u);
    h9 &= 0x1fffffflu;
    h1 += (h0 >> 26u);
    h0 &= 0x3fffffflu;
    return Fe(Limb(h0), Limb(h1), Limb(h2), Limb(h3), Limb(h4), Limb(h5), Limb(h6), Limb(h7), Limb(h8), Limb(h9));
}

// 32 little-endian bytes below 2^255 (bit 255 is ignored), canonical or not.
fn fe_unpack(lo: vec4<u32>, hi: vec4<u32>) -> Fe {
    return Fe(
        Limb(lo.x & 0x3ffffffu),
        Limb(((lo.x >> 26u) | (lo.y << 6u)) & 0x1ffffffu),
        Limb(((lo.y >> 19u) | (lo.z << 13u)) & 0x3ffffffu),
        Limb(((lo.z >> 13u) | (lo.w << 19u)) & 0x1ffffffu),
        Limb(lo.w >> 6u),
        Limb(hi.x & 0x1ffffffu),
        Limb(((hi.x >> 25u) | (hi.y << 7u)) & 0x3ffffffu),
        Limb(((hi.y >> 19u) | (hi.z << 13u)) & 0x1ffffffu),
        Limb(((hi.z >> 12u) | (hi.w << 20u)) & 0x3ffffffu),
        Limb((hi.w >> 6u) & 0x1ffffffu),
    );
}

// The canonical 32 little-endian bytes. First a pass that brings the value below 2^255 + 19 * 2^8 (the carry out of limb 9 is
// below 2^8 for factors <= 8); q is then 1 exactly if the value is at least p, because v >= p means v + 19 >= 2^255.
fn fe_pack(f: Fe) -> Words {
    var h0 = u32(f.l0);
    var h1 = u32(f.l1);
    var h2 = u32(f.l2);
    var h3 = u32(f.l3);
    var h4 = u32(f.l4);
    var h5 = u32(f.l5);
    var h6 = u32(f.l6);
    var h7 = u32(f.l7);
    var h8 = u32(f.l8);
    var h9 = u32(f.l9);
    h1 += (h0 >> 26u);
    h0 &= 0x3ffffffu;
    h2 += (h1 >> 25u);
    h1 &= 0x1ffffffu;
    h3 += (h2 >> 26u);
    h2 &= 0x3ffffffu;
    h4 += (h3 >> 25u);
    h3 &= 0x1ffffffu;
    h5 += (h4 >> 26u);
    h4 &= 0x3ffffffu;
    h6 += (h5 >> 25u);
    h5 &= 0x1ffffffu;
    h7 += (h6 >> 26u);
    h6 &= 0x3ffffffu;
    h8 += (h7 >> 25u);
    h7 &= 0x1ffffffu;
    h9 += (h8 >> 26u);
    h8 &= 0x3ffffffu;
    h0 += 19u * (h9 >> 25u);
    h9 &= 0x1ffffffu;
    var q = (h0 + 19u) >> 26u;
    q = (h1 + q) >> 25u;
    q = (h2 + q) >> 26u;
    q = (h3 + q) >> 25u;
    q = (h4 + q) >> 26u;
    q = (h5 + q) >> 25u;
    q = (h6 + q) >> 26u;
    q = (h7 + q) >> 25u;
    q = (h8 + q) >> 26u;
    q = (h9 + q) >> 25u;
    h0 += 19u * q;
    h1 += h0 >> 26u;
    h0 &= 0x3ffffffu;
    h2 += h1 >> 25u;
    h1 &= 0x1ffffffu;
    h3 += h2 >> 26u;
    h2 &= 0x3ffffffu;
    h4 += h3 >> 25u;
    h3 &= 0x1ffffffu;
    h5 += h4 >> 26u;
    h4 &= 0x3ffffffu;
    h6 += h5 >> 25u;
    h5 &= 0x1ffffffu;
    h7 += h6 >> 26u;
    h6 &= 0x3ffffffu;
    h8 += h7 >> 25u;
    h7 &= 0x1ffffffu;
    h9 += h8 >> 26u;
    h8 &= 0x3ffffffu;
    h9 &= 0x1ffffffu;
    return Words(
        vec4<u32>(
            h0 | (h1 << 26u),
            (h1 >> 6u) | (h2 << 19u),
            (h2 >> 13u) | (h3 << 13u),
            (h3 >> 19u) | (h4 << 6u),
        ),
        vec4<u32>(
            h5 | (h6 << 25u),
            (h6 >> 7u) | (h7 << 19u),
            (h7 >> 13u) | (h8 << 12u),
            (h8 >> 20u) | (h9 << 6u),
        ),
    );
}
