// Medium keys: one workgroup goes through a key tile by tile. It is a small one, since most such keys are not long.

const LANES = 64u;

@compute @workgroup_size(64)
fn medium_round(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let key = lists[params.medium_at + (control.round & 1u) * params.medium_room + group.x];
    let range = broadcast(vec2<u32>(keys[key].start, keys[key].end), lane);
    var state = bases[key];
    for (var first = range.x; first < range.y; first += LANES * ITEMS) {
        let start = first + lane * ITEMS;
        let own = load_waves(start, range.y);
        scan_parts(lane, run_from(start, range.y, own));
        raise(start, range.y, own, met_by(lane, state));
        state = behind(state);
    }
}
