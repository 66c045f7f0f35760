//! Blocks in a row on accounts that stay on the device: applied or not, forked, between other states, in several batches.

use crate::Suite;
use crate::support::{cases, id};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha12Rng;
use std::collections::HashMap;
use wavelock::gpu::device::{Device, DeviceOptions};
use wavelock::gpu::execute::Executor;
use wavelock::gpu::faults::{FaultPlan, Injected, Injector};
use wavelock::ledger::Input;
use wavelock::limits::TABLE_CHECK_BLOCKS;
use wavelock::outcome::Residence;
use wavelock::snapshot::Snapshot;
use wavelock::workload::random_legs;
use wavelock::{
    Account, Block, BlockHeader, Check, Engine, FaultKind, Outcome, Stage, State, Transaction, Transfer, Validator,
    encode,
};

/// What a row of blocks is like.
#[derive(Clone, Copy, Debug)]
struct Row {
    seed: u64,
    accounts: usize,
    transactions: usize,
    /// Largest balance, and largest amount.
    scale: (u128, u128),
    steps: usize,
}

const SCALES: [(u128, u128); 4] = [(500, 60), (1 << 100, 1 << 20), (1 << 63, 1 << 40), (1 << 110, 1 << 105)];

impl Row {
    fn state(&self, rng: &mut ChaCha12Rng) -> State {
        let account = |number| {
            let balance = rng.random_range(0..=self.scale.0);
            Account { id: id(number), balance, nonce: u64::from(u32::MAX) - 3 + number as u64 % 7 }
        };
        State::from_accounts(0, (0..self.accounts).map(account).collect::<Vec<_>>()).expect("distinct accounts")
    }

    /// Transfers on a state, most of them with the right nonce; some pay accounts that are not there yet, which pay on.
    fn block(&self, rng: &mut ChaCha12Rng, state: &State) -> Block {
        let numbers = state.len() + 4;
        let mut nonces: HashMap<usize, u64> = HashMap::new();
        let transfer = |_| {
            let [from, to] = [0, 1].map(|_| rng.random_range(0..numbers));
            let known = state.get(&id(from)).map_or(0, |account| account.nonce);
            let nonce = nonces.entry(from).or_insert(known);
            let wrong = rng.random_range(0..20) == 0;
            let transfer = Transfer {
                chain_id: 1,
                nonce: *nonce + u64::from(wrong),
                amount: rng.random_range(0..=self.scale.1),
                fee: rng.random_range(0..3),
                from: id(from),
                to: id(to),
            };
            *nonce += u64::from(!wrong);
            Transaction::transfer(&transfer, [0; 64])
        };
        let transactions = (0..self.transactions).map(transfer).collect();
        // In the state and paid, in the state and left alone, new, new and paid.
        let fee_recipient = [id(1), id(self.accounts - 1), id(usize::MAX), id(numbers - 2)][rng.random_range(0..4)];
        Block { header: BlockHeader { chain_id: 1, height: state.height() + 1, fee_recipient }, transactions }
    }
}

fn serial(block: &Block, state: &State) -> Outcome {
    let serial = Validator::builder().engine(Engine::Serial).without_signatures().build();
    serial.and_then(|mut serial| serial.validate(block, state)).expect("the serial engine needs nothing")
}

/// The outcome, which has to be the serial one, without an event; and whether the accounts were there already.
fn validate(validator: &mut Validator, block: &Block, state: &State) -> Result<(Outcome, bool), String> {
    let expected = serial(block, state);
    let outcome = validator.validate(block, state).map_err(|error| error.to_string())?;
    match outcome.report.events.first() {
        Some(event) => Err(event.clone()),
        None if !expected.same_result(&outcome) => Err("the outcome differs from the serial one".into()),
        None if outcome.report.engine(Stage::Execute) != Some(Engine::Gpu) => Err("another engine executed".into()),
        None => Ok((outcome.clone(), outcome.report.residence == Some(Residence::Kept))),
    }
}

