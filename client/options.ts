/** The command line of `chat connect`: its flags, and what they come to. Pure. */

import { type Flag, type FlagValues, integerFlag, parseFlags, UsageError } from "../server/protocol/flags.ts";
import { parseFingerprint } from "../server/protocol/certificates.ts";
import { type Address, parseAddress } from "./address.ts";
import { lastPart } from "./rights.ts";

/** Where a script goes that names no room. */
export const ROOM_DEFAULT = "lobby";

export const CONNECT_FLAGS: readonly Flag[] = [
  {
    name: "name",
    value: "NAME",
    help: "what to be called; without it a terminal asks, and elsewhere the server picks a name",
  },
  {
    name: "room",
    value: "ROOM",
    help: "the room to join; without it a terminal shows a menu, and elsewhere it is the default",
    default: ROOM_DEFAULT,
  },
  { name: "last", value: "N", help: "how many earlier messages to show", default: "50" },
  { name: "plain", help: "on a terminal, plain lines without colours or a screen, as for a screen reader" },
  { name: "no-color", help: "no colours; so does the variable NO_COLOR" },
  { name: "json", help: "requests of the protocol on standard input, replies and events on standard output" },
  {
    name: "send",
    value: "PATH|-",
    help: "put this file, or with - what standard input holds, into the room, and end",
  },
  { name: "as", value: "NAME", help: "with --send: what the file is called, which --send - needs" },
  {
    name: "get",
    value: "NAME|NUMBER",
    help: "fetch this file of the room, the newest of that name, and end",
  },
  {
    name: "to",
    value: "PATH|-",
    help:
      "with --get: where it goes, with - to standard output; without it to client/downloads of the data folder",
  },
  { name: "follow", help: "stay when standard input, which is no terminal, ends" },
  { name: "retries", value: "N", help: "how often to try to connect at first", default: "3" },
  { name: "no-reconnect", help: "end when the connection is lost" },
  {
    name: "data",
    value: "FOLDER",
    help: "where your key, the servers you trust, the transcript and your settings are kept",
    default: "chat-data",
  },
  {
    name: "identity",
    value: "FILE",
    help:
      "the key to come with, which has to be there; without it, client/identity.json of the data folder, " +
      "made on the first run",
  },
  { name: "guest", help: "come without a key: names are not kept for you" },
  {
    name: "tls",
    help: "encrypt the connection; a certificate that nobody vouches for is asked about once",
  },
  {
    name: "tls-fingerprint",
    value: "HEX",
    help: "with --tls, trust the certificate with this SHA-256 from now on, without asking",
  },
  { name: "password-file", value: "FILE", help: "a file whose first line is the room's password" },
  {
    name: "server-password-file",
    value: "FILE",
    help: "a file whose first line is the server's password; the variable CHAT_PASSWORD is read, too",
  },
  { name: "help", help: "show this" },
];

export const USAGE = "chat connect [HOST[:PORT]] [flags]";
const ADDRESS_DEFAULT = "127.0.0.1";
const NUMBER_MAX = 1_000_000;

/** Shows how the flags for files go together. */
export const EXAMPLE = `With files, from a shell, which passes them on without a right to them:

  chat connect --room lobby --send - --as report.pdf <report.pdf
  chat connect --room lobby --get report.pdf --to - >report.pdf`;

/** A file to be put into the room or fetched from it, and nothing else. */
export type Errand =
  | {
    readonly is: "send";
    /** Null for standard input. */
    readonly path: string | null;
    /** What it is called in the room. */
    readonly name: string;
  }
  | {
    readonly is: "get";
    /** A name or a number. */
    readonly what: string;
    readonly to: "downloads" | "output" | { readonly path: string };
  };

