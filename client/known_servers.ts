/**
 * The servers whose certificates were accepted, kept in `client/known_servers.json` of the folder of all data:
 *
 *     {"192.0.2.7:7037": {"fingerprint": "AB:CD:…", "since": "2026-11-20T14:03:05.000Z", "certificate": "-----BEGIN…"}}
 *
 * Several clients may run with one folder: a change reads the file, and writes it aside and renames it, while a lock
 * is held. What cannot be read is never written over, since a pin that is lost would be asked for anew.
 */

import { certificateHash, certificateIn, pemOf, showFingerprint } from "../server/protocol/certificates.ts";
import { messageOf } from "../server/protocol/errors.ts";
import { firstWrong, hasShape, isObject, type JsonObject, string } from "../server/protocol/shapes.ts";
import { type Address, showAddress } from "./address.ts";
import { makeFolders } from "./folders.ts";
import { readObject, replaceObject } from "./own_file.ts";
import { TrustError } from "./trust_error.ts";

/** A server that was accepted once. */
export interface KnownServer {
  /** Its certificate, in DER. */
  readonly certificate: Uint8Array;
  /** Since when, in ISO 8601. */
  readonly since: string;
}

const SHAPE = { fingerprint: string, since: string, certificate: string };
/** A larger file is none of ours. */
const FILE_BYTES_MAX = 4 << 20;

export class KnownServers {
  readonly #data: string;
  /** Milliseconds since 1970. */
  readonly #now: () => number;

  /** `data` is the folder of all data, as `chat-data`. */
  constructor(data: string, now: () => number) {
    this.#data = data;
    this.#now = now;
  }

  /** Where they are kept. */
  get path(): string {
    return `${this.#data}/client/known_servers.json`;
  }

  /**
   * What is known of a server; null where nothing is, or where we have no right to look. Rejects with `TrustError`
   * where the file cannot be used: to go on would be to forget whom to trust.
   */
  async find(address: Address): Promise<KnownServer | null> {
    if (!this.#may("read")) return null;
    const name = nameOf(address);
    const servers = await this.#readOrRefuse();
    if (!Object.hasOwn(servers, name)) return null;
    const known = serverOf(servers[name]);
    if (known !== null) return known;
    throw this.#damaged(`what it says of ${name} is no certificate with its fingerprint`);
  }

  /** Keeps a server's certificate in place of any other. Resolves to a sentence where that does not work, or null. */
  async keep(address: Address, certificate: Uint8Array): Promise<string | null> {
    const server = {
      fingerprint: showFingerprint(certificateHash(certificate)),
      since: new Date(this.#now()).toISOString(),
      certificate: pemOf(certificate),
    };
    return await this.#change((servers) => ({ ...servers, [nameOf(address)]: server }));
  }

  /** Forgets a server. Resolves to a sentence where that does not work, or null. */
  async forget(address: Address): Promise<string | null> {
    const name = nameOf(address);
    return await this.#change((servers) =>
      Object.fromEntries(Object.entries(servers).filter(([other]) => other !== name))
    );
  }

  async #change(change: (servers: JsonObject) => JsonObject): Promise<string | null> {
    const missing = (["read", "write"] as const).find((name) => !this.#may(name));
    if (missing !== undefined) {
      return `This is not kept: the right to ${missing} ${this.#data} is missing. Run with --allow-${missing}=${this.#data}`;
    }
    try {
      await makeFolders(this.#data, `${this.#data}/client`);
      using _lock = await lock(`${this.path}.lock`);
      await replaceObject(this.path, change(await this.#read()));
      return null;
    } catch (error) {
      return `This is not kept in ${this.path}: ${messageOf(error)}.`;
    }
  }

  async #read(): Promise<JsonObject> {
    return await readObject(this.path, FILE_BYTES_MAX, "servers") ?? {};
  }

  async #readOrRefuse(): Promise<JsonObject> {
    try {
      return await this.#read();
    } catch (error) {
      throw this.#damaged(messageOf(error));
    }
  }

  #damaged(why: string): TrustError {
    return new TrustError(
      `${this.path} says which servers to trust, but cannot be used: ${why}. Restore it from a backup, or remove ` +
        "it and compare the fingerprints of your servers anew.",
    );
  }

  /** To ask for a right in the middle of a chat would freeze it. */
  #may(name: "read" | "write"): boolean {
    return Deno.permissions.querySync({ name, path: this.#data }).state === "granted";
  }
}

/** What a server is called in the file: hosts are the same in any case. */
function nameOf(address: Address): string {
  return showAddress(address).toLowerCase();
}

function serverOf(value: unknown): KnownServer | null {
  if (!isObject(value) || firstWrong(SHAPE, value) !== null || !hasShape(SHAPE, value)) return null;
  const certificate = certificateIn(value.certificate);
  if (certificate === null || showFingerprint(certificateHash(certificate)) !== value.fingerprint) {
    return null;
  }
  return { certificate, since: value.since };
}

/** Holds the file at `path` locked until it is disposed of; a client that dies leaves no lock. */
async function lock(path: string): Promise<Deno.FsFile> {
  const file = await openPlain(path);
  try {
    await file.lock(true);
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}

/** Permissions do not stop symbolic links: what is there already is opened when it is a file and nothing else. */
async function openPlain(path: string): Promise<Deno.FsFile> {
  try {
    return await Deno.open(path, { createNew: true, write: true, mode: 0o600 });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
  if (!(await Deno.lstat(path)).isFile) throw new Error(`${path} is not a plain file`);
  return await Deno.open(path, { write: true });
}
