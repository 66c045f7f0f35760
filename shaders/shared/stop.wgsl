// When rounds end. The stage's `control` has the number of the round, its outcome, and a history of changes.

const RUNNING = 0u;
const CONVERGED = 1u;
const STOPPED = 2u;

override MAX_ROUNDS: u32 = 16u;
override STALL_FROM_ROUND: u32 = 6u;
override STALL_WINDOW: u32 = 3u;

fn groups(count: u32, lanes: u32) -> vec3<u32> {
    return vec3<u32>((count + lanes - 1u) / lanes, 1u, 1u);
}

// Whether the rounds have ended, with so much listed for the next one, after so many changes. Run before a round and at the end of a
// submit, so it must not change what it tests.
fn conclude(listed: u32, changed: u32) {
    let round = control.round;
    control.history[round] = changed;
    let stalled = round >= STALL_FROM_ROUND && 2u * changed > control.history[round - STALL_WINDOW];
    if listed == 0u {
        control.outcome = CONVERGED;
    } else if round >= MAX_ROUNDS || stalled {
        control.outcome = STOPPED;
    }
}
