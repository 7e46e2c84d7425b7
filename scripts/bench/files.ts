/**
 * A large file goes into a room and out of it again, while people talk there: how long their lines take, what the
 * file takes of everybody's memory, and how fast it is beside a bare copy.
 */

import type { Address } from "../../client/address.ts";
import { bareCopy, type Copied } from "../support/bare_copy.ts";
import type { Benchmark, Figure } from "../support/benchmark.ts";
import { type Carried, Carrier } from "../support/carrier.ts";
import { type MadeFile, makeFile } from "../support/made_file.ts";
import { MemoryWatch } from "../support/memory_watch.ts";
import { inTemporaryFolder, type ServerProcess, withServer } from "../support/server_process.ts";
import { median, quantile } from "../support/stats.ts";
import { Talker } from "../support/talker.ts";
import { Wire } from "../support/wire.ts";

const TALKERS = ["Ada", "Bola"];
/** Lines a second of each of them, and of whoever carries the file. */
const PER_SECOND = 20;
/** So much is carried first: what a start costs comes once, and is not the file's. */
const WARM_UP_BYTES = 32 << 20;
const ALONE_MS = 3_000;
/** What all are held to. */
const SEEN_MS_MAX = 30;
const GROWN_MIB_MAX = 30;

export const files: Benchmark = {
  name: "files",
  help: "1 GiB goes into a room and out of it while people talk; with --quick 128 MiB",
  run: ({ quick, rounds }) =>
    inTemporaryFolder(async (folder) => {
      const large = await makeFile(`${folder}/large`, quick ? 128 << 20 : 1 << 30, 1);
      const small = await makeFile(`${folder}/small`, WARM_UP_BYTES, 2);
      const runs: Run[] = [];
      for (let round = 0; round < rounds; round++) {
        const copied = await bareCopy(large);
        const flags = ["--max-file", "2GiB"];
        const found = await withServer({ flags }, (server, address) =>
          carry({ server, address, large, small, folder }));
        runs.push({ ...found, copied });
      }
      return figures(runs, large.size);
    }),
};

/** What was found while a file was on its way. */
interface Way {
  readonly seconds: number;
  /** Milliseconds that lines took: of those who only talk, and over the connection that carries the file. */
  readonly talkers: readonly number[];
  readonly carrier: readonly number[];
  /** MiB by which they grew. */
  readonly serverGrew: number;
  readonly carrierGrew: number;
}

interface Run {
  readonly copied: Copied;
  /** Milliseconds that lines took before there was a file. */
  readonly alone: readonly number[];
  readonly put: Way;
  readonly got: Way;
}

interface Stage {
  readonly server: ServerProcess;
  readonly address: Address;
  readonly large: MadeFile;
  readonly small: MadeFile;
  readonly folder: string;
}

async function carry({ server, address, large, small, folder }: Stage): Promise<Omit<Run, "copied">> {
  const wires = await Promise.all(TALKERS.map((name) => Wire.open(address, name)));
  const talkers = await Promise.all(wires.map(({ wire }, i) => Talker.enter(wire, TALKERS[i] ?? "")));
  const carrier = new Carrier(address, "Carrier", PER_SECOND);
  const copy = `${folder}/copy`;
  const warm = await carrier.put(small);
  await carrier.get(warm.file, copy);
  const pids = { server: server.pid, carrier: carrier.pid };
  const alone = await meanwhile(talkers, () => new Promise((resolve) => setTimeout(resolve, ALONE_MS)));
  let number = 0;
  const put = await way(talkers, pids, async () => {
    const carried = await carrier.put(large);
    number = carried.file;
    return carried;
  });
  const got = await way(talkers, pids, () => carrier.get(number, copy));
  await carrier.dismiss();
  await Promise.all(wires.map(({ wire }) => wire.close()));
  return { alone: alone.ms, put, got };
}

/** Looks at everything while a file is carried. */
async function way(
  talkers: readonly Talker[],
  pids: { readonly server: number; readonly carrier: number },
  carry: () => Promise<Carried>,
): Promise<Way> {
  const server = await MemoryWatch.start(pids.server);
  const carrier = await MemoryWatch.start(pids.carrier);
  const { ms, result } = await meanwhile(talkers, carry);
  return {
    seconds: result.seconds,
    talkers: ms,
    carrier: result.ms,
    serverGrew: (await server.stop()).grown,
    carrierGrew: (await carrier.stop()).grown,
  };
}

/** Lets people talk while `work` is done; the milliseconds that their lines took. */
async function meanwhile<T>(talkers: readonly Talker[], work: () => Promise<T>) {
  for (const talker of talkers) talker.talk(PER_SECOND);
  const result = await work();
  const ms = (await Promise.all(talkers.map((talker) => talker.quiet()))).flat();
  return { ms, result };
}

function figures(runs: readonly Run[], size: number): readonly Figure[] {
  const middle = (pick: (run: Run) => number) => median(runs.map(pick));
  const ways = [["put", (run: Run) => run.put], ["get", (run: Run) => run.got]] as const;
  return [
    { what: "bare copy, synced", value: middle(({ copied }) => size / copied.synced / 1e6), unit: "MB/s" },
    {
      what: "bare copy, not synced",
      value: middle(({ copied }) => size / copied.written / 1e6),
      unit: "MB/s",
    },
    {
      what: "say to own entry, no file, p99",
      value: middle(({ alone }) => quantile(alone, 0.99)),
      unit: "ms",
    },
    ...ways.flatMap(([name, of]) => wayFigures(name, size, (pick) => middle((run) => pick(of(run), run)))),
  ];
}

function wayFigures(
  name: string,
  size: number,
  middle: (pick: (way: Way, run: Run) => number) => number,
): readonly Figure[] {
  const ofCopy = (value: number, of: string) => ({ value, of });
  const held = (what: string, value: number, max: number, unit: string) => (
    { what: `${name}: ${what}`, value, unit, ratio: { value: value / max, of: `${max} ${unit}` } }
  );
  return [
    {
      what: `${name}: the file`,
      value: middle(({ seconds }) => size / seconds / 1e6),
      unit: "MB/s",
      ratio: ofCopy(middle(({ seconds }, { copied }) => copied.synced / seconds), "bare copy, synced"),
    },
    {
      what: `${name}: seconds`,
      value: middle(({ seconds }) => seconds),
      unit: "s",
      ratio: ofCopy(middle(({ seconds }, { copied }) => copied.written / seconds), "bare copy, not synced"),
    },
    {
      what: `${name}: others' lines, p50`,
      value: middle(({ talkers }) => quantile(talkers, 0.5)),
      unit: "ms",
    },
    held("others' lines, p99", middle(({ talkers }) => quantile(talkers, 0.99)), SEEN_MS_MAX, "ms"),
    {
      what: `${name}: the carrier's lines, p50`,
      value: middle(({ carrier }) => quantile(carrier, 0.5)),
      unit: "ms",
    },
    held("the carrier's lines, p99", middle(({ carrier }) => quantile(carrier, 0.99)), SEEN_MS_MAX, "ms"),
    held("server's memory grows by", middle(({ serverGrew }) => serverGrew), GROWN_MIB_MAX, "MiB"),
    held("carrier's memory grows by", middle(({ carrierGrew }) => carrierGrew), GROWN_MIB_MAX, "MiB"),
  ];
}
