//! What happens after a fault: its name in the report, the CPU's outcome, a device that is opened again or left alone.

use crate::{empty_block, plan, serial, signed_world, troubled};
use std::sync::Arc;
use std::time::{Duration, Instant};
use wavelock::fault::{FAULTS_BEFORE_REST, REST_CALLS};
use wavelock::gpu::device::{Binding, Device, DeviceOptions};
use wavelock::gpu::faults::{FaultPlan, Injected, Injector};
use wavelock::workload::AccessWorkload;
use wavelock::{Check, Engine, FaultKind, Scheduler, Stage, Validator, ValidatorBuilder};

pub fn trials() -> Vec<(String, fn())> {
    let trials: [(&str, fn()); 12] = [
        ("a_lost_device_is_opened_again", a_lost_device_is_opened_again),
        ("commands_that_were_not_executed_are_a_loss", commands_that_were_not_executed_are_a_loss),
        ("a_device_that_was_handed_over_is_opened_again", a_device_that_was_handed_over_is_opened_again),
        ("a_scheduler_opens_again_what_was_handed_over", a_scheduler_opens_again_what_was_handed_over),
        ("a_silent_device_times_out", a_silent_device_times_out),
        ("a_slow_device_times_out", a_slow_device_times_out),
        ("a_refused_buffer_is_out_of_memory", a_refused_buffer_is_out_of_memory),
        ("a_shader_that_does_not_compile_is_refused", a_shader_that_does_not_compile_is_refused),
        ("wrong_kernels_are_caught_by_the_check", wrong_kernels_are_caught_by_the_check),
        ("a_device_that_fails_often_is_left_alone", a_device_that_fails_often_is_left_alone),
        ("waves_are_found_whatever_the_device_does", waves_are_found_whatever_the_device_does),
        ("without_faults_nothing_is_reported", without_faults_nothing_is_reported),
    ];
    trials.into_iter().map(|(name, check)| (format!("recovery::{name}"), check)).collect()
}

/// Faults of one kind at one stage, always.
fn always(kind: Injected, stage: &'static str) -> FaultPlan {
    FaultPlan { stages: vec![stage], ..plan(3, &[kind], 1) }
}

/// Validates a block: the outcome is the serial one. Returns the faults and who did a stage.
fn faults(validator: &mut Validator, seed: u64, stage: Stage) -> (Vec<(Stage, FaultKind)>, Option<Engine>) {
    let (block, state) = signed_world(seed, 80);
    let outcome = validator.validate(&block, &state).expect("a fault is no error");
    assert!(outcome.same_result(&serial(&block, &state)), "{:?}", outcome.report.events);
    let faults: Vec<_> = outcome.report.faults.iter().map(|fault| (fault.stage, fault.kind)).collect();
    assert!(outcome.report.events.len() >= faults.len(), "every fault is an event");
    (faults, outcome.report.engine(stage))
}

fn build(builder: ValidatorBuilder) -> Validator {
    builder.build().expect("there is an adapter")
}

fn a_lost_device_is_opened_again() {
    opened_again(Injected::LostDevice, Check::default());
}

/// A back end calls commands done that failed. Nothing but the device's own count says so.
fn commands_that_were_not_executed_are_a_loss() {
    opened_again(Injected::Skipped, Check::Off);
}

fn opened_again(kind: Injected, check: Check) {
    for (stage, name) in [(Stage::Sigverify, "sigverify"), (Stage::Execute, "execute"), (Stage::Root, "root")] {
        let injected = FaultPlan { one_in: 3, ..always(kind, name) };
        let (builder, injector) = troubled(injected);
        let mut validator = build(builder.check(check));
        let mut seen = (false, false);
        for seed in 0..12 {
            let before = injector.log().len();
            let (faults, engine) = faults(&mut validator, seed, stage);
            match injector.log().len() - before {
                0 => assert_eq!((faults, engine), (vec![], Some(Engine::Gpu)), "a new device does the stage"),
                _ => assert_eq!((faults, engine), (vec![(stage, FaultKind::Lost)], Some(Engine::Parallel))),
            }
            seen = (seen.0 || injector.log().len() > before, seen.1 || injector.log().len() == before);
            if injector.log().len() as u32 >= FAULTS_BEFORE_REST - 1 {
                break;
            }
        }
        assert!(seen.0, "no device was lost in {stage}");
    }
}

