/**
 * As much of TLS 1.2 (RFC 5246) as it takes to see a server's certificate: the message that opens a handshake, and a
 * reader of what the server answers, which sends its certificate in the clear. For a Deno whose own TLS shows none. Pure.
 *
 *     record     kind (1 byte), version (2), length (2), that many bytes
 *     handshake  type (1 byte), length (3), that many bytes; cut into records as the sender likes
 */

const RECORD_HEADER_BYTES = 5;
const RECORD_BYTES_MAX = 16_384;
const MESSAGE_HEADER_BYTES = 4;
/** Longer chains of certificates than that are nobody's. */
const MESSAGE_BYTES_MAX = 65_536;
const KIND = { alert: 21, handshake: 22 } as const;
const ALERT_WARNING = 1;
const TYPE = { clientHello: 1, certificate: 11 } as const;
const TLS_1_2 = [3, 3] as const;

/** ECDHE with AES-GCM or ChaCha20, for each kind of key; in the order in which Deno's TLS offers them. */
const CIPHER_SUITES = [0xc02c, 0xc02b, 0xcca9, 0xc030, 0xc02f, 0xcca8];
const CURVES = [0x001d, 0x0017, 0x0018, 0x0019];
/** The same order again, so that a server with several certificates shows the one that it will show Deno. */
const SIGNATURES = [0x0503, 0x0403, 0x0603, 0x0807, 0x0806, 0x0805, 0x0804, 0x0601, 0x0501, 0x0401];
const EXTENSION = {
  serverName: 0,
  curves: 10,
  pointFormats: 11,
  signatures: 13,
  extendedMasterSecret: 23,
  renegotiation: 0xff01,
} as const;

/** The record that opens a handshake. `random` is 32 bytes; `hostname` is asked for where it is a name. */
export function clientHello(hostname: string, random: Uint8Array): Uint8Array {
  const isAddress = /^[\d.]+$|:/.test(hostname);
  const name = [...new TextEncoder().encode(hostname)];
  const extensions = [
    ...(isAddress ? [] : extension(EXTENSION.serverName, counted(2, [0, ...counted(2, name)]))),
    ...extension(EXTENSION.curves, counted(2, CURVES.flatMap(pair))),
    ...extension(EXTENSION.pointFormats, counted(1, [0])),
    ...extension(EXTENSION.signatures, counted(2, SIGNATURES.flatMap(pair))),
    ...extension(EXTENSION.extendedMasterSecret, []),
    ...extension(EXTENSION.renegotiation, [0]),
  ];
  const body = [
    ...TLS_1_2,
    ...random,
    ...counted(1, []),
    ...counted(2, CIPHER_SUITES.flatMap(pair)),
    ...counted(1, [0]),
    ...counted(2, extensions),
  ];
  const message = [TYPE.clientHello, ...counted(3, body)];
  return Uint8Array.from([KIND.handshake, 3, 1, ...counted(2, message)]);
}

function extension(type: number, data: readonly number[]): number[] {
  return [...pair(type), ...counted(2, data)];
}

/** `bytes` after their count, which takes `size` bytes. */
function counted(size: number, bytes: readonly number[]): number[] {
  const count = Array.from({ length: size }, (_, i) => (bytes.length >> (8 * (size - 1 - i))) & 0xff);
  return [...count, ...bytes];
}

function pair(number: number): number[] {
  return [number >> 8, number & 0xff];
}

/** What a server answered. */
export type Answer =
  /** Its certificate, in DER. */
  | { readonly is: "certificate"; readonly der: Uint8Array }
  /** It speaks TLS, but not as we do. */
  | { readonly is: "alert" }
  /** It does not speak TLS. */
  | { readonly is: "other" };

/** Puts the answer to `clientHello` together. */
export class AnswerReader {
  #records = new Uint8Array(0);
  #messages = new Uint8Array(0);

  /** Takes what was read; the answer once it is there, or null while there has to be more. */
  push(bytes: Uint8Array): Answer | null {
    this.#records = joined(this.#records, bytes);
    for (;;) {
      const [kind, major] = this.#records;
      const length = numberAt(this.#records, 3, 2);
      if (kind === undefined) return null;
      if (kind !== KIND.alert && kind !== KIND.handshake) return { is: "other" };
      if (major !== undefined && major !== TLS_1_2[0]) return { is: "other" };
      if (length === null) return null;
      if (length === 0 || length > RECORD_BYTES_MAX) return { is: "other" };
      if (this.#records.length < RECORD_HEADER_BYTES + length) return null;
      const body = this.#records.subarray(RECORD_HEADER_BYTES, RECORD_HEADER_BYTES + length);
      this.#records = this.#records.subarray(RECORD_HEADER_BYTES + length);
      if (kind === KIND.alert) {
        if (body[0] === ALERT_WARNING) continue;
        return { is: "alert" };
      }
      this.#messages = joined(this.#messages, body);
      const answer = this.#next();
      if (answer !== null) return answer;
    }
  }

  /** Passes over messages up to the one with the certificate. */
  #next(): Answer | null {
    for (;;) {
      const length = numberAt(this.#messages, 1, 3);
      if (length === null) return null;
      if (length > MESSAGE_BYTES_MAX) return { is: "other" };
      const end = MESSAGE_HEADER_BYTES + length;
      if (this.#messages.length < end) return null;
      if (this.#messages[0] === TYPE.certificate) {
        return certificateOf(this.#messages.subarray(MESSAGE_HEADER_BYTES, end));
      }
      this.#messages = this.#messages.subarray(end);
    }
  }
}

/** The first of a list of certificates, whose length and own length take three bytes each. */
function certificateOf(body: Uint8Array): Answer {
  const length = numberAt(body, 3, 3);
  if (length === null || length === 0 || body.length < 6 + length) return { is: "other" };
  return { is: "certificate", der: body.slice(6, 6 + length) };
}

/** The number of `size` bytes at `start`; null where there are not so many yet. */
function numberAt(bytes: Uint8Array, start: number, size: number): number | null {
  if (bytes.length < start + size) return null;
  return bytes.subarray(start, start + size).reduce((number, byte) => number * 256 + byte, 0);
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
