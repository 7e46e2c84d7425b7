/**
 * Command-line flags, read from a table that `--help` and the documents are made from and held to as well.
 * It stands here because both commands need it and this folder is what they share.
 */

import { parseArgs } from "@std/cli/parse-args";
import { quoted } from "./texts.ts";

export interface Flag {
  /** Without the dashes. */
  readonly name: string;
  /** What `--help` calls the value, as in `--port PORT`; a flag without one is on or off. */
  readonly value?: string;
  readonly help: string;
  readonly default?: string;
}

/** The value of each flag that was given; `true` for a flag that takes none. */
export type FlagValues = ReadonlyMap<string, string | true>;

/** The command line is wrong: the message says how, and what would be right. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/**
 * Reads `args`. `--name=value` and `--name value` are the same, but only the first form can hold a value that
 * starts with `-` and goes on; `--` ends the flags; `-h` is `--help` where the table has it. Throws `UsageError` for a flag
 * that is not in the table, stands twice, lacks its value, or has one and takes none.
 */
export function parseFlags(
  args: readonly string[],
  flags: readonly Flag[],
): { readonly values: FlagValues; readonly positional: readonly string[] } {
  const switches = flags.filter((flag) => flag.value === undefined).map((flag) => flag.name);
  refuseSwitchValues(args, switches);
  const positional: string[] = [];
  const parsed = parseArgs(withDashes(args, flags), {
    boolean: switches,
    string: flags.filter((flag) => flag.value !== undefined).map((flag) => flag.name),
    // Of a repeated flag the parser would quietly keep the last.
    collect: flags.map((flag) => flag.name),
    alias: switches.includes("help") ? { help: "h" } : {},
    // Positional arguments are taken here, since the parser would turn `007` into the number 7.
    unknown: (argument, key) => {
      if (key !== undefined) throw unknownFlag(argument, flags);
      positional.push(argument);
      return false;
    },
  });
  const values = new Map<string, string | true>();
  for (const flag of flags) {
    const value = onlyValue(flag, parsed[flag.name]);
    if (value !== undefined) values.set(flag.name, value);
  }
  return { values, positional: [...positional, ...parsed._.map(String)] };
}

/** The parser takes a `-` alone, which stands for standard input or output, for an argument and never for a value. */
function withDashes(args: readonly string[], flags: readonly Flag[]): string[] {
  const takes = new Set(flags.filter(({ value }) => value !== undefined).map(({ name }) => `--${name}`));
  const end = args.includes("--") ? args.indexOf("--") : args.length;
  const isValue = (i: number) => i < end && args[i] === "-" && takes.has(args[i - 1] ?? "");
  return args.flatMap((arg, i) => isValue(i) ? [] : isValue(i + 1) ? [`${arg}=-`] : [arg]);
}

/** The parser takes `--quiet=no` for true and lets `--quiet true` swallow what follows: neither is meant. */
function refuseSwitchValues(args: readonly string[], switches: readonly string[]): void {
  for (const [i, argument] of args.entries()) {
    if (argument === "--") return;
    const name = argument.match(/^--([^=]+)/)?.[1];
    if (name === undefined || !switches.includes(name)) continue;
    const next = args[i + 1];
    if (argument.includes("=") || next === "true" || next === "false") {
      throw new UsageError(`--${name} takes no value.`);
    }
  }
}

/** The one value in what the parser collected for `flag`; undefined where the flag was not given. */
function onlyValue(flag: Flag, collected: unknown): string | true | undefined {
  const given: unknown[] = Array.isArray(collected) ? collected : [];
  if (given.length === 0) return undefined;
  if (given.length > 1) throw new UsageError(`--${flag.name} stands twice; once is enough.`);
  if (flag.value === undefined) return true;
  const value = given[0];
  if (typeof value === "string" && value !== "") return value;
  throw new UsageError(`--${flag.name} needs a value: --${flag.name} ${flag.value}.`);
}

function unknownFlag(argument: string, flags: readonly Flag[]): UsageError {
  const name = argument.replace(/^-+/, "").replace(/=.*$/s, "");
  const names = flags.map((flag) => flag.name);
  const closest = names.find((one) => name !== "" && one.startsWith(`${name}-`)) ?? closestName(name, names);
  const shown = argument.replace(/=.*$/s, "");
  if (closest === null) return new UsageError(`There is no flag ${shown}.`);
  return new UsageError(`There is no flag ${shown}; the closest is --${closest}.`);
}

/** The one of `names` that needs the fewest edits to become `name`, the first of several; null of none. */
export function closestName(name: string, names: readonly string[]): string | null {
  let closest: string | null = null;
  let fewest = Infinity;
  for (const candidate of names) {
    const edits = editDistance(name, candidate);
    if (edits < fewest) [closest, fewest] = [candidate, edits];
  }
  return closest;
}

