//! Block after block through a pipeline, in memory that is used again: what is allocated does not grow with the block.

#[path = "support/allocations.rs"]
mod allocations;

use allocations::allocations;
use libtest_mimic::{Arguments, Trial};
use wavelock::pipeline::{Depth, Pipeline};
use wavelock::workload::{GeneratedBlock, Workload};
use wavelock::{Block, BlockHeader, Engine, State, Validator};

/// Blocks before anything is counted.
const WARM: usize = 12;
const COUNTED: usize = 20;

/// A pipeline on the CPU, and blocks of so many transactions for it.
fn world(transactions: usize, signed: bool) -> (Pipeline<State>, Vec<Block>) {
    let all = (WARM + COUNTED) * transactions;
    let workload = Workload { transactions: all, accounts: transactions, signed, ..Workload::default() };
    let GeneratedBlock { block, state } = workload.generate();
    let header = |number: usize| BlockHeader { height: 1 + number as u64, ..block.header };
    let parts = block.transactions.chunks(transactions).enumerate();
    let blocks = parts.map(|(number, part)| Block { header: header(number), transactions: part.to_vec() });
    let blocks = blocks.collect();
    let builder = Validator::builder().engine(Engine::Parallel);
    let builder = if signed { builder } else { builder.without_signatures() };
    (builder.pipeline(state, Depth::default()).expect("needs no device"), blocks)
}

/// Bytes that all threads ask for in one block, on average.
fn bytes_a_block(transactions: usize, signed: bool) -> usize {
    let (pipeline, blocks) = world(transactions, signed);
    let mut blocks = blocks.into_iter();
    let run = |block: Block| {
        pipeline.submit(block).expect("few transactions");
        let done = pipeline.collect().expect("it was submitted").expect("few transactions");
        pipeline.recycle(done.outcome);
        // The caller's own memory, which a caller would fill again.
        done.block
    };
    let mut kept: Vec<Block> = Vec::with_capacity(WARM + COUNTED);
    kept.extend(blocks.by_ref().take(WARM).map(run));
    allocations(|| kept.extend(blocks.map(run))).1 / COUNTED
}

fn warm_blocks_cost_no_memory() {
    for transactions in [1_000, 10_000] {
        let bytes = bytes_a_block(transactions, false);
        assert!(bytes < 4096, "{bytes} bytes are allocated for a block of {transactions}");
    }
    // With signatures there are the verdicts, a byte each.
    for transactions in [500, 2_000] {
        let bytes = bytes_a_block(transactions, true);
        assert!(bytes < 4096 + 2 * transactions, "{bytes} bytes are allocated for a block of {transactions}, signed");
    }
}

fn main() {
    let trial = Trial::test("warm_blocks_cost_no_memory", || {
        warm_blocks_cost_no_memory();
        Ok(())
    });
    libtest_mimic::run(&Arguments { test_threads: Some(1), ..Arguments::from_args() }, vec![trial]).exit();
}
