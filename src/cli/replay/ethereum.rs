//! `wavelock replay ethereum`: what a block alone tells, and its plain transfers with made-up signatures.

use super::{ReplayOptions, hottest};
use crate::cli::progress::during;
use crate::cli::schedule::chain;
use crate::cli::table::{self, Column, counted};
use crate::cli::{Answer, Failure, json};
use crate::conflict::AccessSets;
use crate::outcome::{Outcome, Report, Stage};
use crate::replay::ethereum::{EthereumBlock, EthereumReplay, NonceMismatch, read_accounts, replay};
use crate::validate::Validator;
use crate::verify::Check;
use clap::Args;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// An Ethereum block, as eth_getBlockByNumber answers it with full transactions
///
/// Sender, recipient or created contract, and the addresses and slots of its access list: all of it counts as written by
/// a transaction, since without the state nobody knows what is only read. The nonces of every sender must rise one by
/// one. Signatures are not checked.
#[derive(Args, Debug)]
pub struct EthereumOptions {
    #[command(flatten)]
    replay: ReplayOptions,
    /// Accounts before the block, as lines of address, balance and nonce, .jsonl or .jsonl.gz
    #[arg(long, value_name = "FILE", requires = "signed_with_derived_keys")]
    state: Option<PathBuf>,
    /// Validate the block's plain transfers between these accounts, signed anew with keys that are derived from the
    /// addresses: a real workload with made-up signatures
    #[arg(long, requires = "state")]
    signed_with_derived_keys: bool,
}

/// What became of the transfers with made-up signatures.
struct Transfers {
    accounts: usize,
    left_out: usize,
    outcome: Outcome,
}

impl EthereumOptions {
    pub fn run(self) -> Result<Answer, Failure> {
        let options = &self.replay;
        let (builder, check) = (options.engine.builder()?, options.engine.check());
        let scheduler = RefCell::new(options.engine.scheduler()?);
        let begun = Instant::now();
        let block = during("reading the block", || EthereumBlock::read(&options.file))?;
        let report = RefCell::new(Report { times: vec![(Stage::Ingest, begun.elapsed())], ..Report::default() });
        let schedule = |sets: &AccessSets| {
            let mut scheduler = scheduler.borrow_mut();
            let schedule = scheduler.schedule(sets)?.clone();
            let (by, mut report) = (scheduler.report(), report.borrow_mut());
            let engine = by.engine(Stage::Conflict).unwrap_or_default();
            report.engines.push((Stage::Conflict, engine));
            report.faults.extend_from_slice(&by.faults);
            report.events.extend_from_slice(&by.events);
            Ok(schedule)
        };
        let result = during("replaying", || replay(&block, &schedule));
        let result = result.map_err(|error| Failure::in_file(error, &options.file))?;
        let mut report = report.into_inner();
        report.times.extend_from_slice(&result.times);
        let transfers = match &self.state {
            Some(state) => Some(self.validate(builder.build()?, &block, state, &mut report)?),
            None => None,
        };
        report.total = begun.elapsed();
        let text = match options.json {
            true => object(&result, transfers.as_ref(), check, &report),
            false => page(&result, transfers.as_ref(), &report),
        };
        let name = |mismatch: NonceMismatch| format!("{}: {mismatch}", options.file.display());
        Ok(Answer { text, failed_check: result.nonces.first_mismatch.map(name) })
    }

    /// The transfers between the accounts in a file; times and engines go into the report.
    fn validate(
        &self,
        mut validator: Validator,
        block: &EthereumBlock,
        state: &Path,
        report: &mut Report,
    ) -> Result<Transfers, Failure> {
        let accounts = during("reading the state", || read_accounts(state))?;
        let derived = during("deriving keys and signing", || block.derive_transfers(&accounts));
        let derived = derived.map_err(|error| Failure::in_file(error, &self.replay.file))?;
        let outcome = during("validating", || validator.validate(&derived.block, &derived.state))?;
        for &(stage, time) in &outcome.report.times {
            report.record(stage, outcome.report.engine(stage).unwrap_or_default(), time);
        }
        (report.rounds, report.tail) = (outcome.report.rounds, outcome.report.tail);
        report.checked.add(outcome.report.checked);
        report.faults.extend_from_slice(&outcome.report.faults);
        report.events.extend_from_slice(&outcome.report.events);
        Ok(Transfers { accounts: accounts.len(), left_out: derived.left_out, outcome })
    }
}

