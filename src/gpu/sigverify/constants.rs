//! Constants of the kernels, computed from their formulas.

use super::field::{self, Field, Point};
use super::kernels::SPACING;

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

/// Teeth of the base point's comb: `BASE_TEETH` in `shaders/sigverify/comb.wgsl`.
pub(super) const BASE_TEETH: usize = 12;

/// The base point's signed comb, `shaders/sigverify/comb.wgsl`: entry e is the last of twelve teeth 2^(22 t) B, plus or minus each of the
/// others, plus where bit t of e is set, as 24 words.
pub(super) fn comb() -> Vec<u32> {
    let d2 = field::d().add(field::d());
    let double = |point: Point| point.add(point, d2);
    let tooth = |before: &Point| Some((0..SPACING).fold(*before, |point, _| double(point)));
    let teeth: Vec<Point> = std::iter::successors(Some(Point::base()), tooth).take(BASE_TEETH).collect();
    let (last, others) = teeth.split_last().expect("twelve teeth");
    let mut points = vec![others.iter().fold(*last, |sum, tooth| sum.add(tooth.negate(), d2))];
    for tooth in others {
        let with: Vec<Point> = points.iter().map(|without| without.add(double(*tooth), d2)).collect();
        points.extend(with);
    }
    niels_words(&points, d2)
}

/// Tables of multiples of the base point for unknown keys, and multiples in each: `shaders/sigverify/windows.wgsl`.
pub(super) const WINDOW_TABLES: usize = 2;
pub(super) const WINDOW_ENTRIES: usize = 2048;
/// Digits of twelve bits that go over either table: `WINDOWS` in `shaders/sigverify/groups.wgsl`.
pub(super) const WINDOW_DIGITS: usize = 11;
/// Bits below the second table's.
const WINDOW_STRIDE: usize = 12 * WINDOW_DIGITS;

/// Multiples of the base point: entry (t, j) is (j + 1) 2^(132 t) B as 24 words.
pub(super) fn windows() -> Vec<u32> {
    let d2 = field::d().add(field::d());
    let mut points = Vec::with_capacity(WINDOW_TABLES * WINDOW_ENTRIES);
    let mut base = Point::base();
    for _ in 0..WINDOW_TABLES {
        let multiples = std::iter::successors(Some(base), |multiple| Some(multiple.add(base, d2)));
        points.extend(multiples.take(WINDOW_ENTRIES));
        base = (0..WINDOW_STRIDE).fold(base, |point, _| point.add(point, d2));
    }
    niels_words(&points, d2)
}

fn niels_words(points: &[Point], d2: Field) -> Vec<u32> {
    Point::niels(points, d2).iter().flatten().flat_map(|element| element.words()).collect()
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

    /// Encodings of the points that 24 words each stand for; the third element is checked against the others.
    fn encodings(entries: &[u32]) -> Vec<[u8; 32]> {
        let half = Field::small(2).invert();
        let encode = |entry: &[u32]| {
            let [plus, minus, t2d] = [0, 8, 16].map(|part| Field::from_bytes(&bytes(&entry[part..part + 8])));
            let (y, x) = (plus.add(minus).mul(half), plus.sub(minus).mul(half));
            assert_eq!(x.mul(y).mul(field::d().add(field::d())), t2d);
            let mut encoded = bytes(&y.words());
            encoded[31] |= u8::from(x.is_odd()) << 7;
            encoded
        };
        entries.chunks(24).map(encode).collect()
    }

    #[test]
    fn comb_holds_signed_sums_of_teeth() {
        let tooth = |t: usize| (0..t).fold(Scalar::ONE, |weight, _| weight * Scalar::from(1u64 << SPACING));
        let teeth: Vec<Scalar> = (0..BASE_TEETH).map(tooth).collect();
        let encodings = encodings(&comb());
        assert_eq!(encodings.len(), 1 << (BASE_TEETH - 1));
        for (entry, encoded) in encodings.iter().enumerate() {
            let sign = |t: usize| if entry >> t & 1 == 1 { teeth[t] } else { -teeth[t] };
            let sum = (0..BASE_TEETH - 1).fold(teeth[BASE_TEETH - 1], |sum, t| sum + sign(t));
            assert_eq!(*encoded, (ED25519_BASEPOINT_POINT * sum).compress().to_bytes(), "entry {entry}");
        }
    }

    #[test]
    fn windows_hold_multiples_of_the_base_point() {
        let weight = |table: usize| (0..table * 132).fold(Scalar::ONE, |weight, _| weight + weight);
        let encodings = encodings(&windows());
        assert_eq!(encodings.len(), WINDOW_TABLES * WINDOW_ENTRIES);
        for (at, encoded) in encodings.iter().enumerate() {
            let scalar = weight(at / WINDOW_ENTRIES) * Scalar::from((at % WINDOW_ENTRIES) as u64 + 1);
            assert_eq!(*encoded, (ED25519_BASEPOINT_POINT * scalar).compress().to_bytes(), "entry {at}");
        }
    }
}
