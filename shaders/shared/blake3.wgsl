// BLAKE3's compression function (paper, section 2.2) for messages of one block: the counter is 0, one block is the
// whole chunk and the chunk the whole message. The four rows are vectors: a quarter round mixes four columns at once.

struct Node {
    lo: vec4<u32>,
    hi: vec4<u32>,
}

// Even and odd words of the block's halves: the order in which a round takes them.
struct Message {
    a: vec4<u32>,
    b: vec4<u32>,
    c: vec4<u32>,
    d: vec4<u32>,
}

struct Rows {
    a: vec4<u32>,
    b: vec4<u32>,
    c: vec4<u32>,
    d: vec4<u32>,
}

// CHUNK_START, CHUNK_END, ROOT and KEYED_HASH.
const KEYED_BLOCK: u32 = 1u | 2u | 8u | 16u;

fn rotate(x: vec4<u32>, bits: u32) -> vec4<u32> {
    return (x >> vec4<u32>(bits)) | (x << vec4<u32>(32u - bits));
}

fn mix(rows: Rows, x: vec4<u32>, y: vec4<u32>) -> Rows {
    var a = rows.a + rows.b + x;
    var d = rotate(rows.d ^ a, 16u);
    var c = rows.c + d;
    var b = rotate(rows.b ^ c, 12u);
    a = a + b + y;
    d = rotate(d ^ a, 8u);
    c = c + d;
    b = rotate(b ^ c, 7u);
    return Rows(a, b, c, d);
}

// keyed_hash(key, block) of the first `bytes` bytes of a block whose other bytes are zero.
fn keyed_hash(key: Node, w0: vec4<u32>, w1: vec4<u32>, w2: vec4<u32>, w3: vec4<u32>, bytes: u32) -> Node {
    let initial = vec4<u32>(0x6a09e667u, 0xbb67ae85u, 0x3c6ef372u, 0xa54ff53au);
    var v = Rows(key.lo, key.hi, initial, vec4<u32>(0u, 0u, bytes, KEYED_BLOCK));
    var m = Message(
        vec4<u32>(w0.x, w0.z, w1.x, w1.z),
        vec4<u32>(w0.y, w0.w, w1.y, w1.w),
        vec4<u32>(w2.x, w2.z, w3.x, w3.z),
        vec4<u32>(w2.y, w2.w, w3.y, w3.w),
    );
    for (var round = 0u; round < 7u; round++) {
        v = mix(v, m.a, m.b);
        v = mix(Rows(v.a, v.b.yzwx, v.c.zwxy, v.d.wxyz), m.c, m.d);
        v = Rows(v.a, v.b.wxyz, v.c.zwxy, v.d.yzwx);
        m = Message(
            vec4<u32>(m.a.y, m.b.y, m.b.w, m.a.z),
            vec4<u32>(m.a.w, m.c.y, m.a.x, m.d.z),
            vec4<u32>(m.b.x, m.c.z, m.d.x, m.d.w),
            vec4<u32>(m.d.y, m.b.z, m.c.w, m.c.x),
        );
    }
    return Node(v.a ^ v.c, v.b ^ v.d);
}
