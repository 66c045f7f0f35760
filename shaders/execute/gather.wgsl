// Before a batch: the balances of its accounts, out of the table.

@group(0) @binding(5) var<storage, read_write> balances: array<Amount>;

@compute @workgroup_size(64)
fn gather(@builtin(global_invocation_id) id: vec3<u32>) {
    let place = place_of(id.x);
    if place == ELSEWHERE {
        return;
    }
    let record = table[place];
    saved_balances[id.x] = record.balance;
    saved_nonces[id.x] = record.nonce.xy;
    balances[id.x] = amount_of_balance(record.balance);
}
