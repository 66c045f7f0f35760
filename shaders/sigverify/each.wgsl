// An invocation an item. A kernel says how many items there are, `items()`, and what is done with one, `work(item)`.

@compute @workgroup_size(64)
fn run(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x < items() {
        work(id.x);
    }
}
