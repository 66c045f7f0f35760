// Accounts as they were saved, or as the host sent them, into the table.

@compute @workgroup_size(64)
fn restore(@builtin(global_invocation_id) id: vec3<u32>) {
    let place = place_of(id.x);
    if place == ELSEWHERE {
        return;
    }
    table[place].balance = saved_balances[id.x];
    table[place].nonce = vec4<u32>(saved_nonces[id.x], 0u, 0u);
}
