// Field elements modulo p = 2^255 - 19 in u32 alone: twenty limbs of 13 bits (260 bits; 2^260 = 608 mod p).
//
// Bounds. Every function takes and gives "tight" elements: limbs <= 8200.
//   fe_mul, fe_sq  A column has at most 20 products: 20 * 8200^2 < 1.345e9. Columns 20 to 38 are carried in order; a carry is at most
//                  (1.345e9 + 2^18) / 2^13 < 164,300, so what would be column 39 is below 164,300 and carries at most 20 into
//                  column 40. Folding adds 608 * 8191 < 5e6 to columns 0 to 19 and 369,664 * 20 < 7.4e6 (608^2, column 40) to
//                  column 0: below 1.36e9 < 2^32. The low chain leaves limbs < 2^13 and a carry out of limb 19 below 166,100; 608
//                  times that is < 1.02e8 in limb 0, whose carry is < 12,400; limb 1 < 20,600 carries at most 2: limb 2 <= 8193.
//   fe_add         Sums <= 16,400; the pass of fe_settle leaves limbs <= 8191 + 2, and limb 0 is carried twice, because the
//                  carry out of the top comes back as 608 times 2 at most: limb 1 <= 8191 + 2 + 1.
//   fe_sub         Adds 64 p = 2^261 - 1216 with limbs 16,382 (limb 0: 15,168), all above 8200: sums <= 24,582, carries <= 3, the
//                  top's 608 * 3; limbs <= 8195.
//   fe_pack        gives the canonical 32 bytes.

struct Fe {
    l0: u32, l1: u32, l2: u32, l3: u32,
    l4: u32, l5: u32, l6: u32, l7: u32,
    l8: u32, l9: u32, l10: u32, l11: u32,
    l12: u32, l13: u32, l14: u32, l15: u32,
    l16: u32, l17: u32, l18: u32, l19: u32,
}

fn fe_zero() -> Fe {
    return Fe(0u, 0u, 0u, 0u, 0u, 0u, 0u, 0u, 0u, 0u, 0u, 0u, 0u, 0u, 0u, 0u, 0u, 0u, 0u, 0u);
}

fn fe_one() -> Fe {
    return Fe(1u, 0u, 0u, 0u, 0u, 0u, 0u, 0u, 0u, 0u, 0u, 0u, 0u, 0u, 0u, 0u, 0u, 0u, 0u, 0u);
}

// One carry pass over sums of at most 2^16; the carry out of the top comes back as 608.
fn fe_settle(s0: u32, s1: u32, s2: u32, s3: u32, s4: u32, s5: u32, s6: u32, s7: u32, s8: u32, s9: u32, s10: u32, s11: u32, s12: u32, s13: u32, s14: u32, s15: u32, s16: u32, s17: u32, s18: u32, s19: u32) -> Fe {
    let top = s19 >> 13u;
    let first = (s0 & 8191u) + 608u * top;
    return Fe(
        first & 8191u,
        (s1 & 8191u) + (s0 >> 13u) + (first >> 13u),
        (s2 & 8191u) + (s1 >> 13u), (s3 & 8191u) + (s2 >> 13u), (s4 & 8191u) + (s3 >> 13u), (s5 & 8191u) + (s4 >> 13u),
        (s6 & 8191u) + (s5 >> 13u), (s7 & 8191u) + (s6 >> 13u), (s8 & 8191u) + (s7 >> 13u), (s9 & 8191u) + (s8 >> 13u),
        (s10 & 8191u) + (s9 >> 13u), (s11 & 8191u) + (s10 >> 13u), (s12 & 8191u) + (s11 >> 13u), (s13 & 8191u) + (s12 >> 13u),
        (s14 & 8191u) + (s13 >> 13u), (s15 & 8191u) + (s14 >> 13u), (s16 & 8191u) + (s15 >> 13u), (s17 & 8191u) + (s16 >> 13u),
        (s18 & 8191u) + (s17 >> 13u), (s19 & 8191u) + (s18 >> 13u),
    );
}

fn fe_add(f: Fe, g: Fe) -> Fe {
    return fe_settle(
        f.l0 + g.l0, f.l1 + g.l1, f.l2 + g.l2, f.l3 + g.l3,
        f.l4 + g.l4, f.l5 + g.l5, f.l6 + g.l6, f.l7 + g.l7,
        f.l8 + g.l8, f.l9 + g.l9, f.l10 + g.l10, f.l11 + g.l11,
        f.l12 + g.l12, f.l13 + g.l13, f.l14 + g.l14, f.l15 + g.l15,
        f.l16 + g.l16, f.l17 + g.l17, f.l18 + g.l18, f.l19 + g.l19,
    );
}

