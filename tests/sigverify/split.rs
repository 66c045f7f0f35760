//! `auto` dividing a batch between the device and the CPU: the verdicts are the serial ones, in order, whatever the device
//! does; and what it does not touch.

use crate::signatures::{Case, inputs, signed};
use std::sync::Arc;
use wavelock::auto::{Curve, Model};
use wavelock::gpu::device::DeviceOptions;
use wavelock::gpu::faults::{FaultPlan, Injected, Injector};
use wavelock::{Check, Engine, Policy, Stage, Validator, ValidatorBuilder, serial};

pub const TRIALS: &[(&str, fn())] = &[
    ("split::verdicts_are_the_serial_ones_at_every_edge", verdicts_are_the_serial_ones_at_every_edge),
    ("split::a_fault_in_the_devices_share_costs_no_verdict", a_fault_in_the_devices_share_costs_no_verdict),
    ("split::a_fault_while_keys_are_met_costs_no_verdict", a_fault_while_keys_are_met_costs_no_verdict),
    ("split::small_batches_open_no_device", small_batches_open_no_device),
    ("split::what_is_measured_is_kept_and_read", what_is_measured_is_kept_and_read),
];

/// So many samples that every verdict of a share is looked at again, valid or not.
const CHECK: Check = Check::Sampled(1_000);

/// The CPU takes a microsecond a signature, the device a little less, and neither slows the other down: whoever believes
/// that divides every batch that is large enough for two shares.
fn model() -> Model {
    let curve = |item: f64| Curve::through(&[64, 4_096].map(|items| (items, item * items as f64))).expect("times");
    Model { smallest: 1, cpu: curve(1e-6), device: curve(0.9e-6), device_known: None, contention: Some(0.0) }
}

/// With fewer, the device's 64 would take longer than the rest.
const SMALLEST_DIVIDED: usize = 122;

fn auto(policy: Policy, check: Check) -> ValidatorBuilder {
    Validator::builder().engine(Engine::Auto).policy(policy).check(check).check_seed(5).signature_model(model())
}

/// Signatures by 40 keys of which some are broken, in no regular order.
fn cases(count: usize) -> Vec<Case> {
    let case = |index: usize| {
        let mut case = signed(index.to_string(), index as u64 % 40, &index.to_le_bytes());
        if (index * index + index / 3) % 5 == 1 {
            case.signature[index % 64] ^= 1;
        }
        case
    };
    (0..count).map(case).collect()
}

fn verdicts_are_the_serial_ones_at_every_edge() {
    let cases = cases(1_500);
    let inputs = inputs(&cases);
    for policy in [Policy::Strict, Policy::Zip215] {
        let expected = serial::sigverify::sigverify(policy, &inputs);
        for check in [Check::Off, Check::default()] {
            let mut validator = auto(policy, check).build().expect("no device is needed yet");
            let mut split = 0;
            for size in [0, 1, 2, 63, 64, 65, 127, 128, 129, 191, 192, 193, 255, 256, 257, 383, 384, 385, 1_024, 1_500]
            {
                let (verdicts, report) = validator.sigverify(&&inputs[..size]);
                assert_eq!(verdicts, expected[..size], "{policy}, check {check}, {size} signatures");
                assert!(report.faults.is_empty(), "{:?}", report.events);
                let shares: Vec<usize> = report.shares.iter().map(|(_, _, count)| *count).collect();
                if let [by_device, by_cpu] = shares[..] {
                    split += 1;
                    assert_eq!(by_device + by_cpu, size);
                    assert!(by_device > 0 && by_device.is_multiple_of(64) && by_cpu > 0);
                    let most = if 2 * by_device > size { Engine::Gpu } else { Engine::Parallel };
                    assert_eq!(report.engine(Stage::Sigverify), Some(most));
                    assert_eq!(report.checked.canaries > 0, check != Check::Off, "canaries ride with the share");
                }
                let small = size < SMALLEST_DIVIDED;
                assert_eq!(shares.is_empty(), small || shares.len() != 2, "{size}: {shares:?}");
                assert!(check != Check::Off || small || !shares.is_empty(), "{size} is worth dividing");
            }
            assert!(split >= 3, "{split} batches were divided");
        }
    }
}

fn a_fault_in_the_devices_share_costs_no_verdict() {
    let cases = cases(900);
    let inputs = inputs(&cases);
    let expected = serial::sigverify::sigverify(Policy::Strict, &inputs);
    for kind in Injected::ALL.into_iter().filter(|kind| *kind != Injected::Stall) {
        let plan = FaultPlan { seed: 11, one_in: 2, kinds: vec![kind], stages: vec!["sigverify"] };
        let injector = Arc::new(Injector::new(plan));
        let options = DeviceOptions { faults: Some(injector.clone()), ..DeviceOptions::default() };
        // A CPU that has trouble with large batches alone, so that dividing pays although the whole share is checked again.
        let curve = |measured: [(usize, f64); 2]| Curve::through(&measured).expect("times");
        let (cpu, device) = (curve([(256, 1e-5), (1_024, 1e-2)]), curve([(64, 64e-5), (1_024, 1e-2)]));
        let builder = auto(Policy::Strict, CHECK).signature_model(Model { cpu, device, ..model() });
        let mut validator = builder.device_options(options).build().expect("no device is needed yet");
        let (mut faults, mut divided) = (0, 0);
        for _ in 0..6 {
            let (verdicts, report) = validator.sigverify(&inputs);
            assert_eq!(verdicts, expected, "{kind:?}: {:?}", report.events);
            faults += report.faults.len();
            divided += usize::from(!report.shares.is_empty());
            assert!(report.faults.is_empty() || report.shares.is_empty(), "who failed has no share");
            if !report.faults.is_empty() {
                assert_eq!(report.engine(Stage::Sigverify), Some(Engine::Parallel));
            }
        }
        let struck = injector.log().len();
        assert!(struck > 0, "{kind:?} was injected");
        assert!(faults > 0 || kind == Injected::RepeatedDispatch, "{kind:?}: {struck} injected, {divided} divided");
    }
}

