// Powers in the field, and decoding of points.

// f^(2^n), n at least 1 (base.wgsl says why the break comes last).
fn fe_sq_times(f: Fe, n: u32) -> Fe {
    var power = f;
    var i = 0u;
    loop {
        power = fe_sq(power);
        i++;
        if i >= n {
            break;
        }
    }
    return power;
}

// f^((p - 5) / 8) = f^(2^252 - 3). `unit` is 1, or 0 to leave out
// all squarings but one a loop where the result is not wanted.
fn fe_root_power(f: Fe, unit: u32) -> Fe {
    let f2 = fe_sq(f);
    let f9 = fe_mul(fe_sq_times(f2, 2u * unit), f);
    let f11 = fe_mul(f9, f2);
    let f5_0 = fe_mul(fe_sq(f11), f9);
    let f10_0 = fe_mul(fe_sq_times(f5_0, 5u * unit), f5_0);
    let f20_0 = fe_mul(fe_sq_times(f10_0, 10u * unit), f10_0);
    let f40_0 = fe_mul(fe_sq_times(f20_0, 20u * unit), f20_0);
    let f50_0 = fe_mul(fe_sq_times(f40_0, 10u * unit), f10_0);
    let f100_0 = fe_mul(fe_sq_times(f50_0, 50u * unit), f50_0);
    let f200_0 = fe_mul(fe_sq_times(f100_0, 100u * unit), f100_0);
    let f250_0 = fe_mul(fe_sq_times(f200_0, 50u * unit), f50_0);
    return fe_mul(fe_sq_times(f250_0, 2u * unit), f);
}

// 1 / f, and 0 for 0: f^(p - 2) = (f^(2^252 - 3))^8 f^3.
fn fe_invert(f: Fe) -> Fe {
    return fe_mul(fe_sq_times(fe_root_power(f, 1u), 3u), fe_mul(fe_sq(f), f));
}

// A decoded point: valid, its x (canonical) and its y modulo p.
struct Decoded {
    valid: bool,
    x: Fe,
    y: Fe,
}

// The point that 32 bytes stand for, by the rule of curve25519-dalek: y may be p or more, and the sign bit of x = 0 is ignored.
// x = u v^3 (u v^7)^((p - 5) / 8) with u = y^2 - 1, v = d y^2 + 1, and that times sqrt(-1) where v x^2 = -u. v is never zero.
fn point_decode(bytes: Words, unit: u32) -> Decoded {
    let y = fe_unpack(bytes.lo, bytes.hi);
    let yy = fe_sq(y);
    let u = fe_sub(yy, fe_one());
    let v = fe_add(fe_mul(yy, constant_fe(D)), fe_one());
    let v3 = fe_mul(fe_sq(v), v);
    let v7 = fe_mul(fe_sq(v3), v);
    let root = fe_mul(fe_mul(v3, u), fe_root_power(fe_mul(v7, u), unit));
    let check = fe_pack(fe_mul(fe_sq(root), v));
    let straight = words_equal(check, fe_pack(u));
    let turned = words_equal(check, fe_pack(fe_sub_wide(fe_zero(), u)));
    let x = fe_select(root, fe_mul(root, constant_fe(SQRT_MINUS_ONE)), turned && !straight);
    let odd = (fe_pack(x).lo.x & 1u) == 1u;
    let wants_odd = (bytes.hi.w >> 31u) == 1u;
    let signed = fe_pack(fe_select(x, fe_sub(fe_zero(), x), odd != wants_odd));
    return Decoded(straight || turned, fe_unpack(signed.lo, signed.hi), y);
}
