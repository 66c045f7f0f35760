//! Defects put into the shaders one at a time: the edge suite must notice each of them.

use crate::signatures::{edge_cases, inputs};
use wavelock::gpu::adapter::AdapterKind;
use wavelock::gpu::device::{Device, DeviceOptions};
use wavelock::gpu::sigverify::{Limbs, SignatureVerifier, VerifierOptions};
use wavelock::{Policy, serial};

/// A defect: in which version, what is replaced by what, and under which policy it must show.
type Defect = (&'static str, Limbs, &'static str, &'static str, Policy);

const DEFECTS: [Defect; 25] = [
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
    (
        "the uppermost group is left out",
        Limbs::Wide,
        "clamp((digits + 2u) / 3u, WINDOWS",
        "clamp((digits - 1u) / 3u, 10u",
        Policy::Strict,
    ),
    ("the sign of u is left out", Limbs::Wide, "(flags & 2u) != 0u", "false", Policy::Strict),
    ("u may be even", Limbs::Wide, "if (t1.lo.x & 1u) == 1u {", "if true {", Policy::Strict),
    (
        "the cofactor is 4, cold",
        Limbs::Wide,
        "Halves(words_shift(h.u, 3u), words_shift(v, 3u)",
        "Halves(words_shift(h.u, 2u), words_shift(v, 2u)",
        Policy::Zip215,
    ),
    (
        "u s is taken without its sign",
        Limbs::Wide,
        "scalar_order(), product), halves.negative",
        "scalar_order(), product), false",
        Policy::Strict,
    ),
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
        "the last entry of a known key's comb is the one before",
        Limbs::Wide,
        "select(comb_index(bits, KEY_TEETH), 0u, parity)",
        "select(min(comb_index(bits, KEY_TEETH), 30u), 0u, parity)",
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
        "the last multiple of the base point is the one before",
        Limbs::Wide,
        "max(u32(abs(digit)), 1u) - 1u) * 3u;\n    return",
        "min(max(u32(abs(digit)), 1u) - 1u, 2046u)) * 3u;\n    return",
        Policy::Strict,
    ),
    (
        "the last entry of the base point's comb is the one before",
        Limbs::Wide,
        "comb_index(bits, BASE_TEETH) * 3u",
        "min(comb_index(bits, BASE_TEETH), 2046u) * 3u",
        Policy::Strict,
    ),
    ("the last item is lost", Limbs::Mixed, "id.x < items()", "id.x + 1u < items()", Policy::Strict),
    ("an even k stays odd", Limbs::Wide, "i32(k.lo.x & 1u) ^ 1;", "0;", Policy::Strict),
    ("an even s stays even", Limbs::Wide, "s, (s.lo.x & 1u) == 1u)", "s, true)", Policy::Strict),
    (
        "the last block's length is wrong",
        Limbs::Wide,
        "(bytes + 64u) * 8u",
        "((bytes + 64u) * 8u) % 4096u",
        Policy::Strict,
    ),
];

/// The same where only software devices have what is replaced.
const DEFECTS_OF_SOFTWARE: [Defect; 1] = [(
    "every second item of a queue is lost",
    Limbs::Wide,
    "atomicAdd(&queue, 1u)",
    "atomicAdd(&queue, 2u)",
    Policy::Strict,
)];

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
    let device = Device::open(&DeviceOptions::default()).expect("a device");
    let int64 = device.has_int64();
    let of_software: &[Defect] = if device.summary.kind == AdapterKind::Software { &DEFECTS_OF_SOFTWARE } else { &[] };
    for &(name, limbs, from, to, policy) in DEFECTS.iter().chain(of_software) {
        if limbs == Limbs::Narrow || int64 {
            assert!(wrong(policy, limbs, Some((from, to))) > 0, "{name}: not noticed");
        }
    }
}

/// The trials of this file.
pub const TRIALS: &[(&str, fn())] = &[("canaries::every_defect_is_noticed", every_defect_is_noticed)];
