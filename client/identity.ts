/**
 * Who we are to servers: an Ed25519 key, made on the first run and kept in `client/identity.json` of the folder of
 * all data:
 *
 *     {"version":1,"key":"…","secret":"…"}
 *
 * with the public and the private key, 32 bytes each in base64url. Whoever has the file has the names that belong
 * to the key.
 */

import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { messageOf } from "../server/protocol/errors.ts";
import { hasShape, integer, isObject, string } from "../server/protocol/shapes.ts";
import { makeFolders, refuseLink } from "./folders.ts";
import { parsed, putText } from "./own_file.ts";

export interface Identity {
  /** The public key, as the protocol writes it. */
  readonly key: string;
  /** The signature of `bytes`, in base64url. */
  sign(bytes: Uint8Array): string;
}

/** There is a file, but no key to be had from it. The message says what to do; nothing is written over it. */
export class IdentityError extends Error {
  override readonly name = "IdentityError";
}

const VERSION = 1;
/** A larger file is none of ours. */
const FILE_BYTES_MAX = 4_096;
/** Bits of a file's mode that let its group or everybody read it. */
const OTHERS_READ = 0o044;
const VERSIONED = { version: integer(0) };
const KEYS = { key: string, secret: string };

/** Where the key is kept. */
export function identityPath(data: string): string {
  return `${data}/client/identity.json`;
}

/**
 * The key that is kept in the folder of all data; null where there is none. Throws `IdentityError` where what is
 * there is of no use.
 */
export async function keptIdentity(data: string): Promise<Identity | null> {
  return await readIdentity(identityPath(data), `${data}/client`);
}

/** As `keptIdentity`, but made where there is none. Throws whatever the disk throws where that cannot be. */
export async function keepIdentity(data: string): Promise<Identity> {
  const kept = await keptIdentity(data);
  if (kept !== null) return kept;
  await makeIdentity(data);
  const made = await keptIdentity(data);
  if (made === null) throw new Error(`${identityPath(data)} was removed by somebody else`);
  return made;
}

/** The key in a file that a person named. Throws `IdentityError`, also where there is no such file. */
export async function openIdentity(path: string): Promise<Identity> {
  const identity = await readIdentity(path, null);
  if (identity !== null) return identity;
  throw new IdentityError(
    `There is no ${path}. A new key is made by connecting without --identity; a file to bring along is the ` +
      "identity.json of another chat-data/client.",
  );
}

/** Null where there is no file. `folder` is the one of ours that it stands in, if it does. */
async function readIdentity(path: string, folder: string | null): Promise<Identity | null> {
  const text = await readOwn(path, folder);
  if (text === null) return null;
  const damaged = new IdentityError(
    `The key in ${path} is damaged. Put a copy of it back; or move the file away, and a new key is made, to which ` +
      "none of your names belongs.",
  );
  const members = parsed(text);
  if (!isObject(members) || !hasShape(VERSIONED, members)) throw damaged;
  if (members.version !== VERSION) {
    throw new IdentityError(
      `The key in ${path} was written by another version of chat. Use that one, name another file with ` +
        "--identity FILE, or connect with --guest.",
    );
  }
  const pair = hasShape(KEYS, members) ? pairOf(members.key, members.secret) : null;
  if (pair === null) throw damaged;
  return { key: pair.key, sign: (bytes) => sign(null, bytes, pair.secret).toString("base64url") };
}

/** Both keys; null where they are none, or not of each other. */
function pairOf(key: string, secret: string): { readonly key: string; readonly secret: KeyObject } | null {
  try {
    const privateKey = createPrivateKey({
      key: { kty: "OKP", crv: "Ed25519", x: key, d: secret },
      format: "jwk",
    });
    // Worked out afresh and in its one way to be written: what stands beside the secret is not looked at above.
    const isPair = createPublicKey(privateKey).export({ format: "jwk" }).x === key;
    return isPair ? { key, secret: privateKey } : null;
  } catch {
    return null;
  }
}

/** The text of a file that is its owner's alone; null where there is none. */
async function readOwn(path: string, folder: string | null): Promise<string | null> {
  try {
    if (folder !== null) await refuseLink(folder);
    const { isFile, isSymlink, size, mode } = await Deno.lstat(path);
    if (isSymlink) throw new Error("it is a symbolic link");
    if (!isFile || size > FILE_BYTES_MAX) throw new Error("it is not a plain file with a key");
    if (Deno.build.os !== "windows" && ((mode ?? 0) & OTHERS_READ) !== 0) {
      throw new IdentityError(
        `The key in ${path} can be read by others, and with it your names can be taken. Run chmod 600 ${path}, or ` +
          "connect with --guest.",
      );
    }
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    if (error instanceof IdentityError) throw error;
    const why = `The key in ${path} cannot be used: ${messageOf(error)}.`;
    throw new IdentityError(
      `${why} Mend that, name another file with --identity FILE, or connect with --guest.`,
    );
  }
}

/**
 * Makes the file, unless somebody else was faster. It is linked into place, which, unlike a rename, goes over
 * nothing: of clients that begin at once one makes the key, and all read it whole.
 */
async function makeIdentity(data: string): Promise<void> {
  await makeFolders(data, `${data}/client`);
  const { x, d } = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
  const text = `${JSON.stringify({ version: VERSION, key: x, secret: d })}\n`;
  try {
    await putText(identityPath(data), text, Deno.link);
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
}
