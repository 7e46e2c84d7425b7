/** Settings of a server that limits nothing, for tests of something else. */

import type { Rates } from "../../server/chat/budgets.ts";
import type { SpaceOptions } from "../../server/files/space.ts";

export const NO_RATES: Rates = {
  messages: null,
  joins: null,
  creates: null,
  searches: null,
  reads: null,
  acts: null,
  requests: null,
};

/** Files may take as much as one likes. */
export const ENDLESS_SPACE: SpaceOptions = {
  bytesMax: Infinity,
  floorBytes: 0,
  free: () => Promise.resolve(Infinity),
  low: () => {},
};
