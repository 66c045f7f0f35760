// 256 bits as eight little-endian words.

struct Words {
    lo: vec4<u32>,
    hi: vec4<u32>,
}

fn words_equal(a: Words, b: Words) -> bool {
    return all(a.lo == b.lo) && all(a.hi == b.hi);
}
