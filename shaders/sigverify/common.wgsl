// What every sigverify kernel sees: how much there is to do, and constants that the host computes.

struct BatchParams {
    // Signatures, or keys whose tables are built.
    count: u32,
    // 0: strict, 1: zip215.
    policy: u32,
    // Points of a record, vec4s from one to the next, and from one record to the next (kernels that decode or tabulate points).
    points: u32,
    point_stride: u32,
    record_stride: u32,
}

@group(0) @binding(0) var<uniform> params: BatchParams;
@group(0) @binding(1) var<uniform> constants: array<vec4<u32>, 52>;

// Positions in `constants`, two vec4s each.
const D = 0u;
const D_TWICE = 2u;
const SQRT_MINUS_ONE = 4u;
const Y_OF_ORDER_8 = 6u;
const MINUS_Y_OF_ORDER_8 = 8u;
const MINUS_ONE = 10u;
// From here on SHA-512's round constants, two to a vec4.
const ROUND_CONSTANTS = 12u;

fn constant_words(position: u32) -> Words {
    return Words(constants[position], constants[position + 1u]);
}