fn object(result: &EthereumReplay, transfers: Option<&Transfers>, check: Check, report: &Report) -> String {
    let mut object = result.to_json();
    if let Some(transfers) = transfers {
        object["transfers"] = transfers_object(transfers);
        object["rounds"] = json!(report.rounds);
        object["tail"] = json!(report.tail);
        object["checked"] = json::checked(check, report);
    }
    object["engines"] = json!(json::engines(report));
    object["faults"] = json::faults(report);
    object["events"] = json!(report.events);
    object["seconds"] = json!(json::seconds(report));
    json::line(&object)
}

fn transfers_object(Transfers { accounts, left_out, outcome }: &Transfers) -> Value {
    let counts = outcome.counts();
    let rejected: serde_json::Map<_, _> =
        counts.rejected.iter().map(|(reason, count)| (reason.name().to_owned(), json!(count))).collect();
    json!({
        "made_up_signatures": true,
        "accounts": accounts,
        "transactions": outcome.statuses.len(),
        "left_out": left_out,
        "applied": counts.applied,
        "rejected": rejected,
    })
}

fn page(result: &EthereumReplay, transfers: Option<&Transfers>, report: &Report) -> String {
    let row = |name: &str, count: usize| vec![name.to_owned(), table::count(count as u64)];
    let header = |name| [(name, Column::Text), ("number", Column::Number)];
    const TYPES: [&str; 5] =
        ["legacy", "EIP-2930", "EIP-1559", "EIP-4844, with blobs", "EIP-7702, with authorizations"];
    let types = TYPES.iter().zip(result.types).filter(|(_, count)| *count > 0).map(|(name, count)| row(name, count));
    let kinds = [row("all", result.transactions)].into_iter().chain(types).chain([
        row("plain transfers", result.plain),
        row("contract creations", result.creations),
        row("with an access list", result.access_lists),
    ]);
    let mut text = format!("block {}\n\n{}", result.number, table::table(&header("transactions"), kinds));
    let alone = result.components.iter().filter(|size| **size == 1).count();
    let sizes = [
        row("waves", result.waves as usize),
        row("longest chain", result.longest_chain.len()),
        row("sets connected by conflicts", result.components.len()),
        row("the largest of them", result.largest_component()),
        row("transactions that conflict with none", alone),
    ];
    text += &format!("\n{}", table::table(&header("schedule"), sizes));
    text += &format!("\nlongest chain: {}\n", chain(&result.longest_chain));
    text += &hottest("hottest account or slot", &result.hottest, ToString::to_string);
    text += "\neverything that sender, recipient and access list name counts as written\n";
    if result.authorizations > 0 {
        let authorizations = counted(result.authorizations, "authorization");
        text += &format!("{authorizations} write accounts that only their signatures name: not in the schedule\n");
    }
    text += &transfers.map_or_else(String::new, validated);
    text += &format!("\n{}", table::stages(report));
    for event in &report.events {
        text += &format!("{event}\n");
    }
    let nonces = &result.nonces;
    text + &match nonces.mismatched {
        0 => format!(
            "\nthe nonces of all {} rise one by one, in {} that follow another of their sender\n",
            counted(nonces.senders, "sender"),
            counted(nonces.checked, "transaction")
        ),
        wrong => format!("\n{} out of order\n", counted(wrong, "nonce")),
    }
}

/// What is real about the transfers, and what is not, stands beside every figure.
fn validated(Transfers { accounts, left_out, outcome }: &Transfers) -> String {
    let counts = outcome.counts();
    let rejected = counts.rejected.iter().map(|(reason, count)| (reason.name(), *count));
    let rows = [("applied", counts.applied)].into_iter().chain(rejected);
    let rows = rows.map(|(name, count)| vec![name.to_owned(), table::count(count as u64)]);
    let text = table::table(&[("plain transfers", Column::Text), ("number", Column::Number)], rows);
    format!(
        "\na real workload with made-up signatures: {} between {}, signed with ed25519 keys derived from the addresses\n\
         values, nonces and fees (gas of a plain transfer times the price paid) are the block's; {} to or from others left \
         out\n\n{text}",
        counted(outcome.statuses.len(), "plain transfer"),
        counted(*accounts, "account"),
        counted(*left_out, "plain transfer"),
    )
}
