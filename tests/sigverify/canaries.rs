//! Defects put into the shaders one at a time: the edge suite must notice each of them.

use crate::signatures::{edge_cases, inputs};
use wavelock::gpu::device::{Device, DeviceOptions};
use wavelock::gpu::sigverify::{Limbs, SignatureVerifier, VerifierOptions};
use wavelock::{Policy, serial};

/// A defect: in which version, what is replaced by what, and under which policy it must show.
type Defect = (&'static str, Limbs, &'static str, &'static str, Policy);

const DEFECTS: [Defect; 21] = [
    ("a carry is dropped", Limbs::Wide, "h1 += (h0 >> 26u);", "h1 += (h0 >> 26u) * 0;", Policy::Strict),
    (
        "a carry loses its top bits",
        Limbs::Wide,
        "19lu * (h9 >> 25u)",
        "19lu * ((h9 >> 25u) & 0xffffffff)",
        Policy::Strict,
    ),
    ("a carry is dropped in u32", Limbs::Narrow, "h1 + (first >> 13u)", "h1", Policy::Strict),
    ("A of small order passes", Limbs::Wide, " && (key & 2u) == 0u", "", Policy::Strict),
    ("R of small order passes", Limbs::Wide, " && !is_small_order(y)", "", Policy::Strict),
    ("A of small order passes, cold", Limbs::Wide, "(a & 3u) == 1u", "(a & 1u) == 1u", Policy::Strict),
    ("R of small order passes, cold", Limbs::Wide, "(r & 7u) == 5u", "(r & 5u) == 5u", Policy::Strict),
    ("halves have no digits", Limbs::Wide, " | (hex_digits(halves) << 2u)", "", Policy::Strict),
    ("the sign of u is left out", Limbs::Wide, "(flags & 2u) != 0u", "false", Policy::Strict),
    ("u may be even", Limbs::Wide, "if (t1.lo.x & 1u) == 1u {", "if true {", Policy::Strict),
    ("the cofactor is 4, cold", Limbs::Wide, "select(4u, 3u, i < after)", "select(4u, 2u, i < after)", Policy::Zip215),
    ("the base's part is taken 4 times, cold", Limbs::Wide, "3u * params.policy", "2u * params.policy", Policy::Zip215),
    ("s is not compared with L", Limbs::Wide, "words_less(s, scalar_order())", "true", Policy::Strict),
    (
        "an undecodable A passes",
        Limbs::Wide,
        "select(0u, encoding_flags(encoded, y), point.valid)",
        "1u",
        Policy::Zip215,
    ),
    ("the cofactor is 4", Limbs::Wide, "j < 3u * unit", "j < 2u * unit", Policy::Zip215),
    (
        "the last entry of a known key's table is the one before",
        Limbs::Wide,
        "store(at + 8u * j, fe_mul(p.t, p.x));",
        "store(at + 8u * min(j, 6u), fe_mul(p.t, p.x));",
        Policy::Strict,
    ),
    ("the parity of a dozen steps is forgotten", Limbs::Wide, "steps.odd != swap", "swap", Policy::Strict),
    (
        "the last entry of a cold table in private memory is the one before",
        Limbs::Wide,
        "max(u32(abs(digit)), 1u) - 1u) * 4u",
        "min(max(u32(abs(digit)), 1u) - 1u, 6u)) * 4u",
        Policy::Strict,
    ),
    (
        "the last entry of a cold table is the one before",
        Limbs::Mixed,
        "max(u32(abs(digit)), 1u) - 1u) * 4u",
        "min(max(u32(abs(digit)), 1u) - 1u, 6u)) * 4u",
        Policy::Strict,
    ),
    (
        "an entry of the comb is the one before",
        Limbs::Wide,
        "max(u32(abs(digit)), 1u) - 1u) * 3u;\n    return",
        "min(max(u32(abs(digit)), 1u) - 1u, 126u)) * 3u;\n    return",
        Policy::Strict,
    ),
    (
        "the last block's length is wrong",
        Limbs::Wide,
        "(bytes + 64u) * 8u",
        "((bytes + 64u) * 8u) % 4096u",
        Policy::Strict,
    ),
];

/// Signatures whose verdict differs from the serial engine's, cold and (nearly all) known.
fn wrong(policy: Policy, limbs: Limbs, replace: Option<(&str, &str)>) -> usize {
    let shader_patch = replace.map(|(from, to)| (from.to_owned(), to.to_owned()));
    let device = Device::open(&DeviceOptions { shader_patch, ..DeviceOptions::default() }).expect("a device");
    if limbs != Limbs::Narrow && !device.has_int64() {
        return 0;
    }
    let cases = edge_cases();
    let source = inputs(&cases);
    let expected = serial::sigverify::sigverify(policy, &source);
    let wrong = |key_budget_bytes| {
        let options = VerifierOptions { policy, limbs: Some(limbs), key_budget_bytes, ..VerifierOptions::default() };
        let mut verifier = SignatureVerifier::new(device.clone(), options).expect("a verifier");
        let verdicts = verifier.verify(&source).expect("no fault");
        verdicts.iter().zip(&expected).filter(|(verdict, expected)| verdict != *expected).count()
    };
    wrong(0) + wrong(64 << 20)
}

fn every_defect_is_noticed() {
    for limbs in [Limbs::Wide, Limbs::Mixed, Limbs::Narrow] {
        assert_eq!(wrong(Policy::Strict, limbs, None), 0, "{limbs:?} without a defect");
    }
    let int64 = Device::open(&DeviceOptions::default()).expect("a device").has_int64();
    for (name, limbs, from, to, policy) in DEFECTS {
        if limbs == Limbs::Narrow || int64 {
            assert!(wrong(policy, limbs, Some((from, to))) > 0, "{name}: not noticed");
        }
    }
}

/// The trials of this file.
pub const TRIALS: &[(&str, fn())] = &[("canaries::every_defect_is_noticed", every_defect_is_noticed)];
