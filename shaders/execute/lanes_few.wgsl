// A tile's legs by few invocations, each of which has many: on software devices barriers cost more than legs.

const LANES = 64u;
const ITEMS = 16u;
