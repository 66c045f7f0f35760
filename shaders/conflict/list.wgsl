// The first list: keys along which somebody can wait for somebody.

@group(0) @binding(3) var<storage, read> accesses: array<vec2<u32>>;
@group(0) @binding(6) var<storage, read> bases: array<vec2<u32>>;
@group(0) @binding(8) var<storage, read> sorted: array<u32>;

// Never stale: nothing later on the key depends on it.
const NEVER = 0xffffffffu;

// A key of more accesses than one workgroup goes through: split into tiles.
fn add_long(key: u32) {
    let count = keys[key].end - keys[key].start;
    let tiles = (count + LONG_TILE - 1u) / LONG_TILE;
    let long = atomicAdd(&control.longs, 1u);
    let first = atomicAdd(&control.tiles, tiles);
    lists[params.longs_at + LONG_WORDS * long] = key;
    lists[params.longs_at + LONG_WORDS * long + 1u] = first;
    for (var tile = 0u; tile < tiles; tile++) {
        let at = params.tiles_at + (first + tile) * TILE_WORDS;
        lists[at] = key;
        lists[at + 1u] = keys[key].start + tile * LONG_TILE;
        lists[at + 2u] = min(keys[key].start + (tile + 1u) * LONG_TILE, keys[key].end);
    }
}

@compute @workgroup_size(256)
fn list_keys(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.x;
    if i >= params.accesses {
        return;
    }
    let key = sorted[i];
    let access = accesses[i];
    let last_write = atomicLoad(&keys[key].last_write);
    let awaited = select(i < last_write, i + 1u < keys[key].end, writes(access.x));
    seen[access.y] = select(NEVER, 0u, awaited);
    if i != keys[key].start {
        return;
    }
    let chained = last_write > 0u && keys[key].end - i > 1u;
    // By what earlier batches left: readers wait for writers, writers for all.
    let held = bases[key].x > 0u || (last_write > 0u && bases[key].y > 0u);
    if chained || held {
        if keys[key].end - i > MEDIUM_ACCESSES {
            add_long(key);
        }
        list_key(key);
    }
}
