// Amounts below 2^128, low word first. Sums wrap: true sums never do (docs/decisions/0002-execution.md).

alias Amount = vec4<u32>;

fn amount_add(a: Amount, b: Amount) -> Amount {
    let x = a.x + b.x;
    let y = a.y + b.y;
    let z = a.z + b.z;
    let carry_x = u32(x < a.x);
    let y1 = y + carry_x;
    let carry_y = u32(y < a.y) | u32(y1 < y);
    let z1 = z + carry_y;
    let carry_z = u32(z < a.z) | u32(z1 < z);
    return Amount(x, y1, z1, a.w + b.w + carry_z);
}

fn amount_sub(a: Amount, b: Amount) -> Amount {
    let borrow_x = u32(a.x < b.x);
    let y = a.y - b.y;
    let borrow_y = u32(a.y < b.y) | u32(y < borrow_x);
    let z = a.z - b.z;
    let borrow_z = u32(a.z < b.z) | u32(z < borrow_y);
    return Amount(a.x - b.x, y - borrow_x, z - borrow_y, a.w - b.w - borrow_z);
}

fn amount_ge(a: Amount, b: Amount) -> bool {
    if a.w != b.w { return a.w > b.w; }
    if a.z != b.z { return a.z > b.z; }
    if a.y != b.y { return a.y > b.y; }
    return a.x >= b.x;
}

fn amount_words(a: Amount) -> vec4<u32> {
    return a;
}

fn amount_from_words(w: vec4<u32>) -> Amount {
    return w;
}

fn amount_of_balance(balance: vec4<u32>) -> Amount {
    return balance;
}

fn balance_after(before: vec4<u32>, after: Amount) -> vec4<u32> {
    return after;
}
