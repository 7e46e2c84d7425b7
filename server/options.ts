/** The flags of `chat serve`, and what they come to. Pure. */

import type { Rate } from "./chat/budget.ts";
import type { Rates } from "./chat/budgets.ts";
import {
  FILE_BYTES_DEFAULT,
  FRAME_BYTES_MAX,
  ROOMS_JOINED_MAX,
  TEXT_BYTES_DEFAULT,
  TEXT_BYTES_MAX,
} from "./protocol/limits.ts";
import { quoted, utf8Bytes } from "./protocol/texts.ts";
import {
  durationFlag,
  type Flag,
  type FlagValues,
  integerFlag,
  parseDuration,
  parseFlags,
  sizeFlag,
  UsageError,
} from "./protocol/flags.ts";

/** How much of each may come at once after a pause. A client that comes back goes into all its rooms at once. */
const BURSTS = {
  joins: ROOMS_JOINED_MAX + 44,
  creates: 10,
  searches: 20,
  reads: 100,
  acts: 30,
  requests: 1_000,
} as const;
const FILES_BYTES_DEFAULT = 5 * 2 ** 30;
/** A frame of this size takes every request, but for texts of the largest size. */
const FRAME_BYTES_MIN = 4_096;

export const SERVE_FLAGS: readonly Flag[] = [
  { name: "host", value: "ADDRESS", help: "the address to listen on", default: "0.0.0.0" },
  { name: "port", value: "PORT", help: "the port to listen on; 0 takes a free one", default: "7037" },
  { name: "data", value: "FOLDER", help: "where everything is kept", default: "chat-data" },
  {
    name: "sync",
    value: "always|off",
    help:
      "always: a message is on the disk before anybody sees it; off: the system writes it when it likes, and a " +
      "power cut can take back what was seen",
    default: "always",
  },
  { name: "idle-exit", value: "TIME", help: "end when nobody has been connected for that long, such as 2m" },
  { name: "motd", value: "TEXT", help: "what everybody is told on coming in" },
  { name: "quiet", help: "show nothing on the terminal; server.log holds it all the same" },
  { name: "tls", help: "encrypt, with a certificate that is made at the first start and kept" },
  { name: "tls-cert", value: "FILE", help: "encrypt with this certificate (PEM), within the data folder" },
  { name: "tls-key", value: "FILE", help: "the private key of that certificate (PEM)" },
  {
    name: "password-file",
    value: "FILE",
    help:
      "a file whose first line everybody has to know who comes in; without it, the variable CHAT_PASSWORD",
  },
  { name: "open-names", help: "names belong to whoever is here, and not to who used them first" },
  { name: "max-clients", value: "N", help: "how many connections there may be in all", default: "1000" },
  { name: "max-per-address", value: "N", help: "and from one address", default: "16" },
  { name: "max-new-per-address", value: "N", help: "how many may begin in a minute from one", default: "60" },
  { name: "limit-private", help: "count private addresses as well, and those of this machine" },
  { name: "max-opening", value: "N", help: "how many that have not said who they are", default: "512" },
  {
    name: "max-frame",
    value: "BYTES",
    help: "the longest frame that is taken from a client",
    default: String(FRAME_BYTES_MAX),
  },
  {
    name: "max-text",
    value: "BYTES",
    help: "the longest message, in bytes of UTF-8",
    default: String(TEXT_BYTES_DEFAULT),
  },
  {
    name: "max-file",
    value: "SIZE",
    help: "the largest file that is taken, such as 500KiB, 100MiB or 5GiB; 0B for none",
    default: "100MiB",
  },
  {
    name: "max-files",
    value: "SIZE",
    help: "how much the files of all rooms may take; 512 MiB of the disk stay free in any case",
    default: "5GiB",
  },
  {
    name: "keep-files",
    value: "TIME",
    help: "how long a file is kept, such as 12h or 30d, looked at every hour; off for ever",
    default: "30d",
  },
  {
    name: "rate",
    value: "RATE",
    help:
      "how many messages a person may send, such as 5/s or 100/m; faster ones are read later, and none is refused; " +
      "off for no limit, nor any of the other rates that are not given",
    default: "5/s",
  },
  { name: "burst", value: "N", help: "how many at once after a pause", default: "10" },
  {
    name: "rate-joins",
    value: "RATE",
    help: `how often a person may join a room, after ${BURSTS.joins} at once`,
    default: "2/s",
  },
  {
    name: "rate-creates",
    value: "RATE",
    help: `how often a person may make a room, after ${BURSTS.creates} at once`,
    default: "6/m",
  },
  {
    name: "rate-searches",
    value: "RATE",
    help: `how often a person may search, after ${BURSTS.searches} at once`,
    default: "1/s",
  },
  {
    name: "rate-reads",
    value: "RATE",
    help: `how often a person may ask for history and lists, after ${BURSTS.reads} at once`,
    default: "10/s",
  },
  {
    name: "rate-acts",
    value: "RATE",
    help: `how often a person may do what has a line in audit.log, after ${BURSTS.acts} times at once`,
    default: "30/m",
  },
  {
    name: "rate-requests",
    value: "RATE",
    help:
      `how many requests of any kind a person may send, after ${BURSTS.requests} at once; faster ones are read later`,
    default: "200/s",
  },
  { name: "max-names", value: "N", help: "how many names may belong to somebody in all", default: "10000" },
  { name: "max-names-per-key", value: "N", help: "and to one person", default: "5" },
  {
    name: "max-joined",
    value: "N",
    help: "how many rooms a person may be in",
    default: String(ROOMS_JOINED_MAX),
  },
  { name: "max-rooms", value: "N", help: "how many rooms there may be", default: "10000" },
  { name: "max-own-rooms", value: "N", help: "and how many that one person made", default: "50" },
  { name: "help", help: "show this" },
];