fn a_device_that_was_handed_over_is_opened_again() {
    let device = Device::open(&DeviceOptions::default()).expect("there is an adapter");
    let mut validator = build(Validator::builder().engine(Engine::Gpu).device(device.clone()));
    assert_eq!(faults(&mut validator, 1, Stage::Execute), (vec![], Some(Engine::Gpu)));
    device.device.destroy();
    let (faults_now, engine) = faults(&mut validator, 2, Stage::Sigverify);
    assert_eq!((&faults_now[..], engine), (&[(Stage::Sigverify, FaultKind::Lost)][..], Some(Engine::Parallel)));
    // Some drivers open no other device while somebody has the lost one.
    let alone = |_| {
        std::thread::sleep(Duration::from_millis(10));
        Arc::strong_count(&device) == 1
    };
    assert!((0..3_000).any(alone), "nobody else has it");
    assert_eq!(faults(&mut validator, 3, Stage::Sigverify), (vec![], Some(Engine::Gpu)));
}

fn a_scheduler_opens_again_what_was_handed_over() {
    let device = Device::open(&DeviceOptions::default()).expect("there is an adapter");
    let scheduler = Scheduler::builder().engine(Engine::Gpu).device(device.clone()).build();
    let mut scheduler = scheduler.expect("there is an adapter");
    let mut found = |seed| {
        let sets = AccessWorkload { seed, ..AccessWorkload::default() }.generate();
        let waves = scheduler.waves(&sets).expect("a fault is no error").to_vec();
        assert_eq!(waves, wavelock::serial::conflict::waves(&sets), "{seed}");
        let faults: Vec<_> = scheduler.report().faults.iter().map(|fault| fault.kind).collect();
        (faults, scheduler.report().engine(Stage::Conflict))
    };
    assert_eq!(found(1), (vec![], Some(Engine::Gpu)));
    device.device.destroy();
    assert_eq!(found(2), (vec![FaultKind::Lost], Some(Engine::Parallel)));
    assert_eq!(found(3), (vec![], Some(Engine::Gpu)));
}

fn a_silent_device_times_out() {
    for (stage, name) in [(Stage::Sigverify, "sigverify"), (Stage::Execute, "execute")] {
        let mut validator = build(troubled(always(Injected::Stall, name)).0);
        let expected = (vec![(stage, FaultKind::Timeout)], Some(Engine::Parallel));
        assert_eq!(faults(&mut validator, 1, stage), expected);
    }
}

/// A real wait that ends: the queue holds seconds of other work before the block's, and the device is given a moment.
fn a_slow_device_times_out() {
    let (block, state) = signed_world(1, 80);
    // Another device compiles the shaders for the driver's cache: a card is done with its other work before it has compiled.
    let builder = Validator::builder().engine(Engine::Gpu).without_signatures();
    let first = build(builder.clone()).validate(&block, &state).expect("a small block");
    assert_eq!(first.report.engine(Stage::Execute), Some(Engine::Gpu));
    let options = DeviceOptions { timeout: Some(Duration::from_millis(1)), ..DeviceOptions::default() };
    let device = Device::open(&options).expect("there is an adapter");
    occupy(&device, Duration::from_secs(4));
    let builder = builder.device(device);
    let unsigned =
        || Validator::builder().engine(Engine::Serial).without_signatures().build().expect("needs no device");
    let outcome = build(builder).validate(&block, &state).expect("a fault is no error");
    assert!(outcome.same_result(&unsigned().validate(&block, &state).expect("a small block")));
    let faults: Vec<_> = outcome.report.faults.iter().map(|fault| (fault.stage, fault.kind)).collect();
    assert_eq!(faults, [(Stage::Execute, FaultKind::Timeout)]);
    assert_eq!(outcome.report.engine(Stage::Execute), Some(Engine::Parallel));
}