/** Insertions, deletions, replacements and swaps of neighbours between two words (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = at(above, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(before, j - 2) + 1 : Infinity;
      row.push(Math.min(at(above, j) + 1, at(row, j - 1) + 1, replaced, swapped));
    }
    [before, above] = [above, row];
  }
  return at(above, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Infinity;
}

const HELP_COLUMNS = 80;
/** A flag that is longer than this has its help on the lines below. */
const LEFT_COLUMNS_MAX = 30;

/** The `--help` lines of `flags`: aligned, at most 80 columns wide, with the defaults. Ends in a line break. */
export function describeFlags(flags: readonly Flag[]): string {
  const lefts = flags.map((flag) => {
    const short = flag.name === "help" && flag.value === undefined ? "-h, " : "";
    return `  ${short}--${flag.name}${flag.value === undefined ? "" : ` ${flag.value}`}`;
  });
  const fitting = lefts.map((left) => left.length).filter((length) => length <= LEFT_COLUMNS_MAX);
  const indent = Math.max(0, ...fitting) + 2;
  return flags.flatMap((flag, i) => {
    const help = flag.default === undefined ? flag.help : `${flag.help} (default: ${flag.default})`;
    const left = lefts[i] ?? "";
    const lines = wrap(help, HELP_COLUMNS - indent).map((line) => `${" ".repeat(indent)}${line}\n`);
    if (left.length > indent - 2) return [`${left}\n`, ...lines];
    return lines.map((line, n) => n === 0 ? `${left.padEnd(indent)}${line.slice(indent)}` : line);
  }).join("");
}

function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/)) {
    if (line === "") line = word;
    else if (line.length + 1 + word.length <= columns) line += ` ${word}`;
    else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line];
}

/** A whole number from `min` to `max`, both inclusive. Throws `UsageError`. */
export function integerFlag(
  values: FlagValues,
  name: string,
  fallback: number,
  min: number,
  max: number,
): number {
  const text = valueOf(values, name);
  if (text === undefined) return fallback;
  const number = Number(text);
  if (/^-?\d+$/.test(text) && number >= min && number <= max) return number;
  throw new UsageError(`--${name} is a whole number from ${min} to ${max}, not ${quoted(text)}.`);
}

const UNIT_MS: ReadonlyMap<string, number> = new Map([
  ["ms", 1],
  ["s", 1_000],
  ["m", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
]);
/** The longest that a timer can wait; one that is set for longer goes off at once. */
const DURATION_MS_MAX = 2 ** 31 - 1;

/**
 * The milliseconds in a time such as `500ms`, `30s`, `2m`, `1h` or `3d`; null where `text` is none, or stands for
 * more than a number holds exactly.
 */
export function parseDuration(text: string): number | null {
  const parts = text.match(/^(\d+)(ms|[smhd])$/);
  const unitMs = UNIT_MS.get(parts?.[2] ?? "");
  if (unitMs === undefined) return null;
  const ms = Number(parts?.[1]) * unitMs;
  return Number.isSafeInteger(ms) ? ms : null;
}

/** A time as `parseDuration` reads it that a timer can wait, in milliseconds. Throws `UsageError`. */
export function durationFlag(values: FlagValues, name: string, fallbackMs: number): number {
  const text = valueOf(values, name);
  if (text === undefined) return fallbackMs;
  const ms = parseDuration(text);
  if (ms === null) {
    throw new UsageError(`--${name} is a time like 500ms, 30s, 2m, 1h or 3d, not ${quoted(text)}.`);
  }
  if (ms > DURATION_MS_MAX) throw new UsageError(`--${name} is at most 24d, not ${quoted(text)}.`);
  return ms;
}

const UNIT_BYTES: ReadonlyMap<string, number> = new Map([
  ["B", 1],
  ["KiB", 2 ** 10],
  ["MiB", 2 ** 20],
  ["GiB", 2 ** 30],
  ["TiB", 2 ** 40],
]);

/** Bytes from a size such as `500KiB`, `100MiB` or `5GiB`. Throws `UsageError`. */
export function sizeFlag(values: FlagValues, name: string, fallback: number): number {
  const text = valueOf(values, name);
  if (text === undefined) return fallback;
  const [, count = "", unit = ""] = /^(\d+(?:\.\d+)?)([KMGT]iB|B)$/.exec(text) ?? [];
  const bytes = Math.floor(Number(count) * (UNIT_BYTES.get(unit) ?? NaN));
  if (Number.isSafeInteger(bytes)) return bytes;
  throw new UsageError(`--${name} is a size like 500KiB, 100MiB or 5GiB, not ${quoted(text)}.`);
}

function valueOf(values: FlagValues, name: string): string | undefined {
  const value = values.get(name);
  if (value === true) throw new TypeError(`--${name} takes no value by its table, and yet one is asked for`);
  return value;
}
