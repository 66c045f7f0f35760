// Signed digits of an entry's scalars, taken from memory once (tables_private.wgsl says why).
@group(0) @binding(2) var<storage, read> scalars: array<vec4<u32>>;

var<private> words: array<u32, SCALAR_WORDS>;

fn take_digits(entry: u32) {
    var i = 0u;
    loop {
        let four = scalars[entry * (SCALAR_WORDS / 4u) + i];
        words[4u * i] = four.x;
        words[4u * i + 1u] = four.y;
        words[4u * i + 2u] = four.z;
        words[4u * i + 3u] = four.w;
        i++;
        if i == SCALAR_WORDS / 4u {
            break;
        }
    }
}

fn digit_word(entry: u32, word: u32) -> u32 {
    return words[word];
}
