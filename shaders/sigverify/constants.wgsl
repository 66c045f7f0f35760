fn constant_fe(position: u32) -> Fe {
    return fe_unpack(constants[position], constants[position + 1u]);
}

// y of a point of small order: 0 (order 4), 1 (the identity), -1 (order 2), or one of two values (order 8).
fn is_small_order(y: Words) -> bool {
    let one = Words(vec4<u32>(1u, 0u, 0u, 0u), vec4<u32>(0u));
    let none = Words(vec4<u32>(0u), vec4<u32>(0u));
    return words_equal(y, none) || words_equal(y, one) || words_equal(y, constant_words(MINUS_ONE))
        || words_equal(y, constant_words(Y_OF_ORDER_8)) || words_equal(y, constant_words(MINUS_Y_OF_ORDER_8));
}

// What is to be known of a point's encoding: 1, and 2 for small order, and 4 where y is below p. `y` is the point's y, canonical.
fn encoding_flags(encoded: Words, y: Words) -> u32 {
    let below = words_equal(y, Words(encoded.lo, vec4<u32>(encoded.hi.xyz, encoded.hi.w & 0x7fffffffu)));
    return 1u | select(0u, 2u, is_small_order(y)) | select(0u, 4u, below);
}
