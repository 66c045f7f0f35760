//! One workload, any contestants: each answer is held against the serial engine's, contestants take turns.

use super::canary::Canary;
use super::contestants::{Contestant, Turn};
use super::disagreement;
use super::peers::execution::{Case, Prepared};
use super::row::{Name, Row};
use super::sampler::{interleave, median};
use crate::encode::needs_signature;
use crate::engine::{Engine, Policy};
use crate::error::Result;
use crate::limits::MOST_USES;
use crate::outcome::Report;
use crate::serial;
use crate::serial::execute::Executed;
use crate::sigverify::SignatureSource;
use crate::status::Reason;
use crate::workload::{Workload, WorkloadKind};
use std::collections::BTreeMap;

/// Bytes that are written before a cold run: more than processors cache.
const EVICTED: usize = 128 << 20;
/// Signatures that the serial engine checks to see that the generator made what it says.
const SAMPLE: usize = 500;

/// What a contestant has met before it is timed; `BIAS.md` has the words.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Met {
    /// Nothing of this state: no key, no account, no cache line.
    Nothing,
    /// This very block, just before.
    Everything,
}

/// Uses of a key after which every engine knows it: a device builds tables with the third; where `auto` has the CPU check, it shows the
/// device nearly all of these blocks, and tables may have to be earned with all uses that are counted.
const KNOWN_AFTER: usize = MOST_USES as usize + 3;

/// Turns of a signed block before its keys are known.
pub(super) fn warm_turns(transactions: usize, accounts: usize) -> usize {
    KNOWN_AFTER.div_ceil((transactions / accounts.max(1)).max(1))
}

impl Met {
    fn name(self) -> &'static str {
        if self == Met::Nothing { "cold" } else { "resident" }
    }
}

/// A workload that is generated, and what every answer to it must be.
pub struct Contest {
    pub name: String,
    pub grid: Option<&'static str>,
    pub workload: Workload,
    /// Signatures are part of the rules.
    pub signatures: bool,
    prepared: Prepared,
    expected: Executed,
}

impl Contest {
    /// Generates the workload and has the serial engine execute it.
    ///
    /// # Errors
    /// A signature that is not what the generator says.
    pub fn new(workload: &Workload, grid: Option<&'static str>, signatures: bool) -> Result<Self> {
        let generated = workload.generate();
        let verdicts = workload.verdicts();
        let prepared = Prepared::new(generated.block, generated.state, signatures.then_some(&verdicts));
        let expected = serial::execute::execute(&prepared.block, &prepared.state, signatures.then_some(&verdicts));
        let (name, workload) = (name(workload), workload.clone());
        let contest = Self { name, grid, workload, signatures, prepared, expected };
        if signatures {
            contest.check_verdicts(&verdicts)?;
        }
        Ok(contest)
    }

    /// What progress says.
    pub fn describe(&self, met: Met) -> String {
        let Workload { transactions, accounts, .. } = self.workload;
        let signed = if self.signatures { "signed transactions" } else { "transactions" };
        let (grid, met) = (self.grid.unwrap_or("own"), met.name());
        format!("{grid}: {}, {transactions} {signed} over {accounts} accounts, {met}", self.name)
    }

    /// All signatures would take the serial engine longer than everything else takes everybody.
    fn check_verdicts(&self, verdicts: &[bool]) -> Result<()> {
        let Prepared { block, .. } = &self.prepared;
        let transactions = &block.transactions;
        let needed = |index: &usize| needs_signature(&block.header, &transactions[*index]);
        for index in (0..transactions.len()).step_by(1 + transactions.len() / SAMPLE).filter(needed) {
            let valid = serial::sigverify::is_valid(Policy::Strict, &SignatureSource::get(transactions, index));
            if valid != verdicts[index] {
                let what = format!("signature {index} is not what it was made to be");
                return Err(disagreement("generator", &self.name, what));
            }
        }
        Ok(())
    }

