// A table entry from memory: the identity where the digit is zero, the negative where it is negative.
fn niels_signed(plus: Packed, minus: Packed, t2d: Packed, digit: i32) -> Niels {
    let zero = digit == 0;
    let negative = digit < 0;
    let one = packed_small(1u);
    let product = packed_fe(packed_select(t2d, packed_small(0u), zero));
    return Niels(
        packed_fe(packed_select(packed_select(plus, minus, negative), one, zero)),
        packed_fe(packed_select(packed_select(minus, plus, negative), one, zero)),
        fe_select(product, fe_sub(fe_zero(), product), negative),
    );
}
