//! `auto` on machines that are made up: it finds its way out of a wrong model, and pays little for looking.

use super::curve::Curve;
use super::explorer::Batch;
use super::learner::Learner;
use super::model::{Model, Plan};
use rand::RngExt;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

const ITEMS: usize = 4_096;
/// Seconds an item on the CPU.
const CPU: f64 = 1e-5;

/// What batches really take.
struct World {
    cpu: f64,
    device: f64,
    /// How much both slow each other down.
    contention: f64,
    learner: Learner,
    model: Model,
    noise: ChaCha8Rng,
}

/// What some batches cost.
#[derive(Default, Debug)]
struct Cost {
    seconds: f64,
    best: f64,
    on_device: usize,
    batches: usize,
}

impl Cost {
    /// What was lost against always doing the best, as a part.
    fn loss(&self) -> f64 {
        self.seconds / self.best - 1.0
    }

    fn device_share(&self) -> f64 {
        self.on_device as f64 / self.batches as f64
    }
}

fn curve(item: f64) -> Curve {
    Curve::through(&[64, 4_096].map(|items| (items, items as f64 * item))).expect("times")
}

fn model(cpu: f64, device: f64) -> Model {
    Model { smallest: 64, cpu: curve(cpu), device: curve(device), device_known: None, contention: None }
}

impl World {
    /// A device that takes so many times as long as the CPU, and a model in a file that has both so many times too
    /// slow.
    fn new(device: f64, wrong: [f64; 2]) -> Self {
        let model = model(CPU * wrong[0], CPU * device * wrong[1]);
        let mut learner = Learner::new(model);
        learner.renew(model);
        let noise = ChaCha8Rng::seed_from_u64(9);
        Self { cpu: CPU, device: CPU * device, contention: 1.0, learner, model, noise }
    }

    fn seconds(&self, plan: Plan, items: usize) -> f64 {
        let share = plan.on_device(items);
        let [device, cpu] = [share as f64 * self.device, (items - share) as f64 * self.cpu];
        device.max(cpu) + self.contention * device.min(cpu)
    }

    fn choose(&self, items: usize) -> Plan {
        self.model.plan(items, 0.0, |_| 0)
    }

    /// One batch that takes `slow` times as long as it would.
    fn batch(&mut self, items: usize, slow: f64, cost: &mut Cost) {
        let batch = Batch { items, known: 0.0, check: |_: usize| 0, best: self.choose(items) };
        let plan = self.learner.plan(&self.model, &batch);
        let seconds = self.seconds(plan, items) * slow * (1.0 + self.noise.random_range(-0.1..0.1));
        let (learner, model) = (&mut self.learner, &mut self.model);
        match plan {
            Plan::Cpu => learner.cpu_took(model, items, seconds),
            Plan::Device => learner.device_took(model, items, 0.0, seconds),
            Plan::Split(share) => learner.both_took(model, items, share, 0.0, seconds),
        }
        cost.seconds += self.seconds(plan, items);
        cost.best += self.seconds(Plan::Cpu, items).min(self.seconds(Plan::Device, items));
        cost.on_device += usize::from(plan == Plan::Device);
        cost.batches += 1;
    }

    fn run(&mut self, batches: usize) -> Cost {
        let mut cost = Cost::default();
        (0..batches).for_each(|_| self.batch(ITEMS, 1.0, &mut cost));
        cost
    }
}

#[test]
fn a_device_measured_three_times_too_slow_gets_its_work_back() {
    let mut world = World::new(1.0 / 1.5, [1.0, 3.0]);
    assert_eq!(world.choose(ITEMS), Plan::Cpu);
    let lost = world.run(150);
    assert_eq!(world.choose(ITEMS), Plan::Device, "{lost:?}");
    let after = world.run(2_000);
    assert!(after.loss() < 0.02 && after.device_share() > 0.95, "{after:?}");
}

#[test]
fn a_cpu_measured_three_times_too_slow_gets_its_work_back() {
    let mut world = World::new(1.5, [3.0, 1.0]);
    assert_eq!(world.choose(ITEMS), Plan::Device);
    let lost = world.run(150);
    assert_eq!(world.choose(ITEMS), Plan::Cpu, "{lost:?}");
    let after = world.run(2_000);
    assert!(after.loss() < 0.02 && after.device_share() < 0.05, "{after:?}");
}

#[test]
fn a_right_model_is_not_disturbed_and_who_is_slower_is_tried_now_and_then() {
    for device in [0.1, 0.5, 0.8, 0.95, 1.05, 1.3, 2.0, 3.0, 10.0] {
        let mut world = World::new(device, [1.0, 1.0]);
        let (cost, best) = (world.run(5_000), world.choose(ITEMS));
        assert_eq!(best, if device < 1.0 { Plan::Device } else { Plan::Cpu }, "{device}: {cost:?}");
        assert!(cost.loss() < 0.021, "{device}: {} lost, {cost:?}", cost.loss());
        let tried = if device < 1.0 { 1.0 - cost.device_share() } else { cost.device_share() };
        let near = (0.25..4.0).contains(&device);
        assert!(!near || tried > 0.002, "{device}: {tried} of the batches were trials");
        assert!((0.9..1.1).contains(&device) || tried < 0.05, "{device}: {tried} of the batches were trials");
        assert!(near || tried < 0.001, "{device}: it is hardly a candidate, but {tried} of the batches were trials");
    }
}

