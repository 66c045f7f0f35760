// Limbs in u32, multiplied by small factors before they become wide: half as many wide products as in u64 are wasted on them.

alias Limb = u32;

fn limb_wide(limb: Limb) -> u64 {
    return u64(limb);
}

fn limb_times(limb: Limb, factor: u32) -> u64 {
    return u64(factor * limb);
}
