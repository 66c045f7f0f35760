//! Constants of the kernels, computed from their formulas.

use super::field::{self, Field, Point};

/// `constants` in `shaders/sigverify/common.wgsl`: six field elements, then SHA-512's 80 round constants.
pub(super) fn constants() -> Vec<u32> {
    let d = field::d();
    let y8 = Field::from_bytes(&Y_OF_ORDER_8);
    let elements = [d, d.add(d), field::sqrt_minus_one(), y8, y8.negate(), Field::ONE.negate()];
    let mut words: Vec<u32> = elements.iter().flat_map(|element| element.words()).collect();
    words.extend(round_constants().iter().flat_map(|constant| [*constant as u32, (*constant >> 32) as u32]));
    words
}

/// y of a point of order 8: d y^4 + 2 y^2 = 1 (the double has y = 0). The other solution is its negative.
const Y_OF_ORDER_8: [u8; 32] = [
    0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac,
    0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
];

/// The first 64 bits of the fractional parts of the cube roots of the first 80 primes (FIPS 180-4, 4.2.3).
fn round_constants() -> [u64; 80] {
    let primes = (2u64..).filter(|n| (2..*n).all(|divisor| n % divisor != 0));
    let mut constants = [0; 80];
    for (constant, prime) in constants.iter_mut().zip(primes) {
        *constant = cube_root_fraction(prime);
    }
    constants
}

/// floor(2^64 cbrt(n)) modulo 2^64: the largest r with r^3 <= n 2^192, by bisection over 68 bits.
fn cube_root_fraction(n: u64) -> u64 {
    let mut root = 0u128;
    for bit in (0..68).rev() {
        let candidate = root | (1 << bit);
        if cube_at_most(candidate, n) {
            root = candidate;
        }
    }
    root as u64
}

/// r^3 <= n 2^192, for r < 2^68: compares in 32-bit digits.
fn cube_at_most(r: u128, n: u64) -> bool {
    let digits = |value: u128| [value as u32, (value >> 32) as u32, (value >> 64) as u32];
    let multiply = |a: &[u32], b: &[u32]| {
        let mut product = vec![0u32; a.len() + b.len()];
        for (i, x) in a.iter().enumerate() {
            let mut carry = 0u64;
            for (j, y) in b.iter().enumerate() {
                let sum = u64::from(*x) * u64::from(*y) + u64::from(product[i + j]) + carry;
                product[i + j] = sum as u32;
                carry = sum >> 32;
            }
            product[i + b.len()] = carry as u32;
        }
        product
    };
    let square = multiply(&digits(r), &digits(r));
    let cube = multiply(&square, &digits(r));
    let (low, high) = cube.split_at(6);
    let high = high.iter().rev().fold(0u128, |value, digit| (value << 32) | u128::from(*digit));
    high < u128::from(n) || (high == u128::from(n) && low.iter().all(|digit| *digit == 0))
}

/// Windows of the base point's comb.
const WINDOWS: usize = 32;
/// Multiples in a window.
const MULTIPLES: usize = 128;

/// Multiples of the base point, `shaders/sigverify/base.wgsl`: entry (i, j) is (j + 1) 256^i B as 24 words.
pub(super) fn comb() -> Vec<u32> {
    let d2 = field::d().add(field::d());
    let mut points = Vec::with_capacity(WINDOWS * MULTIPLES);
    let mut window = Point::base();
    for _ in 0..WINDOWS {
        let mut multiple = window;
        for _ in 0..MULTIPLES {
            points.push(multiple);
            multiple = multiple.add(window, d2);
        }
        // `multiple` is 129 times the window's base, its last entry 128 times.
        let half = points[points.len() - 1];
        window = half.add(half, d2);
    }
    Point::niels(&points, d2).iter().flatten().flat_map(|element| element.words()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};
    use curve25519_dalek::scalar::Scalar;

    fn bytes(words: &[u32]) -> [u8; 32] {
        bytemuck::pod_collect_to_vec::<u32, u8>(words).try_into().expect("eight words")
    }

    #[test]
    fn field_constants_satisfy_their_equations() {
        let words = constants();
        let element = |position: usize| Field::from_bytes(&bytes(&words[8 * position..8 * position + 8]));
        let (d, d2, root, y8, minus_y8) = (element(0), element(1), element(2), element(3), element(4));
        assert_eq!(d.mul(Field::small(121_666)).add(Field::small(121_665)), Field::ZERO);
        assert_eq!(d2, d.add(d));
        assert_eq!(root.mul(root).add(Field::ONE), Field::ZERO);
        let yy = y8.mul(y8);
        assert_eq!(d.mul(yy).mul(yy).add(yy).add(yy), Field::ONE);
        assert_eq!(y8.add(minus_y8), Field::ZERO);
        assert_eq!(element(5).add(Field::ONE), Field::ZERO);
    }

    #[test]
    fn small_order_list_is_complete() {
        let words = constants();
        let listed: Vec<[u8; 32]> = [3, 4, 5].iter().map(|at| bytes(&words[8 * at..8 * at + 8])).collect();
        for point in EIGHT_TORSION {
            let mut y = point.compress().to_bytes();
            y[31] &= 0x7f;
            let small = y[1..].iter().all(|byte| *byte == 0) && y[0] < 2;
            assert!(small || listed.contains(&y), "{}", hex::encode(y));
        }
    }

    #[test]
    fn round_constants_are_those_of_fips_180_4() {
        let constants = round_constants();
        assert_eq!(constants[0], 0x428a_2f98_d728_ae22);
        assert_eq!(constants[1], 0x7137_4491_23ef_65cd);
        assert_eq!(constants[79], 0x6c44_198c_4a47_5817);
    }

    #[test]
    fn comb_holds_multiples_of_the_base_point() {
        let comb = comb();
        let half = Field::small(2).invert();
        let mut weight = Scalar::ONE;
        for window in 0..WINDOWS {
            for multiple in 0..MULTIPLES {
                let at = (window * MULTIPLES + multiple) * 24;
                let [plus, minus, t2d] =
                    [0, 8, 16].map(|part| Field::from_bytes(&bytes(&comb[at + part..at + part + 8])));
                let (y, x) = (plus.add(minus).mul(half), plus.sub(minus).mul(half));
                assert_eq!(x.mul(y).mul(field::d().add(field::d())), t2d);
                let mut encoded = bytes(&y.words());
                encoded[31] |= u8::from(x.is_odd()) << 7;
                let expected = ED25519_BASEPOINT_POINT * (weight * Scalar::from(multiple as u64 + 1));
                assert_eq!(encoded, expected.compress().to_bytes(), "window {window}, multiple {multiple}");
            }
            weight *= Scalar::from(256u64);
        }
    }
}