/// The device's accounts are the state's.
fn compare(validator: &mut Validator, state: &State) -> Result<usize, String> {
    let (compared, report) = validator.check_resident(state);
    report.events.first().map_or(Ok(compared), |event| Err(event.clone()))
}

/// Blocks in a row, and what may happen between two of them. Returns how many found their accounts on the device.
fn run(validator: &mut Validator, row: Row) -> Result<usize, String> {
    let mut rng = ChaCha12Rng::seed_from_u64(row.seed);
    let mut state = row.state(&mut rng);
    let mut kept = 0;
    for _ in 0..row.steps {
        let block = row.block(&mut rng, &state);
        let (outcome, was_kept) = validate(validator, &block, &state)?;
        kept += usize::from(was_kept);
        match rng.random_range(0..16) {
            // Not applied: the same state once more.
            0 | 1 => continue,
            // Another block on the same state, of which the first is applied.
            2 => _ = validate(validator, &row.block(&mut rng, &state), &state)?,
            3 => _ = validate(validator, &block, &state)?,
            // Other states and legs in between.
            4 => {
                let other = Row { accounts: 7, transactions: 5, ..row };
                let elsewhere = other.state(&mut rng);
                validate(validator, &other.block(&mut rng, &elsewhere), &elsewhere)?;
            }
            5 => _ = validator.execute_legs(&random_legs(row.seed, 30, 9), None).map_err(|error| error.to_string())?,
            // An account from elsewhere.
            6 => {
                state.apply(&outcome).map_err(|error| error.to_string())?;
                let number = state.len() + 1000;
                state.push(Account { id: id(number), balance: 3, nonce: 0 })?;
                continue;
            }
            // The block's outcome with a reward that nobody computed.
            7 if !outcome.changes.is_empty() && state.total() < u128::MAX / 2 => {
                let mut rewarded = outcome.clone();
                rewarded.changes[0].account.balance += 1;
                rewarded.root = None;
                state.apply(&rewarded).map_err(|error| error.to_string())?;
                continue;
            }
            // A copy goes its own way for a block.
            8 => {
                let mut copy = state.clone();
                copy.apply(&outcome).map_err(|error| error.to_string())?;
                validate(validator, &row.block(&mut rng, &copy), &copy)?;
            }
            _ => {}
        }
        state.apply(&outcome).map_err(|error| error.to_string())?;
        if rng.random_range(0..4) == 0 {
            compare(validator, &state)?;
        }
    }
    Ok(kept)
}

fn rows(count: u32) -> impl Iterator<Item = Row> {
    (0..u64::from(cases(count))).map(|seed| Row {
        seed,
        accounts: [3, 40, 150][seed as usize % 3],
        transactions: [20, 90, 300][seed as usize / 2 % 3],
        scale: SCALES[seed as usize % 4],
        steps: 24,
    })
}

fn build(options: DeviceOptions) -> Validator {
    let builder = Validator::builder().engine(Engine::Gpu).without_signatures().check(Check::Off);
    builder.device_options(options).build().expect("there is an adapter")
}

/// Blocks applied one after the other, until the accounts are on the device.
fn settled(validator: &mut Validator, row: Row, blocks: usize) -> (State, ChaCha12Rng) {
    let mut rng = ChaCha12Rng::seed_from_u64(row.seed);
    let mut state = row.state(&mut rng);
    for number in 0..blocks {
        let block = row.block(&mut rng, &state);
        let (outcome, kept) = validate(validator, &block, &state).unwrap_or_else(|wrong| panic!("{row:?}: {wrong}"));
        assert_eq!(kept, number > 0, "the second block of a row finds the accounts there");
        state.apply(&outcome).expect("computed on it");
    }
    (state, rng)
}

const ROW: Row = Row { seed: 9, accounts: 60, transactions: 40, scale: SCALES[1], steps: 0 };

