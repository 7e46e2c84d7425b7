/** `chat connect` as a program. */

import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../main.ts", import.meta.url));
const CONFIG = fileURLToPath(new URL("../../deno.json", import.meta.url));
const RIGHTS = [
  "--allow-net",
  "--allow-read=chat-data",
  "--allow-write=chat-data",
  "--allow-env=CHAT_PASSWORD,CHAT_ROOM_PASSWORD",
];
/** Where the key is kept. */
export const IDENTITY = "chat-data/client/identity.json";

interface Surroundings {
  readonly rights?: readonly string[];
  readonly env?: Record<string, string>;
  readonly input?: string;
  /** Files that are there, by their names; private ones. */
  readonly files?: Record<string, string | Uint8Array>;
  /** Sees the folder before it goes. */
  readonly look?: (folder: string) => Promise<void>;
}

interface Result {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `chat connect` in a folder in which nothing is but `files`. */
export async function run(args: string[], surroundings: Surroundings = {}): Promise<Result> {
  const { rights = RIGHTS, env = {}, input = "", files = {}, look = () => Promise.resolve() } = surroundings;
  const folder = await Deno.makeTempDir();
  try {
    for (const [name, text] of Object.entries(files)) {
      await Deno.mkdir(`${folder}/${name}`.replace(/\/[^/]+$/, ""), { recursive: true });
      const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
      await Deno.writeFile(`${folder}/${name}`, bytes, { mode: 0o600 });
    }
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", "--config", CONFIG, ...rights, MAIN, "connect", ...args],
      cwd: folder,
      env: { ...env, NO_COLOR: "1" },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const writer = child.stdin.getWriter();
    // A program that ends at once need not read.
    await writer.write(new TextEncoder().encode(input)).then(() => writer.close()).catch(() => undefined);
    const { code, stdout, stderr } = await child.output();
    await look(folder);
    return { code, out: new TextDecoder().decode(stdout), err: new TextDecoder().decode(stderr) };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
