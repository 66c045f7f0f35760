//! A bench that does not find who is wrong on purpose finds nothing.

use super::canary::{Canary, CanaryKind};
use super::compare::compare;
use super::contest::{Contest, Met};
use super::contestants::{Contestant, Executing, PeerExecuting, PeerValidating, Serial, Turn, Validating};
use super::grids;
use super::peers::block_stm::BlockStm;
use super::peers::execution::Case;
use super::peers::plain::Plain;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::outcome::Report;
use crate::status::Reason;
use crate::workload::{Workload, WorkloadKind};
use crate::{Validator, ValidatorBuilder};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::HashSet;
use std::time::Duration;

fn canary(engine: &str, kind: CanaryKind) -> Canary {
    Canary { engine: engine.to_owned(), kind }
}

fn parallel(builder: ValidatorBuilder) -> Validator {
    builder.engine(Engine::Parallel).build().expect("needs no device")
}

fn message(result: Result<Vec<super::Row>>) -> String {
    match result {
        Err(Error::Disagreement(message)) => message,
        Err(other) => panic!("another error: {other}"),
        Ok(rows) => panic!("nothing was found in {} rows", rows.len()),
    }
}

/// The first, one in the middle, the last: of an engine, of the specification itself, and of a peer.
#[test]
fn one_wrong_receipt_in_a_million_is_found() {
    const MILLION: usize = 1_000_000;
    let workload = Workload { transactions: MILLION, accounts: 1_000, signed: false, ..Workload::default() };
    let contest = Contest::new(&workload, None, false).expect("a contest");
    let (mut validator, mut plain) = (parallel(Validator::builder().without_signatures()), Plain::default());
    let mut contestants: Vec<Box<dyn Contestant + '_>> = vec![
        Box::new(Serial),
        Box::new(Executing(Engine::Parallel, &mut validator)),
        Box::new(PeerExecuting(&mut plain)),
    ];
    let rows = contest.measure(&mut contestants, Met::Everything, (0, 1), None).expect("nobody is wrong");
    assert_eq!(rows.iter().map(|row| row.engine.as_str()).collect::<Vec<_>>(), ["serial", "parallel", "plain"]);
    for engine in ["serial", "parallel", "plain"] {
        for index in [0, MILLION / 2 - 1, MILLION - 1] {
            let spoiled = canary(engine, CanaryKind::WrongReceipt(index));
            let found = message(contest.measure(&mut contestants, Met::Everything, (0, 1), Some(&spoiled)));
            assert!(found.contains(engine) && found.contains(&format!("transaction {index} ")), "{found}");
        }
    }
    // Whoever does not take part spoils nothing.
    let absent = canary("gpu", CanaryKind::WrongReceipt(0));
    contest.measure(&mut contestants, Met::Everything, (0, 1), Some(&absent)).expect("nobody is wrong");
}

#[test]
fn wrong_receipts_of_signed_blocks_are_found_cold_and_resident() {
    let workload = Workload { transactions: 300, accounts: 50, invalid: 10.0, ..Workload::default() };
    let contest = Contest::new(&workload, Some("tested"), true).expect("a contest");
    let (mut validator, mut block_stm) = (parallel(Validator::builder()), BlockStm::new(2));
    let mut contestants: Vec<Box<dyn Contestant + '_>> =
        vec![Box::new(Validating(Engine::Parallel, &mut validator)), Box::new(PeerValidating(&mut block_stm))];
    for (met, state, keys) in [(Met::Everything, "resident", "known"), (Met::Nothing, "cold", "cold")] {
        let rows = contest.measure(&mut contestants, met, (0, 2), None).expect("nobody is wrong");
        for (row, (engine, peer)) in rows.iter().zip([("parallel", false), ("block-stm", true)]) {
            assert_eq!((row.engine.as_str(), row.peer, row.scope.as_ref()), (engine, peer, "end_to_end"));
            assert_eq!((row.state.as_deref(), row.keys.as_deref()), (Some(state), Some(keys)));
            assert_eq!((row.grid.as_deref(), row.signatures, row.applied), (Some("tested"), true, 270));
            assert!(row.samples_s.len() >= 2 && row.per_second > 0.0);
        }
        for engine in ["parallel", "block-stm"] {
            let spoiled = canary(engine, CanaryKind::WrongReceipt(299));
            assert!(message(contest.measure(&mut contestants, met, (0, 1), Some(&spoiled))).contains(engine));
        }
    }
}

/// A contestant that has the right statuses and leaves out an account.
struct Forgetful<'a>(Executing<'a>);

impl Contestant for Forgetful<'_> {
    fn name(&self) -> &'static str {
        "forgetful"
    }

    fn run(&mut self, case: &Case<'_>, ready: &mut dyn FnMut()) -> Result<Turn> {
        let mut turn = self.0.run(case, ready)?;
        turn.changes.pop();
        Ok(turn)
    }

    fn ran(&self, report: &Report) -> String {
        self.0.ran(report)
    }
}

#[test]
fn a_change_that_is_missing_is_found() {
    let workload = Workload { transactions: 100, signed: false, ..Workload::default() };
    let contest = Contest::new(&workload, None, false).expect("a contest");
    let mut validator = parallel(Validator::builder().without_signatures());
    let mut contestants: Vec<Box<dyn Contestant + '_>> =
        vec![Box::new(Forgetful(Executing(Engine::Parallel, &mut validator)))];
    assert!(message(contest.measure(&mut contestants, Met::Everything, (0, 1), None)).contains("changes"));
}

