// General legs come as they are.

@group(0) @binding(3) var<storage, read> legs_in: array<vec4<u32>>;

fn leg_in(position: u32) -> vec3<u32> {
    return legs_in[position].xyz;
}
