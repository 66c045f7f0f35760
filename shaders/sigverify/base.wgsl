// Hot loops break as their last statement: where a test comes first, or in a `continuing` block, software devices run through the whole
// body once more with every lane masked, which costs a fifth of a loop of four doublings.

// Multiples of the base point from a comb: window i holds 1 to 128 times 256^i B as (y + x, y - x, 2 d x y), three elements each.

fn base_entry(window: u32, digit: i32) -> Niels {
    let at = (window * 128u + max(u32(abs(digit)), 1u) - 1u) * 3u;
    return niels_signed(comb[at], comb[at + 1u], comb[at + 2u], digit);
}

// p + s B for the entry's s.
fn add_base(p: Completed, entry: u32) -> Completed {
    var sum = p;
    var word = 0u;
    var window = 0u;
    loop {
        if window % 4u == 0u {
            word = scalars[entry * SCALAR_WORDS + 8u + window / 4u];
        }
        sum = point_add_affine(sum, base_entry(window, i32(word & 255u) - 128));
        word >>= 8u;
        window++;
        if window == 32u {
            break;
        }
    }
    return sum;
}

// 2^count p, for a count of at least 1.
fn double_times(p: Completed, count: u32) -> Completed {
    var sum = p;
    var i = 0u;
    loop {
        sum = point_double(sum);
        i++;
        if i == count {
            break;
        }
    }
    return sum;
}

// Hexadecimal digit i, from -8 to 7, of a scalar; `word` is the one that it stands in.
fn hex_digit(word: u32, i: u32) -> i32 {
    return i32((word >> (4u * (i % 8u))) & 15u) - 8;
}
