// Multiples of the base point for unknown keys: 1 to 2048 times B, then as many times 2^132 B, as (y + x, y - x, 2 d x y). Their
// doublings are those of the hexadecimal digits of the other scalars.

const WINDOW_TABLES = 2u;
const WINDOW_ENTRIES = 2048u;

// For digits from -2048 to 2047.
fn base_entry(table: u32, digit: i32) -> Niels {
    let at = (table * WINDOW_ENTRIES + max(u32(abs(digit)), 1u) - 1u) * 3u;
    return niels_signed(windows[at], windows[at + 1u], windows[at + 2u], digit);
}
