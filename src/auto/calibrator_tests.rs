//! When the device is asked, what is kept, and what is measured again.

use super::*;
use crate::auto::Curve;

const STAGE: &str = "sigverify strict";
const KNOWN: Course = Course { known: 1.0, built: 0, arrived: None };

fn model(cpu: f64, device: f64) -> Model {
    let curve = |item: f64| Curve::through(&[(64, 64.0 * item), (4_096, 4_096.0 * item)]).expect("times");
    let (cpu, device) = (curve(cpu), curve(device));
    Model { smallest: 64, cpu, device, device_known: Some(device), contention: Some(1.0) }
}

fn model_of(calibrator: &mut Calibrator, device: &str, measure: impl FnOnce() -> Result<Model>) -> Option<Model> {
    calibrator.model(STAGE, device, measure).expect("it stood the measurement").0.copied()
}

#[test]
fn nothing_is_measured_for_little_and_nothing_small_is_looked_at() {
    let mut calibrator = Calibrator::default();
    let mut could = |signatures| calibrator.could_gain(Policy::Strict, Check::default(), signatures);
    assert!((0..1_000_000).all(|_| !could(SMALLEST_DEVICE_SIGNATURES - 1)), "small ones do not add up");
    assert!(!could(SIGNATURES_BEFORE_MEASURING - 1));
    assert!(could(SMALLEST_DEVICE_SIGNATURES), "larger ones do");
}

#[test]
fn who_ends_soon_opens_the_device_for_a_large_first_batch_or_a_later_one() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("calibration.json");
    let could = |signatures| {
        let mut calibrator = Calibrator::new(Some(file.clone()));
        calibrator.ends_soon();
        let mut could = |signatures| calibrator.could_gain(Policy::Strict, Check::default(), signatures);
        let first = could(signatures);
        assert!(could(64), "the CPU has done enough");
        first
    };
    assert!(!could(FIRST_BATCH_UNMEASURED - 1) && could(FIRST_BATCH_UNMEASURED));
    File::keep(&file, "a device | of another build", STAGE, model(1e-5, 1e-6)).expect("written");
    File::keep(&file, &format!("a device | {}", build()), "root", model(1e-5, 1e-6)).expect("written");
    assert!(!could(FIRST_BATCH_UNMEASURED - 1), "it would be measured all the same");
    File::keep(&file, &format!("a device | {}", build()), STAGE, model(1e-5, 1e-6)).expect("written");
    assert!(!could(FIRST_BATCH_MEASURED - 1) && could(FIRST_BATCH_MEASURED));
}

#[test]
fn a_measurement_is_kept_read_corrected_and_kept_again() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("calibration.json");
    let mut calibrator = Calibrator::new(Some(file.clone()));
    let fault = || Err(crate::Error::NoDevice("a test".into()));
    assert!(calibrator.model(STAGE, "device", fault).is_err());
    calibrator.rest();
    for _ in 0..REST {
        assert!(model_of(&mut calibrator, "device", || unreachable!("it rests")).is_none());
    }
    let measured = model(1e-5, 1e-6);
    assert_eq!(model_of(&mut calibrator, "device", || Ok(measured)), Some(measured));
    for _ in 0..20 {
        calibrator.device_took(Policy::Strict, 4_096, KNOWN, 1.0);
    }
    assert!(!calibrator.could_gain(Policy::Strict, Check::Full, 1 << 20), "a full check leaves nothing to gain");
    drop(calibrator);
    let mut next = Calibrator::new(Some(file));
    let read = model_of(&mut next, "device", || unreachable!("it was kept"));
    assert!(read.is_some_and(|read| read.device_seconds(4_096, 1.0) > 2.0 * measured.device_seconds(4_096, 1.0)));
    let other = model_of(&mut next, "another driver", || Ok(measured));
    assert_eq!(other, Some(measured), "another driver is another device");
}

/// A batch that took the CPU so long: the seconds it takes until the device is asked, if it is within so many.
fn until_asked(calibrator: &mut Calibrator, item: f64, seconds: f64) -> Option<f64> {
    let mut spent = 0.0;
    while !calibrator.could_gain(Policy::Strict, Check::Off, 4_096) {
        calibrator.cpu_took(Policy::Strict, 4_096, 4_096.0 * item);
        spent += 4_096.0 * item;
        if spent > seconds {
            return None;
        }
    }
    Some(spent)
}

