/** What a person brings along to a server: the key that their names belong to, and passwords. */

import { messageOf } from "../server/protocol/errors.ts";
import { PASSWORD_BYTES_MAX } from "../server/protocol/limits.ts";
import { firstLineOf, startOf } from "../server/protocol/password_files.ts";
import { utf8Bytes } from "../server/protocol/texts.ts";
import {
  type Identity,
  IdentityError,
  identityPath,
  keepIdentity,
  keptIdentity,
  openIdentity,
} from "./identity.ts";
import { missingRight, needReadable, Obstacle } from "./obstacle.ts";
import type { ConnectOptions } from "./options.ts";

export interface Credentials {
  /** Null for a guest. */
  readonly identity: Identity | null;
  /** The server's password and that of the first room; null where none was given. */
  readonly serverPassword: string | null;
  readonly roomPassword: string | null;
}

/** Reads what the command line names and what is kept. `warn` is told what a person should know. Throws `Obstacle`. */
export async function gatherCredentials(
  options: ConnectOptions,
  warn: (sentence: string) => void,
): Promise<Credentials> {
  return {
    identity: await identityOf(options, warn),
    serverPassword: await passwordFrom(options.serverPasswordFile, "CHAT_PASSWORD"),
    roomPassword: await passwordFrom(options.passwordFile, "CHAT_ROOM_PASSWORD"),
  };
}

async function identityOf(
  { guest, identity: file, data }: ConnectOptions,
  warn: (sentence: string) => void,
): Promise<Identity | null> {
  if (guest) return null;
  try {
    if (file !== undefined) {
      needReadable(file);
      return await openIdentity(file);
    }
    const right = missingRight(data, ["read", "write"]);
    if (right === null) return await keepIdentity(data);
    // One that is there need not be made.
    const kept = right === "write" ? await keptIdentity(data) : null;
    if (kept !== null) return kept;
    warn(`You are a guest, without a key that keeps your name: the right to ${right} ${data} is missing.`);
  } catch (error) {
    if (error instanceof IdentityError) throw new Obstacle(error.message);
    if (error instanceof Obstacle) throw error;
    // No name can belong to a key that never was.
    const why = `${identityPath(data)} cannot be made: ${messageOf(error)}.`;
    warn(`You are a guest, without a key that keeps your name: ${why}`);
  }
  return null;
}

/** A password from the first line of `file`, or from the environment where none is named; an empty one there is none. */
async function passwordFrom(file: string | undefined, variable: string): Promise<string | null> {
  const password = file === undefined ? fromEnvironment(variable) : await firstLine(file);
  if (password === null) return null;
  if (utf8Bytes(password) <= PASSWORD_BYTES_MAX) return password;
  const where = file === undefined ? variable : `the first line of ${file}`;
  throw new Obstacle(`The password in ${where} is too long: it has at most ${PASSWORD_BYTES_MAX} bytes.`);
}

function fromEnvironment(variable: string): string | null {
  const { state } = Deno.permissions.querySync({ name: "env", variable });
  const value = state === "granted" ? Deno.env.get(variable) ?? "" : "";
  return value === "" ? null : value;
}

async function firstLine(path: string): Promise<string> {
  needReadable(path);
  const line = await readFirstLine(path);
  if (line === "") throw new Obstacle(`The first line of ${path} is empty: the password stands there.`);
  return line;
}

async function readFirstLine(path: string): Promise<string> {
  try {
    using file = await Deno.open(path, { read: true });
    return firstLineOf(await startOf((into) => file.read(into)));
  } catch (error) {
    if (error instanceof TypeError) throw new Obstacle(`The password in ${path} is not text in UTF-8.`);
    throw new Obstacle(`The password cannot be read: ${messageOf(error)}.`);
  }
}
