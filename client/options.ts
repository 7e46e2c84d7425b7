/** The command line of `chat connect`: its flags, and what they come to. Pure. */

import { type Flag, type FlagValues, integerFlag, parseFlags, UsageError } from "../server/protocol/flags.ts";
import { type Address, parseAddress } from "./address.ts";

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
  { name: "follow", help: "stay when standard input, which is no terminal, ends" },
  { name: "retries", value: "N", help: "how often to try to connect at first", default: "3" },
  { name: "no-reconnect", help: "end when the connection is lost" },
  {
    name: "data",
    value: "FOLDER",
    help: "where the transcript and your settings are kept",
    default: "chat-data",
  },
  { name: "password-file", value: "FILE", help: "a file whose first line is the room's password" },
  { name: "help", help: "show this" },
];

export const USAGE = "chat connect [HOST[:PORT]] [flags]";
const ADDRESS_DEFAULT = "127.0.0.1";
const NUMBER_MAX = 1_000_000;

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
  /** How often the first connection is tried; 0 is once, too. */
  readonly tries: number;
  readonly reconnect: boolean;
  readonly data: string;
  readonly passwordFile: string | undefined;
}

/** Reads the command line; "help" where that is what it asks for. Throws `UsageError`. */
export function parseConnectOptions(args: readonly string[]): ConnectOptions | "help" {
  const { values, positional } = parseFlags(args, CONNECT_FLAGS);
  if (values.has("help")) return "help";
  const [address = ADDRESS_DEFAULT, ...rest] = positional;
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
    tries: integerFlag(values, "retries", 3, 0, NUMBER_MAX),
    reconnect: !values.has("no-reconnect"),
    data: (text(values, "data") ?? "chat-data").replace(/(?<=.)[/\\]+$/, ""),
    passwordFile: text(values, "password-file"),
  };
}

function text(values: FlagValues, name: string): string | undefined {
  const value = values.get(name);
  return value === true ? undefined : value;
}