/** Where the certificate comes from: our own, made and kept, or files of the operator's. */
export type TlsOptions =
  | { readonly is: "own" }
  | { readonly is: "given"; readonly certFile: string; readonly keyFile: string };

export interface ServeOptions {
  readonly host: string;
  readonly port: number;
  readonly data: string;
  readonly sync: boolean;
  /** Null for never. */
  readonly idleExitMs: number | null;
  readonly motd: string;
  readonly quiet: boolean;
  /** Null for none. */
  readonly tls: TlsOptions | null;
  readonly passwordFile: string | null;
  readonly openNames: boolean;
  readonly clientsMax: number;
  readonly perAddressMax: number;
  /** In a minute. */
  readonly newPerAddressMax: number;
  readonly limitPrivate: boolean;
  readonly openingMax: number;
  readonly frameBytesMax: number;
  readonly textBytesMax: number;
  readonly fileBytesMax: number;
  /** Of all rooms together. */
  readonly filesBytesMax: number;
  /** Null for ever. */
  readonly keepFilesMs: number | null;
  readonly rates: Rates;
  readonly namesMax: number;
  readonly namesPerKeyMax: number;
  readonly joinedMax: number;
  readonly roomsMax: number;
  readonly ownRoomsMax: number;
}

const MANY = 1_000_000;
/** Once in an hour. Whoever is slowed down waits for a timer, and one that is set for weeks goes off at once. */
const RATE_MIN = 1 / 3_600;

/** Reads the command line; "help" where that is what it asks for. Throws `UsageError`. */
export function parseServeOptions(args: readonly string[]): ServeOptions | "help" {
  const { values, positional } = parseFlags(args, SERVE_FLAGS);
  if (values.has("help")) return "help";
  const [extra] = positional;
  if (extra !== undefined) throw new UsageError(`chat serve takes no ${JSON.stringify(extra)}, only flags.`);
  const text = (name: string, fallback: string) => String(values.get(name) ?? fallback);
  const sync = text("sync", "always");
  if (sync !== "always" && sync !== "off") {
    throw new UsageError(`--sync is "always" or "off", not ${JSON.stringify(sync)}.`);
  }
  return {
    host: text("host", "0.0.0.0"),
    port: integerFlag(values, "port", 7037, 0, 65_535),
    data: text("data", "chat-data").replace(/(?<=.)[/\\]+$/, ""),
    sync: sync === "always",
    idleExitMs: values.has("idle-exit") ? durationFlag(values, "idle-exit", 0) : null,
    motd: shortText("motd", text("motd", "")),
    quiet: values.has("quiet"),
    tls: tlsOptions(values),
    passwordFile: fileOf(values, "password-file"),
    openNames: values.has("open-names"),
    clientsMax: integerFlag(values, "max-clients", 1_000, 1, MANY),
    perAddressMax: integerFlag(values, "max-per-address", 16, 1, MANY),
    newPerAddressMax: integerFlag(values, "max-new-per-address", 60, 1, MANY),
    limitPrivate: values.has("limit-private"),
    openingMax: integerFlag(values, "max-opening", 512, 1, MANY),
    frameBytesMax: integerFlag(values, "max-frame", FRAME_BYTES_MAX, FRAME_BYTES_MIN, FRAME_BYTES_MAX),
    textBytesMax: integerFlag(values, "max-text", TEXT_BYTES_DEFAULT, 1, TEXT_BYTES_MAX),
    ...fileSizes(values),
    keepFilesMs: keepFiles(values),
    rates: ratesOf(values),
    namesMax: integerFlag(values, "max-names", 10_000, 1, MANY),
    namesPerKeyMax: integerFlag(values, "max-names-per-key", 5, 1, MANY),
    joinedMax: integerFlag(values, "max-joined", ROOMS_JOINED_MAX, 1, ROOMS_JOINED_MAX),
    roomsMax: integerFlag(values, "max-rooms", 10_000, 1, MANY),
    ownRoomsMax: integerFlag(values, "max-own-rooms", 50, 1, MANY),
  };
}

