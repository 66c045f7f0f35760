//! The definition itself, pair by pair, and a schedule held against it.

use wavelock::conflict::{AccessSets, Dependencies, HOTTEST_KEYS, Schedule};

/// Each transaction's read and write set, as declared.
pub type Lists = [(Vec<u32>, Vec<u32>)];

pub fn lists_of(sets: &AccessSets) -> Vec<(Vec<u32>, Vec<u32>)> {
    (0..sets.len()).map(|transaction| (sets.reads(transaction).to_vec(), sets.writes(transaction).to_vec())).collect()
}

/// For each transaction the earlier ones that conflict with it.
pub fn conflicts(lists: &Lists) -> Vec<Vec<usize>> {
    let sorted = |list: &[u32]| {
        let mut list = list.to_vec();
        list.sort_unstable();
        list
    };
    let sorted: Vec<_> = lists.iter().map(|(reads, writes)| (sorted(reads), sorted(writes))).collect();
    let conflict = |earlier: usize, later: usize| {
        let ((reads, writes), (other_reads, other_writes)) = (&sorted[earlier], &sorted[later]);
        meet(writes, other_writes) || meet(writes, other_reads) || meet(reads, other_writes)
    };
    (0..lists.len()).map(|later| (0..later).filter(|&earlier| conflict(earlier, later)).collect()).collect()
}

/// Whether two sorted lists have something in common.
fn meet(some: &[u32], others: &[u32]) -> bool {
    let (mut at, mut other) = (0, 0);
    while at < some.len() && other < others.len() {
        match some[at].cmp(&others[other]) {
            std::cmp::Ordering::Less => at += 1,
            std::cmp::Ordering::Greater => other += 1,
            std::cmp::Ordering::Equal => return true,
        }
    }
    false
}

/// What the definition does not allow in a schedule.
pub fn fault(lists: &Lists, conflicts: &[Vec<usize>], schedule: &Schedule) -> Option<String> {
    let mut waves: Vec<u32> = Vec::new();
    for before in conflicts {
        waves.push(before.iter().map(|&earlier| waves[earlier] + 1).max().unwrap_or(0));
    }
    if schedule.wave != waves || schedule.waves != waves.iter().max().map_or(0, |wave| wave + 1) {
        return Some("waves".into());
    }
    let grouped = schedule.groups.iter().enumerate().all(|(wave, group)| {
        group.is_sorted() && !group.is_empty() && group.iter().all(|&at| waves[at as usize] == wave as u32)
    });
    if !grouped || schedule.groups.iter().map(<[u32]>::len).sum::<usize>() != lists.len() {
        return Some("groups".into());
    }
    let chain = &schedule.longest_chain;
    if chain.len() != schedule.waves as usize || chain.windows(2).any(|link| !conflicts[link[1]].contains(&link[0])) {
        return Some("longest chain".into());
    }
    components(conflicts, schedule).or_else(|| hottest(lists, schedule))
}

fn components(conflicts: &[Vec<usize>], schedule: &Schedule) -> Option<String> {
    let mut component: Vec<usize> = (0..conflicts.len()).collect();
    for (later, before) in conflicts.iter().enumerate() {
        for &earlier in before {
            let (from, to) = (component[later].max(component[earlier]), component[later].min(component[earlier]));
            component.iter_mut().filter(|label| **label == from).for_each(|label| *label = to);
        }
    }
    let mut labels = component.clone();
    labels.sort_unstable();
    labels.dedup();
    let numbered = component.iter().map(|label| labels.binary_search(label).expect("it is one of them") as u32);
    let size = |label| component.iter().filter(|&&other| other == label).count();
    let largest = labels.iter().map(|&label| size(label)).max().unwrap_or(0);
    let right = schedule.component.iter().copied().eq(numbered);
    (!right || (schedule.components, schedule.largest_component) != (labels.len(), largest))
        .then(|| "components".into())
}

fn hottest(lists: &Lists, schedule: &Schedule) -> Option<String> {
    let keys = lists.iter().flat_map(|(reads, writes)| reads.iter().chain(writes)).max().map_or(0, |&key| key + 1);
    let (mut named, mut written) = (vec![0usize; keys as usize], vec![false; keys as usize]);
    for (reads, writes) in lists {
        let mut own: Vec<u32> = reads.iter().chain(writes).copied().collect();
        own.sort_unstable();
        own.dedup();
        own.iter().for_each(|&key| named[key as usize] += 1);
        writes.iter().for_each(|&key| written[key as usize] = true);
    }
    let hot = (0..keys).filter(|&key| written[key as usize] && named[key as usize] > 1);
    let mut hot: Vec<(u32, usize)> = hot.map(|key| (key, named[key as usize])).collect();
    hot.sort_by_key(|&(key, count)| (std::cmp::Reverse(count), key));
    hot.truncate(HOTTEST_KEYS);
    (schedule.hottest != hot).then(|| "hottest keys".into())
}

/// Whether what follows from the dependencies is what follows from the conflicts, and each is one.
pub fn dependency_fault(conflicts: &[Vec<usize>], dependencies: &Dependencies) -> Option<String> {
    let count = conflicts.len();
    if dependencies.len() != count {
        return Some("length".into());
    }
    // Everything that has to be done before a transaction, by conflicts and by dependencies.
    let mut before: [Vec<Vec<bool>>; 2] = Default::default();
    for (later, earlier) in conflicts.iter().enumerate() {
        let direct: Vec<usize> = dependencies.predecessors(later).iter().map(|&earlier| earlier as usize).collect();
        if direct.len() != dependencies.in_degree(later)
            || direct.iter().any(|earlier| !conflicts[later].contains(earlier))
        {
            return Some(format!("predecessors of {later}"));
        }
        for (before, direct) in before.iter_mut().zip([earlier, &direct]) {
            let mut all = vec![false; count];
            for &earlier in direct {
                all[earlier] = true;
                all.iter_mut().zip(&before[earlier]).for_each(|(all, also)| *all |= also);
            }
            before.push(all);
        }
    }
    if before[0] != before[1] {
        return Some("order".into());
    }
    for earlier in 0..count {
        let waiting =
            (0..count as u32).filter(|&at| dependencies.predecessors(at as usize).contains(&(earlier as u32)));
        if !dependencies.successors(earlier).iter().copied().eq(waiting) {
            return Some(format!("successors of {earlier}"));
        }
    }
    let mut pairs: Vec<_> =
        (0..count).flat_map(|at| dependencies.predecessors(at).iter().map(move |&earlier| (at, earlier))).collect();
    pairs.sort_unstable();
    pairs.windows(2).any(|pair| pair[0] == pair[1]).then(|| "a dependency twice".into())
}
