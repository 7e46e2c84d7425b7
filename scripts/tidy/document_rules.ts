/**
 * The rules that hold the documents to the code.
 *
 * They read tables whose first cell is code: in the protocol's README the codes stand under "Error codes", the
 * requests under "Requests", those that are still to come under "Requests that come later", and events under
 * "Events"; in README.md each flag has a row that begins with `--name` or `--name VALUE`, and each command of the
 * terminal one that begins with `/name` or `/name USAGE` and goes on with its help.
 */

import type { Flag } from "../../server/protocol/flags.ts";
import type { Shape } from "../../server/protocol/shapes.ts";
import type { Finding } from "./finding.ts";

export interface Document {
  readonly path: string;
  readonly text: string;
}

interface Row {
  readonly line: number;
  readonly cells: readonly string[];
}

/** The table rows under the heading `title`, as far as the next heading; of the whole text where it is null. */
function rowsUnder({ text }: Document, title: string | null): readonly Row[] {
  const rows: Row[] = [];
  let inside = title === null;
  for (const [i, line] of text.split("\n").entries()) {
    const heading = line.match(/^#+ (.*)$/)?.[1];
    if (heading !== undefined && title !== null) inside = heading === title;
    if (!inside || !line.startsWith("| `")) continue;
    const cells = line.split(/(?<!\\)\|/).slice(1, -1).map((cell) => cell.trim().replaceAll("\\|", "|"));
    rows.push({ line: i + 1, cells });
  }
  return rows;
}

/** The pieces of code in a cell: what stands between backticks, and whether a `?` follows it. */
function codeIn(cell: string): readonly { readonly text: string; readonly optional: boolean }[] {
  return [...cell.matchAll(/`([^`]+)`(\??)/g)].map(([, text = "", mark]) => ({
    text,
    optional: mark === "?",
  }));
}

function firstCode(row: Row): string {
  return codeIn(row.cells[0] ?? "")[0]?.text ?? "";
}

/** Findings for what only one of the two has; `noun` is what they are. */
function difference(
  document: Document,
  noun: string,
  written: ReadonlyMap<string, number>,
  wanted: Iterable<string>,
): readonly Finding[] {
  const { path } = document;
  const inCode = new Set(wanted);
  return [
    ...[...written].filter(([name]) => !inCode.has(name))
      .map(([name, line]) => ({ path, line, says: `${noun} \`${name}\` is not in the code.` })),
    ...[...inCode].filter((name) => !written.has(name))
      .map((name) => ({ path, line: 1, says: `${noun} \`${name}\` of the code has no row.` })),
  ];
}

function linesByName(rows: readonly Row[]): ReadonlyMap<string, number> {
  return new Map(rows.map((row) => [firstCode(row), row.line]));
}

export function errorCodesAreDocumented(protocol: Document, codes: readonly string[]): readonly Finding[] {
  return difference(protocol, "the error code", linesByName(rowsUnder(protocol, "Error codes")), codes);
}

/** What each kind of message is documented to hold; `undefined` for what the code has nothing of. */
export interface Messages {
  readonly requests: Readonly<Record<string, { readonly asks: Shape; readonly ok: Shape }>>;
  readonly events: Readonly<Record<string, Shape>>;
}

/** Requests and events of the text are those of the code, with the same members, and none of them "comes later". */
export function messagesAreDocumented(
  protocol: Document,
  { requests, events }: Messages,
): readonly Finding[] {
  const requestRows = rowsUnder(protocol, "Requests");
  const eventRows = rowsUnder(protocol, "Events");
  const later = rowsUnder(protocol, "Requests that come later").filter((row) => firstCode(row) in requests);
  return [
    ...difference(protocol, "the request", linesByName(requestRows), Object.keys(requests)),
    ...difference(protocol, "the event", linesByName(eventRows), Object.keys(events)),
    ...later.map((row) => ({
      path: protocol.path,
      line: row.line,
      says: `the request \`${firstCode(row)}\` is there already: it belongs under "Requests".`,
    })),
    ...requestRows.flatMap((row) => membersOf(protocol, row, 1, requests[firstCode(row)]?.asks)),
    ...requestRows.flatMap((row) => membersOf(protocol, row, 2, requests[firstCode(row)]?.ok)),
    ...eventRows.flatMap((row) => membersOf(protocol, row, 1, events[firstCode(row)])),
  ];
}

/** Compares the members in a cell, which stand there as `name` or `name`?, with those of a shape. */
function membersOf(
  protocol: Document,
  row: Row,
  column: number,
  shape: Shape | undefined,
): readonly Finding[] {
  if (shape === undefined) return [];
  // Members of members stand in braces, values and remarks in parentheses.
  const cell = (row.cells[column] ?? "").replace(/\{[^}]*\}|\([^)]*\)/g, "");
  const written = codeIn(cell).map(({ text, optional }) => optional ? `${text}?` : text);
  const wanted = Object.entries(shape).map(([name, member]) => member.optional ? `${name}?` : name);
  const noun = `in \`${firstCode(row)}\` the member`;
  return difference(protocol, noun, new Map(written.map((name) => [name, row.line])), wanted);
}

/** README.md has a row for each flag, with its value's name and its default, and for no other. */
export function flagsAreDocumented(readme: Document, flags: readonly Flag[]): readonly Finding[] {
  const rows = rowsUnder(readme, null).filter((row) => firstCode(row).startsWith("--"));
  const heads = flags.map((flag) =>
    flag.value === undefined ? `--${flag.name}` : `--${flag.name} ${flag.value}`
  );
  const text = (head: string) =>
    rows.filter((row) => firstCode(row) === head).flatMap((row) => row.cells).join(" ");
  return [
    ...difference(readme, "the flag", linesByName(rows), heads),
    ...flags.flatMap((flag, i) => {
      const head = heads[i] ?? "";
      const written = text(head);
      if (written === "" || flag.default === undefined || written.includes(flag.default)) return [];
      const line = rows.find((row) => firstCode(row) === head)?.line ?? 1;
      return [{
        path: readme.path,
        line,
        says: `the default of \`${head}\` is ${flag.default} in the code.`,
      }];
    }),
  ];
}

/** A command as `/help` shows it. */
export interface Command {
  /** `/msg NAME TEXT` */
  readonly usage: string;
  readonly help: string;
}

/** README.md has a row for each command, with the words of its help, and for no other. */
export function commandsAreDocumented(readme: Document, commands: readonly Command[]): readonly Finding[] {
  const rows = rowsUnder(readme, null).filter((row) => firstCode(row).startsWith("/"));
  const wrong = rows.flatMap((row) => {
    const command = commands.find(({ usage }) => usage === firstCode(row));
    if (command === undefined || row.cells[1] === command.help) return [];
    return [{
      path: readme.path,
      line: row.line,
      says: `the help of \`${command.usage}\` is "${command.help}" in the code.`,
    }];
  });
  return [
    ...difference(readme, "the command", linesByName(rows), commands.map(({ usage }) => usage)),
    ...wrong,
  ];
}