fn fe_sub(f: Fe, g: Fe) -> Fe {
    return fe_settle(
        f.l0 + 15168u - g.l0, f.l1 + 16382u - g.l1, f.l2 + 16382u - g.l2, f.l3 + 16382u - g.l3,
        f.l4 + 16382u - g.l4, f.l5 + 16382u - g.l5, f.l6 + 16382u - g.l6, f.l7 + 16382u - g.l7,
        f.l8 + 16382u - g.l8, f.l9 + 16382u - g.l9, f.l10 + 16382u - g.l10, f.l11 + 16382u - g.l11,
        f.l12 + 16382u - g.l12, f.l13 + 16382u - g.l13, f.l14 + 16382u - g.l14, f.l15 + 16382u - g.l15,
        f.l16 + 16382u - g.l16, f.l17 + 16382u - g.l17, f.l18 + 16382u - g.l18, f.l19 + 16382u - g.l19,
    );
}

fn fe_sub_wide(f: Fe, g: Fe) -> Fe {
    return fe_sub(f, g);
}

fn fe_narrow(f: Fe) -> Fe {
    return f;
}

fn fe_select(f: Fe, g: Fe, take_g: bool) -> Fe {
    return Fe(
        select(f.l0, g.l0, take_g), select(f.l1, g.l1, take_g), select(f.l2, g.l2, take_g), select(f.l3, g.l3, take_g),
        select(f.l4, g.l4, take_g), select(f.l5, g.l5, take_g), select(f.l6, g.l6, take_g), select(f.l7, g.l7, take_g),
        select(f.l8, g.l8, take_g), select(f.l9, g.l9, take_g), select(f.l10, g.l10, take_g), select(f.l11, g.l11, take_g),
        select(f.l12, g.l12, take_g), select(f.l13, g.l13, take_g), select(f.l14, g.l14, take_g), select(f.l15, g.l15, take_g),
        select(f.l16, g.l16, take_g), select(f.l17, g.l17, take_g), select(f.l18, g.l18, take_g), select(f.l19, g.l19, take_g),
    );
}

// Columns of a product to limbs.
fn fe_carry(c0: u32, c1: u32, c2: u32, c3: u32, c4: u32, c5: u32, c6: u32, c7: u32, c8: u32, c9: u32, c10: u32, c11: u32, c12: u32, c13: u32, c14: u32, c15: u32, c16: u32, c17: u32, c18: u32, c19: u32, c20: u32, c21: u32, c22: u32, c23: u32, c24: u32, c25: u32, c26: u32, c27: u32, c28: u32, c29: u32, c30: u32, c31: u32, c32: u32, c33: u32, c34: u32, c35: u32, c36: u32, c37: u32, c38: u32) -> Fe {
    var high = c20;
    let e0 = high & 8191u;
    high = c21 + (high >> 13u);
    let e1 = high & 8191u;
    high = c22 + (high >> 13u);
    let e2 = high & 8191u;
    high = c23 + (high >> 13u);
    let e3 = high & 8191u;
    high = c24 + (high >> 13u);
    let e4 = high & 8191u;
    high = c25 + (high >> 13u);
    let e5 = high & 8191u;
    high = c26 + (high >> 13u);
    let e6 = high & 8191u;
    high = c27 + (high >> 13u);
    let e7 = high & 8191u;
    high = c28 + (high >> 13u);
    let e8 = high & 8191u;
    high = c29 + (high >> 13u);
    let e9 = high & 8191u;
    high = c30 + (high >> 13u);
    let e10 = high & 8191u;
    high = c31 + (high >> 13u);
    let e11 = high & 8191u;
    high = c32 + (high >> 13u);
    let e12 = high & 8191u;
    high = c33 + (high >> 13u);
    let e13 = high & 8191u;
    high = c34 + (high >> 13u);
    let e14 = high & 8191u;
    high = c35 + (high >> 13u);
    let e15 = high & 8191u;
    high = c36 + (high >> 13u);
    let e16 = high & 8191u;
    high = c37 + (high >> 13u);
    let e17 = high & 8191u;
    high = c38 + (high >> 13u);
    let e18 = high & 8191u;
    high = (high >> 13u);
    let e19 = high & 8191u;
    let e20 = high >> 13u;
    var low = c0 + 608u * e0 + 369664u * e20;
    let h0 = low & 8191u;
    low = c1 + 608u * e1 + (low >> 13u);
    let h1 = low & 8191u;
    low = c2 + 608u * e2 + (low >> 13u);
    let h2 = low & 8191u;
    low = c3 + 608u * e3 + (low >> 13u);
    let h3 = low & 8191u;
    low = c4 + 608u * e4 + (low >> 13u);
    let h4 = low & 8191u;
    low = c5 + 608u * e5 + (low >> 13u);
    let h5 = low & 8191u;
    low = c6 + 608u * e6 + (low >> 13u);
    let h6 = low & 8191u;
    low = c7 + 608u * e7 + (low >> 13u);
    let h7 = low & 8191u;
    low = c8 + 608u * e8 + (low >> 13u);
    let h8 = low & 8191u;
    low = c9 + 608u * e9 + (low >> 13u);
    let h9 = low & 8191u;
    low = c10 + 608u * e10 + (low >> 13u);
    let h10 = low & 8191u;
    low = c11 + 608u * e11 + (low >> 13u);
    let h11 = low & 8191u;
    low = c12 + 608u * e12 + (low >> 13u);
    let h12 = low & 8191u;
    low = c13 + 608u * e13 + (low >> 13u);
    let h13 = low & 8191u;
    low = c14 + 608u * e14 + (low >> 13u);
    let h14 = low & 8191u;
    low = c15 + 608u * e15 + (low >> 13u);
    let h15 = low & 8191u;
    low = c16 + 608u * e16 + (low >> 13u);
    let h16 = low & 8191u;
    low = c17 + 608u * e17 + (low >> 13u);
    let h17 = low & 8191u;
    low = c18 + 608u * e18 + (low >> 13u);
    let h18 = low & 8191u;
    low = c19 + 608u * e19 + (low >> 13u);
    let h19 = low & 8191u;
    let first = h0 + 608u * (low >> 13u);
    let second = h1 + (first >> 13u);
    return Fe(first & 8191u, second & 8191u, h2 + (second >> 13u), h3, h4, h5, h6, h7, h8, h9, h10, h11, h12, h13, h14, h15, h16, h17, h18, h19);
}