    /// Everybody in turn, `runs` times at least; a row for each.
    ///
    /// # Errors
    /// [`crate::Error::Disagreement`] where a result is not the serial engine's.
    pub fn measure(
        &self,
        contestants: &mut [Box<dyn Contestant + '_>],
        met: Met,
        (warm, runs): (usize, usize),
        canary: Option<&Canary>,
    ) -> Result<Vec<Row>> {
        let case = self.prepared.case();
        let mut evicted = Evicted::new(met);
        let mut reports = vec![Report::default(); contestants.len()];
        let mut stages: Vec<BTreeMap<&'static str, Vec<f64>>> = vec![BTreeMap::new(); contestants.len()];
        let samples = interleave(contestants.len(), warm, runs, |number| {
            let contestant = &mut contestants[number];
            if met == Met::Nothing {
                contestant.forget();
            }
            let mut turn = contestant.run(&case, &mut || evicted.ready(&case))?;
            if let Some(canary) = canary {
                canary.spoil(contestant.name(), &mut turn);
            }
            self.check(contestant.name(), &turn)?;
            for (stage, time) in &turn.report.times {
                stages[number].entry(stage.name()).or_default().push(time.as_secs_f64());
            }
            reports[number] = turn.report;
            Ok(turn.time)
        })?;
        let contestants = contestants.iter().zip(samples).zip(reports.iter().zip(stages));
        Ok(contestants
            .map(|((one, samples), (report, stages))| self.row(&**one, met, samples, report, stages))
            .collect())
    }

    /// The answer is the serial engine's, and the device gave it where the engine is the device.
    fn check(&self, name: &str, turn: &Turn) -> Result<()> {
        let differs = |what: &str| Err(disagreement(name, &self.name, format!("{what} from the serial engine's")));
        if turn.statuses.len() != self.expected.statuses.len() {
            return differs("the number of statuses differs");
        }
        let mut both = turn.statuses.iter().zip(&self.expected.statuses);
        if let Some(index) = both.position(|(found, expected)| found != expected) {
            return differs(&format!("the status of transaction {index} differs"));
        }
        if turn.changes != self.expected.changes {
            return differs("the changes differ");
        }
        match turn.report.events.first().filter(|_| name == Engine::Gpu.name()) {
            Some(event) => Err(disagreement(name, &self.name, event)),
            None => Ok(()),
        }
    }

    fn row(
        &self,
        contestant: &dyn Contestant,
        met: Met,
        samples_s: Vec<f64>,
        report: &Report,
        stages: BTreeMap<&'static str, Vec<f64>>,
    ) -> Row {
        let Workload { transactions, accounts, invalid, balances, .. } = self.workload;
        let keys = if met == Met::Nothing { "cold" } else { "known" };
        // Absent where no device took part.
        let each = |number: u64| (report.traffic.submits > 0).then(|| number as f64 / transactions as f64);
        Row {
            workload: self.name.clone(),
            engine: contestant.name().to_owned(),
            policy: Policy::Strict.name().into(),
            grid: self.grid.map(Name::Borrowed),
            peer: contestant.is_peer(),
            invalid,
            invalid_reason: self.invalid_reason().map(Name::Borrowed),
            balances: balances.to_string(),
            scope: if self.signatures { "end_to_end" } else { "execute" }.into(),
            transactions,
            accounts,
            signatures: self.signatures,
            keys: self.signatures.then_some(keys.into()),
            state: Some(met.name().into()),
            stages_s: stages.into_iter().map(|(stage, samples)| (stage.into(), median(&samples))).collect(),
            bytes_per_transaction: each(report.traffic.bytes()),
            dispatches_per_transaction: each(report.traffic.dispatches),
            per_second: transactions as f64 / median(&samples_s),
            samples_s,
            ran: contestant.ran(report),
            rounds: report.rounds.max(1),
            tail: report.tail,
            applied: self.expected.statuses.iter().filter(|status| status.is_applied()).count(),
            ..Row::default()
        }
    }

    fn invalid_reason(&self) -> Option<&'static str> {
        let Workload { invalid, invalid_reasons, .. } = &self.workload;
        match invalid_reasons[..] {
            _ if *invalid == 0.0 => None,
            [Reason::SignatureInvalid] => Some("signature"),
            [Reason::NonceTooLow, Reason::NonceTooHigh] => Some("nonce"),
            [reason] => Some(reason.name()),
            _ => Some("mixed"),
        }
    }
}

/// Name of a workload in reports.
pub fn name(workload: &Workload) -> String {
    match workload.kind {
        WorkloadKind::Zipf => format!("{} {}", workload.kind, workload.exponent),
        WorkloadKind::HotRatio => format!("{} {}", workload.kind, workload.hot_ratio),
        kind => kind.to_string(),
    }
}

/// What is in the caches when the clock starts.
enum Evicted {
    /// Something else.
    All(Vec<u64>),
    /// The inputs.
    Nothing,
}

impl Evicted {
    fn new(met: Met) -> Self {
        if met == Met::Nothing { Evicted::All(vec![0; EVICTED / 8]) } else { Evicted::Nothing }
    }

    fn ready(&mut self, case: &Case<'_>) {
        match self {
            Evicted::All(memory) => {
                memory.iter_mut().for_each(|word| *word += 1);
                std::hint::black_box(memory);
            }
            Evicted::Nothing => read(case),
        }
    }
}

/// Reads the inputs once, so that nobody meets a cache that the one before has filled with something else.
fn read(case: &Case<'_>) {
    let records = case.block.transactions.iter().fold(0u8, |sum, transaction| sum ^ transaction.as_bytes()[0]);
    let pairs = case.snapshot.pairs.iter().fold(0u32, |sum, [from, to]| sum ^ from ^ to);
    let balances = case.state.balances().iter().fold(0u64, |sum, account| sum ^ account.nonce);
    std::hint::black_box((records, pairs, balances));
}
