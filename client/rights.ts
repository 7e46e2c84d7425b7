/** Rights to files that a person names: whether we have them, asking for them, and what to do without. */

import { ProtocolError } from "../server/protocol/errors.ts";

/** A right to one path. */
export interface Right {
  readonly name: "read" | "write";
  readonly path: string;
}

/** What the runtime says of rights; tests say it themselves. */
export interface Rights {
  query(right: Right): Deno.PermissionState;
  /** Asks at the terminal, in its cooked mode, while nothing reads from it; without a terminal the answer is no. */
  request(right: Right): Promise<Deno.PermissionState>;
}

export const systemRights: Rights = {
  query: (right) => Deno.permissions.querySync(right).state,
  request: async (right) => (await Deno.permissions.request(right)).state,
};

/** Those that are still to be asked for. The runtime asks once: what was denied stays so until the program ends. */
export function askable(rights: Rights, wanted: readonly Right[]): readonly Right[] {
  return wanted.filter((right) => {
    const gap = missing(rights, right);
    return gap !== null && rights.query(gap) === "prompt";
  });
}

/** Asks for them, one after another; looks again before each, since one answer can hold for all. */
export async function askFor(rights: Rights, wanted: readonly Right[]): Promise<void> {
  for (const right of wanted) {
    let gap = missing(rights, right);
    while (gap !== null && rights.query(gap) === "prompt") {
      if (await rights.request(gap) !== "granted") break;
      gap = missing(rights, right);
    }
  }
}

/** A file that a person named. */
export interface NamedFile {
  /** As it was named. */
  readonly shown: string;
  /** As it is to be opened. */
  readonly path: string;
  readonly rights: readonly Right[];
}

/** A file to be read. */
export function fileToRead(shown: string): NamedFile {
  return { shown, path: shown, rights: [{ name: "read", path: shown }] };
}

/** A file to be made. To see that nothing is there yet needs the right to read. */
export function fileToMake(shown: string, rights: Rights): NamedFile {
  const { folder, name } = parts(shown);
  const looks = folder !== "" && rights.query({ name: "read", path: folder }) === "granted";
  const real = looks ? `${realPath(folder).replace(/[/\\]$/, "")}/${name}` : shown;
  // As it was named, unless a link leads out of where we may write.
  const path = rights.query({ name: "write", path: real }) === "granted" ? shown : real;
  return { shown, path, rights: [{ name: "read", path }, { name: "write", path }] };
}

/** Whether all of a file's rights are there. */
export function reachable({ rights: wanted }: NamedFile, rights: Rights): boolean {
  return wanted.every((right) => missing(rights, right) === null);
}

/** Where nobody can be asked. Throws `ProtocolError` `not_allowed` with `sentence`, where a right is missing. */
export function needReachable(file: NamedFile, sentence: () => string): void {
  if (!reachable(file, systemRights)) throw new ProtocolError("not_allowed", sentence());
}

/** The last part of a path. */
export function lastPart(path: string): string {
  return parts(path).name;
}

/** Where files stand that are sent without a question. */
export const OUTBOX = "client/outbox";

/** The file of that name in the outbox; null where there is none. */
export function outboxPath(data: string, name: string, rights: Rights): string | null {
  const path = `${data}/${OUTBOX}/${name}`;
  if (rights.query({ name: "read", path }) !== "granted") return null;
  try {
    Deno.lstatSync(path);
    return path;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return null;
  }
}

/**
 * What to do where a file may not be read; with `rights`, whether it can be asked for again in this program, which
 * then looks for a name in the outbox, too.
 */
export function unreadable({ shown, rights: wanted }: NamedFile, data: string, rights?: Rights): string {
  return `The right to read ${shown} is missing.${
    again(wanted, rights)
  } Put the file into ${data}/${OUTBOX}/${rights === undefined ? " and name it with that path" : ""}, ` +
    `or in a shell: chat connect --send - --as ${shellWord(lastPart(shown))} <${shellWord(shown)}`;
}

/** What to do where a file may not be made. */
export function unwritable({ shown, rights: wanted }: NamedFile, data: string, rights?: Rights): string {
  return `The right to read and write ${shown} is missing.${
    again(wanted, rights)
  } Without a path a file goes to ` +
    `${data}/client/downloads/; in a shell: chat connect --get NAME --to - >${shellWord(shown)}`;
}

/** `text` as a shell takes it for one word and nothing else. */
function shellWord(text: string): string {
  if (/^[\w./-]+$/.test(text)) return text;
  return Deno.build.os === "windows" ? `"${text}"` : `'${text.replaceAll("'", "'\\''")}'`;
}

function again(wanted: readonly Right[], rights: Rights | undefined): string {
  if (rights === undefined) return "";
  const denied = wanted.some((right) => {
    const gap = missing(rights, right);
    return gap !== null && rights.query(gap) === "denied";
  });
  return denied ? " It was denied, and is asked for again after the next start." : "";
}

/** `right`, or that to where its path leads, whichever we do not have: rights do not stop symbolic links. */
function missing(rights: Rights, right: Right): Right | null {
  if (rights.query(right) !== "granted") return right;
  const there = { ...right, path: realPath(right.path) };
  return rights.query(there) === "granted" ? null : there;
}

/** Where symbolic links lead; `path` itself where nothing is there. */
function realPath(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return path;
  }
}

function parts(path: string): { readonly folder: string; readonly name: string } {
  const slash = Deno.build.os === "windows" ? /^(.*[/\\])?(.*)$/s : /^(.*\/)?(.*)$/s;
  const [, folder = "", name = ""] = slash.exec(path) ?? [];
  return { folder, name };
}
