//! `wavelock replay solana`: every signature, every recorded balance, the declared conflicts.

use super::{ReplayOptions, hottest};
use crate::AccountId;
use crate::cli::progress::during;
use crate::cli::schedule::chain;
use crate::cli::table::{self, Column};
use crate::cli::{Answer, Failure, json};
use crate::conflict::AccessSets;
use crate::engine::Policy;
use crate::legs::LegBatch;
use crate::outcome::{Report, Stage};
use crate::replay::solana::{
    Mismatch, ReplayEngines, SignedMessage, SolanaBlock, SolanaReplay, SolanaSchedule, replay,
};
use crate::sigverify::SignatureInput;
use crate::verify::Check;
use serde_json::json;
use std::cell::RefCell;
use std::time::{Duration, Instant};

impl ReplayOptions {
    pub fn solana(self) -> Result<Answer, Failure> {
        let check = self.engine.check();
        let validator = RefCell::new(self.engine.builder()?.build()?);
        let begun = Instant::now();
        let block = during("reading the block", || SolanaBlock::read(&self.file))?;
        let ingest = begun.elapsed();
        let report = RefCell::new(Report::default());
        let scheduler = RefCell::new(self.engine.scheduler()?);
        let verify = |policy: Policy, messages: &[SignedMessage<'_>]| {
            let inputs = messages.iter().map(|&(public_key, message, signature)| SignatureInput {
                public_key,
                message,
                signature,
            });
            let inputs: Vec<_> = inputs.collect();
            debug_assert_eq!(policy, Policy::Strict, "the validator was built for it");
            let (verdicts, by) = validator.borrow_mut().sigverify(&inputs);
            let mut report = report.borrow_mut();
            add(&mut report, by);
            Ok(verdicts)
        };
        let execute = |batch: &LegBatch, verdicts: Option<&[bool]>| {
            let (outcome, by) = validator.borrow_mut().execute_legs(batch, verdicts)?;
            let mut report = report.borrow_mut();
            (report.rounds, report.tail) = (by.rounds, by.tail);
            add(&mut report, by);
            Ok(outcome)
        };
        let schedule = |sets: &AccessSets| {
            let mut scheduler = scheduler.borrow_mut();
            let schedule = scheduler.schedule(sets)?.clone();
            let (by, mut report) = (scheduler.report(), report.borrow_mut());
            report.record(Stage::Conflict, by.engine(Stage::Conflict).unwrap_or_default(), Duration::ZERO);
            report.faults.extend_from_slice(&by.faults);
            report.events.extend_from_slice(&by.events);
            Ok(schedule)
        };
        let engines = ReplayEngines { policy: Policy::Strict, verify: &verify, execute: &execute, schedule: &schedule };
        let result = during("replaying", || replay(&block, &engines));
        let result = result.map_err(|error| Failure::in_file(error, &self.file))?;
        let mut report = report.into_inner();
        report.times = [(Stage::Ingest, ingest)].into_iter().chain(result.times.iter().copied()).collect();
        report.total = begun.elapsed();
        let text = if self.json { object(&result, check, &report) } else { page(&result, &report) };
        let name = |mismatch: &Mismatch| format!("{}: {mismatch}", self.file.display());
        Ok(Answer { text, failed_check: result.first_mismatch.as_ref().map(name) })
    }
}

/// A part of the replay, by a validator: who did it, and what happened.
fn add(report: &mut Report, part: Report) {
    for (stage, engine) in part.engines {
        report.record(stage, engine, Duration::ZERO);
    }
    report.checked.add(part.checked);
    report.faults.extend(part.faults);
    report.events.extend(part.events);
}

fn object(result: &SolanaReplay, check: Check, report: &Report) -> String {
    let mut object = result.to_json();
    object["engines"] = json!(json::engines(report));
    object["rounds"] = json!(report.rounds);
    object["tail"] = json!(report.tail);
    object["checked"] = json::checked(check, report);
    object["faults"] = json::faults(report);
    object["events"] = json!(report.events);
    object["seconds"] = json!(json::seconds(report));
    json::line(&object)
}

fn page(result: &SolanaReplay, report: &Report) -> String {
    let number = |number: usize| table::count(number as u64);
    let row = |name: &str, count: usize| vec![name.to_owned(), number(count)];
    let kinds = [
        row("all", result.transactions),
        row("votes", result.votes),
        row("all but votes", result.transactions - result.votes),
        row("plain, by rule", result.plain),
        row("recorded effect", result.recorded),
        row("failed on chain", result.failed),
    ];
    let check = |name: &str, all: usize, wrong: usize| vec![name.to_owned(), number(all), number(wrong)];
    let checks = [
        check("signatures", result.signatures.total, result.signatures.total - result.signatures.valid),
        check("balances met again", result.balances.met_again, result.balances.mismatched),
        check("transactions", result.transactions, result.mismatched_transactions),
    ];
    let check_header = [("checked", Column::Text), ("number", Column::Number), ("wrong", Column::Number)];
    let mut text = table::table(&[("transactions", Column::Text), ("number", Column::Number)], kinds);
    text += &format!("\n{}\n", table::table(&check_header, checks));
    text += &schedules(result);
    text += &format!("\n{}", table::stages(report));
    for event in &report.events {
        text += &format!("{event}\n");
    }
    text + match result.first_mismatch {
        None => "\nevery signature and every balance comes out as the chain recorded it\n",
        Some(_) => "\nthe block does not come out\n",
    }
}

/// Waves, chains and components with votes and without, then the hottest accounts.
fn schedules(result: &SolanaReplay) -> String {
    let (all, others) = (&result.schedule, &result.schedule_without_votes);
    let row = |name: &str, figure: fn(&SolanaSchedule) -> usize| {
        let figures = [all, others].map(|schedule| table::count(figure(schedule) as u64));
        [vec![name.to_owned()], figures.to_vec()].concat()
    };
    let rows = [
        row("waves", |schedule| schedule.waves as usize),
        row("longest chain", |schedule| schedule.longest_chain.len()),
        row("largest set connected by conflicts", |schedule| schedule.largest_component),
    ];
    let header = [("schedule", Column::Text), ("all", Column::Number), ("but votes", Column::Number)];
    let mut text = table::table(&header, rows);
    text += &format!("\nlongest chain: {}\n", chain(&all.longest_chain));
    let base58 = |key: &AccountId| bs58::encode(key.0).into_string();
    text += &hottest("hottest account", &all.hottest, base58);
    if others.hottest != all.hottest {
        text += &hottest("hottest account but for votes", &others.hottest, base58);
    }
    text
}
