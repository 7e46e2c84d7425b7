/** Certificates to test with, right and wrong in every way, made by the library that makes ours. */

import "reflect-metadata";
import {
  BasicConstraintsExtension,
  type Extension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from "@peculiar/x509";

const DAY_MS = 86_400_000;
const EC = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

export interface Made {
  /** The certificate and its key, in PEM. */
  readonly cert: string;
  readonly key: string;
  readonly keys: CryptoKeyPair;
}

export interface CertificateOptions {
  readonly subject?: string;
  /** Names, or none. */
  readonly names?: readonly string[];
  readonly authority?: boolean;
  /** When it is valid, in milliseconds from now. */
  readonly from?: number;
  readonly until?: number;
  /** Who vouches for it; itself where nobody does. */
  readonly issuer?: { readonly made: Made; readonly subject: string };
  /** For a key of RSA with so many bits, in place of one of EC. */
  readonly rsaBits?: number;
}

function rsa(modulusLength: number) {
  const publicExponent = Uint8Array.of(1, 0, 1);
  return { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", modulusLength, publicExponent };
}

/** A certificate as a test wants it; one that is in order where it wants nothing. */
export async function certificate(options: CertificateOptions = {}): Promise<Made> {
  const { subject = "CN=a server", names = ["localhost"], authority = false, issuer } = options;
  const algorithm = options.rsaBits === undefined ? EC : rsa(options.rsaBits);
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const extensions: Extension[] = [new BasicConstraintsExtension(authority, undefined, true)];
  if (names.length > 0) {
    const general = names.map((value) => ({ type: "dns" as const, value }));
    extensions.push(new SubjectAlternativeNameExtension(general));
  }
  const made = await X509CertificateGenerator.create({
    subject,
    issuer: issuer?.subject ?? subject,
    notBefore: new Date(Date.now() + (options.from ?? -DAY_MS)),
    notAfter: new Date(Date.now() + (options.until ?? DAY_MS)),
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey: issuer?.made.keys.privateKey ?? keys.privateKey,
    extensions,
  });
  const pkcs8 = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  return { cert: `${made.toString("pem")}\n`, key: `${PemConverter.encode(pkcs8, "PRIVATE KEY")}\n`, keys };
}
