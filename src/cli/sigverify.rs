//! `wavelock sigverify`: messages with keys and signatures in, verdicts out.

use super::engines::{self, EngineOptions};
use super::json::{self, Object};
use super::outputs;
use super::progress::during;
use super::table::{self, counted};
use super::{Answer, Failure};
use crate::engine::Policy;
use crate::ingest;
use crate::outcome::Stage;
use crate::sigverify::SignatureInput;
use clap::Args;
use serde::Serialize;
use serde_json::Value;
use std::path::PathBuf;
use std::time::Instant;

/// Check ed25519 signatures, each with its own verdict
#[derive(Args, Debug)]
pub struct Sigverify {
    /// Lines of public_key, message and signature in hex, .jsonl or .jsonl.gz
    #[arg(long, value_name = "FILE")]
    input: PathBuf,
    #[command(flatten)]
    engine: EngineOptions,
    /// Which signatures are valid
    #[arg(long, value_name = "strict|zip215", default_value_t)]
    policy: Policy,
    /// Write a verdict per signature, as JSON lines. The exit status is 0 whatever the verdicts are: they are the answer
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct SigverifyObject {
    signatures: usize,
    valid: usize,
    engines: Object<&'static str>,
    #[serde(skip_serializing_if = "Object::is_empty")]
    shares: Object<Object<usize>>,
    checked: Value,
    faults: Value,
    events: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    auto: Vec<String>,
    seconds: Object<f64>,
}

impl Sigverify {
    pub fn run(self) -> Result<Answer, Failure> {
        outputs::check(&[("--out", self.out.as_ref())], &[("--input", Some(&self.input))])?;
        let check = self.engine.check();
        let mut validator = self.engine.builder()?.policy(self.policy).build()?;
        let begun = Instant::now();
        let messages = during("reading signatures", || ingest::read_signatures(&self.input))?;
        let ingest = begun.elapsed();
        let inputs: Vec<_> = messages
            .iter()
            .map(|one| SignatureInput { public_key: &one.public_key, message: &one.message, signature: &one.signature })
            .collect();
        let (verdicts, mut report) = during("checking signatures", || validator.sigverify(&inputs));
        report.times.insert(0, (Stage::Ingest, ingest));
        report.total = begun.elapsed();
        if let Some(path) = &self.out {
            during("writing verdicts", || ingest::write_verdicts(path, &verdicts))?;
        }
        let (signatures, valid) = (verdicts.len(), verdicts.iter().filter(|valid| **valid).count());
        let text = if self.json {
            let (engines, seconds) = (json::engines(&report), json::seconds(&report));
            json::line(&SigverifyObject {
                signatures,
                valid,
                engines,
                shares: json::shares(&report),
                checked: json::checked(check, &report),
                faults: json::faults(&report),
                events: report.events.clone(),
                auto: engines::reasons(&validator, &report),
                seconds,
            })
        } else {
            let rate = signatures as f64 / report.time(Stage::Sigverify).as_secs_f64();
            let counts = [("valid", valid), ("not valid", signatures - valid)];
            let rows = counts.map(|(name, number)| vec![name.to_owned(), table::count(number as u64)]);
            let mut text = format!(
                "{} under {}, {} a second\n\n{}\n{}",
                counted(signatures, "signature"),
                self.policy,
                table::count(rate as u64),
                table::table(&[("verdict", table::Column::Text), ("signatures", table::Column::Number)], rows),
                table::stages(&report)
            );
            report.events.iter().for_each(|event| text += &format!("{event}\n"));
            text
        };
        Ok(text.into())
    }
}
