//! Published shapes at every level of funds and with every kind of invalid transaction; and general legs.

use crate::Suite;
use crate::support::{assert_agrees, cases};
use wavelock::workload::{Amounts, Balances, Workload, WorkloadKind, random_legs};
use wavelock::{Engine, Guard, LegBatch, LegOutcome, Stage, Validator, serial};

const TRANSACTIONS: usize = 3_000;

pub fn add(suite: &mut Suite) {
    for kind in WorkloadKind::ALL {
        suite.every_engine(&format!("shapes::{kind}"), move |validator| {
            for (balances, amounts) in Balances::ALL.into_iter().flat_map(|b| [(b, Amounts::Small), (b, Amounts::Wei)])
            {
                for invalid in [0.0, 1.0, 10.0, 50.0] {
                    let workload = Workload {
                        kind,
                        transactions: TRANSACTIONS,
                        accounts: 300,
                        seed: 11,
                        invalid,
                        balances,
                        signed: false,
                        amounts,
                        ..Workload::default()
                    };
                    let generated = workload.generate();
                    assert_agrees(validator, &generated.block, &generated.state, &workload);
                }
            }
        });
    }
    suite.every_engine("legs::random", |validator| {
        for seed in 0..u64::from(cases(120)) {
            let transactions = [0, 1, 2, 30, 64, 300, 900][seed as usize % 7];
            let accounts = [1, 2, 5, 50, 400][seed as usize / 7 % 5];
            let batch = random_legs(seed, transactions, accounts);
            let verdicts: Vec<bool> =
                (0..transactions).map(|index| !(index as u64 * 7 + seed).is_multiple_of(11)).collect();
            let verdicts = (seed % 2 == 0).then_some(verdicts.as_slice());
            assert_legs_agree(validator, &batch, verdicts, &seed);
        }
    });
    suite.every_engine("legs::canary", |validator| {
        let batch = random_legs(3, 300, 20);
        let (outcome, _) = validator.execute_legs(&batch, None).expect("executed");
        let mut wrong = outcome.clone();
        wrong.verdicts[17] ^= true;
        assert_ne!(wrong, outcome);
        assert!(batch.legs().iter().any(|leg| matches!(leg.guard, Guard::Exactly(_))), "no exact guard in the batch");
        assert!(outcome.applied.iter().any(|applied| !applied), "nothing fails in the batch");
    });
}

/// Equal to the serial reference, and really executed where it was asked for.
fn assert_legs_agree(validator: &mut Validator, batch: &LegBatch, verdicts: Option<&[bool]>, what: &u64) {
    let expected: LegOutcome = serial::legs::execute_legs(batch, verdicts);
    let (found, report) = validator.execute_legs(batch, verdicts).expect("bounded legs");
    assert!(report.events.is_empty(), "{what}: {:?}", report.events);
    if validator.engine() == Engine::Gpu {
        assert_eq!(report.engine(Stage::Execute), Some(Engine::Gpu), "{what}");
    }
    assert_eq!(found.applied, expected.applied, "{what}: applied");
    assert_eq!(found.verdicts, expected.verdicts, "{what}: verdicts");
    assert_eq!(found.accounts, expected.accounts, "{what}: accounts");
}
