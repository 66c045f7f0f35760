// What holds for amounts of either width.

// A sum that wraps counts as the largest amount: bounds must not wrap.
fn amount_add_saturating(a: Amount, b: Amount) -> Amount {
    let sum = amount_add(a, b);
    return select(Amount() - 1u, sum, amount_ge(sum, a));
}
