// Between rounds: whether to go on, and how many workgroups the next round needs. Counts never leave the device.

struct Control {
    round: u32,
    outcome: u32,
    changed: u32,
    mismatched: u32,
    next_short: u32,
    next_medium: u32,
    next_long: u32,
    mediums: u32,
    longs: u32,
    tiles: u32,
    short_active: u32,
    medium_active: u32,
    history: array<u32, 20>,
}

// Workgroups in x of each indirect dispatch.
struct Arguments {
    short: vec3<u32>,
    medium: vec3<u32>,
    long_tiles: vec3<u32>,
    long_accounts: vec3<u32>,
    settle: vec3<u32>,
    guess_medium: vec3<u32>,
    guess_long: vec3<u32>,
    finish_short: vec3<u32>,
    finish_medium: vec3<u32>,
    finish_tiles: vec3<u32>,
    finish_accounts: vec3<u32>,
}

struct Sizes {
    transactions: u32,
    accounts: u32,
    pad0: u32,
    pad1: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read_write> control: Control;
@group(0) @binding(2) var<storage, read_write> arguments: Arguments;

@compute @workgroup_size(1)
fn advance_guess() {
    arguments.guess_medium = groups(control.mediums, 1u);
    arguments.guess_long = groups(control.longs, 1u);
}

@compute @workgroup_size(1)
fn advance_round() {
    let none = vec3<u32>(0u, 1u, 1u);
    arguments.short = none;
    arguments.medium = none;
    arguments.long_tiles = none;
    arguments.long_accounts = none;
    arguments.settle = none;
    if control.outcome == RUNNING {
        conclude(control.next_short + control.next_medium + control.next_long, control.changed);
    }
    if control.outcome != RUNNING {
        return;
    }
    control.round++;
    control.changed = 0u;
    control.short_active = control.next_short;
    control.medium_active = control.next_medium;
    arguments.short = groups(control.next_short, 64u);
    arguments.medium = groups(control.next_medium, 1u);
    if control.next_long > 0u {
        arguments.long_tiles = groups(control.tiles, 1u);
        arguments.long_accounts = groups(control.longs, 64u);
    }
    arguments.settle = groups(sizes.transactions, 256u);
    control.next_short = 0u;
    control.next_medium = 0u;
    control.next_long = 0u;
}

@compute @workgroup_size(1)
fn advance_finish() {
    if control.outcome == RUNNING {
        conclude(control.next_short + control.next_medium + control.next_long, control.changed);
    }
    let converged = u32(control.outcome == CONVERGED);
    arguments.finish_short = groups(sizes.accounts * converged, 64u);
    arguments.finish_medium = groups(control.mediums * converged, 1u);
    arguments.finish_tiles = groups(control.tiles * converged, 1u);
    arguments.finish_accounts = groups(control.longs * converged, 64u);
}
