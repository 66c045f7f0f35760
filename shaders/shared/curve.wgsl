// edwards25519: -x^2 + y^2 = 1 + d x^2 y^2, complete formulas (Hisil, Wong, Carter, Dawson 2008: d is not a square, so they hold for
// every pair of points, small order included).
//
// A point in "completed" form ((x : z), (y : t)) is the affine point (x/z, y/t): what an addition or a doubling ends with before
// its last products. Keeping the accumulator so, each operation multiplies out only what it needs: three products for
// a doubling, four for an addition.
//
// Bounds of a completed point (field_u64.wgsl; x: factor 3, or 1 on even and 5.1 on odd limbs; y 2.1; z 3.1; t 5.1). In the products
// below f = t or x has factor <= 5.1 and the multiplicand g is x, y or z: 19 * 5.1 * 2^25 and 19 * 3.1 * 2^26 are below 2^32; the sum
// for t x is at most 5.1 * (3 + 76 * 3 + 47.5 * 5.1) < 2,420 against the 124.5 * 31.8 = 3,959 that fe_mul allows. The others are smaller.

struct Completed {
    x: Fe,
    y: Fe,
    z: Fe,
    t: Fe,
}

struct Extended {
    x: Fe,
    y: Fe,
    z: Fe,
    t: Fe,
}

// A point ready to be added: y + x, y - x, 2 d x y (times z in projective form, which has z too).
// Factors up to 3.01.
struct Niels {
    plus: Fe,
    minus: Fe,
    t2d: Fe,
}

fn completed_identity() -> Completed {
    return Completed(fe_zero(), fe_one(), fe_one(), fe_one());
}

// The affine point (x, y) in completed form; x and y tight.
fn completed_affine(x: Fe, y: Fe) -> Completed {
    return Completed(x, y, fe_one(), fe_one());
}

// All four coordinates, tight.
fn completed_extended(p: Completed) -> Extended {
    return Extended(fe_mul(p.t, p.x), fe_mul(p.y, p.z), fe_mul(p.t, p.z), fe_mul(p.x, p.y));
}

// 2 p. Factors: x^2, y^2, z^2, (x + y)^2 tight (the sum has factor 2.02, its square 4.1); y = 2.02; z = 3.01; x = 5.01 before and
// (1, 5.02) after fe_narrow; t = 2.02 + 1.01 + 2 = 5.03.
fn point_double(p: Completed) -> Completed {
    let x = fe_mul(p.t, p.x);
    let y = fe_mul(p.y, p.z);
    let z = fe_mul(p.t, p.z);
    let xx = fe_sq(x);
    let yy = fe_sq(y);
    let zz = fe_sq(z);
    let ss = fe_sq(fe_add(x, y));
    let sum = fe_add(yy, xx);
    let difference = fe_sub(yy, xx);
    return Completed(
        fe_narrow(fe_sub_wide(ss, sum)),
        sum,
        difference,
        fe_sub(fe_add(fe_add(zz, zz), xx), yy),
    );
}

// 2^count p, for a count of at least 1. Hot loops break as their last statement: where a test comes first, or in a `continuing` block,
// software devices run through the whole body once more with every lane masked, a fifth of a loop of four doublings.
fn double_times(p: Completed, count: u32) -> Completed {
    var sum = p;
    var i = 0u;
    loop {
        sum = point_double(sum);
        i++;
        if i == count {
            break;
        }
    }
    return sum;
}

// p + q for affine q. Factors: y + x 2.02, y - x 3.01, times a multiplicand <= 3.01 (t2d negated: 2, y - x not yet
// multiplied: 3.01); z t2d tight; x 3.01, y 2.02, z 3.03, t 4.02.
fn point_add_affine(p: Completed, q: Niels) -> Completed {
    let e = completed_extended(p);
    let a = fe_mul(fe_add(e.y, e.x), q.plus);
    let b = fe_mul(fe_sub(e.y, e.x), q.minus);
    let c = fe_mul(e.t, q.t2d);
    let d = fe_add(e.z, e.z);
    return Completed(fe_sub(a, b), fe_add(a, b), fe_add(d, c), fe_sub(d, c));
}

// p + q for projective q with z. Factors as above.
fn point_add_projective(p: Completed, q: Niels, z: Fe) -> Completed {
    let e = completed_extended(p);
    let a = fe_mul(fe_add(e.y, e.x), q.plus);
    let b = fe_mul(fe_sub(e.y, e.x), q.minus);
    let c = fe_mul(e.t, q.t2d);
    let zz = fe_mul(e.z, z);
    let d = fe_add(zz, zz);
    return Completed(fe_sub(a, b), fe_add(a, b), fe_add(d, c), fe_sub(d, c));
}
