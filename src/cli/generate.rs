//! `wavelock generate`: a seeded block and the state it is made for.

use super::outputs;
use super::progress::during;
use super::table::{self, Column, counted};
use super::{Answer, Failure};
use crate::error::Error;
use crate::ingest;
use crate::workload::{Balances, GeneratedBlock, Workload, WorkloadKind};
use clap::Args;
use std::fs;
use std::path::{Path, PathBuf};

/// Make a block and the state before it, the same for the same options on every machine
#[derive(Args, Debug)]
pub struct Generate {
    /// Who pays whom: uniform, zipf, hot-recipient, hot-sender, two-accounts, pairs, chain, half-chain, cascade, …
    #[arg(long, value_name = "NAME")]
    workload: WorkloadKind,
    /// Transactions in the block
    #[arg(long, value_name = "N")]
    transactions: usize,
    /// Accounts in the state
    #[arg(long, value_name = "M")]
    accounts: usize,
    /// Everything random follows from it
    #[arg(long, value_name = "S", default_value_t = 0)]
    seed: u64,
    /// How many of 100 transactions are invalid, of every kind in turn
    #[arg(long, value_name = "PERCENT", default_value_t = 0.0)]
    invalid: f64,
    /// Of Zipf's law, for the workloads that follow it
    #[arg(long, value_name = "E", default_value_t = 1.0)]
    exponent: f64,
    /// The chance that a party of a payment is one of the hot accounts, for hot-ratio
    #[arg(long, value_name = "R", default_value_t = 0.3)]
    hot_ratio: f64,
    /// What accounts hold at the start: 10^6, 20, 2 or 0.5 mean amounts, or nothing but for the first
    #[arg(long, value_name = "ample|some|few|half|zero", default_value_t)]
    balances: Balances,
    /// Write JSON lines instead of binary files
    #[arg(long)]
    jsonl: bool,
    /// Leave signatures zero: for `validate --no-signatures`
    #[arg(long)]
    unsigned: bool,
    /// The folder to write the block and the state into; it is made where there is none
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

impl Generate {
    pub fn run(self) -> Result<Answer, Failure> {
        let workload = Workload {
            kind: self.workload,
            transactions: self.transactions,
            accounts: self.accounts,
            seed: self.seed,
            invalid: self.invalid,
            exponent: self.exponent,
            hot_ratio: self.hot_ratio,
            balances: self.balances,
            signed: !self.unsigned,
            ..Workload::default()
        };
        workload.check().map_err(Error::from)?;
        if !workload.has_room() {
            let (transactions, accounts) = (table::count(self.transactions as u64), table::count(self.accounts as u64));
            let message =
                format!("{transactions} transactions and {accounts} accounts: this machine has no memory for them");
            return Err(Failure::usage(message));
        }
        let ending = if self.jsonl { "jsonl" } else { "bin" };
        let [block, state] = ["block", "state"].map(|name| self.out.join(format!("{name}.{ending}")));
        fs::create_dir_all(&self.out).map_err(|source| Error::Io { path: self.out.clone(), source })?;
        outputs::check(&[("--out", Some(&block)), ("--out", Some(&state))], &[])?;
        let generated = during("generating", || workload.generate());
        during("writing the block", || ingest::write_block(&block, &generated.block))?;
        during("writing the state", || ingest::write_state(&state, &generated.state))?;
        Ok(page(&workload, &generated, &block, &state).into())
    }
}

fn page(workload: &Workload, generated: &GeneratedBlock, block: &Path, state: &Path) -> String {
    let row = |path: &Path, contents: String| vec![path.display().to_string(), contents];
    let transactions = counted(generated.block.transactions.len(), "transaction");
    let invalid = if workload.invalid > 0.0 { format!(", {} % invalid", workload.invalid) } else { String::new() };
    let signatures = if workload.signed { "" } else { ", not signed" };
    let rows = [
        row(block, format!("{}, {transactions}{invalid}{signatures}", workload.kind)),
        row(state, counted(generated.state.len(), "account")),
    ];
    table::table(&[("file", Column::Text), ("holds", Column::Text)], rows)
}
