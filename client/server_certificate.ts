/** What a server's certificate says. Pure. */

import { X509Certificate } from "node:crypto";
import { CERTIFICATE_NAME, certificateHash, pemOf } from "../server/protocol/certificates.ts";

/** Versions count from 0. */
const VERSION_3 = [0xa0, 3, 2, 1, 2] as const;

export class ServerCertificate {
  readonly der: Uint8Array;
  readonly pem: string;
  /** Its SHA-256, in lower-case hex. */
  readonly hash: string;
  readonly #certificate: X509Certificate;

  /** Throws where `der` is no certificate. */
  constructor(der: Uint8Array) {
    this.der = der;
    this.pem = pemOf(der);
    this.hash = certificateHash(der);
    this.#certificate = new X509Certificate(this.pem);
  }

  /** Whether no authority but its own key vouches for it. */
  get signsItself(): boolean {
    return this.#certificate.issuer === this.#certificate.subject;
  }

  /** Why it cannot be used at `now`, in milliseconds since 1970, whoever shows it; null where it can. */
  flaw(now: number): string | null {
    if (this.#certificate.ca) return "it is that of an authority";
    // Of such a one Deno's node:tls takes any signature for that of its key.
    if (!isVersion3(this.der)) return "it is of X.509 before version 3";
    if (now > Date.parse(this.#certificate.validTo)) return "it has expired, or the clock here is wrong";
    if (now < Date.parse(this.#certificate.validFrom)) {
      return "it is not valid yet, or the clock here is wrong";
    }
    return null;
  }

  /** Who vouches for it, in one line. */
  get issuer(): string {
    return this.#certificate.issuer.trim().split("\n").join(", ");
  }

  /** Whether it is for `hostname`, a name or an address. */
  covers(hostname: string): boolean {
    if (!/^[\d.]+$|:/.test(hostname)) return this.#certificate.checkHost(hostname) !== undefined;
    return this.names.length > 0 && this.#certificate.checkIP(hostname) !== undefined;
  }

  /** The names and addresses that it is for, as far as this runtime tells: Deno 2.4 does not. */
  get names(): readonly string[] {
    const names: string | undefined = this.#certificate.subjectAltName;
    return [...(names ?? "").matchAll(/(?:DNS|IP Address):([^,\s]+)/g)].flatMap(([, name]) => name ?? []);
  }

  /**
   * A name to ask for where this certificate alone is trusted, and the host may be reached under another; null where
   * there is none.
   */
  nameFor(hostname: string): string | null {
    const names = [CERTIFICATE_NAME, hostname, ...this.names];
    return names.find((name) => !name.includes("*") && this.covers(name)) ?? null;
  }
}

/** The version stands first in a certificate, after the heads of two sequences. */
function isVersion3(der: Uint8Array): boolean {
  const inner = headBytes(der, 0);
  const version = inner + headBytes(der, inner);
  return VERSION_3.every((byte, i) => der[version + i] === byte);
}

/** How many bytes the head of a value in DER takes: its tag, and its length, which takes one byte or says how many. */
function headBytes(der: Uint8Array, at: number): number {
  const length = der[at + 1] ?? 0;
  return length < 0x80 ? 2 : 2 + (length & 0x7f);
}