/// Several bindings, several batches; and more accounts than fit.
fn small_bindings() {
    for bytes in [1 << 10, 1 << 12] {
        let mut validator = build(DeviceOptions { binding_limit: Some(bytes), ..Default::default() });
        let mut kept = 0;
        for row in rows(6) {
            let row = Row { transactions: (bytes / 32) as usize * [1, 3][row.seed as usize % 2], steps: 12, ..row };
            kept += run(&mut validator, row).unwrap_or_else(|wrong| panic!("{bytes} bytes, {row:?}: {wrong}"));
        }
        assert!(kept > 20, "{kept} blocks found their accounts on the device");
        let mut rng = ChaCha12Rng::seed_from_u64(1);
        let row = Row { accounts: 8 * (bytes / 32) as usize + 1, transactions: 30, ..ROW };
        let mut state = row.state(&mut rng);
        for number in 0..4 {
            let block = row.block(&mut rng, &state);
            let (outcome, _) = validate(&mut validator, &block, &state).expect("too many accounts are no fault");
            let expected = if number == 0 { Residence::PerBlock } else { Residence::NoRoom };
            assert_eq!(outcome.report.residence, Some(expected), "block {number} at {bytes} bytes");
            state.apply(&outcome).expect("computed on it");
        }
    }
}

/// Blocks of which the CPU executes some: the table takes over what those changed.
fn executed_elsewhere() {
    let mut executor = Executor::new(Device::open(&DeviceOptions::default()).expect("there is an adapter"));
    let row = Row { accounts: 500, transactions: 60, ..ROW };
    let mut rng = ChaCha12Rng::seed_from_u64(3);
    let mut state = row.state(&mut rng);
    // Whether the device executes a block, whether its outcome is applied, and, where that is asked, how many accounts it has then.
    let blocks = [
        (true, true, Some(0)),
        (true, true, Some(500)),
        (false, true, Some(500)),
        (true, true, None),
        (false, true, Some(500)),
        (false, false, Some(500)),
        (true, true, Some(500)),
        (false, true, None),
        (false, true, None),
        (true, true, Some(500)),
    ];
    // Changes that are not asked for are not kept for ever.
    let idle = [(false, true, None); 40].into_iter().chain([(false, true, Some(0))]);
    for (number, (by_device, applied, has)) in blocks.into_iter().chain(idle).enumerate() {
        let mut block = row.block(&mut rng, &state);
        // Neither new accounts nor fees, which the caller would have to name.
        let known = |transaction: &Transaction| state.slot(transaction.to()).is_some() && transaction.fee() == 0;
        block.transactions.retain(known);
        let outcome = serial(&block, &state);
        if by_device {
            let snapshot = Snapshot::new(&block, &state);
            let mut statuses = encode::static_statuses(&block, None);
            executor.execute(&Input::new(&block, &state, &snapshot), &mut statuses).expect("no fault");
            assert_eq!(statuses, outcome.statuses, "block {number}");
        }
        executor.note(state.lineage(), &outcome.changes, Vec::new(), by_device);
        if applied {
            state.apply(&outcome).expect("computed on it");
        }
        if let Some(has) = has {
            assert_eq!(executor.check_resident(&state).expect("no fault"), has, "block {number}");
        }
    }
}

