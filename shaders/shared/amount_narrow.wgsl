// Amounts below 2^64, low word first: used when the costs of a batch sum below 2^63 and balances are clamped to 2^63
// (docs/decisions/0002-execution.md), so that no sum of true values leaves 64 bits.

alias Amount = vec2<u32>;

fn amount_add(a: Amount, b: Amount) -> Amount {
    let x = a.x + b.x;
    return Amount(x, a.y + b.y + u32(x < a.x));
}

fn amount_sub(a: Amount, b: Amount) -> Amount {
    return Amount(a.x - b.x, a.y - b.y - u32(a.x < b.x));
}

fn amount_ge(a: Amount, b: Amount) -> bool {
    return a.y > b.y || (a.y == b.y && a.x >= b.x);
}

fn amount_words(a: Amount) -> vec4<u32> {
    return vec4<u32>(a, 0u, 0u);
}

fn amount_from_words(w: vec4<u32>) -> Amount {
    return w.xy;
}