#[test]
fn one_busy_moment_turns_nothing_around() {
    for device in [0.9, 1.11] {
        let mut world = World::new(device, [1.0, 1.0]);
        let best = world.choose(ITEMS);
        for _ in 0..300 {
            world.run(10);
            world.batch(ITEMS, 10.0, &mut Cost::default());
            assert_eq!(world.choose(ITEMS), best, "{device}");
        }
    }
}

#[test]
fn a_busy_minute_is_followed_and_left_behind() {
    let mut world = World::new(0.8, [1.0, 1.0]);
    let mut busy = Cost::default();
    (0..2_000).for_each(|_| world.batch(ITEMS, 3.0, &mut busy));
    let settling = world.run(300);
    let after = world.run(2_000);
    assert!(busy.loss() < 0.05 && settling.loss() < 0.10, "{busy:?} {settling:?}");
    assert!(world.choose(ITEMS) == Plan::Device && after.loss() < 0.021, "{after:?}");
}

#[test]
fn sizes_earn_their_own_trials_and_small_ones_have_none() {
    let mut world = World::new(1.0 / 1.5, [1.0, 3.0]);
    let mut cost = Cost::default();
    for _ in 0..200 {
        world.batch(256, 1.0, &mut cost);
        world.batch(1 << 14, 1.0, &mut cost);
        world.batch(63, 1.0, &mut cost);
    }
    assert_eq!([63, 256, 1 << 14].map(|items| world.choose(items)), [Plan::Cpu, Plan::Device, Plan::Device]);
    let mut small = Cost::default();
    (0..10_000).for_each(|_| world.batch(63, 1.0, &mut small));
    assert_eq!(small.on_device, 0);
}

#[test]
fn both_are_tried_where_they_were_thought_to_be_in_each_others_way() {
    let mut world = World::new(1.0, [1.0, 1.0]);
    (world.contention, world.model.contention) = (0.0, Some(1.0));
    world.run(400);
    assert!(matches!(world.choose(ITEMS), Plan::Split(_)), "{:?}", world.model.contention);
    let divided = world.run(2_000);
    assert!(divided.loss() < -0.45, "twice as fast but for trials: {}", divided.loss());
}

#[test]
fn where_the_cpu_checks_everything_again_nobody_is_tried() {
    let mut world = World::new(0.5, [1.0, 1.0]);
    for _ in 0..1_000 {
        let best = world.model.plan(ITEMS, 0.0, |share| share);
        let batch = Batch { items: ITEMS, known: 0.0, check: |share: usize| share, best };
        assert_eq!(world.learner.plan(&world.model, &batch), Plan::Cpu);
        world.learner.cpu_took(&mut world.model, ITEMS, ITEMS as f64 * CPU);
    }
}

#[test]
fn a_device_whose_shaders_are_not_compiled_waits_until_that_is_earned() {
    let mut world = World::new(1.0 / 1.5, [1.0, 3.0]);
    world.learner = Learner::new(world.model);
    let batches = (150.0 / (ITEMS as f64 * CPU)) as usize;
    assert_eq!(world.run(batches).on_device, 0, "a hundredth of 150 s is no 2 s");
    assert!(world.run(batches).on_device > 0);
}

#[test]
fn what_batches_contradict_is_measured_again_but_not_again_and_again() {
    // Faster than it was measured, for long enough that measuring is no loss.
    let mut world = World::new(2.0, [2.0, 3.0]);
    let seconds = |world: &mut World, seconds: f64| {
        let mut spent = Cost::default();
        while spent.seconds < seconds && !world.learner.is_stale() {
            world.batch(ITEMS, 1.0, &mut spent);
        }
        spent.seconds
    };
    let first = seconds(&mut world, 1_000.0);
    assert!(world.learner.is_stale() && (29.0..32.0).contains(&first), "{first}");
    world.learner.measuring_again();
    world.model = model(CPU, 2.0 * CPU);
    world.learner.renew(world.model);
    let second = seconds(&mut world, 2_000.0);
    assert!(!world.learner.is_stale(), "now it is right: {second}");
    // Slower: only if it stays so.
    let mut world = World::new(2.0, [1.0, 1.0]);
    seconds(&mut world, 40.0);
    let mut cost = Cost::default();
    (0..100).for_each(|_| world.batch(ITEMS, 2.0, &mut cost));
    assert!(!world.learner.is_stale(), "a busy moment");
    (0..100).for_each(|_| world.batch(ITEMS, 2.0, &mut cost));
    assert!(world.learner.is_stale());
    // No measurement finds what batches take: twice as long in between each time.
    let measured = model(CPU, 2.0 * CPU);
    let waits: Vec<f64> = (0..4)
        .map(|_| {
            world.learner.measuring_again();
            world.learner.renew(measured);
            (world.model, world.cpu) = (measured, CPU / 4.0);
            seconds(&mut world, 1e4)
        })
        .collect();
    assert!(waits.windows(2).all(|two| two[1] > 1.8 * two[0]), "{waits:?}");
}