/// A device that gains by known keys only: it is shown the keys of batches that the CPU checks, and fails at that.
fn a_fault_while_keys_are_met_costs_no_verdict() {
    let cases = cases(900);
    let inputs = inputs(&cases);
    let expected = serial::sigverify::sigverify(Policy::Strict, &inputs);
    let curve = |item: f64| Curve::through(&[64, 4_096].map(|items| (items, item * items as f64))).expect("times");
    let known = Some(curve(1e-6));
    let model = Model { device: curve(1e-4), cpu: curve(1e-5), device_known: known, contention: None, smallest: 1 };
    // No memory for tables; a device that is lost with every batch it gets once it has them, and with one in three.
    for (kind, one_in) in [(Injected::RefusedBuffer, 1), (Injected::LostDevice, 1), (Injected::LostDevice, 3)] {
        let plan = FaultPlan { seed: 3, one_in, kinds: vec![kind], stages: vec!["sigverify"] };
        let options = DeviceOptions { faults: Some(Arc::new(Injector::new(plan))), ..DeviceOptions::default() };
        let builder = auto(Policy::Strict, Check::Off).signature_model(model).device_options(options);
        let mut validator = builder.build().expect("no device is needed yet");
        let (mut faults, mut by_device) = (0, 0);
        for batch in 0..8 {
            let (verdicts, report) = validator.sigverify(&inputs);
            assert_eq!(verdicts, expected, "{kind:?}: {:?}", report.events);
            faults += report.faults.len();
            by_device += usize::from(report.engine(Stage::Sigverify) == Some(Engine::Gpu));
            let fails_at_once = kind == Injected::RefusedBuffer && batch == 0;
            assert!(!fails_at_once || !report.faults.is_empty(), "{kind:?}: nothing failed");
            assert!(report.faults.is_empty() || report.engine(Stage::Sigverify) == Some(Engine::Parallel));
        }
        assert!(faults > 0 && (by_device > 0) == (one_in > 1), "{kind:?}: {faults} faults, {by_device} by the device");
    }
}

fn small_batches_open_no_device() {
    let cases = cases(200);
    let inputs = inputs(&cases);
    let expected = serial::sigverify::sigverify(Policy::Strict, &inputs);
    let mut validator = Validator::builder().engine(Engine::Auto).build().expect("no device is needed");
    for size in [0, 1, 2, 3, 9, 63, 64, 200] {
        let (verdicts, report) = validator.sigverify(&&inputs[..size]);
        assert_eq!(verdicts, expected[..size]);
        assert_eq!(report.engine(Stage::Sigverify), Some(Engine::Parallel));
        assert!(report.shares.is_empty() && report.events.is_empty());
    }
    assert!(validator.device().is_none() && validator.choice().is_none(), "nobody asked for a device");
}

fn what_is_measured_is_kept_and_read() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("calibration.json");
    let cases = cases(64);
    let some = inputs(&cases);
    let many: Vec<_> = some.iter().cycle().take(wavelock::auto::SIGNATURES_BEFORE_MEASURING).copied().collect();
    let expected = serial::sigverify::sigverify(Policy::Strict, &some);
    let mut models = Vec::new();
    for _ in 0..2 {
        let builder = Validator::builder().engine(Engine::Auto).calibration_file(&file);
        let mut validator = builder.build().expect("no device is needed yet");
        let (verdicts, report) = validator.sigverify(&many);
        assert!(verdicts.iter().zip(expected.iter().cycle()).all(|(verdict, expected)| verdict == expected));
        assert!(report.faults.is_empty(), "{:?}", report.events);
        let choice = validator.choice().expect("it was measured");
        let model = *choice.model("sigverify strict").expect("this stage was");
        assert!(model.is_sane() && model.device_known.is_some() && model.contention.is_some(), "{model:?}");
        assert!(choice.reasons()[0].starts_with("sigverify strict: "), "{:?}", choice.reasons());
        models.push(model);
    }
    // One batch corrects a model a little: a second measurement would be another one everywhere.
    assert_eq!(models[0].cpu.seconds(1), models[1].cpu.seconds(1), "read, not measured");
    assert_eq!(models[0].device.seconds(1), models[1].device.seconds(1), "read, not measured");
}
