// Counts a compute pass as executed: the last thing that it does.

@group(0) @binding(0) var<storage, read_write> executed: u32;

@compute @workgroup_size(1)
fn count_executed() {
    executed++;
}
