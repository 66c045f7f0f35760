// After a batch: its accounts, back into the table. What they were before is what was saved, so running twice does no harm.

@group(0) @binding(5) var<storage, read_write> balances: array<Amount>;
@group(0) @binding(6) var<storage, read> status: array<u32>;

@compute @workgroup_size(64)
fn scatter(@builtin(global_invocation_id) id: vec3<u32>) {
    let place = place_of(id.x);
    if place == ELSEWHERE {
        return;
    }
    let nonce = saved_nonces[id.x];
    let low = nonce.x + status[job.nonces_at + id.x];
    table[place].balance = balance_after(saved_balances[id.x], balances[id.x]);
    table[place].nonce = vec4<u32>(low, nonce.y + u32(low < nonce.x), 0u, 0u);
}
