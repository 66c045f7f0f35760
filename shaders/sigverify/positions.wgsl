// Known keys: how the tables of multiples are laid out. A key has POSITIONS tables of eight entries, six vec4s each; table t holds 1 to 8
// times 2^(4 DIGITS t) (-A).
const POSITIONS = 8u;
// Digits of k that fall to one table: those of one word.
const DIGITS = 64u / POSITIONS;
