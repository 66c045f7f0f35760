//! Signatures with a story: public vectors and the systematic edge suite.
#![allow(dead_code, reason = "every test binary uses its own part of this module")]

use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};
use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
use curve25519_dalek::scalar::Scalar;
use ed25519_dalek::{Signer, SigningKey};
use flate2::read::GzDecoder;
use sha2::{Digest, Sha512};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use wavelock::{Policy, SignatureInput};

/// A signature, what it is about, and the verdicts it was published with, where it was.
#[derive(Clone)]
pub struct Case {
    pub name: String,
    pub public_key: [u8; 32],
    pub message: Vec<u8>,
    pub signature: [u8; 64],
    pub strict: Option<bool>,
    pub zip215: Option<bool>,
}

impl Case {
    pub fn new(name: impl Into<String>, public_key: [u8; 32], message: &[u8], signature: [u8; 64]) -> Self {
        Self { name: name.into(), public_key, message: message.to_vec(), signature, strict: None, zip215: None }
    }

    pub fn input(&self) -> SignatureInput<'_> {
        SignatureInput { public_key: &self.public_key, message: &self.message, signature: &self.signature }
    }

    pub fn expected(&self, policy: Policy) -> Option<bool> {
        match policy {
            Policy::Strict => self.strict,
            Policy::Zip215 => self.zip215,
        }
    }
}

/// Borrows a list of cases as a batch.
pub fn inputs(cases: &[Case]) -> Vec<SignatureInput<'_>> {
    cases.iter().map(Case::input).collect()
}

/// The signing key whose seed is `number` in its first eight bytes.
pub fn signing_key(number: u64) -> SigningKey {
    let mut seed = [7; 32];
    seed[..8].copy_from_slice(&number.to_le_bytes());
    SigningKey::from_bytes(&seed)
}

/// An honest signature.
pub fn signed(name: impl Into<String>, key: u64, message: &[u8]) -> Case {
    let key = signing_key(key);
    Case::new(name, key.verifying_key().to_bytes(), message, key.sign(message).to_bytes())
}

fn array<const N: usize>(hex_digits: &str) -> [u8; N] {
    hex::decode(hex_digits).expect("hex").try_into().expect("length")
}

/// RFC 8032 section 7.1 (the first three; other lengths are in the edge suite), Wycheproof, and the files of
/// `WAVELOCK_DATA`, where they are present.
pub fn public_vectors() -> Vec<Case> {
    let mut cases = rfc8032();
    cases.extend(wycheproof_vectors());
    let data = std::env::var_os("WAVELOCK_DATA")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data"), PathBuf::from);
    for name in ["ed25519/testvectors.jsonl.gz", "ed25519/speccheck.jsonl.gz"] {
        match File::open(data.join(name)) {
            Ok(file) => cases.extend(data_vectors(name, BufReader::new(GzDecoder::new(file)))),
            Err(error) => eprintln!("SKIPPED {name}: {error}; set WAVELOCK_DATA to include it"),
        }
    }
    cases
}

fn rfc8032() -> Vec<Case> {
    let vectors = [
        (
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155\
             5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        ),
        (
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
             085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        ),
        (
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac\
             18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
        ),
    ];
    let case = |(number, (key, message, signature)): (usize, &(&str, &str, &str))| Case {
        strict: Some(true),
        zip215: Some(true),
        ..Case::new(format!("RFC 8032 {number}"), array(key), &hex::decode(message).expect("hex"), array(signature))
    };
    vectors.iter().enumerate().map(case).collect()
}

/// Wycheproof's Ed25519 cases whose signature is 64 bytes long; others cannot be put into a batch.
fn wycheproof_vectors() -> Vec<Case> {
    let set = wycheproof::eddsa::TestSet::load(wycheproof::eddsa::TestName::Ed25519).expect("the crate's own data");
    let mut cases = Vec::new();
    for group in set.test_groups {
        let public_key: [u8; 32] = group.key.pk.as_slice().try_into().expect("an Ed25519 key");
        for test in group.tests {
            let Ok(signature) = <[u8; 64]>::try_from(test.sig.as_slice()) else { continue };
            let valid = test.result == wycheproof::TestResult::Valid;
            cases.push(Case {
                strict: Some(valid),
                // A cofactored policy may accept what Wycheproof refuses, never the other way round.
                zip215: valid.then_some(true),
                ..Case::new(format!("Wycheproof {}", test.tc_id), public_key, &test.msg, signature)
            });
        }
    }
    cases
}

