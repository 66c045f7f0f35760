// Medium keys: one workgroup goes through a key tile by tile. It is a small one, since most such keys are not long.

const LANES = 64u;

@compute @workgroup_size(64)
fn medium_round(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let key = lists[params.medium_at + (control.round & 1u) * params.medium_room + group.x];
    let end = keys[key].end;
    var state = bases[key];
    for (var first = keys[key].start; first < end; first += LANES * ITEMS) {
        let start = first + lane * ITEMS;
        let own = load_waves(start, end);
        scan_parts(lane, run_from(start, end, own));
        raise(start, end, own, met_by(lane, state));
        state = behind(state);
    }
}
