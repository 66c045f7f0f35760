//! Scalars of half the length, against their definition.

use crate::lab::{COLUMNS, COMB, DIGITS, GROUPS, LATTICE, Random, SCALAR, WORDS, run};
use num_bigint::{BigInt, BigUint};

fn order() -> BigUint {
    (BigUint::from(1u8) << 252u32) + 27_742_317_777_372_353_535_851_937_790_883_648_493u128
}

fn random_below(random: &mut Random, bound: &BigUint) -> BigUint {
    BigUint::from_slice(&std::array::from_fn::<u32, 10, _>(|_| random.word() as u32)) % bound
}

fn words(number: &BigUint, count: usize) -> Vec<u32> {
    let mut words = number.to_u32_digits();
    words.resize(count, 0);
    words
}

/// Scalars for which Euclid's algorithm passes 2^128 in one large step, from an even t1 to a remainder of at most `bits` bits: with t1 = 2m and
/// r1 = 2k, r0 m + k t0 = 4L, and t0 h = -r0 modulo 8L.
fn with_a_large_step(random: &mut Random, bits: u32) -> BigUint {
    let one = BigUint::from(1u8);
    let eight_l = order() * 8u8;
    loop {
        let m = random_below(random, &(one.clone() << 120u32)) | &one;
        let k = random_below(random, &(one.clone() << (bits - 1))) + 1u8;
        let Some(inverse) = k.modinv(&m) else { continue };
        let mut t0 = order() * 4u8 * inverse % &m;
        if !t0.bit(0) {
            t0 += &m;
        }
        let r0 = (order() * 4u8 - &k * &t0) / &m;
        let h = t0.modinv(&eight_l).map(|inverse| &eight_l - r0 * inverse % &eight_l);
        if let Some(h) = h.filter(|h| *h < order()) {
            return h;
        }
    }
}

fn scalars(random: &mut Random) -> Vec<BigUint> {
    let one = BigUint::from(1u8);
    let mut scalars: Vec<BigUint> = (0..4u8).map(BigUint::from).collect();
    scalars.extend((0..253u32).flat_map(|bit| [one.clone() << bit, (one.clone() << bit) - 1u8]));
    scalars.extend((1..200u32).flat_map(|divisor| [order() / divisor, order() / divisor + 1u8, order() - divisor]));
    scalars.extend((0..6000).map(|_| random_below(random, &order())));
    scalars
}

fn halves_are_short_odd_and_belong_together() {
    let mut random = Random(21);
    let eight_l = order() * 8u8;
    let mut scalars = scalars(&mut random);
    let usual = scalars.len();
    for bits in [3, 60, 90, 95] {
        scalars.extend((0..20).map(|_| with_a_large_step(&mut random, bits)));
    }
    let input: Vec<u32> = scalars.iter().flat_map(|scalar| words(scalar, 8)).collect();
    let body = "let halves = scalar_halve(input_words(at));\n\
                output_words(to, halves.u);\n\
                output_words(to + 8u, halves.v);\n\
                output[to + 16u] = u32(halves.negative);\n\
                output[to + 17u] = hex_digits(halves);\n\
                output_words(to + 18u, scalar_recode_hex(halves.u));\n\
                output_words(to + 26u, scalar_recode_hex(halves.v));";
    let outputs = run(&[WORDS, SCALAR, LATTICE], body, 8, 34, &input);
    let (mut longest, mut negative, mut whole) = (0, 0, 0);
    for (number, (h, result)) in scalars.iter().zip(outputs.chunks(34)).enumerate() {
        let [u, v] = [0, 8].map(|at| BigUint::from_slice(&result[at..at + 8]));
        assert!(u.bit(0), "{h}: u = {u} is even");
        let signed = if result[16] == 1 { -BigInt::from(u.clone()) } else { BigInt::from(u.clone()) };
        let difference = signed * BigInt::from(h.clone()) - BigInt::from(v.clone());
        assert_eq!(difference % BigInt::from(eight_l.clone()), BigInt::ZERO, "{h}: u = {u}, v = {v}");
        negative += result[16];
        let digits = result[17] as usize;
        if u == BigUint::from(1u8) && number >= usual {
            whole += 1;
        } else {
            assert!(u.bits() <= 160 && (v.bits() <= 130 || &v == h), "{h}: u = {u}, v = {v}");
            longest = longest.max(if &v == h { 0 } else { digits });
        }
        assert!(digits <= 64, "{digits}");
        for (value, recoded) in [(&u, &result[18..26]), (&v, &result[26..34])] {
            let digit = |at: usize| i64::from(recoded[at / 8] >> (4 * (at % 8)) & 15) - 8;
            let sum = (0..digits).rev().fold(BigInt::ZERO, |sum, at| sum * 16 + digit(at));
            assert_eq!(sum, BigInt::from(value.clone()), "{h}: {digits} digits of {value}");
        }
    }
    assert!(negative as usize > usual / 3 && (negative as usize) < 2 * usual / 3, "{negative} negative");
    assert_eq!(whole, 80, "a large step costs the whole length");
    assert!((33..=41).contains(&longest), "{longest} digits");
}

