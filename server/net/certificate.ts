/**
 * The server's certificate and its key: one that is made and kept, or one that is given. Both are checked before
 * anybody is let in, so that what is wrong with them is said here and not found by every client.
 *
 *     <folder>/cert.pem   the certificate
 *     <folder>/key.pem    its key, readable by its owner only
 */

import { createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from "node:crypto";
import { certificateHash, certificateIn } from "../protocol/certificates.ts";
import { messageOf } from "../protocol/errors.ts";
import { dateAndTime } from "../protocol/times.ts";
import type { Identity } from "./tls.ts";

/** There is no certificate to serve with; the message is a sentence that says why, and what to do. */
export class CertificateError extends Error {
  override readonly name = "CertificateError";
}

/** A certificate that was checked. */
export interface CheckedIdentity extends Identity {
  /** Its SHA-256 in lower-case hex. */
  readonly hash: string;
  /** Until when it is valid, in milliseconds since 1970. */
  readonly validUntil: number;
}

export interface KeptIdentityOptions {
  /** Where it is kept, as `chat-data/server/tls`. The folder above it has to be there. */
  readonly folder: string;
  /** Names and addresses to put into one that is made. */
  readonly names: readonly string[];
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export interface GivenIdentityOptions {
  /** A PEM file: the server's certificate, and after it those of the authorities, if any. */
  readonly certPath: string;
  readonly keyPath: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** A larger file is none of these. */
const FILE_BYTES_MAX = 1 << 20;
const RSA_BITS_MIN = 2_048;
/** P-256, P-384 and P-521, as OpenSSL and older runtimes call them. */
const CURVES: readonly unknown[] = ["prime256v1", "secp384r1", "secp521r1", "p256", "p384"];
/** How the extension with a certificate's names is marked in DER. */
const NAMES_MARK = String.fromCharCode(0x06, 0x03, 0x55, 0x1d, 0x11);
/** Machines with more addresses than that have them for their containers. */
const NAMES_MAX = 64;
const HOSTNAME = /^(?!-)[A-Za-z0-9.-]{1,253}(?<!-)$/;

/**
 * The certificate in `folder`, made now where there is none. Rejects with `CertificateError`, or with Deno's errors
 * where none can be made.
 */
export async function keptIdentity({ folder, names, now }: KeptIdentityOptions): Promise<CheckedIdentity> {
  if (!await isThere(folder)) await make(folder, names, now());
  const [certPath, keyPath] = [`${folder}/cert.pem`, `${folder}/key.pem`];
  try {
    const identity = { cert: await plainFile(certPath), key: await plainFile(keyPath) };
    return checked(identity, certPath, keyPath, now());
  } catch (error) {
    throw new CertificateError(
      `${
        messageOf(error).replace(/\.$/, "")
      }. Restore ${folder} from a backup, or remove it: then a new certificate ` +
        "is made, and every client is warned that it changed.",
    );
  }
}

/** The certificate of somebody's own. Rejects with `CertificateError`. */
export async function givenIdentity(
  { certPath, keyPath, now }: GivenIdentityOptions,
): Promise<CheckedIdentity> {
  const identity = {
    cert: await givenFile(certPath, "--tls-cert"),
    key: await givenFile(keyPath, "--tls-key"),
  };
  return checked(identity, certPath, keyPath, now());
}

/** What this machine is called, as far as we have the right to know it, and its addresses. */
export function machineNames(): readonly string[] {
  const names = ["localhost", "127.0.0.1", "::1"];
  if (mayKnow("hostname") && HOSTNAME.test(Deno.hostname())) names.push(Deno.hostname());
  if (mayKnow("networkInterfaces")) {
    names.push(...Deno.networkInterfaces().map(({ address }) => address.replace(/%.*/, "")));
  }
  return [...new Set(names)].slice(0, NAMES_MAX);
}

function mayKnow(kind: "hostname" | "networkInterfaces"): boolean {
  return Deno.permissions.querySync({ name: "sys", kind }).state === "granted";
}

/** Both files are there, or neither is: the folder is made aside. */
async function make(folder: string, names: readonly string[], now: number): Promise<void> {
  const { selfSigned } = await import("./self_signed.ts");
  const { cert, key } = await selfSigned(names, now);
  const aside = `${folder}.new`;
  if (await isThere(aside)) await Deno.remove(aside, { recursive: true });
  await Deno.mkdir(aside, { mode: 0o700 });
  await writeNew(`${aside}/key.pem`, key);
  await writeNew(`${aside}/cert.pem`, cert);
  await Deno.rename(aside, folder);
}

async function writeNew(path: string, text: string): Promise<void> {
  using file = await Deno.open(path, { write: true, createNew: true, mode: 0o600 });
  const bytes = new TextEncoder().encode(text);
  for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
  await file.sync();
}

async function isThere(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** One of ours: a symbolic link is not. */
async function plainFile(path: string): Promise<string> {
  const info = await Deno.lstat(path).catch((error) => {
    throw error instanceof Deno.errors.NotFound ? new CertificateError(`${path} is missing`) : error;
  });
  if (!info.isFile || info.size > FILE_BYTES_MAX) {
    throw new CertificateError(`${path} is not a file of the server's`);
  }
  return await Deno.readTextFile(path);
}

async function givenFile(path: string, flag: string): Promise<string> {
  try {
    const { isFile, size } = await Deno.stat(path);
    if (!isFile || size > FILE_BYTES_MAX) throw new Error("it is no PEM file");
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw new CertificateError(`There is no file ${path}. Give ${flag} the path of a PEM file.`);
    }
    if (error instanceof Deno.errors.NotCapable) {
      throw new CertificateError(
        `The right to read ${path} is missing. Put the file into the data folder, or run with --allow-read=${path}`,
      );
    }
    throw new CertificateError(`${path}, which ${flag} names, cannot be read: ${messageOf(error)}.`);
  }
}

/** Throws `CertificateError` for what clients would refuse. */
function checked(identity: Identity, certPath: string, keyPath: string, now: number): CheckedIdentity {
  const { certificate, der } = readCertificate(identity.cert, certPath);
  if (certificate.ca) {
    throw new CertificateError(
      `${certPath} begins with the certificate of an authority, which clients refuse from a server. Give the ` +
        "server's own, which an authority has signed or which says CA:FALSE.",
    );
  }
  if (!String.fromCharCode(...der).includes(NAMES_MARK)) {
    throw new CertificateError(
      `The certificate in ${certPath} names no server, so no client takes it. Give one with a subjectAltName.`,
    );
  }
  const from = Date.parse(certificate.validFrom);
  const validUntil = Date.parse(certificate.validTo);
  if (now > validUntil) {
    throw new CertificateError(
      `The certificate in ${certPath} was valid until ${dateAndTime(validUntil)}. Renew it.`,
    );
  }
  if (now < from) {
    throw new CertificateError(
      `The certificate in ${certPath} is valid from ${dateAndTime(from)} on. Set the clock, or get another.`,
    );
  }
  checkKey(identity.key, keyPath, certificate, certPath);
  return { ...identity, hash: certificateHash(der), validUntil };
}

function readCertificate(pem: string, path: string): { certificate: X509Certificate; der: Uint8Array } {
  const der = certificateIn(pem);
  if (der === null) {
    const swapped = pem.includes("PRIVATE KEY-----") ? "a key" : "no certificate in PEM";
    throw new CertificateError(
      `${path} is ${swapped}. A certificate begins with -----BEGIN CERTIFICATE-----`,
    );
  }
  try {
    return { certificate: new X509Certificate(pem), der };
  } catch {
    throw new CertificateError(`The certificate in ${path} is damaged.`);
  }
}

function checkKey(pem: string, path: string, certificate: X509Certificate, certPath: string): void {
  if (pem.includes("ENCRYPTED")) {
    throw new CertificateError(
      `The key in ${path} is encrypted. Decrypt it, as with openssl pkey -in FILE -out FILE, since nobody is ` +
        "there to type its password when the server starts.",
    );
  }
  if (!pem.includes("PRIVATE KEY-----")) {
    throw new CertificateError(`${path} is no key in PEM. A key begins with -----BEGIN PRIVATE KEY-----`);
  }
  let fits: boolean;
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
    fits = spki(createPublicKey(key)) === spki(certificate.publicKey);
  } catch (error) {
    throw new CertificateError(`The key in ${path} cannot be used: ${messageOf(error)}. ${KINDS}`);
  }
  if (!fits) throw new CertificateError(`The key in ${path} is not that of the certificate in ${certPath}.`);
  if (!isKnownKind(key)) {
    throw new CertificateError(`The key in ${path} is of a kind that is not served. ${KINDS}`);
  }
}

const KINDS = `Use RSA of at least ${RSA_BITS_MIN} bits, or EC with the curve P-256 or P-384.`;

function spki(key: KeyObject): string {
  return key.export({ type: "spki", format: "der" }).toString("base64");
}

function isKnownKind({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): boolean {
  const { modulusLength = 0, namedCurve } = asymmetricKeyDetails ?? {};
  if (asymmetricKeyType === "rsa") return modulusLength >= RSA_BITS_MIN;
  if (asymmetricKeyType === "ec") return CURVES.includes(namedCurve);
  return asymmetricKeyType === "ed25519";
}
