// Accounts out of the table, to be put back by `restore` if the block is not applied.

@compute @workgroup_size(64)
fn save(@builtin(global_invocation_id) id: vec3<u32>) {
    let place = place_of(id.x);
    if place == ELSEWHERE {
        return;
    }
    let record = table[place];
    saved_balances[id.x] = record.balance;
    saved_nonces[id.x] = record.nonce.xy;
}