fn eight_times_the_halves_have_no_more_digits_than_fit() {
    let mut random = Random(26);
    let eight_l = BigInt::from(order() * 8u8);
    let mut scalars = scalars(&mut random);
    scalars.retain(|scalar| *scalar < order());
    scalars.extend((0..20).map(|_| with_a_large_step(&mut random, 3)));
    let input: Vec<u32> = scalars.iter().flat_map(|scalar| words(scalar, 8)).collect();
    let body = "let halves = halves_times_eight(scalar_halve(input_words(at)));\n\
                output_words(to, halves.u);\n\
                output_words(to + 8u, halves.v);\n\
                output[to + 16u] = u32(halves.negative);\n\
                output[to + 17u] = hex_digits(halves);";
    let outputs = run(&[WORDS, SCALAR, LATTICE], body, 8, 18, &input);
    let mut longest = 0;
    for (h, result) in scalars.iter().zip(outputs.chunks(18)) {
        let [u, v] = [0, 8].map(|at| BigUint::from_slice(&result[at..at + 8]));
        assert!(u.trailing_zeros() == Some(3), "{h}: u = {u} is no odd multiple of 8");
        let signed = if result[16] == 1 { -BigInt::from(u.clone()) } else { BigInt::from(u.clone()) };
        assert_eq!((signed * BigInt::from(h.clone()) - BigInt::from(v.clone())) % &eight_l, BigInt::ZERO, "{h}");
        let reach = ((BigUint::from(1u8) << (4 * result[17])) - 1u8) * 7u8 / 15u8;
        assert!(result[17] <= 64 && u.max(v.clone()) <= reach, "{h}: {} digits", result[17]);
        longest = longest.max(result[17]);
    }
    assert!(longest >= 34, "{longest} digits");
}

fn eight_times_a_whole_scalar_has_64_digits_at_most() {
    let middle = BigUint::from(1u8) << 251u32;
    let c = order() - (middle.clone() << 1u32);
    let near = |number: &BigUint| [number - 1u8, number.clone(), number + 1u8];
    let mut scalars: Vec<BigUint> = [middle.clone(), &middle + &c].iter().flat_map(near).collect();
    scalars.extend([BigUint::from(1u8), order() - 1u8]);
    let input: Vec<u32> = scalars.iter().flat_map(|scalar| words(scalar, 8)).collect();
    let body = "let halves = halves_times_eight(Halves(words_small(1u), input_words(at), false));\n\
                output_words(to, halves.v);\n\
                output[to + 8u] = u32(halves.negative);\n\
                output[to + 9u] = hex_digits(halves);";
    let mut longest = 0;
    for (h, result) in scalars.iter().zip(run(&[WORDS, SCALAR, LATTICE], body, 8, 10, &input).chunks(10)) {
        let expected = if result[8] == 1 { order() - h } else { h.clone() } * 8u8;
        assert_eq!(BigUint::from_slice(&result[..8]), expected, "{h}");
        let reach = ((BigUint::from(1u8) << (4 * result[9])) - 1u8) * 7u8 / 15u8;
        assert!(expected <= reach && result[9] <= 64, "{h}: {} digits", result[9]);
        longest = longest.max(result[9]);
    }
    assert_eq!(longest, 64);
}