/// Fills the queue with work that takes about so long, whatever the device is.
fn occupy(device: &Device, time: Duration) {
    const LOOP: &str = "
        @group(0) @binding(0) var<storage, read_write> words: array<u32>;
        @compute @workgroup_size(64) fn spin(@builtin(global_invocation_id) id: vec3<u32>) {
            var x = id.x + 1u;
            for (var i = 0u; i < 50000u; i++) { x ^= x << 13u; x ^= x >> 17u; x ^= x << 5u; }
            words[id.x & 63u] = x;
        }";
    let layout = device.layout("spin", &[(0, Binding::Write)]);
    let pipeline = device.pipeline(&layout, &device.module("spin", &[LOOP]), "spin", &[]);
    let words = device.buffer("words", 256, wgpu::BufferUsages::STORAGE);
    let group = device.bind(&layout, &[(0, words.as_entire_buffer_binding())]);
    let submit = |workgroups: u32| {
        let mut encoder = device.device.create_command_encoder(&Default::default());
        {
            let mut pass = encoder.begin_compute_pass(&Default::default());
            pass.set_pipeline(&pipeline);
            pass.set_bind_group(0, &group, &[]);
            pass.dispatch_workgroups(workgroups, 1, 1);
        }
        device.queue.submit([encoder.finish()])
    };
    let took = |workgroups: u32| {
        let begun = Instant::now();
        let submission_index = Some(submit(workgroups));
        let all = wgpu::PollType::Wait { submission_index, timeout: Some(Duration::from_secs(60)) };
        device.device.poll(all).expect("it ends");
        begun.elapsed()
    };
    // The first run compiles the shader.
    took(1);
    let mut workgroups = 1;
    while workgroups < 1 << 15 && took(workgroups) < Duration::from_millis(20) {
        workgroups *= 2;
    }
    // A card that was idle is slow at first.
    let each = (0..4).map(|_| took(workgroups)).min().expect("some");
    for _ in 0..=time.as_micros() / each.as_micros().max(1) {
        submit(workgroups);
    }
}

fn a_refused_buffer_is_out_of_memory() {
    let (builder, injector) = troubled(plan(1, &[Injected::RefusedBuffer], 1));
    let mut validator = build(builder);
    let (found, engine) = faults(&mut validator, 1, Stage::Execute);
    let kind = FaultKind::OutOfMemory;
    let stages = [Stage::Sigverify, Stage::Execute, Stage::Root];
    assert_eq!((found, engine), (stages.map(|stage| (stage, kind)).to_vec(), Some(Engine::Parallel)));
    // Commands that were refused with the buffer are none that the device has not executed.
    injector.replan(plan(1, &[], 1));
    assert_eq!(faults(&mut validator, 2, Stage::Execute), (vec![], Some(Engine::Gpu)));
}

fn a_shader_that_does_not_compile_is_refused() {
    let shader_patch = Some(("fn ".to_owned(), "fn no function ".to_owned()));
    let options = DeviceOptions { shader_patch, ..DeviceOptions::default() };
    let mut validator = build(Validator::builder().engine(Engine::Gpu).device_options(options));
    let (faults, engine) = faults(&mut validator, 1, Stage::Execute);
    let kind = FaultKind::Refused;
    assert_eq!((faults, engine), (vec![(Stage::Sigverify, kind), (Stage::Execute, kind)], Some(Engine::Parallel)));
}

