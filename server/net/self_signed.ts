/**
 * Makes certificates that nobody but their own key vouches for. Stands by itself, and is loaded when one is to be
 * made: the library takes more memory than TLS does.
 */

// The library finds its parts through it.
import "reflect-metadata";
import {
  BasicConstraintsExtension,
  type JsonGeneralNames,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { CERTIFICATE_NAME } from "../protocol/certificates.ts";
import type { Identity } from "./tls.ts";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const DAY_MS = 86_400_000;
const VALID_MS = 3_650 * DAY_MS;
/** Clients whose clocks are behind ours take it, too. */
const EARLIER_MS = DAY_MS;
const IP = /^[\d.]+$|:/;

/**
 * A certificate for `names` (names and addresses of this machine) and `CERTIFICATE_NAME`, with its key, valid for ten
 * years from `now`, which is in milliseconds since 1970. It says that it is no authority: clients take no other.
 */
export async function selfSigned(names: readonly string[], now: number): Promise<Identity> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: `CN=${CERTIFICATE_NAME}`,
    notBefore: new Date(now - EARLIER_MS),
    notAfter: new Date(now + VALID_MS),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new SubjectAlternativeNameExtension([CERTIFICATE_NAME, ...names].map(generalName)),
    ],
  });
  const pkcs8 = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  return { cert: `${certificate.toString("pem")}\n`, key: `${PemConverter.encode(pkcs8, "PRIVATE KEY")}\n` };
}

function generalName(value: string): JsonGeneralNames[number] {
  return { type: IP.test(value) ? "ip" : "dns", value };
}
