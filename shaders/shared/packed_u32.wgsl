// Field elements as table entries hold them, 32 bytes: here read as 32-bit words.

alias Packed = Words;

fn packed_small(value: u32) -> Packed {
    return Words(vec4<u32>(value, 0u, 0u, 0u), vec4<u32>(0u));
}

fn packed_select(a: Packed, b: Packed, take_b: bool) -> Packed {
    return Words(select(a.lo, b.lo, take_b), select(a.hi, b.hi, take_b));
}

fn packed_fe(a: Packed) -> Fe {
    return fe_unpack(a.lo, a.hi);
}
