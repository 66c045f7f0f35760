// General legs: a transaction is applied when the verdicts of all its legs hold. Joined once a round; transactions whose
// status changes make their accounts active.

// Legs of transaction t, in the order of transactions: firsts[t] .. firsts[t + 1].
@group(0) @binding(9) var<storage, read> firsts: array<u32>;
@group(0) @binding(10) var<storage, read> leg_accounts: array<u32>;

// Set by the host for a transaction that is not applied whatever its legs say.
const BARRED = 1u << 31u;

@compute @workgroup_size(256)
fn settle(@builtin(global_invocation_id) id: vec3<u32>) {
    let transaction = id.x;
    if transaction >= params.transactions || (status[transaction] & BARRED) != 0u {
        return;
    }
    let end = firsts[transaction + 1u];
    var holds = 1u;
    for (var i = firsts[transaction]; i < end; i++) {
        holds &= status[params.verdicts_at + i];
    }
    if holds == status[transaction] {
        return;
    }
    status[transaction] = holds;
    atomicAdd(&control.changed, 1u);
    for (var i = firsts[transaction]; i < end; i++) {
        activate(leg_accounts[i], transaction);
    }
}
