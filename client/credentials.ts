/** What a person brings along to a server: the key that their names belong to, and passwords. */

import { messageOf } from "../server/protocol/errors.ts";
import { PASSWORD_BYTES_MAX } from "../server/protocol/limits.ts";
import { type Identity, IdentityError, identityPath, keepIdentity, openIdentity } from "./identity.ts";
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

/** A password from the first line of `file`, or from the environment where none is named. */
async function passwordFrom(file: string | undefined, variable: string): Promise<string | null> {
  if (file !== undefined) return await filePassword(file);
  const { state } = Deno.permissions.querySync({ name: "env", variable });
  return state === "granted" ? Deno.env.get(variable) ?? null : null;
}

async function filePassword(path: string): Promise<string> {
  needReadable(path);
  try {
    using file = await Deno.open(path, { read: true });
    const bytes = new Uint8Array(PASSWORD_BYTES_MAX + 2);
    const length = await file.read(bytes) ?? 0;
    return new TextDecoder().decode(bytes.subarray(0, length)).split(/\r?\n/, 1)[0] ?? "";
  } catch (error) {
    throw new Obstacle(`The password cannot be read: ${messageOf(error)}.`);
  }
}
