// Field elements as table entries hold them, 32 bytes: here read as 64-bit words. Software devices load from buffers word by word and
// lane by lane, so half as many words are half the cost.

alias Packed = vec4<u64>;

fn packed_small(value: u32) -> Packed {
    return vec4<u64>(u64(value), 0lu, 0lu, 0lu);
}

fn packed_select(a: Packed, b: Packed, take_b: bool) -> Packed {
    return select(a, b, take_b);
}

fn packed_fe(a: Packed) -> Fe {
    return Fe(
        Limb(a.x & 0x3fffffflu),
        Limb((a.x >> 26u) & 0x1fffffflu),
        Limb(((a.x >> 51u) | (a.y << 13u)) & 0x3fffffflu),
        Limb((a.y >> 13u) & 0x1fffffflu),
        Limb((a.y >> 38u) & 0x3fffffflu),
        Limb(a.z & 0x1fffffflu),
        Limb((a.z >> 25u) & 0x3fffffflu),
        Limb(((a.z >> 51u) | (a.w << 13u)) & 0x1fffffflu),
        Limb((a.w >> 12u) & 0x3fffffflu),
        Limb((a.w >> 38u) & 0x1fffffflu),
    );
}

fn packed_pack(f: Fe) -> Packed {
    let w = fe_pack(f);
    return vec4<u64>(
        u64(w.lo.x) | (u64(w.lo.y) << 32u),
        u64(w.lo.z) | (u64(w.lo.w) << 32u),
        u64(w.hi.x) | (u64(w.hi.y) << 32u),
        u64(w.hi.z) | (u64(w.hi.w) << 32u),
    );
}
