//! Field and scalar operations one by one, at the bounds that the shader files state, against plain integers.

use crate::lab::{Random, SCALAR, Version, WORDS, run, versions};
use num_bigint::BigUint;

fn p() -> BigUint {
    (BigUint::from(1u8) << 255u32) - 19u8
}

fn value(version: &Version, limbs: &[u32]) -> BigUint {
    limbs.iter().zip(&version.offsets).map(|(limb, offset)| BigUint::from(*limb) << *offset).sum()
}

/// Largest limbs of an element with factor `even` on even limbs and `odd` on odd ones, times a hundredth.
fn bound(version: &Version, even: u64, odd: u64) -> Vec<u32> {
    (0..version.limbs)
        .map(|limb| match version.limbs {
            20 => 8200,
            _ if limb.is_multiple_of(2) => ((even << 26) / 100) as u32,
            _ => ((odd << 25) / 100) as u32,
        })
        .collect()
}

/// All zero, all at the bound, each limb alone at the bound or alone below it, canonical boundary values, and random mixtures of
/// extremes.
fn elements(version: &Version, bound: &[u32], random: &mut Random, count: usize) -> Vec<Vec<u32>> {
    let n = version.limbs;
    let mask = |limb: usize| match n {
        20 => 8191,
        _ if limb.is_multiple_of(2) => (1u32 << 26) - 1,
        _ => (1 << 25) - 1,
    };
    let mut elements = vec![vec![0; n], bound.to_vec(), (0..n).map(mask).collect()];
    for limb in 0..n {
        let (mut alone, mut missing) = (vec![0; n], bound.to_vec());
        alone[limb] = bound[limb];
        missing[limb] = 0;
        elements.extend([alone, missing]);
    }
    for difference in 0..40u32 {
        // p - 20 to p + 19, and small numbers.
        let target = p() - 20u8 + difference;
        elements.push(canonical(version, &target));
        elements.push(canonical(version, &BigUint::from(difference)));
    }
    while elements.len() < count {
        let limb = |limb: usize, random: &mut Random| match random.below(6) {
            0 => 0,
            1 => bound[limb],
            2 => bound[limb] - 1,
            3 => mask(limb),
            4 => mask(limb).wrapping_add(1).min(bound[limb]),
            _ => random.below(u64::from(bound[limb]) + 1) as u32,
        };
        elements.push((0..n).map(|index| limb(index, random)).collect());
    }
    elements
}

/// Limbs of a number below 2^255 as fe_unpack makes them.
fn canonical(version: &Version, number: &BigUint) -> Vec<u32> {
    let ends = version.offsets[1..].iter().copied().chain([255]);
    let limbs = version.offsets.iter().zip(ends);
    limbs
        .map(|(start, end)| {
            let limb = (number >> *start) % (BigUint::from(1u8) << (end - start));
            u32::try_from(limb).expect("a limb")
        })
        .collect()
}

fn element_source(version: &Version, base: &str) -> String {
    let kind = if version.name == "u64" { "u64" } else { "u32" };
    let limbs: Vec<String> = (0..version.limbs).map(|limb| format!("{kind}(input[{base} + {limb}u])")).collect();
    format!("Fe({})", limbs.join(", "))
}

fn store_source(version: &Version, name: &str) -> String {
    (0..version.limbs).map(|limb| format!("output[to + {limb}u] = u32({name}.l{limb});\n")).collect()
}

/// Runs `expression` over pairs (f, g) and hands limbs of f, g and the result to `check`.
fn pairs(version: &Version, expression: &str, f: &[Vec<u32>], g: &[Vec<u32>], check: impl Fn(&[u32], &[u32], &[u32])) {
    let n = version.limbs;
    let inputs: Vec<u32> = f.iter().zip(g).flat_map(|(f, g)| [f.as_slice(), g.as_slice()].concat()).collect();
    let body = format!(
        "let f = {};\nlet g = {};\nlet r = {expression};\n{}",
        element_source(version, "at"),
        element_source(version, &format!("at + {n}u")),
        store_source(version, "r")
    );
    let outputs = run(&[WORDS, &version.source], &body, 2 * n, n, &inputs);
    assert_eq!(outputs.len(), f.len() * n);
    for (index, result) in outputs.chunks(n).enumerate() {
        check(&f[index], &g[index], result);
    }
}

