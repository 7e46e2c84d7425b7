/** A search that has to look at everything, and what it does to the people in another room. */

import { type Benchmark, medians, seconds } from "../support/benchmark.ts";
import { enter, ROOM, withEntries } from "../support/long_history.ts";
import { withServer } from "../support/server_process.ts";
import { quantile } from "../support/stats.ts";
import { Wire } from "../support/wire.ts";

export const search: Benchmark = {
  name: "search",
  help: "a search through a long history that finds nothing, while two talk elsewhere",
  run: ({ entries, rounds }) =>
    withServer({ prepare: withEntries(entries) }, async (_server, address) => {
      const { wire: asker } = await enter(address);
      const { wire: speaker } = await Wire.open(address);
      await speaker.ask("join", { room: "lobby", last: 0 });
      const of = await medians(rounds, async () => {
        const trips: number[] = [];
        let searching = true;
        const talking = (async () => {
          while (searching) {
            trips.push(await seconds(() => speaker.ask("say", { room: "lobby", text: "hi" })));
          }
        })();
        const took = await seconds(() => asker.ask("search", { room: ROOM, query: "not there" }));
        searching = false;
        await talking;
        return { took, rate: entries / took, elsewhere: quantile(trips, 0.99) * 1_000 };
      });
      await Promise.all([asker.close(), speaker.close()]);
      return [
        { what: "entries searched", value: of("rate"), unit: "1/s" },
        { what: "until nothing was found", value: of("took"), unit: "s" },
        { what: "say to ok elsewhere meanwhile, p99", value: of("elsewhere"), unit: "ms" },
      ];
    }),
};
