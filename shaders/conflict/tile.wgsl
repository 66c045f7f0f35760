// A tile: consecutive accesses of one key, four to an invocation, gone through by a workgroup of LANES invocations.
//
// A run of accesses maps the state (x, y) before it, x <= y, to the state behind it. Such maps are closed under
// composition, so a scan over them goes through a chain of any length at once. With m = max(y, x + lead):
//   without writes (steps = 0):  x' = x                       y' = max(m, all)
//   with writes:                 x' = max(m + steps, write)   y' = max(m + steps + trail, all)
struct Run {
    // Waves that the run itself adds.
    steps: u32,
    // 1 if it reads before its first write, and behind its last one.
    lead: u32,
    trail: u32,
    // What it makes others wait for, however little the state before it does.
    write: u32,
    all: u32,
}

fn through(run: Run, state: vec2<u32>) -> vec2<u32> {
    let met = max(state.y, state.x + run.lead);
    if run.steps == 0u {
        return vec2<u32>(state.x, max(met, run.all));
    }
    return vec2<u32>(max(met + run.steps, run.write), max(met + run.steps + run.trail, run.all));
}

fn run_of(access: u32, own: u32) -> Run {
    if writes(access) {
        return Run(1u, 0u, 0u, own + 1u, own + 1u);
    }
    return Run(0u, 1u, 0u, 0u, own + 1u);
}

fn join(first: Run, second: Run) -> Run {
    let floor = max(first.all, first.write + second.lead);
    var run = first;
    if second.steps == 0u {
        run.all = max(floor, second.all);
        if first.steps == 0u {
            run.lead = max(first.lead, second.lead);
        } else {
            run.trail = max(first.trail, second.lead);
        }
        return run;
    }
    run = second;
    if first.steps == 0u {
        run.lead = max(first.lead, second.lead);
    } else {
        run.lead = first.lead;
        run.steps = first.steps + max(first.trail, second.lead) + second.steps;
    }
    run.write = max(second.write, floor + second.steps);
    run.all = max(second.all, floor + second.steps + second.trail);
    return run;
}

// steps, trail and lead in one word, then write and all.
fn pack(run: Run) -> vec3<u32> {
    return vec3<u32>((run.steps << 2u) | (run.trail << 1u) | run.lead, run.write, run.all);
}

fn unpack(words: vec3<u32>) -> Run {
    return Run(words.x >> 2u, words.x & 1u, (words.x >> 1u) & 1u, words.y, words.z);
}

const ITEMS = 4u;
const SEGMENTS = LANES / 16u;

var<workgroup> part: array<vec3<u32>, LANES>;
var<workgroup> segment: array<vec3<u32>, SEGMENTS>;

// Replaces each segment of 16 parts by its exclusive prefix; segment[] gets the segments themselves.
fn scan_parts(lane: u32, own: Run) {
    workgroupBarrier();
    part[lane] = pack(own);
    workgroupBarrier();
    if lane < SEGMENTS {
        var run = Run();
        for (var k = lane * 16u; k < lane * 16u + 16u; k++) {
            let next = unpack(part[k]);
            part[k] = pack(run);
            run = join(run, next);
        }
        segment[lane] = pack(run);
    }
    workgroupBarrier();
}

// The state that the lane's accesses meet when the tile meets `state`.
fn met_by(lane: u32, state: vec2<u32>) -> vec2<u32> {
    var met = state;
    for (var k = 0u; k < (lane >> 4u); k++) {
        met = through(unpack(segment[k]), met);
    }
    return through(unpack(part[lane]), met);
}

// The state behind the tile.
fn behind(state: vec2<u32>) -> vec2<u32> {
    var met = state;
    for (var k = 0u; k < SEGMENTS; k++) {
        met = through(unpack(segment[k]), met);
    }
    return met;
}

// The lane's accesses as a run, with these waves of their transactions.
fn run_from(start: u32, end: u32, own: vec4<u32>) -> Run {
    var run = Run();
    for (var k = 0u; k < ITEMS; k++) {
        if start + k < end {
            run = join(run, run_of(accesses[start + k].x, own[k]));
        }
    }
    return run;
}

// Raises the transactions of the lane's accesses to what the key demands. What the run was made of, and no newer wave,
// is what the others have counted on and what is noted.
fn raise(start: u32, end: u32, own: vec4<u32>, met: vec2<u32>) {
    var state = met;
    for (var k = 0u; k < ITEMS; k++) {
        if start + k < end {
            let access = accesses[start + k];
            let wanted = demand(access.x, state);
            if wanted > own[k] {
                atomicMax(&wave[access.x & TRANSACTION], wanted);
            }
            note(access.y, max(own[k], wanted));
            state = after(access.x, state, max(own[k], wanted));
        }
    }
}

fn load_waves(start: u32, end: u32) -> vec4<u32> {
    var own = vec4<u32>();
    for (var k = 0u; k < ITEMS; k++) {
        if start + k < end {
            own[k] = atomicLoad(&wave[accesses[start + k].x & TRANSACTION]);
        }
    }
    return own;
}
