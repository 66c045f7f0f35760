// Scalars cut into groups of digits. Who includes this says where a group goes: store_group(group, (u and v, base)).

// w / 2^12.
fn words_down(w: Words) -> Words {
    let twelve = vec4<u32>(12u);
    let twenty = vec4<u32>(20u);
    return Words(
        (w.lo >> twelve) | (vec4<u32>(w.lo.yzw, w.hi.x) << twenty),
        (w.hi >> twelve) | (vec4<u32>(w.hi.yzw, 0u) << twenty),
    );
}

// u and v have at most `hex` digits; `base` is at most L.
fn cut_scalars(u: Words, v: Words, base: Words, hex: u32) {
    var u_digits = scalar_recode_hex(u);
    var v_digits = scalar_recode_hex(v);
    var below = scalar_recode_windows(base);
    // Bits 132 on, and 2048 for the uppermost digit, which has none yet.
    var above = Words(
        (below.hi >> vec4<u32>(4u)) | (vec4<u32>(below.hi.yzw, 0u) << vec4<u32>(28u)),
        vec4<u32>(8u, 0u, 0u, 0u),
    );
    let groups = group_count(hex);
    var group = 0u;
    loop {
        let halves = (u_digits.lo.x & 0xfffu) | ((v_digits.lo.x & 0xfffu) << 16u);
        let windows = (below.lo.x & 0xfffu) | ((above.lo.x & 0xfffu) << 16u);
        // Beyond 64 hexadecimal digits there are zeros, and beyond the base point's windows, too.
        let beyond = select(0u, 0x8800880u, group == MOST_GROUPS - 1u);
        store_group(group, vec2<u32>(halves | beyond, select(windows, 0x8000800u, group >= WINDOWS)));
        u_digits = words_down(u_digits);
        v_digits = words_down(v_digits);
        below = words_down(below);
        above = words_down(above);
        group++;
        if group == groups {
            break;
        }
    }
}
