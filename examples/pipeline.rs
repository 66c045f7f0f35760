//! Blocks in a row: signatures of the next blocks are verified while this one is executed, checked and committed.
//!
//! ```text
//! cargo run --release --example pipeline -- [BLOCKS [TRANSACTIONS_A_BLOCK]]
//! ```

use std::time::Instant;
use wavelock::pipeline::Depth;
use wavelock::workload::{GeneratedBlock, Workload};
use wavelock::{Block, BlockHeader, Validator};

fn main() -> Result<(), wavelock::Error> {
    let number = |text: String| text.parse().ok().filter(|number| *number > 0);
    let usage = || -> usize {
        eprintln!("usage: pipeline [BLOCKS [TRANSACTIONS_A_BLOCK]], numbers from 1");
        std::process::exit(2)
    };
    let mut arguments = std::env::args().skip(1).map(|text| number(text).unwrap_or_else(usage));
    let (blocks, size) = (arguments.next().unwrap_or(20), arguments.next().unwrap_or(10_000));
    let workload = Workload { transactions: blocks * size, accounts: 10_000, ..Workload::default() };
    let GeneratedBlock { block, state } = workload.generate();
    let header = |number: usize| BlockHeader { height: 1 + number as u64, ..block.header };
    let parts = block.transactions.chunks(size).enumerate();

    // A state takes the changes over; a store, `FjallStore` for instance, writes and syncs every block.
    let pipeline = Validator::builder().state_root(true).pipeline(state, Depth::default())?;
    let begun = Instant::now();
    let show = |done: Result<wavelock::pipeline::Validated, Box<wavelock::pipeline::Refused>>| {
        let done = done?;
        let (height, root) = (done.outcome.height, done.outcome.root.expect("roots were asked for"));
        println!("block {height}: {} applied, root {root}", done.outcome.counts().applied);
        pipeline.recycle(done.outcome);
        Ok::<(), wavelock::Error>(())
    };
    for (number, part) in parts {
        let block = Block { header: header(number), transactions: part.to_vec() };
        pipeline.submit(block)?;
        // Whatever is done by now.
        while let Some(done) = pipeline.try_collect() {
            show(done)?;
        }
    }
    while let Some(done) = pipeline.collect() {
        show(done)?;
    }
    let (_, state) = pipeline.finish();
    let rate = (blocks * size) as f64 / begun.elapsed().as_secs_f64();
    println!("height {}, {rate:.0} signed transfers a second", state.height());
    Ok(())
}
