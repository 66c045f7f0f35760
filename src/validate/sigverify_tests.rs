//! Batches under way on a device that fails.

use super::super::engines::Setup;
use super::*;
use crate::gpu::device::{DeviceOptions, Source};
use crate::gpu::faults::{FaultPlan, Injected, Injector};
use crate::transaction::Transaction;
use crate::workload::Workload;
use std::sync::Arc;

fn plan(kinds: &[Injected]) -> FaultPlan {
    FaultPlan { seed: 1, one_in: 1, kinds: kinds.to_vec(), stages: vec!["sigverify"] }
}

/// Faults, and who checked.
fn end(engines: &mut Engines, batch: &[Transaction], (begun, mut report): (Begun, Report)) -> (usize, Option<Engine>) {
    let mut parts = Parts::one(batch.len());
    let verdicts = engines.end_sigverify(Policy::Strict, &batch, begun, &mut parts, &mut report);
    assert!(verdicts.iter().all(|valid| *valid), "{:?}", report.events);
    (report.faults.len(), report.engine(STAGE))
}

#[test]
fn one_fault_is_counted_once() {
    let batch = Workload { transactions: 70, accounts: 8, ..Workload::default() }.generate().block.transactions;
    for kind in [Injected::StaleRead, Injected::LostDevice] {
        let injector = Arc::new(Injector::new(plan(&[])));
        let options = DeviceOptions { faults: Some(injector.clone()), ..DeviceOptions::default() };
        let device = Source { options, given: None };
        let setup = Setup { engine: Engine::Gpu, device, ..Setup::default() };
        let mut engines = Engines::new(setup).expect("there is an adapter");
        let begin = |engines: &mut Engines| {
            let mut report = Report::default();
            (engines.begin_sigverify(Policy::Strict, &batch, 1, &mut report), report)
        };
        let (first, second) = (begin(&mut engines), begin(&mut engines));
        injector.replan(plan(&[kind]));
        let mut faults = 0;
        let third = (kind == Injected::LostDevice).then(|| begin(&mut engines));
        faults += third.iter().map(|(_, report)| report.faults.len()).sum::<usize>();
        let first = end(&mut engines, &batch, first);
        injector.replan(plan(&[]));
        let second = end(&mut engines, &batch, second);
        assert_eq!((faults + first.0 + second.0, second.1), (1, Some(Engine::Parallel)), "{kind:?}");
        // The next one does not find a device that was let go for nothing.
        let fourth = begin(&mut engines);
        assert_eq!(end(&mut engines, &batch, fourth), (0, Some(Engine::Gpu)), "{kind:?}");
        assert_eq!(injector.log().len(), 1, "{kind:?}");
    }
}
