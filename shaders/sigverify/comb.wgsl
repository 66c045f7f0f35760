// Signed combs for known keys and for the base point (Hamburg 2012, eprint 2012/309). With every digit 1 or -1 an odd scalar n is the
// sum of (2 b_i - 1) 2^i over the bits b_i of (n + 2^264 - 1) / 2 = (n >> 1) + 2^263. Tooth t of a comb stands at 2^(SPACING t), and
// column c takes bit c of every tooth at once: entry e is the last tooth plus or minus the others, plus where bit t of e is set. So half of
// the combinations need no entry: they are negatives.
//
// Few doublings remain: SPACING, whatever the number of teeth. Six teeth twice leave 44 additions for k, twelve 22 for s.

// Columns, and doublings with them.
const SPACING = 22u;
// A key has two combs of KEY_TEETH teeth and COMB_ENTRIES entries each, one with the lower half of k's bits, one with the upper; behind
// them stands -A itself, for even k.
const KEY_COMBS = 2u;
const KEY_TEETH = 6u;
const COMB_ENTRIES = 32u;
const KEY_ENTRIES = 65u;
// The base point's comb.
const BASE_TEETH = 12u;
