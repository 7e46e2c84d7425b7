/** Somebody types at a terminal while a crowd talks: how soon a letter is shown, and what memory the client has. */

import type { Benchmark, Figure } from "../support/benchmark.ts";
import { LAST_WORDS, talk } from "../support/crowd.ts";
import type { Language } from "../support/phrases.ts";
import { Seeded } from "../support/seeded.ts";
import { withServer } from "../support/server_process.ts";
import { counted, quantile } from "../support/stats.ts";
import { type Memory, TerminalClient } from "../support/terminal_client.ts";

const PER_SECOND = 2_000;
/** What the client is held to. */
const KEY_MS_MAX = 16;
const MEMORY_MIB_MAX = 90;
/** From a letter that is shown to the next key: in step with nothing. */
const PAUSE_MS = { min: 50, max: 100 };
const SILENT_KEYS = 100;
/** Nobody says one of these, and before one is typed again it has long been erased. */
const LETTERS = "αβγδεζηθικλμνξοπρστυφχψωΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩ";
const DRAFT_LETTERS_MAX = LETTERS.length / 2;
const ERASE_DRAFT = "\x15";

export const typing: Benchmark = {
  name: "typing",
  help: `a key until it is on the screen, while ${counted(PER_SECOND)} messages a second come (on Linux)`,
  async run({ quick }) {
    if (Deno.build.os !== "linux") return [];
    const count = quick ? 20_000 : 200_000;
    const english = await converse("english", count);
    const world = await converse("world", count);
    return [
      ...keyFigures("silence", [...english.silent, ...world.silent]),
      ...keyFigures("English", english.crowded),
      ...keyFigures("many scripts", world.crowded),
      ...memoryFigures("English", count, english),
      ...memoryFigures("many scripts", count, world),
    ];
  },
};

interface Course {
  /** Milliseconds from each key to its letter, before anybody talks and while all do. */
  readonly silent: readonly number[];
  readonly crowded: readonly number[];
  readonly first: Memory;
  readonly last: Memory;
}

/** Somebody types while `count` messages come, all of which are shown. */
function converse(language: Language, count: number): Promise<Course> {
  return withServer({}, async ({ folder }, address) => {
    const options = { address, name: "Maya", room: "lobby", folder };
    {
      // The first start of sources that have changed translates them, which takes memory of its own.
      await using _ = await TerminalClient.open(options);
    }
    await using client = await TerminalClient.open(options);
    const typist = new Typist(client);
    // A terminal answers how wide it draws, which readies what measures letters; here the first letter has to.
    await typist.type(times(1));
    const silent = await typist.type(times(SILENT_KEYS));
    const first = await client.memory();
    let talking = true;
    const shown = client.shows(LAST_WORDS);
    const said = talk({ address, language, count, perSecond: PER_SECOND });
    const [crowded] = await Promise.all([
      typist.type(() => talking),
      Promise.all([said, shown]).finally(() => talking = false),
    ]);
    return { silent, crowded, first, last: await client.memory() };
  });
}

/** Types letter after letter, and erases a draft that is long enough. */
class Typist {
  readonly #client: TerminalClient;
  readonly #random = new Seeded(1);
  #typed = 0;

  constructor(client: TerminalClient) {
    this.#client = client;
  }

  /** Types while `more` says so; returns the milliseconds from each key until its letter was shown. */
  async type(more: () => boolean): Promise<number[]> {
    const ms: number[] = [];
    while (more()) {
      await pause(this.#random.between(PAUSE_MS.min, PAUSE_MS.max));
      const letter = LETTERS[this.#typed % LETTERS.length] ?? "";
      const erasing = this.#typed++ % DRAFT_LETTERS_MAX === 0 ? ERASE_DRAFT : "";
      const shown = this.#client.shows(letter);
      const began = performance.now();
      await Promise.all([this.#client.type(erasing + letter), shown]);
      ms.push(performance.now() - began);
    }
    return ms;
  }
}

/** True so many times. */
function times(count: number): () => boolean {
  let left = count;
  return () => left-- > 0;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function keyFigures(among: string, ms: readonly number[]): Figure[] {
  return ([["p50", 0.5], ["p99", 0.99], ["slowest", 1]] as const).map(([name, share]) => {
    const value = quantile(ms, share);
    const ratio = { value: value / KEY_MS_MAX, of: `${KEY_MS_MAX} ms` };
    return { what: `key to screen, ${among}, ${name}`, value, unit: "ms", ratio };
  });
}

function memoryFigures(among: string, count: number, { first, last }: Course): Figure[] {
  const unit = "MiB";
  const ratio = { value: last.peak / MEMORY_MIB_MAX, of: `${MEMORY_MIB_MAX} MiB` };
  return [
    { what: "client's memory before any came", value: first.resident, unit },
    { what: `after ${counted(count)}, ${among}`, value: last.resident, unit },
    { what: "at most", value: last.peak, unit, ratio },
  ];
}
