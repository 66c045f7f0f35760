//! Point operations one by one against curve25519-dalek: points of small and mixed order, canonical or not, and random ones.

use crate::lab::{CONSTANTS, CURVE, Random, SQUARE_ROOT, WORDS, run, versions};
use crate::signatures::{decompress, special_encodings};
use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};
use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::scalar::Scalar;
use num_bigint::BigUint;

/// The part of `common.wgsl` that is not about batches.
const COMMON: &str = "@group(0) @binding(1) var<uniform> constants: array<vec4<u32>, 52>;\n\
    const D = 0u;\nconst D_TWICE = 2u;\nconst SQRT_MINUS_ONE = 4u;\n\
    const Y_OF_ORDER_8 = 6u;\nconst MINUS_Y_OF_ORDER_8 = 8u;\nconst MINUS_ONE = 10u;\n\
    fn constant_words(position: u32) -> Words { return Words(constants[position], constants[position + 1u]); }\n";

/// Leaves x, y and z of a completed point.
const STORE: &str = "fn store(to: u32, p: Completed) {\n\
        output_words(to, fe_pack(fe_mul(p.t, p.x)));\n\
        output_words(to + 8u, fe_pack(fe_mul(p.y, p.z)));\n\
        output_words(to + 16u, fe_pack(fe_mul(p.t, p.z)));\n\
    }\n";

/// The encoding of (x : y : z).
fn encode(xyz: &[u32]) -> [u8; 32] {
    let p = (BigUint::from(1u8) << 255u32) - 19u8;
    let [x, y, z] = [0, 8, 16].map(|at| BigUint::from_slice(&xyz[at..at + 8]));
    let inverse = z.modpow(&(&p - 2u8), &p);
    let (x, y) = (x * &inverse % &p, y * &inverse % &p);
    let mut bytes = y.to_bytes_le();
    bytes.resize(32, 0);
    bytes[31] |= u8::from(x.bit(0)) << 7;
    bytes.try_into().expect("32 bytes")
}

fn words(bytes: &[u8; 32]) -> Vec<u32> {
    bytemuck::pod_collect_to_vec(bytes.as_slice())
}

fn decoding_accepts_and_gives_what_dalek_does() {
    let mut random = Random(11);
    let mut encodings = special_encodings();
    encodings.extend((0..3000).map(|_| std::array::from_fn(|_| random.word() as u8)));
    // Small y and y close to p, where canonical and not canonical meet.
    encodings.extend((0..=255u8).flat_map(|low| {
        let mut near = [0xff; 32];
        near[0] = low;
        let (mut small, mut near_p) = ([0; 32], near);
        small[0] = low;
        near_p[31] = 0x7f;
        [small, near, near_p]
    }));
    let input: Vec<u32> = encodings.iter().flat_map(words).collect();
    let body = "let point = point_decode(input_words(at), 1u);\n\
                output[to] = select(0u, encoding_flags(input_words(at), fe_pack(point.y)), point.valid);\n\
                store(to + 1u, completed_affine(point.x, point.y));";
    for version in versions() {
        let outputs = run(&[COMMON, CONSTANTS, WORDS, &version.source, CURVE, SQUARE_ROOT, STORE], body, 8, 25, &input);
        let mut valid = 0;
        for (encoding, result) in encodings.iter().zip(outputs.chunks(25)) {
            let expected = decompress(encoding);
            let flags = expected.map_or(0, |point| {
                let mut bytes = point.compress().to_bytes();
                bytes[31] = bytes[31] & 0x7f | encoding[31] & 0x80;
                1 + 2 * u32::from(point.is_small_order()) + 4 * u32::from(bytes == *encoding)
            });
            assert_eq!(result[0], flags, "{} {}", version.name, hex::encode(encoding));
            if let Some(point) = expected {
                valid += 1;
                assert_eq!(encode(&result[1..]), point.compress().to_bytes(), "{}", hex::encode(encoding));
            }
        }
        assert!(valid > 1500 && valid < encodings.len() - 1500);
    }
}

/// Every point of small order, each of these added to multiples of B, and random points.
fn points() -> Vec<EdwardsPoint> {
    let multiples = [1u64, 2, 0xffff_ffff, 0x1234_5678_9abc_def1].map(Scalar::from);
    let mut points = EIGHT_TORSION.to_vec();
    for scalar in multiples.into_iter().chain([-Scalar::ONE, -Scalar::from(8u64)]) {
        points.extend(EIGHT_TORSION.iter().map(|torsion| ED25519_BASEPOINT_POINT * scalar + torsion));
    }
    points
}

fn every_pair_adds_and_doubles_as_in_dalek() {
    let points = points();
    let mut input = Vec::new();
    let mut pairs = Vec::new();
    for p in &points {
        for q in &points {
            input.extend(words(&p.compress().to_bytes()));
            input.extend(words(&q.compress().to_bytes()));
            pairs.push((p, q));
        }
    }
    // Both points are decoded first; operands then come in through a completed point whose z and t differ from 1.
    let operands = "let p = completed_affine(packed(at), packed(at + 8u));\n\
                    let q = completed_affine(packed(at + 16u), packed(at + 24u));\n\
                    let product = fe_mul(fe_mul(q.x, q.y), constant_fe(D_TWICE));\n\
                    let niels = Niels(fe_add(q.y, q.x), fe_sub(q.y, q.x), product);\n\
                    let two = fe_add(fe_one(), fe_one());\n\
                    let three = fe_add(two, fe_one());\n\
                    let start = Completed(fe_mul(p.x, two), fe_mul(p.y, three), two, three);\n";
    type Operation = fn(EdwardsPoint, EdwardsPoint) -> EdwardsPoint;
    let operations: [(&str, Operation); 4] = [
        ("store(to, point_add_affine(start, niels));", |p, q| p + q),
        (
            "let scaled = Niels(fe_mul(niels.plus, two), fe_mul(niels.minus, two), fe_mul(niels.t2d, two));\n\
             store(to, point_add_projective(start, scaled, two));",
            |p, q| p + q,
        ),
        ("store(to, point_double(point_add_affine(start, niels)));", |p, q| p + q + p + q),
        ("store(to, point_double(point_double(start)));", |p, _| p + p + p + p),
    ];
    let packed = "fn packed(at: u32) -> Fe { let w = input_words(at); return fe_unpack(w.lo, w.hi); }";
    let decode = "let point = point_decode(input_words(at), 1u);\n\
                  output_words(to, fe_pack(point.x));\noutput_words(to + 8u, fe_pack(point.y));";
    for version in versions() {
        let decoded = run(&[COMMON, CONSTANTS, WORDS, &version.source, CURVE, SQUARE_ROOT], decode, 8, 16, &input);
        for (operation, expected) in operations {
            let body = format!("{operands}{operation}");
            let pieces = [COMMON, CONSTANTS, WORDS, &version.source, CURVE, STORE, packed];
            let outputs = run(&pieces, &body, 32, 24, &decoded);
            for ((p, q), result) in pairs.iter().zip(outputs.chunks(24)) {
                let expected = expected(**p, **q).compress().to_bytes();
                assert_eq!(encode(result), expected, "{}: {operation}", version.name);
            }
        }
    }
}

/// The trials of this file.
pub const TRIALS: &[(&str, fn())] = &[
    ("curve::decoding_accepts_and_gives_what_dalek_does", decoding_accepts_and_gives_what_dalek_does),
    ("curve::every_pair_adds_and_doubles_as_in_dalek", every_pair_adds_and_doubles_as_in_dalek),
];