fn fe_mul(f: Fe, g: Fe) -> Fe {
    return fe_carry(
        f.l0 * g.l0,
        f.l0 * g.l1 + f.l1 * g.l0,
        f.l0 * g.l2 + f.l1 * g.l1 + f.l2 * g.l0,
        f.l0 * g.l3 + f.l1 * g.l2 + f.l2 * g.l1 + f.l3 * g.l0,
        f.l0 * g.l4 + f.l1 * g.l3 + f.l2 * g.l2 + f.l3 * g.l1 + f.l4 * g.l0,
        f.l0 * g.l5 + f.l1 * g.l4 + f.l2 * g.l3 + f.l3 * g.l2 + f.l4 * g.l1 + f.l5 * g.l0,
        f.l0 * g.l6 + f.l1 * g.l5 + f.l2 * g.l4 + f.l3 * g.l3 + f.l4 * g.l2 + f.l5 * g.l1 + f.l6 * g.l0,
        f.l0 * g.l7 + f.l1 * g.l6 + f.l2 * g.l5 + f.l3 * g.l4 + f.l4 * g.l3 + f.l5 * g.l2 + f.l6 * g.l1 + f.l7 * g.l0,
        f.l0 * g.l8 + f.l1 * g.l7 + f.l2 * g.l6 + f.l3 * g.l5 + f.l4 * g.l4 + f.l5 * g.l3 + f.l6 * g.l2 + f.l7 * g.l1 + f.l8 * g.l0,
        f.l0 * g.l9 + f.l1 * g.l8 + f.l2 * g.l7 + f.l3 * g.l6 + f.l4 * g.l5 + f.l5 * g.l4 + f.l6 * g.l3 + f.l7 * g.l2 + f.l8 * g.l1 + f.l9 * g.l0,
        f.l0 * g.l10 + f.l1 * g.l9 + f.l2 * g.l8 + f.l3 * g.l7 + f.l4 * g.l6 + f.l5 * g.l5 + f.l6 * g.l4 + f.l7 * g.l3 + f.l8 * g.l2 + f.l9 * g.l1 + f.l10 * g.l0,
        f.l0 * g.l11 + f.l1 * g.l10 + f.l2 * g.l9 + f.l3 * g.l8 + f.l4 * g.l7 + f.l5 * g.l6 + f.l6 * g.l5 + f.l7 * g.l4 + f.l8 * g.l3 + f.l9 * g.l2 + f.l10 * g.l1 + f.l11 * g.l0,
        f.l0 * g.l12 + f.l1 * g.l11 + f.l2 * g.l10 + f.l3 * g.l9 + f.l4 * g.l8 + f.l5 * g.l7 + f.l6 * g.l6 + f.l7 * g.l5 + f.l8 * g.l4 + f.l9 * g.l3 + f.l10 * g.l2 + f.l11 * g.l1 + f.l12 * g.l0,
        f.l0 * g.l13 + f.l1 * g.l12 + f.l2 * g.l11 + f.l3 * g.l10 + f.l4 * g.l9 + f.l5 * g.l8 + f.l6 * g.l7 + f.l7 * g.l6 + f.l8 * g.l5 + f.l9 * g.l4 + f.l10 * g.l3 + f.l11 * g.l2 + f.l12 * g.l1 + f.l13 * g.l0,
        f.l0 * g.l14 + f.l1 * g.l13 + f.l2 * g.l12 + f.l3 * g.l11 + f.l4 * g.l10 + f.l5 * g.l9 + f.l6 * g.l8 + f.l7 * g.l7 + f.l8 * g.l6 + f.l9 * g.l5 + f.l10 * g.l4 + f.l11 * g.l3 + f.l12 * g.l2 + f.l13 * g.l1 + f.l14 * g.l0,
        f.l0 * g.l15 + f.l1 * g.l14 + f.l2 * g.l13 + f.l3 * g.l12 + f.l4 * g.l11 + f.l5 * g.l10 + f.l6 * g.l9 + f.l7 * g.l8 + f.l8 * g.l7 + f.l9 * g.l6 + f.l10 * g.l5 + f.l11 * g.l4 + f.l12 * g.l3 + f.l13 * g.l2 + f.l14 * g.l1 + f.l15 * g.l0,
        f.l0 * g.l16 + f.l1 * g.l15 + f.l2 * g.l14 + f.l3 * g.l13 + f.l4 * g.l12 + f.l5 * g.l11 + f.l6 * g.l10 + f.l7 * g.l9 + f.l8 * g.l8 + f.l9 * g.l7 + f.l10 * g.l6 + f.l11 * g.l5 + f.l12 * g.l4 + f.l13 * g.l3 + f.l14 * g.l2 + f.l15 * g.l1 + f.l16 * g.l0,
        f.l0 * g.l17 + f.l1 * g.l16 + f.l2 * g.l15 + f.l3 * g.l14 + f.l4 * g.l13 + f.l5 * g.l12 + f.l6 * g.l11 + f.l7 * g.l10 + f.l8 * g.l9 + f.l9 * g.l8 + f.l10 * g.l7 + f.l11 * g.l6 + f.l12 * g.l5 + f.l13 * g.l4 + f.l14 * g.l3 + f.l15 * g.l2 + f.l16 * g.l1 + f.l17 * g.l0,
        f.l0 * g.l18 + f.l1 * g.l17 + f.l2 * g.l16 + f.l3 * g.l15 + f.l4 * g.l14 + f.l5 * g.l13 + f.l6 * g.l12 + f.l7 * g.l11 + f.l8 * g.l10 + f.l9 * g.l9 + f.l10 * g.l8 + f.l11 * g.l7 + f.l12 * g.l6 + f.l13 * g.l5 + f.l14 * g.l4 + f.l15 * g.l3 + f.l16 * g.l2 + f.l17 * g.l1 + f.l18 * g.l0,
        f.l0 * g.l19 + f.l1 * g.l18 + f.l2 * g.l17 + f.l3 * g.l16 + f.l4 * g.l15 + f.l5 * g.l14 + f.l6 * g.l13 + f.l7 * g.l12 + f.l8 * g.l11 + f.l9 * g.l10 + f.l10 * g.l9 + f.l11 * g.l8 + f.l12 * g.l7 + f.l13 * g.l6 + f.l14 * g.l5 + f.l15 * g.l4 + f.l16 * g.l3 + f.l17 * g.l2 + f.l18 * g.l1 + f.l19 * g.l0,
        f.l1 * g.l19 + f.l2 * g.l18 + f.l3 * g.l17 + f.l4 * g.l16 + f.l5 * g.l15 + f.l6 * g.l14 + f.l7 * g.l13 + f.l8 * g.l12 + f.l9 * g.l11 + f.l10 * g.l10 + f.l11 * g.l9 + f.l12 * g.l8 + f.l13 * g.l7 + f.l14 * g.l6 + f.l15 * g.l5 + f.l16 * g.l4 + f.l17 * g.l3 + f.l18 * g.l2 + f.l19 * g.l1,
        f.l2 * g.l19 + f.l3 * g.l18 + f.l4 * g.l17 + f.l5 * g.l16 + f.l6 * g.l15 + f.l7 * g.l14 + f.l8 * g.l13 + f.l9 * g.l12 + f.l10 * g.l11 + f.l11 * g.l10 + f.l12 * g.l9 + f.l13 * g.l8 + f.l14 * g.l7 + f.l15 * g.l6 + f.l16 * g.l5 + f.l17 * g.l4 + f.l18 * g.l3 + f.l19 * g.l2,
        f.l3 * g.l19 + f.l4 * g.l18 + f.l5 * g.l17 + f.l6 * g.l16 + f.l7 * g.l15 + f.l8 * g.l14 + f.l9 * g.l13 + f.l10 * g.l12 + f.l11 * g.l11 + f.l12 * g.l10 + f.l13 * g.l9 + f.l14 * g.l8 + f.l15 * g.l7 + f.l16 * g.l6 + f.l17 * g.l5 + f.l18 * g.l4 + f.l19 * g.l3,
        f.l4 * g.l19 + f.l5 * g.l18 + f.l6 * g.l17 + f.l7 * g.l16 + f.l8 * g.l15 + f.l9 * g.l14 + f.l10 * g.l13 + f.l11 * g.l12 + f.l12 * g.l11 + f.l13 * g.l10 + f.l14 * g.l9 + f.l15 * g.l8 + f.l16 * g.l7 + f.l17 * g.l6 + f.l18 * g.l5 + f.l19 * g.l4,
        f.l5 * g.l19 + f.l6 * g.l18 + f.l7 * g.l17 + f.l8 * g.l16 + f.l9 * g.l15 + f.l10 * g.l14 + f.l11 * g.l13 + f.l12 * g.l12 + f.l13 * g.l11 + f.l14 * g.l10 + f.l15 * g.l9 + f.l16 * g.l8 + f.l17 * g.l7 + f.l18 * g.l6 + f.l19 * g.l5,
        f.l6 * g.l19 + f.l7 * g.l18 + f.l8 * g.l17 + f.l9 * g.l16 + f.l10 * g.l15 + f.l11 * g.l14 + f.l12 * g.l13 + f.l13 * g.l12 + f.l14 * g.l11 + f.l15 * g.l10 + f.l16 * g.l9 + f.l17 * g.l8 + f.l18 * g.l7 + f.l19 * g.l6,
        f.l7 * g.l19 + f.l8 * g.l18 + f.l9 * g.l17 + f.l10 * g.l16 + f.l11 * g.l15 + f.l12 * g.l14 + f.l13 * g.l13 + f.l14 * g.l12 + f.l15 * g.l11 + f.l16 * g.l10 + f.l17 * g.l9 + f.l18 * g.l8 + f.l19 * g.l7,
        f.l8 * g.l19 + f.l9 * g.l18 + f.l10 * g.l17 + f.l11 * g.l16 + f.l12 * g.l15 + f.l13 * g.l14 + f.l14 * g.l13 + f.l15 * g.l12 + f.l16 * g.l11 + f.l17 * g.l10 + f.l18 * g.l9 + f.l19 * g.l8,
        f.l9 * g.l19 + f.l10 * g.l18 + f.l11 * g.l17 + f.l12 * g.l16 + f.l13 * g.l15 + f.l14 * g.l14 + f.l15 * g.l13 + f.l16 * g.l12 + f.l17 * g.l11 + f.l18 * g.l10 + f.l19 * g.l9,
        f.l10 * g.l19 + f.l11 * g.l18 + f.l12 * g.l17 + f.l13 * g.l16 + f.l14 * g.l15 + f.l15 * g.l14 + f.l16 * g.l13 + f.l17 * g.l12 + f.l18 * g.l11 + f.l19 * g.l10,
        f.l11 * g.l19 + f.l12 * g.l18 + f.l13 * g.l17 + f.l14 * g.l16 + f.l15 * g.l15 + f.l16 * g.l14 + f.l17 * g.l13 + f.l18 * g.l12 + f.l19 * g.l11,
        f.l12 * g.l19 + f.l13 * g.l18 + f.l14 * g.l17 + f.l15 * g.l16 + f.l16 * g.l15 + f.l17 * g.l14 + f.l18 * g.l13 + f.l19 * g.l12,
        f.l13 * g.l19 + f.l14 * g.l18 + f.l15 * g.l17 + f.l16 * g.l16 + f.l17 * g.l15 + f.l18 * g.l14 + f.l19 * g.l13,
        f.l14 * g.l19 + f.l15 * g.l18 + f.l16 * g.l17 + f.l17 * g.l16 + f.l18 * g.l15 + f.l19 * g.l14,
        f.l15 * g.l19 + f.l16 * g.l18 + f.l17 * g.l17 + f.l18 * g.l16 + f.l19 * g.l15,
        f.l16 * g.l19 + f.l17 * g.l18 + f.l18 * g.l17 + f.l19 * g.l16,
        f.l17 * g.l19 + f.l18 * g.l18 + f.l19 * g.l17,
        f.l18 * g.l19 + f.l19 * g.l18,
        f.l19 * g.l19,
    );
}

