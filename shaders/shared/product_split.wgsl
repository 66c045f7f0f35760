// Products of ten limbs by one step of Karatsuba and Ofman. With E the even and O the odd limbs as polynomials in x = 2^51, and
// y = 2^26 the weight of limb 1, an element is E(x) + y O(x), x^5 = 19 and y^2 = 2x. Modulo x^5 - 19
//   p = Ef Eg,  q = Of Og,  r = (Ef + Of)(Eg + Og);  even columns are p + 2x q, odd ones r - p - q:
// 75 small products instead of 100, 45 instead of 55 for a square.
//
// Bounds. Columns are the same numbers as in product_plain.wgsl, so those of field_u64.wgsl hold; differences are exact modulo
// 2^64, also where r alone is larger. What is new: sums of two neighbours, <= 1.5 c 2^26, have to be below 2^32 (c <= 42), and
// 19 times that in fe_sq (c <= 2.24).

fn fe_mul(f: Fe, g: Fe) -> Fe {
    let f0 = limb_wide(f.l0);
    let f1 = limb_wide(f.l1);
    let f2 = limb_wide(f.l2);
    let f3 = limb_wide(f.l3);
    let f4 = limb_wide(f.l4);
    let f5 = limb_wide(f.l5);
    let f6 = limb_wide(f.l6);
    let f7 = limb_wide(f.l7);
    let f8 = limb_wide(f.l8);
    let f9 = limb_wide(f.l9);
    let g0 = limb_wide(g.l0);
    let g1 = limb_wide(g.l1);
    let g2 = limb_wide(g.l2);
    let g3 = limb_wide(g.l3);
    let g4 = limb_wide(g.l4);
    let g5 = limb_wide(g.l5);
    let g6 = limb_wide(g.l6);
    let g7 = limb_wide(g.l7);
    let g8 = limb_wide(g.l8);
    let g9 = limb_wide(g.l9);
    let s0 = limb_wide(f.l0 + f.l1);
    let s1 = limb_wide(f.l2 + f.l3);
    let s2 = limb_wide(f.l4 + f.l5);
    let s3 = limb_wide(f.l6 + f.l7);
    let s4 = limb_wide(f.l8 + f.l9);
    let t0 = limb_wide(g.l0 + g.l1);
    let t1 = limb_wide(g.l2 + g.l3);
    let t2 = limb_wide(g.l4 + g.l5);
    let t3 = limb_wide(g.l6 + g.l7);
    let t4 = limb_wide(g.l8 + g.l9);
    let n2 = limb_times(g.l2, 19u);
    let n3 = limb_times(g.l3, 19u);
    let n4 = limb_times(g.l4, 19u);
    let n5 = limb_times(g.l5, 19u);
    let n6 = limb_times(g.l6, 19u);
    let n7 = limb_times(g.l7, 19u);
    let n8 = limb_times(g.l8, 19u);
    let n9 = limb_times(g.l9, 19u);
    let p0 = f0 * g0 + f2 * n8 + f4 * n6 + f6 * n4 + f8 * n2;
    let p1 = f0 * g2 + f2 * g0 + f4 * n8 + f6 * n6 + f8 * n4;
    let p2 = f0 * g4 + f2 * g2 + f4 * g0 + f6 * n8 + f8 * n6;
    let p3 = f0 * g6 + f2 * g4 + f4 * g2 + f6 * g0 + f8 * n8;
    let p4 = f0 * g8 + f2 * g6 + f4 * g4 + f6 * g2 + f8 * g0;
    let q0 = f1 * g1 + f3 * n9 + f5 * n7 + f7 * n5 + f9 * n3;
    let q1 = f1 * g3 + f3 * g1 + f5 * n9 + f7 * n7 + f9 * n5;
    let q2 = f1 * g5 + f3 * g3 + f5 * g1 + f7 * n9 + f9 * n7;
    let q3 = f1 * g7 + f3 * g5 + f5 * g3 + f7 * g1 + f9 * n9;
    let q4 = f1 * g9 + f3 * g7 + f5 * g5 + f7 * g3 + f9 * g1;
    let r0 = s0 * t0 + 19lu * (s1 * t4 + s2 * t3 + s3 * t2 + s4 * t1);
    let r1 = s0 * t1 + s1 * t0 + 19lu * (s2 * t4 + s3 * t3 + s4 * t2);
    let r2 = s0 * t2 + s1 * t1 + s2 * t0 + 19lu * (s3 * t4 + s4 * t3);
    let r3 = s0 * t3 + s1 * t2 + s2 * t1 + s3 * t0 + 19lu * (s4 * t4);
    let r4 = s0 * t4 + s1 * t3 + s2 * t2 + s3 * t1 + s4 * t0;
    return fe_carry(
        p0 + 38lu * q4,
        r0 - p0 - q0,
        p1 + q0 + q0,
        r1 - p1 - q1,
        p2 + q1 + q1,
        r2 - p2 - q2,
        p3 + q2 + q2,
        r3 - p3 - q3,
        p4 + q3 + q3,
        r4 - p4 - q4,
    );
}

