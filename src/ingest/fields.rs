//! The fields of one JSON line, strictly typed: duplicate keys and wrong types are errors, unknown keys are not.

use hex::FromHexError;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

/// Largest integer that every JSON reader takes exactly; larger ones are written as strings.
const MAX_EXACT_NUMBER: u64 = 1 << 53;
/// Characters of an unexpected value that an error shows.
const EXCERPT: usize = 48;

/// The values of `N` named fields as they stand in the line. Errors say what was found and expected, not where.
pub(crate) struct Fields<'l, const N: usize> {
    names: [&'static str; N],
    values: [Option<&'l RawValue>; N],
}

impl<'l, const N: usize> Fields<'l, N> {
    /// Parses one line: an object in which every key, known or not, occurs once.
    pub fn parse(line: &'l [u8], names: [&'static str; N]) -> Result<Self, String> {
        let text = str::from_utf8(line).map_err(|error| format!("{error}: expected UTF-8"))?;
        let mut json = serde_json::Deserializer::from_str(text);
        let values = FieldsVisitor { names: &names }.deserialize(&mut json).and_then(|values| {
            json.end()?;
            Ok(values)
        });
        Ok(Self { names, values: values.map_err(|error| describe(&error))? })
    }

    /// Whether there is such a field.
    pub fn has(&self, name: &'static str) -> bool {
        self.get(name).is_some()
    }

    fn get(&self, name: &'static str) -> Option<&'l str> {
        let position = self.names.iter().position(|known| *known == name).expect("only known fields are asked for");
        self.values[position].map(RawValue::get)
    }

    fn expect(&self, name: &'static str) -> Result<&'l str, String> {
        self.get(name).ok_or_else(|| format!("there is no \"{name}\": expected this key"))
    }

    fn text(&self, name: &'static str, expected: impl FnOnce() -> String) -> Result<Cow<'l, str>, String> {
        let raw = self.expect(name)?;
        string(raw).ok_or_else(|| mismatch(name, raw, &expected()))
    }

    /// A string.
    pub fn string(&self, name: &'static str) -> Result<Cow<'l, str>, String> {
        self.text(name, || "a string".into())
    }

    /// An array of strings.
    pub fn strings(&self, name: &'static str) -> Result<Vec<String>, String> {
        let raw = self.expect(name)?;
        serde_json::from_str(raw).map_err(|_| mismatch(name, raw, "an array of strings"))
    }

    /// An amount: a string of decimal digits.
    pub fn amount(&self, name: &'static str) -> Result<u128, String> {
        const EXPECTED: &str = "a string of decimal digits without sign or leading zeros, at most 2^128 - 1";
        let text = self.text(name, || EXPECTED.into())?;
        let amount = Some(&text).filter(|text| is_plain_decimal(text)).and_then(|text| text.parse().ok());
        amount.ok_or_else(|| mismatch(name, &text, EXPECTED))
    }

    /// An integer: a number, or a string of decimal digits.
    pub fn integer(&self, name: &'static str) -> Result<u64, String> {
        const EXPECTED: &str = "an integer from 0 to 2^64 - 1, as a number or a string of plain decimal digits";
        let raw = self.expect(name)?;
        let digits = string(raw).unwrap_or(Cow::Borrowed(raw));
        let integer = Some(&digits).filter(|digits| is_plain_decimal(digits)).and_then(|digits| digits.parse().ok());
        integer.ok_or_else(|| mismatch(name, raw, EXPECTED))
    }

    /// `B` bytes in hex, of either case.
    pub fn hex<const B: usize>(&self, name: &'static str) -> Result<[u8; B], String> {
        let text = self.text(name, || format!("a string of {} hex digits", 2 * B))?;
        let mut bytes = [0; B];
        hex::decode_to_slice(&*text, &mut bytes).map_err(|error| not_hex(name, &text, &error, &(2 * B).to_string()))?;
        Ok(bytes)
    }

    /// Any number of bytes in hex, of either case.
    pub fn hex_any(&self, name: &'static str) -> Result<Vec<u8>, String> {
        let text = self.text(name, || "a string of hex digits".into())?;
        hex::decode(&*text).map_err(|error| not_hex(name, &text, &error, "an even number of"))
    }
}

/// What serde_json says, with the column but without the line, which it counts from the line's start.
fn describe(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    match message.strip_suffix(&place) {
        Some(message) => format!("{message} (column {}): expected one JSON object, each key once", error.column()),
        None => message,
    }
}

fn string(raw: &str) -> Option<Cow<'_, str>> {
    let inner = raw.strip_prefix('"')?.strip_suffix('"')?;
    if inner.contains('\\') { serde_json::from_str(raw).ok().map(Cow::Owned) } else { Some(Cow::Borrowed(inner)) }
}

fn is_plain_decimal(text: &str) -> bool {
    text == "0" || (!text.starts_with('0') && !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The beginning of a text that may be long.
pub(crate) fn excerpt(text: &str) -> String {
    match text.char_indices().nth(EXCERPT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn mismatch(name: &str, found: &str, expected: &str) -> String {
    format!("\"{name}\" is {}: expected {expected}", excerpt(found))
}

fn not_hex(name: &str, text: &str, error: &FromHexError, digits: &str) -> String {
    match error {
        FromHexError::InvalidHexCharacter { c, index } => {
            format!("\"{name}\" has {c:?} at position {index}: expected hex digits only")
        }
        _ => format!("\"{name}\" has {} characters: expected {digits} hex digits", text.chars().count()),
    }
}

#[derive(Deserialize)]
struct Key<'l>(#[serde(borrow)] Cow<'l, str>);

struct FieldsVisitor<'n, const N: usize> {
    names: &'n [&'static str; N],
}

impl<'l, const N: usize> DeserializeSeed<'l> for FieldsVisitor<'_, N> {
    type Value = [Option<&'l RawValue>; N];

    fn deserialize<D: Deserializer<'l>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'l, const N: usize> Visitor<'l> for FieldsVisitor<'_, N> {
    type Value = [Option<&'l RawValue>; N];

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'l>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut values = [None; N];
        let mut others = HashSet::new();
        while let Some(Key(key)) = map.next_key()? {
            let twice = |key: &str| A::Error::custom(format_args!("the key {:?} occurs twice", excerpt(key)));
            match self.names.iter().position(|name| *name == key) {
                Some(known) if values[known].is_some() => return Err(twice(&key)),
                Some(known) => values[known] = Some(map.next_value()?),
                None if others.contains(&key) => return Err(twice(&key)),
                None => {
                    others.insert(key);
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(values)
    }
}

/// Bytes as a hex string.
pub(crate) struct Hex<'b>(pub &'b [u8]);

impl Serialize for Hex<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(self.0))
    }
}

/// An amount as a decimal string.
pub(crate) struct Amount(pub u128);

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// An integer as a number or, beyond 2^53, a decimal string.
pub(crate) struct Integer(pub u64);

impl Serialize for Integer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0 <= MAX_EXACT_NUMBER { serializer.serialize_u64(self.0) } else { serializer.collect_str(&self.0) }
    }
}