fn within(version: &Version, limbs: &[u32], bound: &[u32], what: &str) {
    assert!(limbs.iter().zip(bound).all(|(limb, bound)| limb <= bound), "{}: {what}: {limbs:?}", version.name);
}

/// Every element of `a` with every one of `b`, as two lists.
fn product(a: &[Vec<u32>], b: &[Vec<u32>]) -> (Vec<Vec<u32>>, Vec<Vec<u32>>) {
    a.iter().flat_map(|f| b.iter().map(|g| (f.clone(), g.clone()))).unzip()
}

fn products_at_the_bounds() {
    for version in versions() {
        let mut random = Random(1);
        // (factor of f, factors of g on even and odd limbs), in hundredths: 9.4 * 3.36 and 31 * 1.02 are below 31.9.
        let bounds = if version.limbs == 20 {
            vec![(100, 100, 100)]
        } else {
            vec![(940, 336, 336), (510, 300, 510), (3100, 102, 102)]
        };
        for (of_f, even, odd) in bounds {
            let (f_bound, g_bound) = (bound(&version, of_f.min(3100), of_f.min(3100)), bound(&version, even, odd));
            let f = elements(&version, &f_bound, &mut random, 250);
            let g = elements(&version, &g_bound, &mut random, 250);
            let (f, g) = product(&f, &g);
            pairs(&version, "fe_mul(f, g)", &f, &g, |f, g, result| {
                within(&version, result, &bound(&version, 101, 101), "fe_mul");
                let expected = value(&version, f) * value(&version, g) % p();
                assert_eq!(value(&version, result) % p(), expected, "{} fe_mul {f:?} {g:?}", version.name);
            });
        }
        let factor = if version.limbs == 20 { 100 } else { 224 };
        let f = elements(&version, &bound(&version, factor, factor), &mut random, 20_000);
        pairs(&version, "fe_sq(f)", &f, &f, |f, _, result| {
            within(&version, result, &bound(&version, 101, 101), "fe_sq");
            let expected = value(&version, f) * value(&version, f) % p();
            assert_eq!(value(&version, result) % p(), expected, "{} fe_sq {f:?}", version.name);
        });
    }
}

fn sums_and_differences_at_the_bounds() {
    for version in versions() {
        let mut random = Random(2);
        let operations: [(&str, u64, u64, u64); 4] = [
            ("fe_add(f, g)", 300, 300, 600),
            ("fe_sub(f, g)", 300, 199, 500),
            ("fe_sub_wide(f, g)", 300, 399, 700),
            ("fe_narrow(f)", 700, 100, 702),
        ];
        for (expression, of_f, of_g, of_result) in operations {
            let f = elements(&version, &bound(&version, of_f, of_f), &mut random, 200);
            let g = elements(&version, &bound(&version, of_g, of_g), &mut random, 200);
            let (f, g) = product(&f, &g);
            let even = if expression.starts_with("fe_narrow") { 100 } else { of_result };
            pairs(&version, expression, &f, &g, |f, g, result| {
                within(&version, result, &bound(&version, even, of_result), expression);
                let (f, g) = (value(&version, f), value(&version, g));
                let expected = match expression.as_bytes()[3] {
                    b'a' => f + g,
                    b's' => f + p() * 64u8 - g,
                    _ => f,
                };
                assert_eq!(value(&version, result) % p(), expected % p(), "{} {expression}", version.name);
            });
        }
    }
}

fn packing_is_canonical() {
    for version in versions() {
        let mut random = Random(3);
        let n = version.limbs;
        let elements = elements(&version, &bound(&version, 800, 800), &mut random, 20_000);
        let body = format!("output_words(to, fe_pack({}));", element_source(&version, "at"));
        let outputs = run(&[WORDS, &version.source], &body, n, 8, &elements.concat());
        for (element, words) in elements.iter().zip(outputs.chunks(8)) {
            let expected = value(&version, element) % p();
            assert_eq!(BigUint::from_slice(words), expected, "{} fe_pack {element:?}", version.name);
        }
    }
}

