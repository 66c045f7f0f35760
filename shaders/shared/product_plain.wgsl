// Products of ten limbs, column by column: 100 small products, 55 for a square.

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
    let d1 = limb_times(f.l1, 2u);
    let d3 = limb_times(f.l3, 2u);
    let d5 = limb_times(f.l5, 2u);
    let d7 = limb_times(f.l7, 2u);
    let d9 = limb_times(f.l9, 2u);
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
    let n1 = limb_times(g.l1, 19u);
    let n2 = limb_times(g.l2, 19u);
    let n3 = limb_times(g.l3, 19u);
    let n4 = limb_times(g.l4, 19u);
    let n5 = limb_times(g.l5, 19u);
    let n6 = limb_times(g.l6, 19u);
    let n7 = limb_times(g.l7, 19u);
    let n8 = limb_times(g.l8, 19u);
    let n9 = limb_times(g.l9, 19u);
    return fe_carry(
        f0 * g0 + d1 * n9 + f2 * n8 + d3 * n7 + f4 * n6 + d5 * n5 + f6 * n4 + d7 * n3 + f8 * n2 + d9 * n1,
        f0 * g1 + f1 * g0 + f2 * n9 + f3 * n8 + f4 * n7 + f5 * n6 + f6 * n5 + f7 * n4 + f8 * n3 + f9 * n2,
        f0 * g2 + d1 * g1 + f2 * g0 + d3 * n9 + f4 * n8 + d5 * n7 + f6 * n6 + d7 * n5 + f8 * n4 + d9 * n3,
        f0 * g3 + f1 * g2 + f2 * g1 + f3 * g0 + f4 * n9 + f5 * n8 + f6 * n7 + f7 * n6 + f8 * n5 + f9 * n4,
        f0 * g4 + d1 * g3 + f2 * g2 + d3 * g1 + f4 * g0 + d5 * n9 + f6 * n8 + d7 * n7 + f8 * n6 + d9 * n5,
        f0 * g5 + f1 * g4 + f2 * g3 + f3 * g2 + f4 * g1 + f5 * g0 + f6 * n9 + f7 * n8 + f8 * n7 + f9 * n6,
        f0 * g6 + d1 * g5 + f2 * g4 + d3 * g3 + f4 * g2 + d5 * g1 + f6 * g0 + d7 * n9 + f8 * n8 + d9 * n7,
        f0 * g7 + f1 * g6 + f2 * g5 + f3 * g4 + f4 * g3 + f5 * g2 + f6 * g1 + f7 * g0 + f8 * n9 + f9 * n8,
        f0 * g8 + d1 * g7 + f2 * g6 + d3 * g5 + f4 * g4 + d5 * g3 + f6 * g2 + d7 * g1 + f8 * g0 + d9 * n9,
        f0 * g9 + f1 * g8 + f2 * g7 + f3 * g6 + f4 * g5 + f5 * g4 + f6 * g3 + f7 * g2 + f8 * g1 + f9 * g0,
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
    let d0 = limb_times(f.l0, 2u);
    let d1 = limb_times(f.l1, 2u);
    let d2 = limb_times(f.l2, 2u);
    let d3 = limb_times(f.l3, 2u);
    let d4 = limb_times(f.l4, 2u);
    let d5 = limb_times(f.l5, 2u);
    let d6 = limb_times(f.l6, 2u);
    let d7 = limb_times(f.l7, 2u);
    let d8 = limb_times(f.l8, 2u);
    let d9 = limb_times(f.l9, 2u);
    let q1 = limb_times(f.l1, 4u);
    let q3 = limb_times(f.l3, 4u);
    let q5 = limb_times(f.l5, 4u);
    let q7 = limb_times(f.l7, 4u);
    let n5 = limb_times(f.l5, 19u);
    let n6 = limb_times(f.l6, 19u);
    let n7 = limb_times(f.l7, 19u);
    let n8 = limb_times(f.l8, 19u);
    let n9 = limb_times(f.l9, 19u);
    return fe_carry(
        f0 * f0 + q1 * n9 + d2 * n8 + q3 * n7 + d4 * n6 + d5 * n5,
        d0 * f1 + d2 * n9 + d3 * n8 + d4 * n7 + d5 * n6,
        d0 * f2 + d1 * f1 + q3 * n9 + d4 * n8 + q5 * n7 + f6 * n6,
        d0 * f3 + d1 * f2 + d4 * n9 + d5 * n8 + d6 * n7,
        d0 * f4 + q1 * f3 + f2 * f2 + q5 * n9 + d6 * n8 + d7 * n7,
        d0 * f5 + d1 * f4 + d2 * f3 + d6 * n9 + d7 * n8,
        d0 * f6 + q1 * f5 + d2 * f4 + d3 * f3 + q7 * n9 + f8 * n8,
        d0 * f7 + d1 * f6 + d2 * f5 + d3 * f4 + d8 * n9,
        d0 * f8 + q1 * f7 + d2 * f6 + q3 * f5 + f4 * f4 + d9 * n9,
        d0 * f9 + d1 * f8 + d2 * f7 + d3 * f6 + d4 * f5,
    );
}