fn fe_sq(f: Fe) -> Fe {
    let d0 = 2u * f.l0;
    let d1 = 2u * f.l1;
    let d2 = 2u * f.l2;
    let d3 = 2u * f.l3;
    let d4 = 2u * f.l4;
    let d5 = 2u * f.l5;
    let d6 = 2u * f.l6;
    let d7 = 2u * f.l7;
    let d8 = 2u * f.l8;
    let d9 = 2u * f.l9;
    let d10 = 2u * f.l10;
    let d11 = 2u * f.l11;
    let d12 = 2u * f.l12;
    let d13 = 2u * f.l13;
    let d14 = 2u * f.l14;
    let d15 = 2u * f.l15;
    let d16 = 2u * f.l16;
    let d17 = 2u * f.l17;
    let d18 = 2u * f.l18;
    let d19 = 2u * f.l19;
    return fe_carry(
        f.l0 * f.l0,
        d0 * f.l1,
        d0 * f.l2 + f.l1 * f.l1,
        d0 * f.l3 + d1 * f.l2,
        d0 * f.l4 + d1 * f.l3 + f.l2 * f.l2,
        d0 * f.l5 + d1 * f.l4 + d2 * f.l3,
        d0 * f.l6 + d1 * f.l5 + d2 * f.l4 + f.l3 * f.l3,
        d0 * f.l7 + d1 * f.l6 + d2 * f.l5 + d3 * f.l4,
        d0 * f.l8 + d1 * f.l7 + d2 * f.l6 + d3 * f.l5 + f.l4 * f.l4,
        d0 * f.l9 + d1 * f.l8 + d2 * f.l7 + d3 * f.l6 + d4 * f.l5,
        d0 * f.l10 + d1 * f.l9 + d2 * f.l8 + d3 * f.l7 + d4 * f.l6 + f.l5 * f.l5,
        d0 * f.l11 + d1 * f.l10 + d2 * f.l9 + d3 * f.l8 + d4 * f.l7 + d5 * f.l6,
        d0 * f.l12 + d1 * f.l11 + d2 * f.l10 + d3 * f.l9 + d4 * f.l8 + d5 * f.l7 + f.l6 * f.l6,
        d0 * f.l13 + d1 * f.l12 + d2 * f.l11 + d3 * f.l10 + d4 * f.l9 + d5 * f.l8 + d6 * f.l7,
        d0 * f.l14 + d1 * f.l13 + d2 * f.l12 + d3 * f.l11 + d4 * f.l10 + d5 * f.l9 + d6 * f.l8 + f.l7 * f.l7,
        d0 * f.l15 + d1 * f.l14 + d2 * f.l13 + d3 * f.l12 + d4 * f.l11 + d5 * f.l10 + d6 * f.l9 + d7 * f.l8,
        d0 * f.l16 + d1 * f.l15 + d2 * f.l14 + d3 * f.l13 + d4 * f.l12 + d5 * f.l11 + d6 * f.l10 + d7 * f.l9 + f.l8 * f.l8,
        d0 * f.l17 + d1 * f.l16 + d2 * f.l15 + d3 * f.l14 + d4 * f.l13 + d5 * f.l12 + d6 * f.l11 + d7 * f.l10 + d8 * f.l9,
        d0 * f.l18 + d1 * f.l17 + d2 * f.l16 + d3 * f.l15 + d4 * f.l14 + d5 * f.l13 + d6 * f.l12 + d7 * f.l11 + d8 * f.l10 + f.l9 * f.l9,
        d0 * f.l19 + d1 * f.l18 + d2 * f.l17 + d3 * f.l16 + d4 * f.l15 + d5 * f.l14 + d6 * f.l13 + d7 * f.l12 + d8 * f.l11 + d9 * f.l10,
        d1 * f.l19 + d2 * f.l18 + d3 * f.l17 + d4 * f.l16 + d5 * f.l15 + d6 * f.l14 + d7 * f.l13 + d8 * f.l12 + d9 * f.l11 + f.l10 * f.l10,
        d2 * f.l19 + d3 * f.l18 + d4 * f.l17 + d5 * f.l16 + d6 * f.l15 + d7 * f.l14 + d8 * f.l13 + d9 * f.l12 + d10 * f.l11,
        d3 * f.l19 + d4 * f.l18 + d5 * f.l17 + d6 * f.l16 + d7 * f.l15 + d8 * f.l14 + d9 * f.l13 + d10 * f.l12 + f.l11 * f.l11,
        d4 * f.l19 + d5 * f.l18 + d6 * f.l17 + d7 * f.l16 + d8 * f.l15 + d9 * f.l14 + d10 * f.l13 + d11 * f.l12,
        d5 * f.l19 + d6 * f.l18 + d7 * f.l17 + d8 * f.l16 + d9 * f.l15 + d10 * f.l14 + d11 * f.l13 + f.l12 * f.l12,
        d6 * f.l19 + d7 * f.l18 + d8 * f.l17 + d9 * f.l16 + d10 * f.l15 + d11 * f.l14 + d12 * f.l13,
        d7 * f.l19 + d8 * f.l18 + d9 * f.l17 + d10 * f.l16 + d11 * f.l15 + d12 * f.l14 + f.l13 * f.l13,
        d8 * f.l19 + d9 * f.l18 + d10 * f.l17 + d11 * f.l16 + d12 * f.l15 + d13 * f.l14,
        d9 * f.l19 + d10 * f.l18 + d11 * f.l17 + d12 * f.l16 + d13 * f.l15 + f.l14 * f.l14,
        d10 * f.l19 + d11 * f.l18 + d12 * f.l17 + d13 * f.l16 + d14 * f.l15,
        d11 * f.l19 + d12 * f.l18 + d13 * f.l17 + d14 * f.l16 + f.l15 * f.l15,
        d12 * f.l19 + d13 * f.l18 + d14 * f.l17 + d15 * f.l16,
        d13 * f.l19 + d14 * f.l18 + d15 * f.l17 + f.l16 * f.l16,
        d14 * f.l19 + d15 * f.l18 + d16 * f.l17,
        d15 * f.l19 + d16 * f.l18 + f.l17 * f.l17,
        d16 * f.l19 + d17 * f.l18,
        d17 * f.l19 + f.l18 * f.l18,
        d18 * f.l19,
        f.l19 * f.l19,
    );
}

