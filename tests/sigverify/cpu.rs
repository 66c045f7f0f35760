//! The CPU engines on public vectors and against each other.

use crate::signatures::{edge_cases, inputs, public_vectors};
use wavelock::{Policy, parallel, serial};

fn public_vectors_have_the_verdicts_they_were_published_with() {
    let cases = public_vectors();
    assert!(cases.len() >= 4 + 80, "RFC 8032 and Wycheproof are always there, {} cases", cases.len());
    let source = inputs(&cases);
    for policy in [Policy::Strict, Policy::Zip215] {
        for (engine, verdicts) in [
            ("serial", serial::sigverify::sigverify(policy, &source)),
            ("parallel", parallel::sigverify::sigverify(policy, &source)),
        ] {
            for (case, verdict) in cases.iter().zip(verdicts) {
                if let Some(expected) = case.expected(policy) {
                    assert_eq!(verdict, expected, "{engine} {policy} {}", case.name);
                }
            }
        }
    }
}

fn parallel_equals_serial_on_every_edge_case() {
    let cases = edge_cases();
    let source = inputs(&cases);
    for policy in [Policy::Strict, Policy::Zip215] {
        let serial = serial::sigverify::sigverify(policy, &source);
        let parallel = parallel::sigverify::sigverify(policy, &source);
        assert!(serial.contains(&true) && serial.contains(&false));
        for (index, case) in cases.iter().enumerate() {
            assert_eq!(parallel[index], serial[index], "{policy} {}", case.name);
        }
    }
}

fn the_policies_differ_where_they_must() {
    let cases = edge_cases();
    let source = inputs(&cases);
    let strict = serial::sigverify::sigverify(Policy::Strict, &source);
    let zip215 = serial::sigverify::sigverify(Policy::Zip215, &source);
    assert!(strict.iter().zip(&zip215).any(|(strict, zip215)| !strict && *zip215));
    assert!(
        strict.iter().zip(&zip215).all(|(strict, zip215)| !strict || *zip215),
        "zip215 accepts all that strict does"
    );
}

/// The trials of this file.
pub const TRIALS: &[(&str, fn())] = &[
    (
        "cpu::public_vectors_have_the_verdicts_they_were_published_with",
        public_vectors_have_the_verdicts_they_were_published_with,
    ),
    ("cpu::parallel_equals_serial_on_every_edge_case", parallel_equals_serial_on_every_edge_case),
    ("cpu::the_policies_differ_where_they_must", the_policies_differ_where_they_must),
];