#[test]
fn a_measurement_that_batches_contradict_is_made_again_and_kept() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("kept.json");
    let right = model(1e-5, 2e-2);
    File::keep(&file, "device", STAGE, model(3e-5, 1e-2)).expect("written");
    let mut calibrator = Calibrator::new(Some(file.clone()));
    assert!(model_of(&mut calibrator, "device", || unreachable!("it was kept")).is_some());
    assert!(until_asked(&mut calibrator, 1e-5, 100.0).is_some_and(|spent| spent > 20.0), "not at once");
    assert_eq!(calibrator.choose(Policy::Strict, Check::Off, 4_096, 0.0).plan, Plan::Cpu, "to be measured, no more");
    assert_eq!(model_of(&mut calibrator, "device", || Ok(right)), Some(right));
    let kept = File::load(&file).choice("device").models().map(|(_, model)| model.cpu.latency()).next();
    assert!(kept.is_some_and(|kept| kept < 1.1e-5), "{kept:?}");
    assert_eq!(until_asked(&mut calibrator, 1e-5, 100.0), None, "it is right now");
    // A device that does not stand it this time is left alone, and measured later.
    assert!(until_asked(&mut calibrator, 1e-6, 100.0).is_some());
    assert!(calibrator.model(STAGE, "device", || Err(crate::Error::NoDevice("a test".into()))).is_err());
    calibrator.rest();
    assert_eq!(calibrator.choose(Policy::Strict, Check::Off, 4_096, 1.0).plan, Plan::Cpu);
    let rests = (0..).take_while(|_| model_of(&mut calibrator, "device", || Ok(right)).is_none()).count();
    assert_eq!(rests, REST as usize);
}

#[test]
fn the_device_is_asked_for_trials_and_never_about_less_than_a_workgroup() {
    let mut calibrator = Calibrator::default();
    _ = calibrator.model(STAGE, "device", || Ok(model(1e-5, 1.2e-5)));
    for _ in 0..10_000 {
        assert!(!calibrator.could_gain(Policy::Strict, Check::Off, SMALLEST_DEVICE_SIGNATURES - 1));
        calibrator.cpu_took(Policy::Strict, SMALLEST_DEVICE_SIGNATURES, 64e-5);
    }
    assert!(until_asked(&mut calibrator, 1e-5, 10.0).is_some());
    assert!(!calibrator.could_gain(Policy::Strict, Check::Full, 4_096), "what is done again cannot gain");
    let tried = calibrator.choose(Policy::Strict, Check::Off, 4_096, 0.0);
    assert!(tried.plan != Plan::Cpu && tried.meet.is_none(), "{tried:?}");
    assert_eq!(calibrator.choose(Policy::Strict, Check::Off, 4_096, 0.0).plan, Plan::Cpu, "one batch");
    calibrator.assume(model(1e-5, 1.2e-5));
    assert_eq!(until_asked(&mut calibrator, 1e-5, 10.0), None, "what is taken for granted is not tried");
}

#[test]
fn both_are_judged_by_all_that_passed() {
    // Each has cores of its own, it is thought, so they share a batch; but they are nearly the same cores.
    let mut calibrator = Calibrator::default();
    let believed = Model { contention: Some(0.0), ..model(1e-5, 1e-5) };
    _ = calibrator.model(STAGE, "device", || Ok(believed));
    const CHECK: Check = Check::Sampled(64);
    let choose = |calibrator: &mut Calibrator| calibrator.choose(Policy::Strict, CHECK, 4_096, 0.0).plan;
    let Plan::Split(share) = choose(&mut calibrator) else { panic!("it gains by half") };
    for _ in 0..40 {
        // More were checked than the level says: some had been rejected.
        let (parts, checked) = (1.9 * 2_048.0, 64 + CANARIES + 300);
        let seconds = (parts + checked as f64) * 1e-5;
        calibrator.both_took(Policy::Strict, 4_096, share, checked, Course::default(), seconds);
    }
    let contention = calibrator.choice().and_then(|choice| choice.model(STAGE)?.contention).expect("they shared it");
    assert!((contention - 0.9).abs() < 0.01, "{contention}: what the check took is no contention");
    assert!(!matches!(choose(&mut calibrator), Plan::Split(_)));
}

#[test]
fn tables_that_are_built_on_the_way_are_no_slowness() {
    let seconds = |built: usize, took: f64| {
        let mut calibrator = Calibrator::default();
        _ = calibrator.model(STAGE, "device", || Ok(model(1e-5, 1e-5)));
        let course = Course { built, ..KNOWN };
        (0..40).for_each(|_| calibrator.device_took(Policy::Strict, 4_096, course, took));
        let model = calibrator.choice().and_then(|choice| choice.model(STAGE).copied()).expect("measured");
        model.device_seconds(4_096, 1.0)
    };
    // A table is two signatures by unknown keys: 20 us.
    assert!((seconds(2_048, 2.0 * 4_096e-5) / 4_096e-5 - 1.0).abs() < 0.05);
    assert!((seconds(0, 2.0 * 4_096e-5) / 4_096e-5 - 2.0).abs() < 0.05);
    assert!(seconds(1 << 20, 4_096e-5) > 0.2 * 4_096e-5, "never all of it");
}

#[test]
fn what_was_not_seen_teaches_nothing() {
    let mut calibrator = Calibrator::default();
    let believed = Model { contention: Some(0.0), ..model(1e-5, 1e-5) };
    _ = calibrator.model(STAGE, "device", || Ok(believed));
    let course = Course { built: 4_096, ..Course::default() };
    for _ in 0..40 {
        calibrator.both_took(Policy::Strict, 4_096, 2_048, 0, course, 0.1);
        calibrator.device_not_seen(Policy::Strict, 4_096);
    }
    assert_eq!(calibrator.choice().and_then(|choice| choice.model(STAGE)), Some(&believed));
}