// 32 little-endian bytes below 2^255 (bit 255 is ignored), canonical or not.
fn fe_unpack(lo: vec4<u32>, hi: vec4<u32>) -> Fe {
    return Fe(
        lo.x & 8191u,
        (lo.x >> 13u) & 8191u,
        ((lo.x >> 26u) | (lo.y << 6u)) & 8191u,
        (lo.y >> 7u) & 8191u,
        ((lo.y >> 20u) | (lo.z << 12u)) & 8191u,
        (lo.z >> 1u) & 8191u,
        (lo.z >> 14u) & 8191u,
        ((lo.z >> 27u) | (lo.w << 5u)) & 8191u,
        (lo.w >> 8u) & 8191u,
        ((lo.w >> 21u) | (hi.x << 11u)) & 8191u,
        (hi.x >> 2u) & 8191u,
        (hi.x >> 15u) & 8191u,
        ((hi.x >> 28u) | (hi.y << 4u)) & 8191u,
        (hi.y >> 9u) & 8191u,
        ((hi.y >> 22u) | (hi.z << 10u)) & 8191u,
        (hi.z >> 3u) & 8191u,
        (hi.z >> 16u) & 8191u,
        ((hi.z >> 29u) | (hi.w << 3u)) & 8191u,
        (hi.w >> 10u) & 8191u,
        (hi.w >> 23u) & 255u,
    );
}

