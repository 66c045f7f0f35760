//! Wrong schedules that must be noticed.

use crate::Suite;
use crate::definition::{Lists, conflicts, dependency_fault, fault};
use crate::random::transactions;
use proptest::strategy::{Strategy, ValueTree};
use wavelock::conflict::{Dependencies, Schedule};
use wavelock::serial;

use crate::random::runner;
use crate::sets_of;

/// Waves by a loop over two words a key, with one wrong place chosen by `wrong`.
fn loop_with(lists: &Lists, wrong: Option<usize>) -> Vec<u32> {
    let mut keys = [(0u32, 0u32); 128];
    let mut waves = Vec::new();
    for (reads, writes) in lists {
        let read_waits = |key: &u32| if wrong == Some(0) { keys[*key as usize].1 } else { keys[*key as usize].0 };
        let write_waits = |key: &u32| if wrong == Some(1) { keys[*key as usize].0 } else { keys[*key as usize].1 };
        let wave = reads.iter().map(read_waits).chain(writes.iter().map(write_waits)).max().unwrap_or(0);
        for &key in reads {
            let access = &mut keys[key as usize].1;
            *access = if wrong == Some(2) { wave + 1 } else { (*access).max(wave + 1) };
        }
        for &key in writes {
            let writer = if wrong == Some(3) && !reads.is_empty() { keys[key as usize].0 } else { wave + 1 };
            keys[key as usize] = (writer, wave + 1);
        }
        waves.push(wave);
    }
    waves
}

fn is_caught(tamper: impl Fn(&Lists, &mut Schedule)) -> bool {
    let mut runner = runner(1);
    (0..300).any(|_| {
        let lists = transactions().new_tree(&mut runner).expect("no filter").current();
        let mut schedule = serial::conflict::schedule(&sets_of(&lists));
        tamper(&lists, &mut schedule);
        fault(&lists, &conflicts(&lists), &schedule).is_some()
    })
}

pub fn add(suite: &mut Suite) {
    suite.once("canaries::wrong loops", || {
        for wrong in [Some(0), Some(1), Some(2), Some(3), None] {
            let caught = is_caught(|lists, schedule| {
                *schedule = serial::conflict::describe(&sets_of(lists), loop_with(lists, wrong));
            });
            assert_eq!(caught, wrong.is_some(), "{wrong:?}");
        }
    });
    suite.once("canaries::tampered schedules", || {
        assert!(!is_caught(|_, _| {}));
        assert!(is_caught(|_, schedule| schedule.wave.rotate_left(1)));
        assert!(is_caught(|_, schedule| schedule.waves += 1));
        assert!(is_caught(|_, schedule| schedule.longest_chain.reverse()));
        assert!(is_caught(|_, schedule| schedule.longest_chain.truncate(schedule.waves.saturating_sub(1) as usize)));
        assert!(is_caught(|_, schedule| schedule.component.rotate_left(1)));
        assert!(is_caught(|_, schedule| schedule.components += 1));
        assert!(is_caught(|_, schedule| schedule.largest_component += 1));
        assert!(is_caught(|_, schedule| schedule.hottest.reverse()));
        assert!(is_caught(|_, schedule| schedule.hottest.iter_mut().for_each(|(_, count)| *count += 1)));
    });
    suite.once("canaries::dependencies of other sets", || {
        let lists: Vec<_> = (0..40u32).map(|index| (vec![index % 7], vec![index % 5 + 10])).collect();
        let conflicts = conflicts(&lists);
        let mut dependencies = Dependencies::default();
        dependencies.find(&sets_of(&lists)).expect("few accesses");
        assert_eq!(dependency_fault(&conflicts, &dependencies), None);
        for changed in 0..lists.len() {
            let mut others = lists.clone();
            others[changed].1 = vec![(changed as u32 + 1) % 5 + 10];
            dependencies.find(&sets_of(&others)).expect("few accesses");
            assert!(dependency_fault(&conflicts, &dependencies).is_some(), "{changed}");
        }
    });
}
