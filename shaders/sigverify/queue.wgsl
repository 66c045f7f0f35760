// Items from a queue, for devices that divide workgroups among their cores once and for all: whoever is done early takes more. A kernel
// says how many items there are, `items()`, and what is done with one, `work(item)`. The host says how many an invocation may take,
// `TURNS`, and dispatches enough of them for twice the items.

// The next item.
@group(0) @binding(8) var<storage, read_write> queue: atomic<u32>;

@compute @workgroup_size(64)
fn run() {
    for (var turn = 0u; turn < TURNS; turn++) {
        let item = atomicAdd(&queue, 1u);
        if item >= items() {
            break;
        }
        work(item);
    }
}
