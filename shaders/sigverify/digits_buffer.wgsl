// Signed digits of an entry's scalars, word by word from memory.
@group(0) @binding(2) var<storage, read> scalars: array<u32>;

fn take_digits(entry: u32) {}

fn digit_word(entry: u32, word: u32) -> u32 {
    return scalars[entry * SCALAR_WORDS + word];
}
