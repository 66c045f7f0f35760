// Looks at both ends of every entry of the key's combs that will be added, so that those that no cache has are fetched side by side: an
// addition is too long for a core to see the next one behind it. What was seen goes where `finish` writes before it reads, or
// compilers would leave it out.
fn fetch_ahead(slot: u32, entry: u32) {
    var seen = 0u;
    var at = SPACING;
    loop {
        at--;
        var i = 0u;
        loop {
            let bits = (columns[at] >> (KEY_TEETH * i)) & 63u;
            let first = (slot * KEY_ENTRIES + i * COMB_ENTRIES + comb_index(bits, KEY_TEETH)) * 3u;
            seen ^= u32(key_tables[first].x ^ key_tables[first + 2u].w);
            i++;
            if i == KEY_COMBS {
                break;
            }
        }
        if at == 0u {
            break;
        }
    }
    results[entry * 8u + 6u].x = seen;
}
