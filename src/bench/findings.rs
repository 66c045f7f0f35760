//! What a report says: the sentences of its summary, derived from its rows and nothing else.

use super::row::{Report, Row, Timed};
use super::words::{count, describe, percent, rate, scope, size, times};

/// From which size on the device is faster than all cores.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Crossover {
    /// From this measured size on; at the next smaller one it was slower.
    From(usize),
    /// At every measured size, of which this is the smallest.
    Always(usize),
    /// At none, of which this is the largest.
    Never(usize),
}

/// A case in which `gpu` or `auto` is slower than the fastest engine on the CPU.
#[derive(Clone, Copy, Debug)]
pub struct Loss<'a> {
    /// The row of `gpu` or `auto`.
    pub row: &'a Row,
    /// The fastest row of the CPU.
    pub best: &'a Row,
    /// Speed over the best speed, below 1.
    pub ratio: f64,
    /// The two intervals have nothing in common.
    pub clear: bool,
}

/// Engines that have a device, alone or in a pipeline: everyone else is the CPU.
pub fn uses_device(engine: &str) -> bool {
    matches!(base_engine(engine), "gpu" | "auto")
}

/// The engine within a pipeline.
pub fn base_engine(engine: &str) -> &str {
    engine.strip_suffix("-pipeline").unwrap_or(engine)
}

/// A row that a person would call plain: everything end to end, nothing invalid but signatures, ample balances, all
/// cores.
pub fn is_plain(row: &Row) -> bool {
    let valid = row.invalid == 0.0 || row.scope == "sigverify";
    let usual = row.cores.is_none() && row.latency.is_none() && row.grid.is_none() && row.policy == "strict";
    valid && usual && row.timed == Timed::EndToEnd && row.balances == "ample"
}

/// Where the speeds of two engines by size cross; `None` unless both were measured at some size.
pub fn crossover(gpu: &[(usize, f64)], cpu: &[(usize, f64)]) -> Option<Crossover> {
    let mut sizes: Vec<(usize, bool)> = gpu
        .iter()
        .filter_map(|(size, speed)| Some((*size, *speed > cpu.iter().find(|(other, _)| other == size)?.1)))
        .collect();
    sizes.sort_unstable();
    let (smallest, largest) = (sizes.first()?.0, sizes.last()?.0);
    Some(match sizes.iter().rposition(|(_, faster)| !faster) {
        None => Crossover::Always(smallest),
        Some(last) if last + 1 == sizes.len() => Crossover::Never(largest),
        Some(last) => Crossover::From(sizes[last + 1].0),
    })
}

impl Report {
    pub(super) fn find(&self, wanted: impl Fn(&Row) -> bool) -> Option<&Row> {
        self.rows.iter().find(|row| wanted(row))
    }

    /// The fastest of our engines on plain signed blocks; rows of one sample count where there are no others.
    pub fn best_signed(&self) -> Option<&Row> {
        self.best_signed_of(|_| true)
    }

    fn best_signed_of(&self, wanted: impl Fn(&Row) -> bool) -> Option<&Row> {
        let signed =
            |row: &&Row| row.scope == "end_to_end" && row.signatures && is_plain(row) && !row.peer && wanted(row);
        let fastest = |least: usize| {
            let rows = self.rows.iter().filter(&signed).filter(|row| row.samples_s.len() >= least);
            rows.max_by(|a, b| a.per_second.total_cmp(&b.per_second))
        };
        fastest(3).or_else(|| fastest(1))
    }

