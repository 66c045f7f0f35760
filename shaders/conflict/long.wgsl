// Long keys: a device-wide scan. All tiles are reduced to runs, the runs are turned into the state that each tile
// meets, and all tiles are gone through. In lists[] a long key is two words (key, first tile), and a tile six (key,
// start, end, then its run, later the state that it meets).

const LANES = 256u;

// Whether a key is scanned in this round; and a word that control flow with barriers depends on.
fn active_with(key: u32, word: u32, lane: u32) -> vec2<u32> {
    return broadcast(vec2<u32>(u32(atomicLoad(&keys[key].stamp) == control.round), word), lane);
}

fn tile_at(tile: u32) -> u32 {
    return params.tiles_at + tile * TILE_WORDS;
}

@compute @workgroup_size(256)
fn long_reduce(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let at = tile_at(group.x);
    if active_with(lists[at], 0u, lane).x == 0u {
        return;
    }
    let start = lists[at + 1u] + lane * ITEMS;
    let end = lists[at + 2u];
    let own = load_waves(start, end);
    // Waves may grow before the tile is gone through; until then what its run is made of is kept here.
    for (var k = 0u; k < ITEMS; k++) {
        if start + k < end {
            note(accesses[start + k].y, own[k]);
        }
    }
    scan_parts(lane, run_from(start, end, own));
    if lane == 0u {
        var run = Run();
        for (var k = 0u; k < SEGMENTS; k++) {
            run = join(run, unpack(segment[k]));
        }
        let words = pack(run);
        lists[at + 3u] = words.x;
        lists[at + 4u] = words.y;
        lists[at + 5u] = words.z;
    }
}

// One workgroup per long key, 256 tiles a time.
@compute @workgroup_size(256)
fn long_scan(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let key = lists[params.longs_at + LONG_WORDS * group.x];
    let count = keys[key].end - keys[key].start;
    let scan = active_with(key, (count + LONG_TILE - 1u) / LONG_TILE, lane);
    if scan.x == 0u {
        return;
    }
    let first = lists[params.longs_at + LONG_WORDS * group.x + 1u];
    let tiles = scan.y;
    var state = bases[key];
    for (var chunk = 0u; chunk < tiles; chunk += LANES) {
        let at = tile_at(first + chunk + lane);
        var run = Run();
        if chunk + lane < tiles {
            run = unpack(vec3<u32>(lists[at + 3u], lists[at + 4u], lists[at + 5u]));
        }
        scan_parts(lane, run);
        let met = met_by(lane, state);
        if chunk + lane < tiles {
            lists[at + 3u] = met.x;
            lists[at + 4u] = met.y;
        }
        state = behind(state);
    }
}

@compute @workgroup_size(256)
fn long_round(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let at = tile_at(group.x);
    if active_with(lists[at], 0u, lane).x == 0u {
        return;
    }
    let start = lists[at + 1u] + lane * ITEMS;
    let end = lists[at + 2u];
    var own = vec4<u32>();
    for (var k = 0u; k < ITEMS; k++) {
        if start + k < end {
            let access = accesses[start + k];
            own[k] = seen[access.y];
            if own[k] == NEVER {
                own[k] = atomicLoad(&wave[access.x & TRANSACTION]);
            }
        }
    }
    scan_parts(lane, run_from(start, end, own));
    raise(start, end, own, met_by(lane, vec2<u32>(lists[at + 3u], lists[at + 4u])));
}
