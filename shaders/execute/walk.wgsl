// What all evaluating kernels share: bindings, flags, the control block, and the activation of accounts.
//
// The device looks for the fixpoint of docs/decisions/0002-execution.md: statuses under which every guard, tested against
// the running sums of the applied transactions before it, gives that same status. An account is active while an input
// of its guards changed since it was last evaluated; no active account means converged.
//
// Statuses are read by one account's walk while another's writes them. Either value may be met: whoever changes a
// status makes its readers active for the next round, so the round that confirms reads nothing that is being written.

struct Params {
    transactions: u32,
    legs: u32,
    accounts: u32,
    // Offsets in words: into status[], and into lists[].
    verdicts_at: u32,
    nonces_at: u32,
    short_at: u32,
    medium_at: u32,
    mediums_at: u32,
    longs_at: u32,
    tiles_at: u32,
    // Entries of one parity of the short and of the medium list.
    short_room: u32,
    medium_room: u32,
}

struct Account {
    start: u32,
    end: u32,
    // 1 + transaction of the last guarded leg; 0 for an account without guards, which takes part in no round.
    last_guard: u32,
    // The round for which the account is already listed.
    stamp: atomic<u32>,
}

struct Control {
    round: u32,
    outcome: u32,
    changed: atomic<u32>,
    mismatched: atomic<u32>,
    next_short: atomic<u32>,
    next_medium: atomic<u32>,
    next_long: atomic<u32>,
    mediums: atomic<u32>,
    longs: atomic<u32>,
    tiles: atomic<u32>,
    short_active: u32,
    medium_active: u32,
    history: array<u32, 20>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> control: Control;
@group(0) @binding(2) var<storage, read_write> accounts: array<Account>;
// Transaction in 24 bits and flags; nonce minus the account's first; other account (transfers) or own earlier nonces
// (general legs); position in the order of transactions.
@group(0) @binding(3) var<storage, read> legs: array<vec4<u32>>;
@group(0) @binding(4) var<storage, read> amounts: array<Amount>;
// Balances before; the finishing pass replaces them by those after.
@group(0) @binding(5) var<storage, read_write> balances: array<Amount>;
// A word per transaction (bit 0: applied, above: reason), then a verdict per leg, then the nonces used per account.
@group(0) @binding(6) var<storage, read_write> status: array<u32>;
@group(0) @binding(7) var<storage, read_write> lists: array<u32>;

const GUARDED = 1u << 24u;
const NEGATIVE = 1u << 25u;
const NONCE = 1u << 26u;
const AT_LEAST = 1u << 27u;
const EXACTLY = 1u << 28u;
// Cannot hold whatever happens: its cost exceeds the supply, or its nonce is out of reach.
const DEAD = 1u << 29u;
const TRANSACTION = GUARDED - 1u;

const TILE = LANES * ITEMS;
const TILE_WORDS = 8u;
const LONG_WORDS = 3u;

// What an account's evaluation reads after a status of its own has changed: a walk goes on with the new one; within a
// tile the credit of a self-transfer may still show the old one; of a long account other tiles do, too.
const FRESH = 0u;
const STALE_TILE = 1u;
const STALE_ACCOUNT = 2u;

// The last pass derives reasons and balances instead of deciding.
override FINISH: bool = false;
override SHORT_LEGS: u32 = 64u;
override MEDIUM_LEGS: u32 = 8192u;

// Statuses that this invocation has changed: added to control.changed once, for all invocations share that word.
var<private> changes: u32;

fn applied(leg: vec4<u32>) -> bool {
    return (status[leg.x & TRANSACTION] & 1u) == 1u;
}

fn has(leg: vec4<u32>, flag: u32) -> bool {
    return (leg.x & flag) != 0u;
}

fn after(met: Amount, leg: vec4<u32>, amount: Amount) -> Amount {
    if has(leg, NEGATIVE) {
        return amount_sub(met, amount);
    }
    return amount_add(met, amount);
}

// Lists the account for the next round if it has a guard behind the transaction.
fn activate(account: u32, transaction: u32) {
    if accounts[account].last_guard <= transaction + 1u {
        return;
    }
    list_account(account);
}

fn list_account(account: u32) {
    let next = control.round + 1u;
    // On a contended account nearly everybody comes too late, and reading is cheaper than exchanging.
    if atomicLoad(&accounts[account].stamp) == next {
        return;
    }
    if atomicExchange(&accounts[account].stamp, next) == next {
        return;
    }
    let count = accounts[account].end - accounts[account].start;
    if count <= SHORT_LEGS {
        let at = atomicAdd(&control.next_short, 1u);
        lists[params.short_at + (next & 1u) * params.short_room + at] = account;
    } else if count <= MEDIUM_LEGS {
        let at = atomicAdd(&control.next_medium, 1u);
        lists[params.medium_at + (next & 1u) * params.medium_room + at] = account;
    } else {
        atomicAdd(&control.next_long, 1u);
    }
}
