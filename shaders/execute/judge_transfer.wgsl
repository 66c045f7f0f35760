// Transfers: the debit is the only guarded leg, so its verdict is the transaction's status and is decided at once.

const TRANSFERS = true;
const REASON_NONCE_TOO_LOW = 5u;
const REASON_NONCE_TOO_HIGH = 6u;
const REASON_INSUFFICIENT_FUNDS = 7u;

// Decides a guarded leg that meets `met` and `nonce`, and returns whether its transaction is applied. `reading` says who
// has to be evaluated once more after a change.
fn judge(account: u32, leg: vec4<u32>, amount: Amount, met: Amount, nonce: u32, on: bool, reading: u32) -> bool {
    let covered = !has(leg, DEAD) && amount_ge(met, amount);
    let holds = leg.y == nonce && covered;
    let transaction = leg.x & TRANSACTION;
    if FINISH {
        if holds != on {
            atomicAdd(&control.mismatched, 1u);
        }
        var word = 1u;
        if leg.y < nonce {
            word = REASON_NONCE_TOO_LOW << 1u;
        } else if leg.y > nonce {
            word = REASON_NONCE_TOO_HIGH << 1u;
        } else if !covered {
            word = REASON_INSUFFICIENT_FUNDS << 1u;
        }
        status[transaction] = word;
    } else if holds != on {
        status[transaction] = u32(holds);
        changes++;
        if leg.z != account || reading != FRESH {
            activate(leg.z, transaction);
        }
        if reading == STALE_ACCOUNT {
            activate(account, transaction);
        }
    }
    return holds;
}
