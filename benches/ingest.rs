//! Blocks and states from bytes in memory, in both formats.

mod common;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use wavelock::ingest::{Format, SignatureField, read_block_from, read_state_from, write_block_to, write_state_to};
use wavelock::workload::Workload;

const TRANSACTIONS: usize = 20_000;
const ACCOUNTS: usize = 20_000;
const FORMATS: [(&str, Format); 2] = [("binary", Format::Binary), ("json_lines", Format::JsonLines)];

fn ingest(criterion: &mut Criterion) {
    let workload = Workload { transactions: TRANSACTIONS, accounts: ACCOUNTS, signed: false, ..Workload::default() };
    let generated = workload.generate();
    let mut group = criterion.benchmark_group("ingest");
    for (name, format) in FORMATS {
        let (mut block, mut state) = (Vec::new(), Vec::new());
        write_block_to(&mut block, format, &generated.block).expect("memory takes everything");
        write_state_to(&mut state, format, &generated.state).expect("memory takes everything");
        let read_block = || read_block_from(block.as_slice(), "memory", format, SignatureField::Required);
        let read_state = || read_state_from(state.as_slice(), "memory", format);
        assert_eq!(read_block().expect("a block"), generated.block);
        assert!(read_state().expect("a state") == generated.state);

        group.throughput(Throughput::Bytes(block.len() as u64));
        group.bench_function(format!("block/{name}"), |bencher| bencher.iter(read_block));
        group.throughput(Throughput::Bytes(state.len() as u64));
        group.bench_function(format!("state/{name}"), |bencher| bencher.iter(read_state));
    }
    group.finish();
}

criterion_group! { name = benches; config = common::criterion(); targets = ingest }
criterion_main!(benches);