fn unpacking_takes_every_255_bit_number() {
    for version in versions() {
        let mut random = Random(4);
        let n = version.limbs;
        let mut numbers: Vec<BigUint> = (0..255u32).map(|bit| BigUint::from(1u8) << bit).collect();
        numbers.extend((0..40u8).map(|difference| p() - 20u8 + difference.min(38)));
        numbers.extend(
            (0..1000).map(|_| BigUint::from_slice(&std::array::from_fn::<u32, 8, _>(|_| random.word() as u32))),
        );
        let words: Vec<u32> = numbers
            .iter()
            .flat_map(|number| {
                let mut words = number.to_u32_digits();
                words.resize(8, 0);
                words
            })
            .collect();
        let body = format!("let w = input_words(at);\nlet r = fe_unpack(w.lo, w.hi);\n{}", store_source(&version, "r"));
        let outputs = run(&[WORDS, &version.source], &body, 8, n, &words);
        for (number, limbs) in numbers.iter().zip(outputs.chunks(n)) {
            let expected = number % (BigUint::from(1u8) << 255u32);
            assert_eq!(limbs, canonical(&version, &expected), "{} fe_unpack {number}", version.name);
        }
    }
}

fn order() -> BigUint {
    (BigUint::from(1u8) << 252u32) + 27_742_317_777_372_353_535_851_937_790_883_648_493u128
}

fn hashes_are_reduced_modulo_the_order() {
    let mut random = Random(5);
    let one = BigUint::from(1u8);
    let top = one.clone() << 512u32;
    let mut numbers = vec![BigUint::ZERO, &top - 1u8];
    let largest = (&top - 1u8) / order();
    let mut multiples: Vec<BigUint> = (0..260u32).map(|bit| one.clone() << bit).filter(|m| *m <= largest).collect();
    multiples.extend((0..8u8).map(|below| &largest - below));
    multiples.extend((0..8u8).map(BigUint::from));
    for multiple in multiples {
        let number = multiple * order();
        numbers.extend((0..3u8).map(|more| (&number + more) % &top));
        numbers.extend((1..3u8).filter(|less| number >= BigUint::from(*less)).map(|less| &number - less));
    }
    for bit in 0..512u32 {
        numbers.extend([one.clone() << bit, (one.clone() << bit) - 1u8, &top - (one.clone() << bit)]);
    }
    numbers.extend((0..4000).map(|_| {
        // Words of all zeros and all ones are where carries go wrong.
        BigUint::from_slice(&std::array::from_fn::<u32, 16, _>(|_| match random.below(4) {
            0 => 0,
            1 => u32::MAX,
            _ => random.word() as u32,
        }))
    }));
    let words: Vec<u32> = numbers
        .iter()
        .flat_map(|number| {
            let mut words = number.to_u32_digits();
            words.resize(16, 0);
            words
        })
        .collect();
    let body = "let k = scalar_reduce(input_words(at), input_words(at + 8u));\n\
                output_words(to, k);\n\
                output_words(to + 8u, scalar_recode_hex(k));\n\
                output_words(to + 16u, scalar_recode_windows(k));\n\
                output[to + 24u] = u32(words_less(input_words(at), scalar_order()));";
    let outputs = run(&[WORDS, SCALAR], body, 16, 25, &words);
    for (number, result) in numbers.iter().zip(outputs.chunks(25)) {
        let k = number % order();
        assert_eq!(BigUint::from_slice(&result[..8]), k, "{number}");
        assert_eq!(BigUint::from_slice(&result[8..16]), &k + BigUint::from_slice(&[0x8888_8888; 8]));
        let added = (0..21).fold(BigUint::ZERO, |sum, window| sum + (BigUint::from(2048u16) << (12 * window)));
        assert_eq!(BigUint::from_slice(&result[16..24]), &k + added);
        let low = number % (BigUint::from(1u8) << 256u32);
        assert_eq!(result[24] == 1, low < order(), "{low} < L");
    }
}

/// The trials of this file.
pub const TRIALS: &[(&str, fn())] = &[
    ("field::products_at_the_bounds", products_at_the_bounds),
    ("field::sums_and_differences_at_the_bounds", sums_and_differences_at_the_bounds),
    ("field::packing_is_canonical", packing_is_canonical),
    ("field::unpacking_takes_every_255_bit_number", unpacking_takes_every_255_bit_number),
    ("field::hashes_are_reduced_modulo_the_order", hashes_are_reduced_modulo_the_order),
];