function ratesOf(values: FlagValues): Rates {
  const messages = rate(values, "rate", "5/s", integerFlag(values, "burst", 10, 1, MANY));
  const other = (name: string, fallback: string, burst: number) =>
    rate(values, name, messages === null ? "off" : fallback, burst);
  return {
    messages,
    joins: other("rate-joins", "2/s", BURSTS.joins),
    creates: other("rate-creates", "6/m", BURSTS.creates),
    searches: other("rate-searches", "1/s", BURSTS.searches),
    reads: other("rate-reads", "10/s", BURSTS.reads),
    acts: other("rate-acts", "30/m", BURSTS.acts),
    requests: other("rate-requests", "200/s", BURSTS.requests),
  };
}

function tlsOptions(values: FlagValues): TlsOptions | null {
  const certFile = fileOf(values, "tls-cert");
  const keyFile = fileOf(values, "tls-key");
  if (certFile !== null && keyFile !== null) return { is: "given", certFile, keyFile };
  if (certFile === null && keyFile === null) return values.has("tls") ? { is: "own" } : null;
  throw new UsageError("--tls-cert and --tls-key go together: give both, or --tls alone.");
}

function fileOf(values: FlagValues, name: string): string | null {
  const value = values.get(name);
  return typeof value === "string" ? value : null;
}

function fileSizes(values: FlagValues): Pick<ServeOptions, "fileBytesMax" | "filesBytesMax"> {
  const filesBytesMax = sizeFlag(values, "max-files", FILES_BYTES_DEFAULT);
  const fileBytesMax = sizeFlag(values, "max-file", Math.min(FILE_BYTES_DEFAULT, filesBytesMax));
  if (fileBytesMax <= filesBytesMax) return { fileBytesMax, filesBytesMax };
  throw new UsageError("--max-file is at most what --max-files has for all: set both.");
}

/** No timer waits for it, so it may be longer than one can. */
function keepFiles(values: FlagValues): number | null {
  const text = String(values.get("keep-files") ?? "30d");
  if (text === "off") return null;
  const ms = parseDuration(text);
  if (ms !== null && ms > 0) return ms;
  throw new UsageError(`--keep-files is a time like 12h or 30d, or off, not ${quoted(text)}.`);
}

/** `5/s`, `100/m`, `20/h` or `off`. Throws `UsageError`. */
function rate(values: FlagValues, name: string, fallback: string, burst: number): Rate | null {
  const text = String(values.get(name) ?? fallback);
  if (text === "off") return null;
  const [, count = "", unit = ""] = /^(\d+(?:\.\d+)?)\/([smh])$/.exec(text) ?? [];
  const perSecond = Number(count) / (unit === "s" ? 1 : unit === "m" ? 60 : 3_600);
  if (perSecond >= RATE_MIN && perSecond <= MANY) return { perSecond, burst };
  throw new UsageError(
    `--${name} is a rate like 5/s, 100/m or 20/h, from 1/h to ${MANY}/s, or off, not ${quoted(text)}.`,
  );
}

/** A flag's text that goes out in one frame with other things. */
function shortText(name: string, text: string): string {
  if (utf8Bytes(text) <= TEXT_BYTES_MAX) return text;
  throw new UsageError(`--${name} has at most ${TEXT_BYTES_MAX} bytes.`);
}
