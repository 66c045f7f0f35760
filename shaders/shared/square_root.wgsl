// Powers in the field, and decoding of points.

// Powers by a chain of steps t = t^(2^n) g, where g is t itself or what was saved last (f at first). With x_k = f^(2^k - 1) the steps give
// x_2, x_4, x_5, x_10 (saved), x_20, x_40, x_50 (saved), x_100, x_200, x_250 (f saved), f^(2^252 - 3), f^(2^254 - 11), f^(2^255 - 21).
// A loop, because every call is inlined: spelt out, a power takes longer to compile than all the rest of its kernel.

// n of each step, a byte a step.
const CHAIN_SQUARINGS = vec4<u32>(0x05010201u, 0x320a140au, 0x02023264u, 0x1u);
// A bit a step: g is what was saved; the step's result is saved.
const CHAIN_TAKES_SAVED = 0x1e44u;
const CHAIN_SAVES = 0x48u;
// The step after which f is saved again.
const CHAIN_BACK = 9u;
const ROOT_STEPS = 11u;
const INVERSE_STEPS = 13u;

// The first steps of the chain. `unit` is 1, or 0 to leave out all squarings but one a step where the result is not wanted.
// Loops break last: curve.wgsl says why.
fn fe_chain(f: Fe, steps: u32, unit: u32) -> Fe {
    var power = f;
    var saved = f;
    var step = 0u;
    loop {
        let factor = fe_select(power, saved, ((CHAIN_TAKES_SAVED >> step) & 1u) == 1u);
        let squarings = ((CHAIN_SQUARINGS[step / 4u] >> (8u * (step % 4u))) & 255u) * unit;
        var i = 0u;
        loop {
            power = fe_sq(power);
            i++;
            if i >= squarings {
                break;
            }
        }
        power = fe_mul(power, factor);
        saved = fe_select(saved, power, ((CHAIN_SAVES >> step) & 1u) == 1u);
        saved = fe_select(saved, f, step == CHAIN_BACK);
        step++;
        if step >= steps {
            break;
        }
    }
    return power;
}

// 1 / f, and 0 for 0: f^(p - 2).
fn fe_invert(f: Fe) -> Fe {
    return fe_chain(f, INVERSE_STEPS, 1u);
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
    var v3 = v;
    var v7 = v;
    var i = 0u;
    loop {
        v3 = v7;
        v7 = fe_mul(fe_sq(v7), v);
        i++;
        if i == 2u {
            break;
        }
    }
    let root = fe_mul(fe_mul(v3, u), fe_chain(fe_mul(v7, u), ROOT_STEPS, unit));
    let check = fe_pack(fe_mul(fe_sq(root), v));
    let straight = words_equal(check, fe_pack(u));
    let turned = words_equal(check, fe_pack(fe_sub_wide(fe_zero(), u)));
    let x = fe_select(root, fe_mul(root, constant_fe(SQRT_MINUS_ONE)), turned && !straight);
    let odd = (fe_pack(x).lo.x & 1u) == 1u;
    let wants_odd = (bytes.hi.w >> 31u) == 1u;
    let signed = fe_pack(fe_select(x, fe_sub(fe_zero(), x), odd != wants_odd));
    return Decoded(straight || turned, fe_unpack(signed.lo, signed.hi), y);
}