fn data_vectors(file: &str, lines: impl BufRead) -> Vec<Case> {
    let mut cases = Vec::new();
    for (number, line) in lines.lines().enumerate() {
        let value: serde_json::Value = serde_json::from_str(&line.expect("readable")).expect("JSON");
        let text = |key: &str| value[key].as_str().expect("a string").to_owned();
        cases.push(Case {
            strict: Some(value["expect"]["dalek_verify_strict"].as_bool().expect("a verdict")),
            zip215: Some(value["expect"]["zip215"].as_bool().expect("a verdict")),
            ..Case::new(
                format!("{file}:{}", number + 1),
                array(&text("public_key")),
                &hex::decode(text("message")).expect("hex"),
                array(&text("signature")),
            )
        });
    }
    cases
}

/// 2^255 − 19 + k, little-endian: the non-canonical encodings of k < 19.
fn p_plus(k: u8) -> [u8; 32] {
    let mut bytes = [0xff; 32];
    bytes[0] = 0xed + k;
    bytes[31] = 0x7f;
    bytes
}

/// Encodings of all points of small order, canonical or not, and every other y ≥ p: with both signs each.
pub fn special_encodings() -> Vec<[u8; 32]> {
    let torsion = EIGHT_TORSION.iter().map(|point| point.compress().to_bytes());
    let mut encodings: Vec<[u8; 32]> = torsion.chain((0..19).map(p_plus)).collect();
    for index in 0..encodings.len() {
        let mut other = encodings[index];
        other[31] ^= 0x80;
        encodings.push(other);
    }
    encodings.sort_unstable();
    encodings.dedup();
    encodings
}

fn joined(r: [u8; 32], s: [u8; 32]) -> [u8; 64] {
    let mut signature = [0; 64];
    signature[..32].copy_from_slice(&r);
    signature[32..].copy_from_slice(&s);
    signature
}

fn challenge(r: &[u8; 32], a: &[u8; 32], message: &[u8]) -> Scalar {
    let hash: [u8; 64] = Sha512::new().chain_update(r).chain_update(a).chain_update(message).finalize().into();
    Scalar::from_bytes_mod_order_wide(&hash)
}

/// Every kind of special encoding, and every single bit flip.
pub fn edge_cases() -> Vec<Case> {
    let mut cases = special_points();
    cases.extend(mixed_order());
    cases.extend(scalars());
    cases.extend(bit_flips());
    cases.extend(lengths((0..=300).chain(1000..=1030).chain([1167, 4000, 4095, 4096, 4097, 10_000])));
    cases
}

/// Special A with special R, special A with an honest r, an honest A with special R.
fn special_points() -> Vec<Case> {
    let encodings = special_encodings();
    let mut cases = Vec::new();
    let (one, zero) = (Scalar::ONE.to_bytes(), [0; 32]);
    for a in &encodings {
        for r in &encodings {
            cases.push(Case::new("special A, special R, s = 0", *a, b"special", joined(*r, zero)));
        }
        cases.push(Case::new("special A, R = B, s = 1", *a, b"message", joined(BASE, one)));
        // kA vanishes for one message in eight at most: among sixteen some verify without cofactor.
        for message in 0..16u8 {
            let r = Scalar::from(1000 + u64::from(message));
            let signature = joined((ED25519_BASEPOINT_POINT * r).compress().to_bytes(), r.to_bytes());
            cases.push(Case::new("special A, honest r", *a, &[message], signature));
        }
    }
    for r in &encodings {
        let key = signing_key(3);
        let a = key.verifying_key().to_bytes();
        let s = challenge(r, &a, b"special R") * key.to_scalar();
        cases.push(Case::new("special R, s = ka", a, b"special R", joined(*r, s.to_bytes())));
    }
    cases
}

const BASE: [u8; 32] = {
    let mut bytes = [0x66; 32];
    bytes[0] = 0x58;
    bytes
};

