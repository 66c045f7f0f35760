//! What the JSON objects of several commands share.

use crate::engine::Engine;
use crate::fault::Fault;
use crate::outcome::{Report, Stage};
use crate::verify::{Check, Checked};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::{Value, json};

/// Integers up to here are exact in readers that take every number for a double.
const MAX_EXACT_NUMBER: u64 = 1 << 53;

/// An object whose keys keep their order.
pub struct Object<T>(pub Vec<(&'static str, T)>);

impl<T> Object<T> {
    /// Whether it has no keys.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T: Serialize> Serialize for Object<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, value) in &self.0 {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

/// A number or, beyond 2^53, a decimal string: as in the file formats.
pub fn integer(value: u64) -> Value {
    if value <= MAX_EXACT_NUMBER { value.into() } else { value.to_string().into() }
}

/// The engine of each stage that ran.
pub fn engines(report: &Report) -> Object<&'static str> {
    Object(report.engines.iter().map(|(stage, engine)| (stage.name(), engine.name())).collect())
}

/// Who did how many items of a stage that several engines divided.
pub fn shares(report: &Report) -> Object<Object<usize>> {
    let mut stages: Vec<(&'static str, Object<usize>)> = Vec::new();
    for (stage, engine, items) in &report.shares {
        match stages.iter_mut().find(|(name, _)| *name == stage.name()) {
            Some((_, shares)) => shares.0.push((engine.name(), *items)),
            None => stages.push((stage.name(), Object(vec![(engine.name(), *items)]))),
        }
    }
    Object(stages)
}

/// Seconds in total and of each stage.
pub fn seconds(report: &Report) -> Object<f64> {
    let stages = report.times.iter().map(|(stage, time)| (stage.name(), time.as_secs_f64()));
    Object([("total", report.total.as_secs_f64())].into_iter().chain(stages).collect())
}

/// What the CPU did again of a device's work; `null` where no device took part.
pub fn checked(check: Check, report: &Report) -> Value {
    let Checked { accepted_signatures, rejected_signatures, canaries, transactions, accounts, root_paths } =
        report.checked;
    let device = report.engines.iter().any(|(stage, engine)| *stage == Stage::Verify || *engine == Engine::Gpu);
    if !device {
        return Value::Null;
    }
    json!({
        "level": check.to_string(),
        "accepted_signatures": accepted_signatures,
        "rejected_signatures": rejected_signatures,
        "canaries": canaries,
        "transactions": transactions,
        "accounts": accounts,
        "root_paths": root_paths,
    })
}

/// Device faults that were recovered from.
pub fn faults(report: &Report) -> Value {
    let fault =
        |fault: &Fault| json!({"stage": fault.stage.name(), "kind": fault.kind.name(), "message": fault.message});
    report.faults.iter().map(fault).collect()
}

/// One object on a line of its own.
pub fn line(object: &impl Serialize) -> String {
    let mut text = Vec::new();
    object
        .serialize(&mut serde_json::Serializer::new(&mut text))
        .expect("keys are strings and memory takes any number of bytes");
    text.push(b'\n');
    String::from_utf8(text).expect("JSON is UTF-8")
}
