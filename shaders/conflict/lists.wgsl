// Lists of active keys, one for each round's parity and tier.

@group(0) @binding(5) var<storage, read_write> seen: array<u32>;
@group(0) @binding(7) var<storage, read_write> lists: array<u32>;

fn list_key(key: u32) {
    let next = control.round + 1u;
    // Looked at before it is exchanged: all accesses of a hot key may come here at once.
    if atomicLoad(&keys[key].stamp) == next || atomicExchange(&keys[key].stamp, next) == next {
        return;
    }
    let count = keys[key].end - keys[key].start;
    if count <= SHORT_ACCESSES {
        let at = atomicAdd(&control.next_short, 1u);
        lists[params.short_at + (next & 1u) * params.short_room + at] = key;
    } else if count <= MEDIUM_ACCESSES {
        let at = atomicAdd(&control.next_medium, 1u);
        lists[params.medium_at + (next & 1u) * params.medium_room + at] = key;
    } else {
        atomicAdd(&control.next_long, 1u);
    }
}
