// The tables of a cold signature's two points where table.wgsl has left them: two kibibytes of private memory would spill on cards.
@group(0) @binding(4) var<storage, read> tables: array<Packed>;

fn make_tables(entry: u32) {}

fn table_entry(entry: u32, point: u32, digit: i32) -> Projective {
    let at = ((entry * 2u + point) * 8u + max(u32(abs(digit)), 1u) - 1u) * 4u;
    let z = packed_fe(packed_select(tables[at + 3u], packed_small(1u), digit == 0));
    return Projective(niels_signed(tables[at], tables[at + 1u], tables[at + 2u], digit), z);
}