/// Numbers below `bound`: its ends, powers of two beside each other, and random ones.
fn numbers_below(random: &mut Random, bound: &BigUint) -> Vec<BigUint> {
    let one = BigUint::from(1u8);
    let mut numbers = vec![BigUint::ZERO, bound.clone() - 1u8, bound.clone() - 2u8];
    let powers = (0..bound.bits() as u32).flat_map(|bit| [one.clone() << bit, (one.clone() << bit) - 1u8]);
    numbers.extend(powers.filter(|power| power < bound));
    numbers.extend((0..2000).map(|_| random_below(random, bound)));
    numbers
}

fn digits_add_up_in_every_group() {
    let mut random = Random(27);
    let reach = |hex: u32| ((BigUint::from(1u8) << (4 * hex)) - 1u8) * 7u8 / 15u8 + 1u8;
    let bases = numbers_below(&mut random, &(order() + 1u8));
    let mut cases = Vec::new();
    for (number, base) in bases.iter().enumerate() {
        let hex = [33, 64, 1 + number as u32 % 64][number % 3];
        let edge = number % 5 == 0;
        let half = |random: &mut Random| if edge { reach(hex) - 1u8 } else { random_below(random, &reach(hex)) };
        cases.push((half(&mut random), half(&mut random), base, hex));
    }
    let flat = |(u, v, base, hex): &(BigUint, BigUint, &BigUint, u32)| {
        [words(u, 8), words(v, 8), words(base, 8), vec![*hex]].concat()
    };
    let input: Vec<u32> = cases.iter().flat_map(flat).collect();
    let store = "var<private> place: u32;\n\
                 fn store_group(group: u32, pair: vec2<u32>) {\n\
                     output[place + 2u * group] = pair.x;\n\
                     output[place + 2u * group + 1u] = pair.y;\n\
                 }\n";
    let body = "place = to;\n\
                cut_scalars(input_words(at), input_words(at + 8u), input_words(at + 16u), input[at + 24u]);\n\
                output[to + 44u] = group_count(input[at + 24u]);";
    let outputs = run(&[WORDS, SCALAR, GROUPS, store, DIGITS], body, 25, 45, &input);
    for ((u, v, base, hex), result) in cases.iter().zip(outputs.chunks(45)) {
        let groups = result[44];
        assert!(3 * groups >= *hex && (11..=22).contains(&groups), "{groups} groups for {hex} digits");
        let [mut halves, mut windows] = [[BigInt::ZERO, BigInt::ZERO], [BigInt::ZERO, BigInt::ZERO]];
        for pair in result[..2 * groups as usize].as_chunks::<2>().0.iter().rev() {
            for (half, shift) in halves.iter_mut().zip([0, 16]) {
                let digit = |at: u32| i64::from(pair[0] >> (shift + 4 * at) & 15) - 8;
                *half = &*half * 4096 + digit(0) + 16 * digit(1) + 256 * digit(2);
            }
            for (window, shift) in windows.iter_mut().zip([0, 16]) {
                *window = &*window * 4096 + (i64::from(pair[1] >> shift & 4095) - 2048);
            }
        }
        assert_eq!(halves, [BigInt::from(u.clone()), BigInt::from(v.clone())], "{hex} digits");
        let [below, above] = windows;
        assert_eq!(below + (above << 132u32), BigInt::from((*base).clone()), "{base}");
    }
}

