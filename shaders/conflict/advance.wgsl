// Between rounds: whether to go on, and how many workgroups the next round needs. Counts never leave the device.

// Workgroups in x of each indirect dispatch.
struct WaveArguments {
    short: vec3<u32>,
    medium: vec3<u32>,
    long_tiles: vec3<u32>,
    long_keys: vec3<u32>,
    spread: vec3<u32>,
    carry: vec3<u32>,
}

@group(0) @binding(12) var<storage, read_write> arguments: WaveArguments;

// What changes is counted in keys that are to be scanned again.
fn look() {
    let listed =
        atomicLoad(&control.next_short) + atomicLoad(&control.next_medium) + atomicLoad(&control.next_long);
    if control.outcome == RUNNING {
        conclude(listed, listed);
    }
}

@compute @workgroup_size(1)
fn advance_round() {
    let none = vec3<u32>(0u, 1u, 1u);
    arguments.short = none;
    arguments.medium = none;
    arguments.long_tiles = none;
    arguments.long_keys = none;
    arguments.spread = none;
    look();
    if control.outcome != RUNNING {
        return;
    }
    control.round++;
    atomicStore(&control.first_stale, 0xffffffffu);
    control.short_active = atomicLoad(&control.next_short);
    control.medium_active = atomicLoad(&control.next_medium);
    arguments.short = groups(control.short_active, 64u);
    arguments.medium = groups(control.medium_active, 1u);
    if atomicLoad(&control.next_long) > 0u {
        arguments.long_tiles = groups(atomicLoad(&control.tiles), 1u);
        arguments.long_keys = groups(atomicLoad(&control.longs), 1u);
    }
    arguments.spread = groups(params.accesses, 256u);
    atomicStore(&control.next_short, 0u);
    atomicStore(&control.next_medium, 0u);
    atomicStore(&control.next_long, 0u);
}

@compute @workgroup_size(1)
fn advance_end() {
    look();
    arguments.carry = groups(select(params.accesses, 0u, control.outcome == RUNNING), 256u);
}
