use super::*;
use crate::conflict::AccessSetsBuilder;

/// What was asked for last is what is there, also after more was asked for before.
#[test]
fn one_scheduler_answers_every_question() {
    for engine in [Engine::Serial, Engine::Parallel, Engine::Auto] {
        let mut scheduler = Scheduler::builder().engine(engine).build().expect("needs no device");
        let mut block = AccessSetsBuilder::new();
        for key in [0u8, 1, 0, 2, 1] {
            block.push([9], [key]).expect("few keys");
        }
        let expected = serial::conflict::schedule(block.sets());
        assert_eq!(*scheduler.schedule(block.sets()).expect("memory"), expected);
        let ran = if engine == Engine::Serial { Engine::Serial } else { Engine::Parallel };
        assert_eq!(scheduler.report().engine(crate::Stage::Conflict), Some(ran));
        block.push([], [9]).expect("few keys");
        assert_eq!(scheduler.waves(block.sets()).expect("memory"), [0, 0, 1, 0, 1, 2]);
        let groups = scheduler.groups(block.sets()).expect("memory");
        assert!(groups.iter().eq([&[0, 1, 3][..], &[2, 4], &[5]]));
        let dependencies = scheduler.dependencies(block.sets()).expect("few accesses");
        assert_eq!((dependencies.len(), dependencies.in_degree(5), dependencies.predecessors(4)), (6, 5, &[1][..]));
        block.clear();
        assert_eq!(*scheduler.schedule(block.sets()).expect("memory"), Schedule::default());
        assert!(scheduler.dependencies(block.sets()).expect("few accesses").is_empty());
    }
}
