/** What a server's certificate says. Pure. */

import { X509Certificate } from "node:crypto";
import { CERTIFICATE_NAME, certificateHash, pemOf } from "../server/protocol/certificates.ts";

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
