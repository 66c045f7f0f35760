use super::*;
use crate::conflict::{AccessSetsBuilder, IndexSetsBuilder, Schedule};
use crate::serial;
use proptest::prelude::*;

fn same(finder: &mut WaveFinder, describer: &mut details::Describer, schedule: &mut Schedule, sets: &AccessSets) {
    finder.waves(sets, &mut schedule.wave).expect("memory");
    describer.describe(sets, schedule).expect("memory");
    assert_eq!(*schedule, serial::conflict::schedule(sets));
}

type Block = Vec<(Vec<u16>, Vec<u16>)>;

fn blocks() -> impl Strategy<Value = Vec<Block>> {
    let block = (1u16..60).prop_flat_map(|keys| {
        let set = || prop::collection::vec(0..keys, 0..5);
        prop::collection::vec((set(), set()), 0..80)
    });
    prop::collection::vec(block, 1..6)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// Nothing of a block reaches the next one, whatever their sizes, and wherever the base stands.
    #[test]
    fn block_after_block_equals_serial(blocks in blocks(), base in prop_oneof![Just(0), Just(u32::MAX - 100)]) {
        let mut finder = WaveFinder { base, ..WaveFinder::default() };
        let (mut describer, mut schedule) = (details::Describer::default(), Schedule::default());
        let mut builder = AccessSetsBuilder::new();
        for block in blocks {
            builder.clear();
            for (reads, writes) in block {
                builder.push(reads, writes).expect("few keys");
            }
            same(&mut finder, &mut describer, &mut schedule, builder.sets());
        }
    }
}

/// The table is emptied before the base passes the last number, and only then.
#[test]
fn the_base_ends_before_u32_does() {
    let mut builder = IndexSetsBuilder::new(1);
    for _ in 0..10 {
        builder.push(&[], &[0]).expect("one key");
    }
    let (mut finder, mut wave) = (WaveFinder::default(), Vec::new());
    finder.waves(builder.sets(), &mut wave).expect("memory");
    for (base, after) in [(u32::MAX - 12, u32::MAX - 2), (u32::MAX - 11, u32::MAX - 1), (u32::MAX - 10, 10)] {
        finder.base = base;
        finder.keys.get_mut::<KeyWaves>(1)[0] = KeyWaves { writer: base, access: base };
        finder.waves(builder.sets(), &mut wave).expect("memory");
        assert_eq!(wave, (0..10).collect::<Vec<_>>());
        assert_eq!(finder.base, after);
    }
}
