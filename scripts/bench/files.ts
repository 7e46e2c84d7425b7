/**
 * A large file goes into a room and out of it again, while people talk there: how long their lines take, what the
 * file takes of everybody's memory, and how fast it is beside a bare copy. Carried first by a lean program, which
 * talks over the same connection, and then by `chat connect`.
 */

import type { Address } from "../../client/address.ts";
import { bareCopy, type Copied } from "../support/bare_copy.ts";
import { type Benchmark, type Figure, seconds } from "../support/benchmark.ts";
import { type Carried, Carrier } from "../support/carrier.ts";
import { ErrandProcess } from "../support/errand_process.ts";
import { type MadeFile, makeFile } from "../support/made_file.ts";
import { MemoryWatch } from "../support/memory_watch.ts";
import { inTemporaryFolder, type ServerProcess, withServer } from "../support/server_process.ts";
import { median, quantile } from "../support/stats.ts";
import { Talker } from "../support/talker.ts";
import { Wire } from "../support/wire.ts";

const TALKERS = ["Ada", "Bola"];
/** Lines a second of each of them, and of the lean program. */
const PER_SECOND = 20;
/** So much is carried first: what a start costs comes once, and is not the file's. */
const WARM_UP_BYTES = 32 << 20;
/** A client that carries so little is held against one that carries much. */
const LITTLE_BYTES = 1 << 20;
const ALONE_MS = 3_000;
/** What all are held to. */
const SEEN_MS_MAX = 30;
const GROWN_MIB_MAX = 30;

export const files: Benchmark = {
  name: "files",
  help: "1 GiB goes into a room and out of it while people talk; with --quick 128 MiB",
  run: ({ quick, rounds }) =>
    inTemporaryFolder(async (folder) => {
      // The client may read and write what is in its data folder.
      await Deno.mkdir(`${folder}/chat-data`);
      const large = await makeFile(`${folder}/chat-data/large`, quick ? 128 << 20 : 1 << 30, 1);
      const small = await makeFile(`${folder}/small`, WARM_UP_BYTES, 2);
      const little = await makeFile(`${folder}/chat-data/little`, LITTLE_BYTES, 3);
      const runs: Run[] = [];
      for (let round = 0; round < rounds; round++) {
        const flags = ["--max-file", "2GiB"];
        runs.push(
          await withServer({ flags }, (server, address) =>
            measure({ server, address, large, small, little, folder })),
        );
      }
      return table(runs, large.size);
    }),
};

/** What was found while a file was on its way. */
interface Way {
  readonly seconds: number;
  /** Milliseconds that lines took, of those who only talk. */
  readonly talkers: readonly number[];
  /** And over the connection that carries the file; of none by `chat connect`, which does one thing. */
  readonly carrier: readonly number[];
  /** MiB by which they grew. */
  readonly serverGrew: number;
  readonly carrierGrew: number;
}

const WAYS = ["put", "get", "--send", "--get"] as const;

interface Run {
  /** Milliseconds that lines took before there was a file, and while it was copied beside the server. */
  readonly alone: readonly number[];
  readonly beside: readonly number[];
  readonly copied: Copied;
  readonly ways: Readonly<Record<typeof WAYS[number], Way>>;
}

interface Stage {
  readonly server: ServerProcess;
  readonly address: Address;
  readonly large: MadeFile;
  readonly small: MadeFile;
  readonly little: MadeFile;
  readonly folder: string;
}

async function measure(stage: Stage): Promise<Run> {
  const { address, large } = stage;
  const wires = await Promise.all(TALKERS.map((name) => Wire.open(address, name)));
  const talkers = await Promise.all(wires.map(({ wire }, i) => Talker.enter(wire, TALKERS[i] ?? "")));
  const alone = await meanwhile(talkers, () => new Promise((resolve) => setTimeout(resolve, ALONE_MS)));
  const beside = await meanwhile(talkers, () => bareCopy(large));
  const lean = await byLeanProgram(stage, talkers);
  const client = await byClient(stage, talkers);
  await Promise.all(wires.map(({ wire }) => wire.close()));
  return { alone: alone.ms, beside: beside.ms, copied: beside.result, ways: { ...lean, ...client } };
}

async function byLeanProgram({ server, address, large, small, folder }: Stage, talkers: readonly Talker[]) {
  const carrier = new Carrier(address, "Carrier", PER_SECOND);
  const copy = `${folder}/copy`;
  const warm = await carrier.put(small);
  await carrier.get(warm.file, copy);
  let number = 0;
  const carry = async (work: () => Promise<Carried>) => {
    const memory = await MemoryWatch.start(carrier.pid);
    const carried = await work();
    number = carried.file;
    return { ...carried, grew: (await memory.stop()).grown };
  };
  const put = await way(talkers, server, () => carry(() => carrier.put(large)));
  const get = await way(talkers, server, () => carry(() => carrier.get(number, copy)));
  await carrier.dismiss();
  await Deno.remove(copy);
  return { put, get };
}