// The canonical 32 little-endian bytes. The first pass cuts at 2^255 (8 bits of limb 19) and leaves a value below
// 2^255 + 19 * 2^6; q is then 1 exactly if it is at least p, because v >= p means v + 19 >= 2^255.
fn fe_pack(f: Fe) -> Words {
    var h0 = f.l0;
    var h1 = f.l1;
    var h2 = f.l2;
    var h3 = f.l3;
    var h4 = f.l4;
    var h5 = f.l5;
    var h6 = f.l6;
    var h7 = f.l7;
    var h8 = f.l8;
    var h9 = f.l9;
    var h10 = f.l10;
    var h11 = f.l11;
    var h12 = f.l12;
    var h13 = f.l13;
    var h14 = f.l14;
    var h15 = f.l15;
    var h16 = f.l16;
    var h17 = f.l17;
    var h18 = f.l18;
    var h19 = f.l19;
    h1 += h0 >> 13u;
    h0 &= 8191u;
    h2 += h1 >> 13u;
    h1 &= 8191u;
    h3 += h2 >> 13u;
    h2 &= 8191u;
    h4 += h3 >> 13u;
    h3 &= 8191u;
    h5 += h4 >> 13u;
    h4 &= 8191u;
    h6 += h5 >> 13u;
    h5 &= 8191u;
    h7 += h6 >> 13u;
    h6 &= 8191u;
    h8 += h7 >> 13u;
    h7 &= 8191u;
    h9 += h8 >> 13u;
    h8 &= 8191u;
    h10 += h9 >> 13u;
    h9 &= 8191u;
    h11 += h10 >> 13u;
    h10 &= 8191u;
    h12 += h11 >> 13u;
    h11 &= 8191u;
    h13 += h12 >> 13u;
    h12 &= 8191u;
    h14 += h13 >> 13u;
    h13 &= 8191u;
    h15 += h14 >> 13u;
    h14 &= 8191u;
    h16 += h15 >> 13u;
    h15 &= 8191u;
    h17 += h16 >> 13u;
    h16 &= 8191u;
    h18 += h17 >> 13u;
    h17 &= 8191u;
    h19 += h18 >> 13u;
    h18 &= 8191u;
    h0 += 19u * (h19 >> 8u);
    h19 &= 255u;
    var q = (h0 + 19u) >> 13u;
    q = (h1 + q) >> 13u;
    q = (h2 + q) >> 13u;
    q = (h3 + q) >> 13u;
    q = (h4 + q) >> 13u;
    q = (h5 + q) >> 13u;
    q = (h6 + q) >> 13u;
    q = (h7 + q) >> 13u;
    q = (h8 + q) >> 13u;
    q = (h9 + q) >> 13u;
    q = (h10 + q) >> 13u;
    q = (h11 + q) >> 13u;
    q = (h12 + q) >> 13u;
    q = (h13 + q) >> 13u;
    q = (h14 + q) >> 13u;
    q = (h15 + q) >> 13u;
    q = (h16 + q) >> 13u;
    q = (h17 + q) >> 13u;
    q = (h18 + q) >> 13u;
    q = (h19 + q) >> 8u;
    h0 += 19u * q;
    h1 += h0 >> 13u;
    h0 &= 8191u;
    h2 += h1 >> 13u;
    h1 &= 8191u;
    h3 += h2 >> 13u;
    h2 &= 8191u;
    h4 += h3 >> 13u;
    h3 &= 8191u;
    h5 += h4 >> 13u;
    h4 &= 8191u;
    h6 += h5 >> 13u;
    h5 &= 8191u;
    h7 += h6 >> 13u;
    h6 &= 8191u;
    h8 += h7 >> 13u;
    h7 &= 8191u;
    h9 += h8 >> 13u;
    h8 &= 8191u;
    h10 += h9 >> 13u;
    h9 &= 8191u;
    h11 += h10 >> 13u;
    h10 &= 8191u;
    h12 += h11 >> 13u;
    h11 &= 8191u;
    h13 += h12 >> 13u;
    h12 &= 8191u;
    h14 += h13 >> 13u;
    h13 &= 8191u;
    h15 += h14 >> 13u;
    h14 &= 8191u;
    h16 += h15 >> 13u;
    h15 &= 8191u;
    h17 += h16 >> 13u;
    h16 &= 8191u;
    h18 += h17 >> 13u;
    h17 &= 8191u;
    h19 += h18 >> 13u;
    h18 &= 8191u;
    h19 &= 255u;
    return Words(
        vec4<u32>(
            h0 | (h1 << 13u) | (h2 << 26u),
            (h2 >> 6u) | (h3 << 7u) | (h4 << 20u),
            (h4 >> 12u) | (h5 << 1u) | (h6 << 14u) | (h7 << 27u),
            (h7 >> 5u) | (h8 << 8u) | (h9 << 21u),
        ),
        vec4<u32>(
            (h9 >> 11u) | (h10 << 2u) | (h11 << 15u) | (h12 << 28u),
            (h12 >> 4u) | (h13 << 9u) | (h14 << 22u),
            (h14 >> 10u) | (h15 << 3u) | (h16 << 16u) | (h17 << 29u),
            (h17 >> 3u) | (h18 << 10u) | (h19 << 23u),
        ),
    );
}