/// Kernels that compute something else: the default check finds them, where without a check the outcome is wrong.
fn wrong_kernels_are_caught_by_the_check() {
    let wrong = [
        ("return select(0u, 1u, usable && equal", "return select(1u, 0u, usable && equal", Stage::Sigverify),
        ("return select(0u, 1u, usable && equal", "return select(1u, 1u, usable && equal", Stage::Sigverify),
        ("word = REASON_NONCE_TOO_LOW << 1u;", "word = REASON_NONCE_TOO_HIGH << 1u;", Stage::Execute),
    ];
    for (from, to, stage) in wrong {
        let options = DeviceOptions { shader_patch: Some((from.into(), to.into())), ..DeviceOptions::default() };
        let builder = Validator::builder().engine(Engine::Gpu).device_options(options).check_seed(1);
        let mut checked = build(builder.clone());
        let caught = (0..8).any(|seed| faults(&mut checked, seed, stage).0.contains(&(stage, FaultKind::Mismatch)));
        assert!(caught, "{to:?} was never caught");
        let mut unchecked = build(builder.check(Check::Off));
        let believed = (0..8).any(|seed| {
            let (block, state) = signed_world(seed, 80);
            let outcome = unchecked.validate(&block, &state).expect("a fault is no error");
            !outcome.same_result(&serial(&block, &state))
        });
        assert!(believed, "{to:?} changes nothing, so that it shows nothing");
    }
}

fn a_device_that_fails_often_is_left_alone() {
    let mut validator = build(troubled(always(Injected::Stall, "execute")).0);
    for call in 0..FAULTS_BEFORE_REST + REST_CALLS + 1 {
        let (block, state) = signed_world(u64::from(call), 3);
        let outcome = validator.validate(&block, &state).expect("a fault is no error");
        assert!(outcome.same_result(&serial(&block, &state)));
        let faults = outcome.report.faults.iter().filter(|fault| fault.stage == Stage::Execute).count();
        let resting = (FAULTS_BEFORE_REST..FAULTS_BEFORE_REST + REST_CALLS).contains(&call);
        assert_eq!(faults, usize::from(!resting), "call {call}");
        let said = outcome.report.events.iter().any(|event| event.contains("left alone for a while"));
        assert_eq!(said, resting, "call {call}: {:?}", outcome.report.events);
        assert_eq!(outcome.report.engine(Stage::Execute), Some(Engine::Parallel));
    }
}

/// Waves are not compared, so only faults that show themselves are injected.
fn waves_are_found_whatever_the_device_does() {
    for kind in [Injected::LostDevice, Injected::Stall, Injected::Skipped, Injected::RefusedBuffer] {
        let injector = Arc::new(Injector::new(FaultPlan { one_in: 4, ..always(kind, "conflict") }));
        let options = DeviceOptions { faults: Some(injector.clone()), ..DeviceOptions::default() };
        let scheduler = Scheduler::builder().engine(Engine::Gpu).device_options(options).build();
        let mut scheduler = scheduler.expect("there is an adapter");
        for seed in 0..12 {
            let workload = AccessWorkload { seed, ..AccessWorkload::default() };
            let sets = workload.generate();
            let before = injector.log().len();
            let waves = scheduler.waves(&sets).expect("a fault is no error").to_vec();
            assert_eq!(waves, wavelock::serial::conflict::waves(&sets), "{kind:?} {seed}");
            let report = scheduler.report();
            assert_eq!(report.faults.is_empty(), injector.log().len() == before, "{kind:?} {:?}", report.events);
            let rests = report.events.iter().any(|event| event.contains("left alone for a while"));
            let expected = if report.faults.is_empty() && !rests { Engine::Gpu } else { Engine::Parallel };
            assert_eq!(report.engine(Stage::Conflict), Some(expected), "{kind:?} {seed}: {:?}", report.events);
        }
        assert!(!injector.log().is_empty(), "{kind:?} never happened");
    }
}

fn without_faults_nothing_is_reported() {
    let mut validator = build(Validator::builder().engine(Engine::Gpu));
    assert_eq!(faults(&mut validator, 1, Stage::Execute), (vec![], Some(Engine::Gpu)));
    let state = signed_world(1, 1).1;
    let outcome = validator.validate(&empty_block(), &state).expect("an empty block");
    assert!(outcome.report.events.is_empty() && outcome.report.faults.is_empty());
}
