//! `wavelock state`: stores, and proofs from them.

use super::json::{self, Object};
use super::outputs;
use super::progress::during;
use super::table::{self, Column, counted};
use super::{Answer, Failure};
use crate::account::AccountId;
use crate::error::Error;
use crate::ingest;
use crate::proof::{MAX_PROOF_BYTES, Proof};
use crate::root::Root;
use crate::store::{BlockSummary, FjallStore, StateStore};
use clap::{Args, Subcommand};
use serde::Serialize;
use serde_json::Value;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Make a store, look into it, prove what it holds
#[derive(Args, Debug)]
pub struct State {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    Init(Init),
    Info(Info),
    Prove(Prove),
    VerifyProof(VerifyProof),
    Export(Export),
}

impl State {
    pub fn run(self) -> Result<Answer, Failure> {
        match self.command {
            Command::Init(command) => command.run(),
            Command::Info(command) => command.run(),
            Command::Prove(command) => command.run(),
            Command::VerifyProof(command) => command.run(),
            Command::Export(command) => command.run(),
        }
    }
}

/// Make a store from a state file
#[derive(Args, Debug)]
struct Init {
    /// The state: .jsonl or .jsonl.gz is text (without height, so from 0), any other name binary
    #[arg(long, value_name = "FILE")]
    state: PathBuf,
    /// The chain whose blocks the store takes, for good
    #[arg(long, value_name = "N")]
    chain_id: u64,
    /// A new or an empty folder
    #[arg(long, value_name = "DIR")]
    store: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Init {
    fn run(self) -> Result<Answer, Failure> {
        let state = during("reading the state", || ingest::read_state(&self.state))?;
        during("writing the store", || FjallStore::create(&self.store, self.chain_id, &state))?;
        let (chain_id, height, accounts, root) = (self.chain_id, state.height(), state.len(), state.root());
        Ok(standing(self.json, &Standing::new(chain_id, height, accounts, root, None)))
    }
}

/// Say where a store's chain stands; its root is verified
#[derive(Args, Debug)]
struct Info {
    /// The store
    #[arg(long, value_name = "DIR")]
    store: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Info {
    fn run(self) -> Result<Answer, Failure> {
        let store = open(&self.store)?;
        let block = store.block(store.height())?;
        let (chain_id, height, accounts) = (store.chain_id(), store.height(), store.state().len());
        Ok(standing(self.json, &Standing::new(chain_id, height, accounts, store.root(), block)))
    }
}

/// Prove that an account is in the state
#[derive(Args, Debug)]
struct Prove {
    /// The store
    #[arg(long, value_name = "DIR")]
    store: PathBuf,
    /// The account's id, 64 hexadecimal digits
    #[arg(long, value_name = "HEX", value_parser = account_id)]
    account: AccountId,
    /// Write the proof, in binary
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Prove {
    fn run(self) -> Result<Answer, Failure> {
        outputs::check(&[("--out", self.out.as_ref())], &[("--store", Some(&self.store))])?;
        let store = open(&self.store)?;
        let proof = store.prove(&self.account).map_err(|error| Failure::in_file(error, &self.store))?;
        let bytes = proof.encode();
        if let Some(path) = &self.out {
            ingest::write_file(path, |output| output.write_all(&bytes))?;
        }
        let (height, root) = (store.height(), store.root());
        if self.json {
            let proved = Proved::new(&proof);
            let state_root = root.to_string();
            let object = ProveObject { height: json::integer(height), state_root, proof: hex::encode(bytes), proved };
            return Ok(json::line(&object).into());
        }
        let mut text = format!("{}state root {root} at height {height}\n", account_text(&proof));
        if self.out.is_none() {
            text += &format!("proof {}\n", hex::encode(bytes));
        }
        Ok(text.into())
    }
}

/// Hold a proof against a state root; needs nothing else
#[derive(Args, Debug)]
struct VerifyProof {
    /// The proof, as `wavelock state prove --out` writes it
    #[arg(long, value_name = "FILE")]
    proof: PathBuf,
    /// The state root, 64 hexadecimal digits: where the proof leads to another, the check has failed (exit status 1)
    #[arg(long, value_name = "HEX")]
    root: Root,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl VerifyProof {
    fn run(self) -> Result<Answer, Failure> {
        let bytes = read_short(&self.proof, MAX_PROOF_BYTES)?;
        let proof = Proof::decode(&bytes).map_err(|error| Failure::in_file(error, &self.proof))?;
        let valid = proof.verify(&self.root);
        let (expected, found) = (self.root, proof.root());
        let failed_check = (!valid).then(|| format!("the proof leads to root {found}: expected {expected}"));
        let text = if self.json {
            json::line(&VerifyObject { valid, root: found.to_string(), proved: Proved::new(&proof) })
        } else if valid {
            format!("the state with root {expected} holds\n\n{}", account_text(&proof))
        } else {
            String::new()
        };
        Ok(Answer { text, failed_check })
    }
}

/// Write a store's state to a file
#[derive(Args, Debug)]
struct Export {
    /// The store
    #[arg(long, value_name = "DIR")]
    store: PathBuf,
    /// The state: .jsonl is text (without height), any other name binary
    #[arg(long, value_name = "FILE")]
    state_out: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Export {
    fn run(self) -> Result<Answer, Failure> {
        outputs::check(&[("--state-out", Some(&self.state_out))], &[("--store", Some(&self.store))])?;
        let store = open(&self.store)?;
        during("writing the state", || ingest::write_state(&self.state_out, store.state()))?;
        let (chain_id, height, accounts) = (store.chain_id(), store.height(), store.state().len());
        Ok(standing(self.json, &Standing::new(chain_id, height, accounts, store.root(), None)))
    }
}

/// Where a chain stands.
#[derive(Serialize)]
struct Standing {
    chain_id: Value,
    height: Value,
    accounts: usize,
    state_root: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    block: Option<BlockObject>,
}

/// What is kept of the last block.
#[derive(Serialize)]
struct BlockObject {
    transactions: usize,
    applied: usize,
    rejected: Object<usize>,
    changed: usize,
}

impl Standing {
    fn new(chain_id: u64, height: u64, accounts: usize, root: Root, block: Option<BlockSummary>) -> Self {
        let block = block.map(|BlockSummary { counts, changed, .. }| {
            let rejected: Vec<_> = counts.rejected.iter().map(|(reason, count)| (reason.name(), *count)).collect();
            let transactions = counts.applied + counts.rejected.values().sum::<usize>();
            BlockObject { transactions, applied: counts.applied, rejected: Object(rejected), changed }
        });
        let (chain_id, height) = (json::integer(chain_id), json::integer(height));
        Self { chain_id, height, accounts, state_root: root.to_string(), block }
    }
}

fn standing(json: bool, standing: &Standing) -> Answer {
    if json {
        return json::line(standing).into();
    }
    let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let Standing { chain_id, height, accounts, state_root, block } = standing;
    let accounts = counted(*accounts, "account");
    let mut text = format!("chain {}, height {}, {accounts}\n", plain(chain_id), plain(height));
    text += &format!("state root {state_root}\n");
    if let Some(BlockObject { transactions, applied, rejected, changed }) = block {
        let rows = [("applied", *applied)].into_iter().chain(rejected.0.iter().copied());
        let rows = rows.map(|(name, count)| vec![name.to_owned(), table::count(count as u64)]);
        text += &format!("\nlast block: {}, ", counted(*transactions, "transaction"));
        text += &format!("{} changed\n\n", counted(*changed, "account"));
        text += &table::table(&[("status", Column::Text), ("transactions", Column::Number)], rows);
    }
    text.into()
}

/// What a proof says.
#[derive(Serialize)]
struct Proved {
    account: String,
    balance: String,
    nonce: Value,
    slot: u32,
    accounts: u32,
}

impl Proved {
    fn new(proof: &Proof) -> Self {
        let account = proof.account();
        let (slot, accounts) = (proof.slot(), proof.count());
        let (balance, nonce) = (account.balance.to_string(), json::integer(account.nonce));
        Self { account: account.id.to_string(), balance, nonce, slot, accounts }
    }
}

#[derive(Serialize)]
struct ProveObject {
    height: Value,
    state_root: String,
    proof: String,
    #[serde(flatten)]
    proved: Proved,
}

#[derive(Serialize)]
struct VerifyObject {
    valid: bool,
    root: String,
    #[serde(flatten)]
    proved: Proved,
}

fn account_text(proof: &Proof) -> String {
    let account = proof.account();
    let place = format!("slot {} of {}", proof.slot(), counted(proof.count() as usize, "account"));
    format!("account {}\nbalance {}, nonce {}, {place}\n", account.id, account.balance, account.nonce)
}

pub fn open(path: &Path) -> Result<FjallStore, Failure> {
    Ok(during("opening the store", || FjallStore::open(path))?)
}

fn account_id(text: &str) -> Result<AccountId, String> {
    let mut id = [0; 32];
    match hex::decode_to_slice(text, &mut id) {
        Ok(()) => Ok(AccountId(id)),
        Err(_) => Err("expected 64 hexadecimal digits".to_owned()),
    }
}

/// A file's bytes, and no more than one beyond what it may have.
fn read_short(path: &Path, limit: usize) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(limit as u64 + 1).read_to_end(&mut bytes));
    read.map(|_| bytes).map_err(|source| Error::Io { path: path.to_owned(), source })
}
