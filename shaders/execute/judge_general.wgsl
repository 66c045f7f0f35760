// General legs: any number of guards on any accounts. A leg gets a verdict; settle.wgsl joins a transaction's verdicts.

// Two words of Amount per leg in the order of transactions: the guard, and the sum of the transaction's earlier legs on
// the same account, which the guard sees even where the transaction is not applied.
@group(0) @binding(8) var<storage, read> guards: array<Amount>;

const TRANSFERS = false;

fn judge(account: u32, leg: vec4<u32>, amount: Amount, met: Amount, nonce: u32, on: bool, reading: u32) -> bool {
    var seen = met;
    var seen_nonce = nonce;
    if !on {
        seen = amount_add(seen, guards[2u * leg.w + 1u]);
        seen_nonce += leg.z;
    }
    let guard = guards[2u * leg.w];
    var holds = !has(leg, DEAD);
    if has(leg, NONCE) {
        holds = holds && leg.y == seen_nonce;
    }
    if has(leg, AT_LEAST) {
        holds = holds && amount_ge(seen, guard);
    }
    if has(leg, EXACTLY) {
        holds = holds && all(seen == guard);
    }
    let at = params.verdicts_at + leg.w;
    if FINISH {
        if status[at] != u32(holds) {
            atomicAdd(&control.mismatched, 1u);
        }
    } else {
        status[at] = u32(holds);
    }
    return on;
}
