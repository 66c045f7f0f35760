// Limbs in u64: the masks tell a compiler that 32 by 32 bits are multiplied.

alias Limb = u64;

fn limb_wide(limb: Limb) -> u64 {
    return limb & 0xfffffffflu;
}

fn limb_times(limb: Limb, factor: u32) -> u64 {
    return (u64(factor) * (limb & 0xfffffffflu)) & 0xfffffffflu;
}
