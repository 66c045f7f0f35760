//! One colour an engine, the same in every figure.

use crate::bench::findings::base_engine;
use crate::bench::row::Report;

/// Engines whose colours never change; whoever else takes part gets the next free one.
const KNOWN: [&str; 5] = ["gpu", "auto", "parallel", "serial", "block-stm"];
/// Colours for everybody else.
const OTHERS: usize = 10;
/// Stages whose colours never change.
const STAGES: [&str; 8] = ["sigverify", "execute", "root", "verify", "snapshot", "encode", "commit", "readback"];

/// Who took part, in the order in which they appear.
#[derive(Clone, Debug)]
pub struct Palette {
    engines: Vec<String>,
}

impl Palette {
    /// The engines of a report.
    pub fn new(report: &Report) -> Self {
        let mut engines: Vec<String> = Vec::new();
        for row in &report.rows {
            if !engines.contains(&row.engine) {
                engines.push(row.engine.clone());
            }
        }
        Self { engines }
    }

    /// Class of an engine's marks.
    pub fn class(&self, engine: &str) -> String {
        let engine = base_engine(engine);
        if KNOWN.contains(&engine) {
            return format!("e e-{engine}");
        }
        let others = self.engines.iter().filter(|other| !KNOWN.contains(&other.as_str()));
        let place = others.clone().position(|other| other == engine).unwrap_or(others.count());
        format!("e e-p{}", place % OTHERS)
    }

    /// Our engines first, in an order that is the same everywhere, then the others.
    pub fn place(&self, engine: &str) -> usize {
        let own = KNOWN.iter().position(|known| *known == base_engine(engine));
        own.unwrap_or_else(|| {
            KNOWN.len() + self.engines.iter().position(|other| other == engine).unwrap_or(usize::MAX / 2)
        })
    }
}

/// Class of a stage's marks.
pub fn stage_class(stage: &str) -> String {
    match STAGES.iter().position(|known| *known == stage) {
        Some(place) => format!("s s-{place}"),
        None => "s s-other".to_owned(),
    }
}