    /// Every case in which `gpu` or `auto` is slower than the fastest CPU engine, the worst first. Blocks that come at a steady rate are
    /// none: everybody gets a share of their own peak.
    pub fn losses(&self) -> Vec<Loss<'_>> {
        let mut fastest = std::collections::HashMap::new();
        for row in self.rows.iter().filter(|row| !uses_device(&row.engine)) {
            let best = fastest.entry(row.case()).or_insert(row);
            if row.per_second > best.per_second {
                *best = row;
            }
        }
        let device = self.contests().into_iter();
        let mut losses: Vec<Loss> = device
            .filter_map(|row| {
                let best = *fastest.get(&row.case())?;
                let clear = row.interval_s.zip(best.interval_s).is_none_or(|(own, other)| own.apart(&other));
                let ratio = row.per_second / best.per_second;
                (ratio < 1.0).then_some(Loss { row, best, ratio, clear })
            })
            .collect();
        losses.sort_by(|a, b| a.ratio.total_cmp(&b.ratio));
        losses
    }

    /// Cases in which `gpu` or `auto` could be compared with the CPU.
    pub fn contests(&self) -> Vec<&Row> {
        let cpu: std::collections::HashSet<_> =
            self.rows.iter().filter(|row| !uses_device(&row.engine)).map(Row::case).collect();
        let device = self.rows.iter().filter(|row| uses_device(&row.engine) && row.latency.is_none());
        device.filter(|row| cpu.contains(&row.case())).collect()
    }

    fn contests_of(&self, engine: &str) -> usize {
        self.contests().iter().filter(|row| base_engine(&row.engine) == engine).count()
    }

    /// From which number of signatures on the device is faster than all cores, for `cold` or `known` keys.
    pub fn signature_crossover(&self, keys: &str) -> Option<Crossover> {
        let points = |engine: &str| -> Vec<(usize, f64)> {
            let rows = self.rows.iter().filter(|row| row.scope == "sigverify" && is_plain(row) && row.engine == engine);
            let rows = rows.filter(|row| row.keys.as_deref() == Some(keys));
            rows.map(|row| (row.transactions, row.per_second)).collect()
        };
        crossover(&points("gpu"), &points("parallel"))
    }

    fn crossovers(&self) -> Option<String> {
        let part = |keys: &str, name: &str| {
            Some(match self.signature_crossover(keys)? {
                Crossover::From(size) => format!("from {} at a time with {name} keys", count(size as u64)),
                Crossover::Always(size) => {
                    format!("from {} at a time, the fewest measured, with {name} keys", count(size as u64))
                }
                Crossover::Never(size) => format!("at no size up to {} with {name} keys", count(size as u64)),
            })
        };
        let parts: Vec<String> = [part("known", "known"), part("cold", "unknown")].into_iter().flatten().collect();
        if parts.is_empty() {
            return None;
        }
        let sigverify = |engine: &str, other: &Row| {
            self.find(|row| row.engine == engine && row.case() == other.case()).map(|row| row.per_second)
        };
        let gpu = self.rows.iter().filter(|row| row.scope == "sigverify" && row.engine == "gpu" && is_plain(row));
        let ratios = gpu.filter_map(|row| Some((row.per_second / sigverify("parallel", row)?, row)));
        let best = ratios.max_by(|(a, _), (b, _)| a.total_cmp(b));
        let best = best.filter(|(ratio, _)| *ratio > 1.0).map(|(ratio, row)| {
            let keys = row.keys.as_deref().map_or(String::new(), |keys| format!(", {keys} keys"));
            format!("; at best it is {} times as fast, at {}{keys}", times(ratio), count(row.transactions as u64))
        });
        Some(format!(
            "The device checks signatures faster than all cores {}{}.",
            parts.join(" and "),
            best.unwrap_or_default()
        ))
    }

    /// What a signed block's time goes to, by stage where stages were told apart, else by the rates of the stages
    /// alone.
    fn limit(&self) -> Option<String> {
        if let Some(row) = self.best_signed_of(|row| !row.stages_s.is_empty()) {
            let total: f64 = row.stages_s.values().sum();
            let (stage, longest) = row.stages_s.iter().max_by(|(_, a), (_, b)| a.total_cmp(b))?;
            return Some(format!(
                "What limits signed blocks is the stage {stage}, which takes {} of the time ({} in blocks of {}).",
                percent(longest / total.max(f64::MIN_POSITIVE)),
                row.engine,
                count(row.transactions as u64)
            ));
        }
        let fastest = |wanted: &str| {
            let rows = self.rows.iter().filter(|row| row.scope == wanted && is_plain(row) && !row.peer);
            rows.max_by(|a, b| a.per_second.total_cmp(&b.per_second))
        };
        let (signature, execution) = (fastest("sigverify")?, fastest("execute")?);
        let ratio = execution.per_second / signature.per_second;
        let (slow, quick) = if ratio >= 1.0 { (signature, execution) } else { (execution, signature) };
        let noun = |row: &Row| if row.scope == "sigverify" { "checking a signature" } else { "executing a transfer" };
        Some(format!(
            "What limits signed blocks is {}: at best ({}, {}/s) that takes {} times as long as {} ({}, {}/s).",
            noun(slow),
            slow.engine,
            rate(slow.per_second),
            times(ratio.max(1.0 / ratio)),
            noun(quick),
            quick.engine,
            rate(quick.per_second),
        ))
    }

    /// Against Block-STM on the same unsigned blocks where it took part, else what contention does to our own engines.
    fn contention(&self) -> Option<String> {
        let versus = self.versus_block_stm();
        if let (Some(first), Some(last)) = (versus.first(), versus.last()) {
            let accounts = |one: &Versus| count(one.peer.accounts as u64);
            let best = |one: &Versus| {
                one.best().map_or("no figure".to_owned(), |row| {
                    format!("{} times ({})", times(row.per_second / one.peer.per_second), row.engine)
                })
            };
            return Some(format!(
                "Executing unsigned blocks of {}, our faster engine does {} what Block-STM does between {} accounts, and \
                 {} between {}.",
                count(first.peer.transactions as u64),
                best(first),
                accounts(first),
                best(last),
                accounts(last),
            ));
        }
        let at = |engine: &str, workload: &str| {
            self.find(|row| row.scope == "execute" && row.engine == engine && row.workload == workload && is_plain(row))
        };
        let slower = |engine: &str| {
            let (spread, hot) = (at(engine, "uniform")?, at(engine, "two-accounts")?);
            Some(format!("{engine} {} times", times(hot.per_second / spread.per_second)))
        };
        let engines: Vec<String> = ["parallel", "gpu", "auto"].into_iter().filter_map(slower).collect();
        let joined = engines.join(", ");
        (!engines.is_empty()).then(|| {
            format!("When all transfers are between two accounts instead of many, execution is at: {joined} its speed.")
        })
    }

    fn losing(&self) -> Option<String> {
        let losses = self.losses();
        let Some(worst) = losses.first() else {
            return (!self.contests().is_empty())
                .then(|| "Neither gpu nor auto loses a case against the CPU in this run.".to_owned());
        };
        let lost = |engine: &str| {
            let lost = losses.iter().filter(|loss| base_engine(&loss.row.engine) == engine && loss.clear).count();
            format!("{engine} in {} of {}", count(lost as u64), count(self.contests_of(engine) as u64))
        };
        Some(format!(
            "Slower than the fastest CPU engine or peer, beyond noise, are {} and {} cases; the worst is {}, {}, {}: {} at \
             {} times {}.",
            lost("gpu"),
            lost("auto"),
            scope(&worst.row.scope).0,
            describe(worst.row),
            size(worst.row),
            worst.row.engine,
            times(worst.ratio),
            worst.best.engine,
        ))
    }

    /// How many signed transactions a second, by whom.
    fn headline_rate(&self) -> Option<String> {
        let best = self.best_signed()?;
        Some(format!(
            "{} signed transactions a second on this machine, end to end, by {} in blocks of {}{}{}.",
            rate(best.per_second),
            best.engine,
            count(best.transactions as u64),
            best.keys.as_ref().map_or(String::new(), |keys| format!(", {keys} keys")),
            if best.ran == best.engine { String::new() } else { format!(" ({})", best.ran) },
        ))
    }

    /// The machine in a few words.
    pub fn machine_words(&self) -> String {
        let text = |part: &str| self.machine.pointer(part).and_then(serde_json::Value::as_str);
        let processor = text("/processor").unwrap_or("processor unknown");
        let device = text("/device/adapter").unwrap_or("no device");
        let kind = match text("/device/kind") {
            Some("software") => ", a software device on the same cores".to_owned(),
            kind => kind.map_or(String::new(), |kind| format!(" ({kind})")),
        };
        format!("{processor}, {} cores; {device}{kind}", self.machine["cores"])
    }

    /// The summary in five sentences; those for which nothing was measured say so.
    pub fn sentences(&self) -> [String; 5] {
        let missing = |what: &str| format!("{what}: not measured in this run.");
        [
            self.headline_rate().unwrap_or_else(|| missing("Signed blocks end to end")),
            self.crossovers().unwrap_or_else(|| missing("From which batch size on the device wins")),
            self.limit().unwrap_or_else(|| missing("What limits signed blocks")),
            self.contention().unwrap_or_else(|| missing("Contention")),
            self.losing().unwrap_or_else(|| missing("Where the device loses")),
        ]
    }

    /// The three lines one would quote.
    pub fn quote(&self) -> [String; 3] {
        let [rate, crossover, _, _, losing] = self.sentences();
        [format!("{rate} {}.", self.machine_words()), crossover, losing]
    }

    /// Whether the run was quiet enough, in a sentence; `None` where it was.
    pub fn noise_words(&self) -> Option<String> {
        let noisy = self.rows.iter().filter(|row| row.noisy).count();
        let drifted = self.machine.pointer("/calibration/noisy").and_then(serde_json::Value::as_bool) == Some(true);
        let rows = format!("{} of {} rows spread by more than 5 %", count(noisy as u64), count(self.rows.len() as u64));
        match (drifted, noisy * 10 > self.rows.len()) {
            (true, _) => Some(format!("Noisy: the machine did not keep its speed during the run, and {rows}.")),
            (false, true) => Some(format!("Noisy: {rows}.")),
            (false, false) => None,
        }
    }

    /// Our engines and Block-STM on the same unsigned blocks of the largest common size, by accounts.
    pub fn versus_block_stm(&self) -> Vec<Versus<'_>> {
        let peers = || {
            let unsigned = |row: &&Row| !row.signatures && row.scope == "execute" && row.timed == Timed::EndToEnd;
            let plain = |row: &&Row| row.invalid == 0.0 && row.cores.is_none() && row.latency.is_none();
            self.rows.iter().filter(|row| row.engine.starts_with("block-stm")).filter(unsigned).filter(plain)
        };
        let is_own = |row: &&Row| row.grid.as_deref() == Some("block-stm") && row.state.as_deref() != Some("cold");
        let in_grid = peers().any(|row| is_own(&row));
        let Some(block) = peers().map(|row| row.transactions).filter(|size| *size <= 10_000).max() else {
            return Vec::new();
        };
        let mut found: Vec<Versus> = Vec::new();
        for peer in peers().filter(|row| row.transactions == block && (is_own(row) || !in_grid)) {
            let of = |engine: &str| self.find(|row| row.engine == engine && row.case() == peer.case());
            let known = found.iter().any(|other| other.peer.case() == peer.case());
            if !known {
                found.push(Versus { peer, parallel: of("parallel"), gpu: of("gpu"), auto: of("auto") });
            }
        }
        found.sort_by_key(|one| one.peer.accounts);
        found
    }
}

/// Block-STM and our engines on one workload.
#[derive(Clone, Copy, Debug)]
pub struct Versus<'a> {
    /// Block-STM.
    pub peer: &'a Row,
    /// Ours.
    pub parallel: Option<&'a Row>,
    /// Ours.
    pub gpu: Option<&'a Row>,
    /// Ours.
    pub auto: Option<&'a Row>,
}

impl Versus<'_> {
    /// The faster of `parallel` and `gpu`.
    pub fn best(&self) -> Option<&Row> {
        [self.parallel, self.gpu].into_iter().flatten().max_by(|a, b| a.per_second.total_cmp(&b.per_second))
    }
}

#[cfg(test)]
#[path = "findings_tests.rs"]
mod tests;
