//! Every engine gives exactly the serial engine's result.

mod support;

use support::Universe;
use wavelock::{Engine, Validator};

#[test]
fn smoke() {
    let mut gpu = Validator::builder().engine(Engine::Gpu).without_signatures().build().unwrap();
    let mut parallel = Validator::builder().engine(Engine::Parallel).without_signatures().build().unwrap();
    let mut serial = Validator::builder().engine(Engine::Serial).without_signatures().build().unwrap();
    for seed in 0..300 {
        for scale in [1000u128, 1 << 50, 1 << 100, u128::MAX] {
            let universe = Universe {
                seed,
                accounts: [1, 2, 3, 10, 100, 1000][(seed % 6) as usize],
                transactions: [1, 63, 64, 65, 300, 3000][(seed / 6 % 6) as usize],
                scale,
                trouble: [0, 3, 60][(seed % 3) as usize],
                heat: [0, 100, 255][(seed / 3 % 3) as usize],
            };
            let (block, state) = universe.build();
            let expected = serial.validate(&block, &state).unwrap();
            for validator in [&mut parallel, &mut gpu] {
                let outcome = validator.validate(&block, &state).unwrap();
                assert!(outcome.report.events.is_empty(), "{universe:?}: {:?}", outcome.report.events);
                if expected.statuses != outcome.statuses {
                    let at =
                        (0..block.transactions.len()).find(|i| expected.statuses[*i] != outcome.statuses[*i]).unwrap();
                    panic!(
                        "{universe:?} {at}: {:?} {:?} {:?}",
                        expected.statuses[at], outcome.statuses[at], outcome.report
                    );
                }
                assert_eq!(expected.changes, outcome.changes);
                assert!(expected.same_result(&outcome), "{universe:?}");
            }
        }
    }
}