fn fe_sq(f: Fe) -> Fe {
    let f0 = limb_wide(f.l0);
    let f1 = limb_wide(f.l1);
    let f2 = limb_wide(f.l2);
    let f3 = limb_wide(f.l3);
    let f4 = limb_wide(f.l4);
    let f5 = limb_wide(f.l5);
    let f6 = limb_wide(f.l6);
    let f7 = limb_wide(f.l7);
    let f8 = limb_wide(f.l8);
    let f9 = limb_wide(f.l9);
    let s0 = limb_wide(f.l0 + f.l1);
    let s1 = limb_wide(f.l2 + f.l3);
    let s2 = limb_wide(f.l4 + f.l5);
    let s3 = limb_wide(f.l6 + f.l7);
    let s4 = limb_wide(f.l8 + f.l9);
    let d0 = limb_times(f.l0, 2u);
    let d2 = limb_times(f.l2, 2u);
    let d4 = limb_times(f.l4, 2u);
    let d6 = limb_times(f.l6, 2u);
    let n6 = limb_times(f.l6, 19u);
    let n8 = limb_times(f.l8, 19u);
    let p0 = f0 * f0 + d2 * n8 + d4 * n6;
    let p1 = d0 * f2 + d4 * n8 + f6 * n6;
    let p2 = d0 * f4 + f2 * f2 + d6 * n8;
    let p3 = d0 * f6 + d2 * f4 + f8 * n8;
    let p4 = d0 * f8 + d2 * f6 + f4 * f4;
    let d1 = limb_times(f.l1, 2u);
    let d3 = limb_times(f.l3, 2u);
    let d5 = limb_times(f.l5, 2u);
    let d7 = limb_times(f.l7, 2u);
    let n7 = limb_times(f.l7, 19u);
    let n9 = limb_times(f.l9, 19u);
    let q0 = f1 * f1 + d3 * n9 + d5 * n7;
    let q1 = d1 * f3 + d5 * n9 + f7 * n7;
    let q2 = d1 * f5 + f3 * f3 + d7 * n9;
    let q3 = d1 * f7 + d3 * f5 + f9 * n9;
    let q4 = d1 * f9 + d3 * f7 + f5 * f5;
    let e0 = limb_times(f.l0 + f.l1, 2u);
    let e1 = limb_times(f.l2 + f.l3, 2u);
    let e2 = limb_times(f.l4 + f.l5, 2u);
    let e3 = limb_times(f.l6 + f.l7, 2u);
    let m3 = limb_times(f.l6 + f.l7, 19u);
    let m4 = limb_times(f.l8 + f.l9, 19u);
    let r0 = s0 * s0 + e1 * m4 + e2 * m3;
    let r1 = e0 * s1 + e2 * m4 + s3 * m3;
    let r2 = e0 * s2 + s1 * s1 + e3 * m4;
    let r3 = e0 * s3 + e1 * s2 + s4 * m4;
    let r4 = e0 * s4 + e1 * s3 + s2 * s2;
    return fe_carry(
        p0 + 38lu * q4,
        r0 - p0 - q0,
        p1 + q0 + q0,
        r1 - p1 - q1,
        p2 + q1 + q1,
        r2 - p2 - q2,
        p3 + q2 + q2,
        r3 - p3 - q3,
        p4 + q3 + q3,
        r4 - p4 - q4,
    );
}
