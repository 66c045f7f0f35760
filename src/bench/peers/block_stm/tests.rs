//! The protocol under every order of its tasks: threads that are simulated, one task after the other, in an order that follows
//! from a seed. What real threads meet once in a thousand blocks happens here in most of them.

use super::*;
use crate::bench::peers::execution::Prepared;
use crate::bench::peers::execution_tests::{in_time, with_nonces_used_again};
use crate::serial;
use crate::workload::{Balances, GeneratedBlock, Workload, WorkloadKind};

/// What happened in a block.
#[derive(Default)]
struct Events {
    aborted: usize,
    waited: usize,
}

/// Executes a block by `threads` simulated threads.
fn simulate(engine: &mut BlockStm, case: &Case<'_>, threads: usize, seed: u64, events: &mut Events) {
    engine.prepare(case);
    let (mut random, mut tasks) = (seed, vec![None; threads]);
    for step in 0.. {
        if engine.scheduler.is_done() {
            return;
        }
        assert!(step < 10_000 * (case.len() + 1), "seed {seed}: the block does not end");
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let task = &mut tasks[(random >> 33) as usize % threads];
        *task = match *task {
            Some(Task::Execute(incarnation)) => {
                events.aborted += usize::from(incarnation.number > 0);
                let next = engine.execute_one(case, incarnation);
                events.waited += usize::from(!engine.scheduler.is_executed(incarnation));
                next
            }
            Some(Task::Validate(incarnation)) => engine.validate_one(incarnation),
            None => engine.scheduler.next_task(),
        };
    }
}

#[test]
fn every_order_of_tasks_gives_the_serial_result() {
    in_time("a simulated block", || {
        let mut engine = BlockStm::new(1);
        let mut events = Events::default();
        for seed in 0..400 {
            check(&mut engine, &generated(seed), seed, &mut events);
            check(&mut engine, &with_nonces_used_again(seed, 60, [2, 3, 5, 12][seed as usize % 4]), seed, &mut events);
        }
        // Of 48,000 transactions.
        assert!(events.aborted > 3_000 && events.waited > 300, "{} aborted, {} waited", events.aborted, events.waited);
    });
}

fn generated(seed: u64) -> Prepared {
    let accounts = [2, 3, 5, 12][seed as usize % 4];
    let balances = [Balances::Half, Balances::Few, Balances::Ample, Balances::Zero][seed as usize / 4 % 4];
    let kind = [WorkloadKind::Uniform, WorkloadKind::Chain, WorkloadKind::Forwarding][seed as usize % 3];
    let workload = Workload {
        kind,
        transactions: 60,
        accounts,
        balances,
        seed,
        signed: false,
        invalid: 5.0,
        ..Workload::default()
    };
    let GeneratedBlock { block, state } = workload.generate();
    Prepared::new(block, state, None)
}

fn check(engine: &mut BlockStm, prepared: &Prepared, seed: u64, events: &mut Events) {
    let case = prepared.case();
    simulate(engine, &case, 2 + seed as usize % 15, seed, events);
    let (statuses, touched) = engine.result(&case);
    let expected = serial::execute::execute(case.block, case.state, None);
    assert_eq!(statuses, expected.statuses, "seed {seed}");
    let changes = crate::commit::changes(case.block, case.state, case.snapshot, &statuses, touched.into_iter());
    assert!(changes == expected.changes, "seed {seed}: changes differ");
}