/** What the command line says. */
export interface ConnectOptions {
  readonly address: Address;
  readonly name: string | undefined;
  readonly room: string | undefined;
  readonly last: number;
  readonly plain: boolean;
  readonly colours: boolean;
  readonly json: boolean;
  readonly follow: boolean;
  readonly errand: Errand | null;
  /** How often the first connection is tried; 0 is once, too. */
  readonly tries: number;
  readonly reconnect: boolean;
  readonly data: string;
  /** A file with a key, in place of the one that is kept. */
  readonly identity: string | undefined;
  /** Whether to come without a key. */
  readonly guest: boolean;
  readonly tls: boolean;
  /** The certificate to trust, as 64 hex digits; null for none in particular. */
  readonly tlsFingerprint: string | null;
  /** Where the room's password stands. */
  readonly passwordFile: string | undefined;
  readonly serverPasswordFile: string | undefined;
}

/** Reads the command line; "help" where that is what it asks for. Throws `UsageError`. */
export function parseConnectOptions(args: readonly string[]): ConnectOptions | "help" {
  const { values, positional } = parseFlags(args, CONNECT_FLAGS);
  if (values.has("help")) return "help";
  const [address = ADDRESS_DEFAULT, ...rest] = positional;
  if (values.has("guest") && values.has("identity")) {
    throw new UsageError("--guest is to come without a key, --identity with one: only one of them can be.");
  }
  if (rest.length > 0) throw new UsageError(`One address is enough; "${rest[0]}" is one too many.`);
  return {
    address: parseAddress(address),
    name: text(values, "name"),
    room: text(values, "room"),
    last: integerFlag(values, "last", 50, 0, NUMBER_MAX),
    plain: values.has("plain"),
    colours: !values.has("no-color"),
    json: values.has("json"),
    follow: values.has("follow"),
    errand: errandOf(values),
    tries: integerFlag(values, "retries", 3, 0, NUMBER_MAX),
    reconnect: !values.has("no-reconnect"),
    data: (text(values, "data") ?? "chat-data").replace(/(?<=.)[/\\]+$/, ""),
    identity: text(values, "identity"),
    guest: values.has("guest"),
    tls: values.has("tls"),
    tlsFingerprint: fingerprintFlag(values),
    passwordFile: text(values, "password-file"),
    serverPasswordFile: text(values, "server-password-file"),
  };
}

/** What there is to be done with a file; null for nothing. */
function errandOf(values: FlagValues): Errand | null {
  const [send, name, get, to] = [
    text(values, "send"),
    text(values, "as"),
    text(values, "get"),
    text(values, "to"),
  ];
  if (send !== undefined && get !== undefined) {
    throw new UsageError("--send and --get are two errands: run the command twice.");
  }
  if (name !== undefined && send === undefined) throw new UsageError("--as is for --send: give both.");
  if (to !== undefined && get === undefined) throw new UsageError("--to is for --get: give both.");
  const errand = send !== undefined ? sending(send, name) : get !== undefined ? getting(get, to) : null;
  const other = errand === null ? undefined : ALONE.find((flag) => values.has(flag));
  if (other === undefined) return errand;
  throw new UsageError(`--${errand?.is} does one thing and ends: it does not go with --${other}.`);
}

/** What makes no sense where nothing is shown but the end. */
const ALONE = ["json", "follow", "plain", "last"] as const;

function sending(path: string, name: string | undefined): Errand {
  if (path !== "-") return { is: "send", path, name: name ?? lastPart(path) };
  if (name !== undefined) return { is: "send", path: null, name };
  throw new UsageError("What comes on standard input has no name: give it one with --as NAME.");
}

function getting(what: string, to: string | undefined): Errand {
  return { is: "get", what, to: to === undefined ? "downloads" : to === "-" ? "output" : { path: to } };
}

function fingerprintFlag(values: FlagValues): string | null {
  const given = text(values, "tls-fingerprint");
  if (given === undefined) return null;
  if (!values.has("tls")) throw new UsageError("--tls-fingerprint is for --tls: give both.");
  const fingerprint = parseFingerprint(given);
  if (fingerprint !== null) return fingerprint;
  throw new UsageError(
    "--tls-fingerprint is the SHA-256 of the certificate, 64 hex digits with or without colons, as the server shows it.",
  );
}

function text(values: FlagValues, name: string): string | undefined {
  const value = values.get(name);
  return value === true ? undefined : value;
}
