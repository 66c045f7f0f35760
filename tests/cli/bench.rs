//! `bench`: an engine that is wrong on purpose is found.

use crate::world::World;

/// One receipt of a block, by the specification, by an engine and by a peer.
#[test]
fn a_wrong_receipt_ends_the_benchmark_with_status_1() {
    let world = World::new();
    for (engine, index) in [("serial", 8_188), ("parallel", 0), ("plain", 4_000)] {
        let canary = format!("{engine}:wrong-receipt:{index}");
        let run = world.run(&format!("bench --grid tigerbeetle --json out.json --canary {canary}"));
        assert_eq!((run.status, run.stdout.as_str()), (Some(1), ""), "{run:?}");
        let said = format!("{engine} on uniform: the status of transaction {index} differs");
        assert!(run.stderr.contains(&said), "{run:?}");
    }
    assert!(!world.names().contains(&"out.json".to_owned()));
    world.run("bench --grid tigerbeetle --canary parallel:better:1").refused(&["ENGINE:slower:SHARE"]);
    world.run("bench --grid everything").refused(&["everything"]);
    world.run("bench --grid cores --scope execute").refused(&["--scope"]);
}