fn columns_add_up_to_odd_scalars() {
    let mut random = Random(25);
    let numbers = numbers_below(&mut random, &order());
    let pairs: Vec<_> = numbers.iter().zip(numbers.iter().rev()).collect();
    let input: Vec<u32> = pairs.iter().flat_map(|(k, s)| [words(k, 8), words(s, 8)].concat()).collect();
    let body = "make_columns(input_words(at), input_words(at + 8u));\n\
                for (var column = 0u; column < SPACING; column++) {\n\
                    output[to + column] = columns[column];\n\
                }";
    let outputs = run(&[WORDS, SCALAR, COMB, COLUMNS], body, 16, 22, &input);
    for ((k, s), columns) in pairs.into_iter().zip(outputs.chunks(22)) {
        let sum = |first: u32| {
            columns.iter().rev().fold(BigInt::ZERO, |sum, column| {
                let sign = |tooth: u32| BigInt::from((column >> (first + tooth) & 1) as i8 * 2 - 1);
                (0..12).fold(sum * 2, |sum, tooth| sum + (sign(tooth) << (22 * tooth)))
            })
        };
        assert_eq!(sum(0), BigInt::from(k + if k.bit(0) { 0u8 } else { 1 }), "k = {k}");
        assert_eq!(sum(12), BigInt::from(if s.bit(0) { s.clone() } else { s + order() }), "s = {s}");
    }
}

/// Numbers whose leading bits say as little as possible about the rest: r0 of every length, r1 near it or near 2^128, bits behind
/// the leading ones all set or all clear.
fn numbers_to_step(random: &mut Random) -> Vec<[BigUint; 2]> {
    let one = BigUint::from(1u8);
    let mut pairs = Vec::new();
    for bits in 129..=256u32 {
        for shape in 0..64 {
            let rest = bits - 33;
            let number = |random: &mut Random, long: bool, ones: bool| {
                let leading = BigUint::from(if long { random.word() as u32 | 1 << 31 } else { random.word() as u32 });
                (leading << (rest + 1)) + if ones { (one.clone() << (rest + 1)) - 1u8 } else { BigUint::ZERO }
            };
            let r0 = number(random, true, shape & 1 == 1);
            let r1 = match shape % 8 / 2 {
                0 => number(random, false, shape & 8 == 8),
                1 => r0.clone() - BigUint::from(random.word()) % &r0,
                2 => (one.clone() << 128u32) + (random.word() >> (shape % 64)),
                _ => number(random, false, shape & 8 == 8) >> (random.word() as u32 % 40),
            };
            pairs.push(if r0 < r1 { [r1, r0] } else { [r0, r1] });
        }
    }
    pairs
}

fn leading_bits_decide_only_what_they_know() {
    let pairs = numbers_to_step(&mut Random(23));
    let input: Vec<u32> = pairs.iter().flatten().flat_map(|number| words(number, 8)).collect();
    let body = "let steps = leading_steps(words_leading(input_words(at)), words_leading(input_words(at + 8u)));\n\
                output[to] = steps.a;\n\
                output[to + 1u] = steps.b;\n\
                output[to + 2u] = steps.c;\n\
                output[to + 3u] = steps.d;\n\
                output[to + 4u] = u32(steps.odd);";
    let outputs = run(&[WORDS, SCALAR, LATTICE], body, 16, 5, &input);
    let floor = BigInt::from(1) << 128u32;
    let (mut taken, mut bits) = (0, 0);
    for ([r0, r1], steps) in pairs.iter().zip(outputs.chunks(5)) {
        let [a, b, c, d]: [BigInt; 4] = [0, 1, 2, 3].map(|at| BigInt::from(steps[at]));
        assert!(steps[..4].iter().all(|factor| *factor < 1 << 14), "{steps:?}");
        if (steps[1], steps[2]) == (0, 0) {
            assert_eq!((steps[0], steps[3], steps[4]), (1, 1, 0));
            continue;
        }
        let sign = if steps[4] == 1 { -1 } else { 1 };
        let [x, y]: [BigInt; 2] = [r0, r1].map(|number| BigInt::from(number.clone()));
        assert_eq!((&a * &d - &b * &c) * sign, BigInt::from(1), "{steps:?}");
        let [n0, n1]: [BigInt; 2] = [(&a * &x - &b * &y) * sign, (&d * &y - &c * &x) * sign];
        assert!(n0 > floor && n1 >= floor, "{r0} {r1} {steps:?}: {n0} {n1}");
        taken += 1;
        bits += x.bits() - n0.bits().max(n1.bits());
    }
    assert!(taken > pairs.len() / 4 && bits > 8 * taken as u64, "{taken} of {}, {bits} bits", pairs.len());
}

