//! Sizes around every boundary: workgroups, tiles, tiers of accounts, sort tiles, and bindings that are too small.

use crate::Suite;
use crate::support::{Universe, assert_agrees, id};
use wavelock::gpu::device::DeviceOptions;
use wavelock::{Account, Block, BlockHeader, Check, Engine, State, Transaction, Transfer, Validator};

const BOUNDARIES: [usize; 22] =
    [0, 1, 2, 31, 32, 33, 63, 64, 65, 127, 128, 129, 255, 256, 257, 1023, 1024, 1025, 2047, 2048, 2049, 4097];
/// Legs of one account: walked by one invocation, by a workgroup in one or several tiles, or by the whole device.
const TIERS: [usize; 13] = [63, 64, 65, 1023, 1024, 1025, 2048, 2049, 8191, 8192, 8193, 9217, 20_000];

/// A block of transfers (from, to, amount, nonce), each with a fee of 1.
pub fn block(transfers: impl Iterator<Item = (usize, usize, u128, u64)>) -> Block {
    let record = |(from, to, amount, nonce)| {
        let transfer = Transfer { chain_id: 1, nonce, amount, fee: 1, from: id(from), to: id(to) };
        Transaction::transfer(&transfer, [0; 64])
    };
    let header = BlockHeader { chain_id: 1, height: 1, fee_recipient: id(usize::MAX) };
    Block { header, transactions: transfers.map(record).collect() }
}

/// A state of the given balances.
pub fn state_of(balances: impl Iterator<Item = u128>) -> State {
    let account = |(number, balance)| Account { id: id(number), balance, nonce: 0 };
    State::from_accounts(0, balances.enumerate().map(account)).expect("distinct accounts")
}

fn state(accounts: usize, balance: u128) -> State {
    state_of(std::iter::repeat_n(balance, accounts))
}

/// Account 0 pays `legs` others until its funds end half-way, and every seventh nonce is wrong.
fn hot_sender(legs: usize) -> (Block, State) {
    let mut nonce = 0;
    let transfers = (0..legs).map(|index| {
        let wrong = index % 7 == 6;
        let used = if wrong { nonce + 2 } else { nonce };
        nonce += u64::from(!wrong);
        (0, 1 + index, 9 + (index % 3) as u128, used)
    });
    let block = block(transfers);
    (block, state(legs + 1, 5 * legs as u128 + 11))
}

/// `legs - 1` accounts pay account 0, which pays on now and then, more than it had at first.
fn hot_recipient(legs: usize) -> (Block, State) {
    let mut nonce = 0;
    let transfers = (0..legs).map(|index| {
        if index % 50 == 49 {
            nonce += 1;
            (0, 1, 100 + index as u128, nonce - 1)
        } else {
            (1 + index, 0, 3, 0)
        }
    });
    let block = block(transfers);
    (block, state(legs + 1, 4))
}

/// One account pays itself, two legs a time, and cannot afford all fees.
fn self_transfers(legs: usize) -> (Block, State) {
    (block((0..legs / 2).map(|index| (0, 0, 7, index as u64))), state(1, 7 + legs as u128 / 4))
}

pub fn add(suite: &mut Suite) {
    for count in BOUNDARIES {
        suite.every_engine(&format!("sizes::transactions_{count}"), move |validator| {
            for (accounts, heat, trouble) in [(1, 0, 20), (3, 200, 0), (count.max(1), 10, 20)] {
                let universe =
                    Universe { seed: count as u64, accounts, transactions: count, scale: 1 << 40, trouble, heat };
                let (block, state) = universe.build();
                assert_agrees(validator, &block, &state, &universe);
            }
        });
    }
    for legs in TIERS {
        suite.every_engine(&format!("sizes::legs_of_one_account_{legs}"), move |validator| {
            for (name, (block, state)) in
                [("sender", hot_sender(legs)), ("recipient", hot_recipient(legs)), ("self", self_transfers(legs))]
            {
                assert_agrees(validator, &block, &state, &(name, legs));
            }
        });
    }
    suite.own_device("sizes::tiers_of_a_card", tiers_of_a_card);
    for bytes in [1 << 10, 1 << 14] {
        suite.own_device(&format!("sizes::binding_of_{bytes}_bytes"), move || small_binding(bytes));
    }
}

/// A software device walks accounts of up to 8,192 legs alone; a card has workgroups do so from 65 on.
fn tiers_of_a_card() {
    let device = DeviceOptions { as_hardware: true, ..Default::default() };
    let builder =
        Validator::builder().engine(Engine::Gpu).without_signatures().check(Check::Off).device_options(device);
    let mut validator = builder.build().expect("there is an adapter");
    for legs in TIERS {
        for (name, (block, state)) in
            [("sender", hot_sender(legs)), ("recipient", hot_recipient(legs)), ("self", self_transfers(legs))]
        {
            assert_agrees(&mut validator, &block, &state, &(name, legs));
        }
    }
    for seed in 0..30 {
        let scale = [1000, 1 << 62, 1 << 100][seed as usize % 3];
        let universe = Universe { seed, accounts: 9, transactions: 3000, scale, trouble: 20, heat: 100 };
        let (block, state) = universe.build();
        assert_agrees(&mut validator, &block, &state, &universe);
    }
}

/// Blocks of one transaction less and more than fit into a binding are split, and come out the same.
fn small_binding(bytes: u64) {
    let device = DeviceOptions { binding_limit: Some(bytes), ..Default::default() };
    let builder =
        Validator::builder().engine(Engine::Gpu).without_signatures().check(Check::Off).device_options(device);
    let mut validator = builder.build().expect("there is an adapter");
    let fitting = (bytes / 32) as usize;
    for (count, batches) in [(fitting - 1, 1), (fitting, 1), (fitting + 1, 2), (3 * fitting + 1, 4)] {
        let universe = Universe { seed: 5, accounts: 20, transactions: count, scale: 1000, trouble: 9, heat: 60 };
        let (block, state) = universe.build();
        assert_agrees(&mut validator, &block, &state, &universe);
        let outcome = validator.validate(&block, &state).expect("validated");
        assert_eq!(outcome.report.batches, batches, "{count} transactions at {bytes} bytes");
    }
}
