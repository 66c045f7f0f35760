// A table entry from memory: the identity where the digit is zero, the negative where it is negative.
fn niels_signed(plus: Packed, minus: Packed, t2d: Packed, digit: i32) -> Niels {
    let zero = digit == 0;
    let negative = digit < 0;
    let one = packed_small(1u);
    return niels_packed(
        packed_select(packed_select(plus, minus, negative), one, zero),
        packed_select(packed_select(minus, plus, negative), one, zero),
        packed_select(t2d, packed_small(0u), zero),
        negative,
    );
}

// An entry whose t2d still has to change its sign.
fn niels_packed(plus: Packed, minus: Packed, t2d: Packed, negative: bool) -> Niels {
    let product = packed_fe(t2d);
    return Niels(packed_fe(plus), packed_fe(minus), fe_select(product, fe_sub(fe_zero(), product), negative));
}