fn sums_of_multiples_at_the_bounds() {
    let mut random = Random(24);
    let largest = (BigUint::from(1u8) << 256u32) - 1u8;
    let bound = (1i32 << 14) - 1;
    let mut cases = Vec::new();
    for (a, b) in [(bound, bound), (bound, -bound), (-bound, bound), (1, -1), (0, 1), (bound, 0)] {
        cases.push((largest.clone(), a, largest.clone(), b));
        cases.push((largest.clone(), a, BigUint::ZERO, b));
        cases
            .extend((0..300).map(|_| (random_below(&mut random, &largest), a, random_below(&mut random, &largest), b)));
    }
    let input: Vec<u32> =
        cases.iter().flat_map(|(f, a, g, b)| [words(f, 8), words(g, 8), vec![*a as u32, *b as u32]].concat()).collect();
    let body = "let sum = words_linear(input_words(at), i32(input[at + 16u]), input_words(at + 8u), i32(input[at + 17u]));\n\
                output_words(to, sum);";
    let outputs = run(&[WORDS, SCALAR, LATTICE], body, 18, 8, &input);
    let modulus = BigInt::from(1) << 256u32;
    for ((f, a, g, b), sum) in cases.iter().zip(outputs.chunks(8)) {
        let [f, g]: [BigInt; 2] = [f, g].map(|number| BigInt::from(number.clone()));
        let expected = ((f * a + g * b) % &modulus + &modulus) % &modulus;
        assert_eq!(BigInt::from(BigUint::from_slice(sum)), expected, "{a} {b}");
    }
}

fn products_of_scalars_are_reduced() {
    let mut random = Random(22);
    let one = BigUint::from(1u8);
    let u = |random: &mut Random| random_below(random, &(one.clone() << 192u32));
    let s = |random: &mut Random| random_below(random, &(one.clone() << 256u32));
    let (largest_u, largest_s) = ((one.clone() << 192u32) - 1u8, (one.clone() << 256u32) - 1u8);
    let mut pairs: Vec<(BigUint, BigUint)> = (0..2000).map(|_| (u(&mut random), s(&mut random))).collect();
    for u in [BigUint::ZERO, one.clone(), largest_u] {
        for s in [BigUint::ZERO, one.clone(), order() - 1u8, order(), order() + 1u8, largest_s.clone()] {
            pairs.push((u.clone(), s));
        }
    }
    let input: Vec<u32> = pairs.iter().flat_map(|(u, s)| [words(u, 8), words(s, 8)].concat()).collect();
    let body = "output_words(to, scalar_multiply(input_words(at), input_words(at + 8u)));";
    let outputs = run(&[WORDS, SCALAR, LATTICE], body, 16, 8, &input);
    for ((u, s), product) in pairs.iter().zip(outputs.chunks(8)) {
        assert_eq!(BigUint::from_slice(product), u * s % order(), "{u} {s}");
    }
}

/// The trials of this file.
pub const TRIALS: &[(&str, fn())] = &[
    ("halves::halves_are_short_odd_and_belong_together", halves_are_short_odd_and_belong_together),
    (
        "halves::eight_times_the_halves_have_no_more_digits_than_fit",
        eight_times_the_halves_have_no_more_digits_than_fit,
    ),
    ("halves::eight_times_a_whole_scalar_has_64_digits_at_most", eight_times_a_whole_scalar_has_64_digits_at_most),
    ("halves::digits_add_up_in_every_group", digits_add_up_in_every_group),
    ("halves::columns_add_up_to_odd_scalars", columns_add_up_to_odd_scalars),
    ("halves::leading_bits_decide_only_what_they_know", leading_bits_decide_only_what_they_know),
    ("halves::sums_of_multiples_at_the_bounds", sums_of_multiples_at_the_bounds),
    ("halves::products_of_scalars_are_reduced", products_of_scalars_are_reduced),
];
