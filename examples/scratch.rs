#[path = "../tests/support/mod.rs"]
mod support;
use support::Universe;
use wavelock::{Engine, Validator};
fn main() {
    let mut gpu = Validator::builder().engine(Engine::Gpu).without_signatures().build().unwrap();
    let mut parallel = Validator::builder().engine(Engine::Parallel).without_signatures().build().unwrap();
    for (accounts, heat, scale) in [
        (1_000_000, 0, 1u128 << 50),
        (10_000, 0, 1 << 50),
        (2, 0, 1 << 50),
        (10_000, 128, 1 << 50),
        (100_000, 0, u128::MAX >> 20),
    ] {
        let u = Universe { seed: 1, accounts, transactions: 100_000, scale, trouble: 0, heat };
        let (mut block, state) = u.build();
        let _ = &mut block;
        for _ in 0..4 {
            let p = parallel.validate(&block, &state).unwrap();
            let g = gpu.validate(&block, &state).unwrap();
            assert!(p.same_result(&g));
            println!(
                "{accounts} {heat} applied {} par {:?} gpu {:?} rounds {} tail {} {:?}",
                p.counts().applied,
                p.report.time(wavelock::Stage::Execute),
                g.report.time(wavelock::Stage::Execute),
                g.report.rounds,
                g.report.tail,
                g.report.events
            );
        }
    }
}
