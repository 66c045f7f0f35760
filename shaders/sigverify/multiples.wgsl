// P, 2P ... 8P of an affine point P as entries `first` to `first` + 7 of a table: y + x, y - x, 2 d x y and z, in projective form.
fn tabulate(x: Fe, y: Fe, first: u32) {
    let base = Niels(fe_add(y, x), fe_sub(y, x), fe_mul(fe_mul(x, y), constant_fe(D_TWICE)));
    var multiple = completed_affine(x, y);
    var j = 0u;
    loop {
        let e = completed_extended(multiple);
        store_entry(first + j, fe_add(e.y, e.x), fe_sub(e.y, e.x), fe_mul(e.t, constant_fe(D_TWICE)), e.z);
        j++;
        if j == 8u {
            break;
        }
        multiple = point_add_affine(multiple, base);
    }
}
