// What invocation 0 has read, for its whole workgroup. Words of a buffer that may be written count as different in each
// invocation, even if nobody writes them now, and no barrier may depend on such a word (WGSL, "Uniformity analysis").
// Two barriers.

var<workgroup> broadcast_words: vec2<u32>;

fn broadcast(words: vec2<u32>, lane: u32) -> vec2<u32> {
    if lane == 0u {
        broadcast_words = words;
    }
    return workgroupUniformLoad(&broadcast_words);
}
