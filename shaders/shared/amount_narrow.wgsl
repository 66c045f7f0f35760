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

// A balance of 128 bits as the device sees it: clamped.
fn amount_of_balance(balance: vec4<u32>) -> Amount {
    let large = (balance.w | balance.z) != 0u || balance.y >= 0x80000000u;
    return select(balance.xy, Amount(0u, 0x80000000u), large);
}

// The balance that was `before`, after the device's view of it has become `after`: the difference has a sign.
fn balance_after(before: vec4<u32>, after: Amount) -> vec4<u32> {
    let change = amount_sub(after, amount_of_balance(before));
    let low = amount_add(before.xy, change);
    let carry = u32(!amount_ge(low, change));
    let sign = 0u - (change.y >> 31u);
    let z = before.z + sign;
    let z1 = z + carry;
    let w = before.w + sign + u32(z < sign) + u32(z1 < z);
    return vec4<u32>(low, z1, w);
}
