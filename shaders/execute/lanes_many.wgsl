// A tile's legs by many invocations, each of which has few: for devices that run them side by side.

const LANES = 256u;
const ITEMS = 4u;
