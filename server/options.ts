/** The flags of `chat serve`, and what they come to. Pure. */

import { TEXT_BYTES_DEFAULT, TEXT_BYTES_MAX } from "./protocol/limits.ts";
import { utf8Bytes } from "./protocol/texts.ts";
import { durationFlag, type Flag, integerFlag, parseFlags, UsageError } from "./protocol/flags.ts";

export const SERVE_FLAGS: readonly Flag[] = [
  { name: "host", value: "ADDRESS", help: "the address to listen on", default: "0.0.0.0" },
  { name: "port", value: "PORT", help: "the port to listen on; 0 takes a free one", default: "7037" },
  { name: "data", value: "FOLDER", help: "where everything is kept", default: "chat-data" },
  { name: "max-clients", value: "N", help: "how many people may be connected at once", default: "1000" },
  { name: "max-text", value: "BYTES", help: "the longest message, in bytes of UTF-8", default: "4096" },
  {
    name: "sync",
    value: "always|off",
    help:
      "always: a message is on the disk before anybody sees it; off: the system writes it when it likes, and a " +
      "power cut can take back what was seen",
    default: "always",
  },
  { name: "idle-exit", value: "TIME", help: "end when nobody has been connected for that long, such as 2m" },
  { name: "motd", value: "TEXT", help: "what everybody is told on coming in" },
  { name: "quiet", help: "show nothing on the terminal; server.log holds it all the same" },
  { name: "help", help: "show this" },
];

export interface ServeOptions {
  readonly host: string;
  readonly port: number;
  readonly data: string;
  readonly clientsMax: number;
  readonly textBytesMax: number;
  readonly sync: boolean;
  /** Null for never. */
  readonly idleExitMs: number | null;
  readonly motd: string;
  readonly quiet: boolean;
}

/** Reads the command line; "help" where that is what it asks for. Throws `UsageError`. */
export function parseServeOptions(args: readonly string[]): ServeOptions | "help" {
  const { values, positional } = parseFlags(args, SERVE_FLAGS);
  if (values.has("help")) return "help";
  const [extra] = positional;
  if (extra !== undefined) throw new UsageError(`chat serve takes no ${JSON.stringify(extra)}, only flags.`);
  const text = (name: string, fallback: string) => String(values.get(name) ?? fallback);
  const sync = text("sync", "always");
  if (sync !== "always" && sync !== "off") {
    throw new UsageError(`--sync is "always" or "off", not ${JSON.stringify(sync)}.`);
  }
  return {
    host: text("host", "0.0.0.0"),
    port: integerFlag(values, "port", 7037, 0, 65_535),
    data: text("data", "chat-data").replace(/(?<=.)[/\\]+$/, ""),
    clientsMax: integerFlag(values, "max-clients", 1_000, 1, 1_000_000),
    textBytesMax: integerFlag(values, "max-text", TEXT_BYTES_DEFAULT, 1, TEXT_BYTES_MAX),
    sync: sync === "always",
    idleExitMs: values.has("idle-exit") ? durationFlag(values, "idle-exit", 0) : null,
    motd: shortText("motd", text("motd", "")),
    quiet: values.has("quiet"),
  };
}

/** A flag's text that goes out in one frame with other things. */
function shortText(name: string, text: string): string {
  if (utf8Bytes(text) <= TEXT_BYTES_MAX) return text;
  throw new UsageError(`--${name} has at most ${TEXT_BYTES_MAX} bytes.`);
}
