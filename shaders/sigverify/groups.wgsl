// How the scalars of an unknown key's signature are cut: groups of twelve bits, which are three hexadecimal digits of u and v and one
// digit for each table of the base point's multiples (windows.wgsl).

// Groups of the longest u or v.
const MOST_GROUPS = 22u;
// Groups that the base point's digits need.
const WINDOWS = 11u;

fn group_count(digits: u32) -> u32 {
    return clamp((digits + 2u) / 3u, WINDOWS, MOST_GROUPS);
}