#[test]
fn a_slower_contestant_takes_that_much_longer() {
    let turn = |time| Turn { time, statuses: Vec::new(), changes: Vec::new(), report: Report::default() };
    let slower = canary("parallel", CanaryKind::Slower(0.1));
    let mut spoiled = turn(Duration::from_millis(20));
    slower.spoil("parallel", &mut spoiled);
    assert!(spoiled.time >= Duration::from_millis(22), "{:?}", spoiled.time);
    let mut other = turn(Duration::from_millis(20));
    slower.spoil("gpu", &mut other);
    assert_eq!(other.time, Duration::from_millis(20));
}

/// Right answers, in times that are known: two milliseconds with two in a hundred of noise.
struct Steady<'a> {
    name: &'static str,
    noise: ChaCha8Rng,
    inner: PeerExecuting<'a>,
}

impl Contestant for Steady<'_> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn run(&mut self, case: &Case<'_>, ready: &mut dyn FnMut()) -> Result<Turn> {
        let time = Duration::from_millis(2).mul_f64(1.0 + 0.02 * (self.noise.random::<f64>() - 0.5));
        Ok(Turn { time, ..self.inner.run(case, ready)? })
    }

    fn ran(&self, report: &Report) -> String {
        self.inner.ran(report)
    }
}

/// Two contestants that are equally fast, on eight workloads.
fn steady_run(seed: u64, canary: Option<&Canary>) -> super::Report {
    let (mut first, mut second) = (Plain::default(), Plain::default());
    let noise = |salt: u64| ChaCha8Rng::seed_from_u64(2 * seed + salt);
    let mut contestants: Vec<Box<dyn Contestant + '_>> = vec![
        Box::new(Steady { name: "first", noise: noise(0), inner: PeerExecuting(&mut first) }),
        Box::new(Steady { name: "second", noise: noise(1), inner: PeerExecuting(&mut second) }),
    ];
    let mut rows = Vec::new();
    for number in 0..8 {
        let workload = Workload { transactions: 20 + number, accounts: 9, signed: false, ..Workload::default() };
        let contest = Contest::new(&workload, None, false).expect("a contest");
        rows.extend(contest.measure(&mut contestants, Met::Everything, (1, 9), canary).expect("nobody is wrong"));
    }
    let machine = serde_json::json!({"processor": "one", "cores": 2});
    let mut report = super::Report { schema: super::SCHEMA.into(), machine, rows };
    report.judge();
    report
}

#[test]
fn a_contestant_that_is_ten_percent_slower_is_named() {
    let before = steady_run(1, None);
    for (engine, other) in [("first", "second"), ("second", "first")] {
        let spoiled = canary(engine, CanaryKind::Slower(0.1));
        let after = steady_run(2, Some(&spoiled));
        let regression = compare(&before, &after).expect("one machine").regression().expect("it is found");
        assert!(regression.contains(engine) && !regression.contains(other), "{regression}");
    }
    let same = steady_run(3, None);
    assert_eq!(compare(&before, &same).expect("one machine").regression(), None);
}

#[test]
fn canaries_are_read_from_text() {
    assert_eq!("gpu:wrong-receipt:7".parse(), Ok(canary("gpu", CanaryKind::WrongReceipt(7))));
    assert_eq!("block-stm:slower:0.1".parse(), Ok(canary("block-stm", CanaryKind::Slower(0.1))));
    for wrong in ["", "gpu", "gpu:slower", "gpu:slower:x", "gpu:wrong-receipt:-1", "gpu:faster:1", "gpu:slower:1:2"] {
        assert!(wrong.parse::<Canary>().is_err(), "{wrong}");
    }
}

/// What issue and documents promise is in the list, each workload can be generated, and none is there twice.
#[test]
fn grids_hold_what_they_promise() {
    let all = grids::all();
    let count = |grid: &str| all.iter().filter(|(name, _)| *name == grid).count();
    let counts: Vec<(&str, usize)> = super::GRIDS.iter().map(|grid| (*grid, count(grid))).collect();
    let expected = [
        ("block-stm", 10),
        ("raw-transfers", 7),
        ("tigerbeetle", 2),
        ("agave", 3),
        ("ledgers", 3),
        ("invalid", 22),
        ("cascades", 4),
        ("zipf", 6),
        ("cores", 0),
    ];
    assert_eq!(counts, expected);
    let mut seen = HashSet::new();
    for (grid, workload) in &all {
        workload.check().expect("a workload that can be generated");
        assert!(seen.insert(format!("{grid} {workload:?}")), "{grid}: {workload:?} twice");
    }
    for reason in Reason::ALL {
        let shares = all.iter().filter(|(_, workload)| workload.invalid > 0.0 && workload.invalid_reasons == [reason]);
        assert_eq!(shares.map(|(_, workload)| workload.invalid).collect::<Vec<_>>(), [1.0, 10.0, 50.0], "{reason}");
    }
    let kinds: HashSet<_> = all.iter().map(|(_, workload)| workload.kind).collect();
    let added = [WorkloadKind::Independent, WorkloadKind::FewRecipients, WorkloadKind::SolanaLike];
    assert!(added.iter().all(|kind| kinds.contains(kind)));
}