async function byClient({ server, address, large, little, folder }: Stage, talkers: readonly Talker[]) {
  const carry = async (errand: readonly string[]) => {
    const client = new ErrandProcess({ address, name: "Client", folder, errand });
    const memory = await MemoryWatch.start(client.pid);
    const took = await seconds(async () => {
      const { code, said } = await client.ended;
      if (code !== 0) throw new Error(`${errand.join(" ")} ended with ${code}: ${said}`);
    });
    return { seconds: took, peak: (await memory.stop()).peak };
  };
  const both = async (errand: (path: string) => string[]) => {
    // What a start takes, of time and of memory, comes with the least file too.
    const less = await carry(errand("little"));
    return await way(talkers, server, async () => {
      const more = await carry(errand("large"));
      return { seconds: more.seconds - less.seconds, grew: more.peak - less.peak, ms: [] };
    });
  };
  // The room has these bytes already, and would take only another entry of them.
  await invertFirst(large);
  const send = await both((path) => ["--send", `chat-data/${path}`]);
  const get = await both((path) => ["--get", path, "--to", `chat-data/${path}.copy`]);
  await invertFirst(large);
  await Promise.all([large, little].map(({ path }) => Deno.remove(`${path}.copy`)));
  return { "--send": send, "--get": get };
}

/** Makes other bytes of it, of which the server has none; done twice it is what it was. */
async function invertFirst({ path }: MadeFile): Promise<void> {
  using file = await Deno.open(path, { read: true, write: true });
  const bytes = new Uint8Array(1);
  await file.read(bytes);
  await file.seek(0, Deno.SeekMode.Start);
  await file.write(bytes.map((byte) => byte ^ 0xff));
  await file.sync();
}

/** Looks at everybody else while a file is carried. */
async function way(
  talkers: readonly Talker[],
  server: ServerProcess,
  carry: () => Promise<{ readonly seconds: number; readonly ms: readonly number[]; readonly grew: number }>,
): Promise<Way> {
  const memory = await MemoryWatch.start(server.pid);
  const { ms, result } = await meanwhile(talkers, carry);
  return {
    seconds: result.seconds,
    talkers: ms,
    carrier: result.ms,
    serverGrew: (await memory.stop()).grown,
    carrierGrew: result.grew,
  };
}

/** Lets people talk while `work` is done; the milliseconds that their lines took. */
async function meanwhile<T>(talkers: readonly Talker[], work: () => Promise<T>) {
  for (const talker of talkers) talker.talk(PER_SECOND);
  const result = await work();
  const ms = (await Promise.all(talkers.map((talker) => talker.quiet()))).flat();
  return { ms, result };
}

function table(runs: readonly Run[], size: number): readonly Figure[] {
  const middle = (pick: (run: Run) => number) => median(runs.map(pick));
  const rate = (seconds: number) => size / seconds / 1e6;
  const lines = (what: string, of: (run: Run) => readonly number[]) => (
    { what: `${what}: lines, p99`, value: middle((run) => quantile(of(run), 0.99)), unit: "ms" }
  );
  return [
    { what: "bare copy", value: middle(({ copied }) => rate(copied.written)), unit: "MB/s" },
    { what: "bare copy and sync", value: middle(({ copied }) => rate(copied.synced)), unit: "MB/s" },
    lines("no file", ({ alone }) => alone),
    lines("bare copy beside", ({ beside }) => beside),
    ...WAYS.flatMap((name) =>
      wayFigures(name, rate, (pick) => middle((run) => pick(run.ways[name], run.copied)))
    ),
  ];
}

function wayFigures(
  name: string,
  rate: (seconds: number) => number,
  middle: (pick: (way: Way, copied: Copied) => number) => number,
): readonly Figure[] {
  const value = (what: string, value: number, unit: string, ratio: number, of: string) => (
    { what: `${name}: ${what}`, value, unit, ratio: { value: ratio, of } }
  );
  const held = (what: string, found: number, max: number, unit: string) =>
    value(what, found, unit, found / max, `${max} ${unit}`);
  const toSynced = middle((way, copied) => copied.synced / way.seconds);
  const toWritten = middle((way, copied) => copied.written / way.seconds);
  const own = middle(({ carrier }) => quantile(carrier, 0.99));
  return [
    value("the file", middle((way) => rate(way.seconds)), "MB/s", toWritten, "bare copy"),
    value("seconds", middle((way) => way.seconds), "s", toSynced, "bare copy and sync"),
    held("others' lines, p99", middle(({ talkers }) => quantile(talkers, 0.99)), SEEN_MS_MAX, "ms"),
    ...(Number.isNaN(own) ? [] : [held("carrier's lines, p99", own, SEEN_MS_MAX, "ms")]),
    held("server grows by", middle((way) => way.serverGrew), GROWN_MIB_MAX, "MiB"),
    held("carrier grows by", middle((way) => way.carrierGrew), GROWN_MIB_MAX, "MiB"),
  ];
}