/// A = aB + T and R = rB + T' for all T and T' of small order.
fn mixed_order() -> Vec<Case> {
    let (a, r) = (Scalar::from(0x1234_5678_9abc_u64), Scalar::from(0xfeed_beef_u64));
    let mut cases = Vec::new();
    for (t, of_key) in EIGHT_TORSION.iter().enumerate() {
        let key = (ED25519_BASEPOINT_POINT * a + of_key).compress().to_bytes();
        for (u, of_r) in EIGHT_TORSION.iter().enumerate() {
            let point = (ED25519_BASEPOINT_POINT * r + of_r).compress().to_bytes();
            for message in 0..12u8 {
                let s = r + challenge(&point, &key, &[message]) * a;
                cases.push(Case::new(
                    format!("A has torsion {t}, R has {u}"),
                    key,
                    &[message],
                    joined(point, s.to_bytes()),
                ));
            }
        }
    }
    cases
}

/// s + L, and other s at the bounds, on an honest R and A.
fn scalars() -> Vec<Case> {
    let honest = signed("honest", 5, b"scalars");
    let s: [u8; 32] = honest.signature[32..].try_into().expect("32 bytes");
    let order = {
        let mut bytes = (-Scalar::ONE).to_bytes();
        bytes[0] += 1;
        bytes
    };
    let add = |x: &[u8; 32], y: &[u8; 32]| {
        let mut sum = [0; 32];
        let mut carry = 0;
        for index in 0..32 {
            let digit = u16::from(x[index]) + u16::from(y[index]) + carry;
            sum[index] = digit as u8;
            carry = digit >> 8;
        }
        sum
    };
    let one = Scalar::ONE.to_bytes();
    let mut power = [[0; 32]; 256];
    for (bit, bytes) in power.iter_mut().enumerate() {
        bytes[bit / 8] = 1 << (bit % 8);
    }
    let mut values = vec![s, [0; 32], one, (-Scalar::ONE).to_bytes(), order, add(&order, &one), add(&s, &order)];
    values.push(add(&add(&s, &order), &order));
    values.push([0xff; 32]);
    values.extend(power);
    values.extend(power.iter().map(|power| add(&order, power)));
    let with = |value: [u8; 32]| {
        let r: [u8; 32] = honest.signature[..32].try_into().expect("32 bytes");
        Case::new(format!("s = {}", hex::encode(value)), honest.public_key, &honest.message, joined(r, value))
    };
    let mut cases: Vec<Case> = values.iter().map(|value| with(*value)).collect();
    // The same bounds with an R that fits: R = sB − kA cannot be had, but k·identity can.
    let identity = EdwardsPoint::default().compress().to_bytes();
    for value in &values {
        let r = (ED25519_BASEPOINT_POINT * Scalar::from_bytes_mod_order(*value)).compress().to_bytes();
        cases.push(Case::new("A = identity, R = sB", identity, b"bounds", joined(r, *value)));
    }
    cases
}

/// Every bit of R, s, A and the message, flipped once.
fn bit_flips() -> Vec<Case> {
    let honest = signed("honest", 9, b"every bit of this counts");
    let mut cases = vec![honest.clone()];
    for bit in 0..512 {
        let mut case = honest.clone();
        case.name = format!("signature bit {bit} flipped");
        case.signature[bit / 8] ^= 1 << (bit % 8);
        cases.push(case);
    }
    for bit in 0..256 {
        let mut case = honest.clone();
        case.name = format!("key bit {bit} flipped");
        case.public_key[bit / 8] ^= 1 << (bit % 8);
        cases.push(case);
    }
    for bit in 0..honest.message.len() * 8 {
        let mut case = honest.clone();
        case.name = format!("message bit {bit} flipped");
        case.message[bit / 8] ^= 1 << (bit % 8);
        cases.push(case);
    }
    cases
}

/// Honest signatures over messages of the given lengths, and each with its last byte changed or a zero byte appended.
pub fn lengths(lengths: impl IntoIterator<Item = usize>) -> Vec<Case> {
    let mut cases = Vec::new();
    for length in lengths {
        let message: Vec<u8> = (0..length).map(|index| (index * 7 + length) as u8).collect();
        let honest = signed(format!("message of {length} bytes"), length as u64, &message);
        let mut longer = honest.clone();
        longer.message.push(0);
        longer.name += " and a zero";
        cases.push(longer);
        if length > 0 {
            let mut changed = honest.clone();
            changed.message[length - 1] ^= 0x80;
            changed.name += ", last byte changed";
            cases.push(changed);
        }
        cases.push(honest);
    }
    cases
}

/// The point that an encoding stands for.
pub fn decompress(bytes: &[u8; 32]) -> Option<EdwardsPoint> {
    CompressedEdwardsY(*bytes).decompress()
}