/// A damaged account is found by the comparison that was asked for, and by the one at intervals; then all is well again.
fn damage() {
    let mut validator = build(DeviceOptions::default());
    // Many accounts, so that new ones do not make the table outgrown meanwhile.
    let row = Row { accounts: 500, ..ROW };
    let (mut state, mut rng) = settled(&mut validator, row, 3);
    assert_eq!(compare(&mut validator, &state), Ok(state.len()));
    validator.damage_resident(17).expect("the device is there");
    let (_, report) = validator.check_resident(&state);
    assert_eq!(report.faults.iter().map(|fault| fault.kind).collect::<Vec<_>>(), [FaultKind::Mismatch]);
    assert!(report.events[0].contains("account in slot 17 of the table"), "{:?}", report.events);
    assert_eq!(compare(&mut validator, &state), Ok(0), "the table is gone");
    let idle = state.push(Account { id: id(5000), balance: 7, nonce: 0 }).expect("a new account");
    let mut noticed = 0;
    for number in 0..3 + TABLE_CHECK_BLOCKS {
        let block = row.block(&mut rng, &state);
        let outcome = validator.validate(&block, &state).expect("a fault is no error");
        assert!(outcome.same_result(&serial(&block, &state)), "block {number}");
        noticed += outcome.report.faults.len();
        state.apply(&outcome).expect("computed on it");
        if number == 2 {
            validator.damage_resident(idle).expect("the device is there");
        }
    }
    assert_eq!(noticed, 1, "the comparison at intervals finds it once");
}

/// A bit that flips on the way back is noticed as well.
fn flipped_bit() {
    let plan = |kinds: &[Injected]| FaultPlan { seed: 4, one_in: 1, kinds: kinds.to_vec(), stages: vec!["execute"] };
    let injector = std::sync::Arc::new(Injector::new(plan(&[])));
    let mut validator = build(DeviceOptions { faults: Some(injector.clone()), ..Default::default() });
    let (state, _) = settled(&mut validator, ROW, 3);
    injector.replan(plan(&[Injected::FlippedBit]));
    let (_, report) = validator.check_resident(&state);
    assert_eq!(report.faults.len(), 1, "{:?}", report.events);
    injector.replan(plan(&[]));
    settled(&mut validator, Row { seed: 10, ..ROW }, 3);
}

/// Wrong kernels: the second text replaces the first.
const WRONG_KERNELS: [(&str, &str, &str); 6] = [
    ("scatter_skipped", "table[place].balance = balance_after(saved_balances[id.x], balances[id.x]);", ""),
    ("nonces_skipped", "let low = nonce.x + status[job.nonces_at + id.x];", "let low = nonce.x;"),
    ("nonce_carry_dropped", "nonce.y + u32(low < nonce.x)", "nonce.y"),
    ("undo_skipped", "table[place].balance = saved_balances[id.x];", ""),
    ("sign_dropped", "let sign = 0u - (change.y >> 31u);", "let sign = 0u;"),
    ("part_mistaken", "let place = slots[account] - job.base;", "let place = slots[account];"),
];

fn is_caught(from: &str, to: &str) -> bool {
    let shader_patch = Some((from.into(), to.into()));
    // Small bindings, so that the table has several parts.
    let options = DeviceOptions { shader_patch, binding_limit: Some(1 << 12), ..Default::default() };
    let mut validator = build(options);
    rows(12).any(|row| run(&mut validator, row).is_err())
}

pub fn add(suite: &mut Suite) {
    suite.gpu("resident::rows_of_blocks", |validator| {
        let kept: usize =
            rows(24).map(|row| run(validator, row).unwrap_or_else(|wrong| panic!("{row:?}: {wrong}"))).sum();
        assert!(kept > 24 * 24 / 3, "{kept} blocks found their accounts on the device");
    });
    suite.own_device("resident::small_bindings", small_bindings);
    suite.own_device("resident::executed_elsewhere", executed_elsewhere);
    suite.own_device("resident::damage", damage);
    suite.own_device("resident::flipped_bit", flipped_bit);
    for (name, from, to) in WRONG_KERNELS {
        suite.own_device(&format!("canaries::resident_{name}"), move || {
            let texts = wavelock::gpu::shaders::all();
            assert!(texts.iter().any(|(_, text)| text.contains(from)), "no shader has {from:?}");
            assert!(is_caught(from, to), "a kernel with {to:?} for {from:?} was not caught");
        });
    }
}
