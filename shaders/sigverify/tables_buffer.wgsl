// The tables of a cold signature's two points where table.wgsl has left them. Cards put private arrays that are indexed there, too, but
// without telling how many invocations still fit.
@group(0) @binding(4) var<storage, read> tables: array<Packed>;

fn make_tables(entry: u32) {}

fn first_entry(entry: u32, point: u32) -> u32 {
    return (entry * 2u + point) * 8u;
}
