/** The program as its tasks start it: with their rights, from any folder. */

import config from "../../deno.json" with { type: "json" };

const ROOT = new URL("../../", import.meta.url);

/** The arguments for Deno that run `chat` with a command, those of the command itself still to follow. */
export function programArguments(command: "serve" | "connect"): string[] {
  const [, run = "run", ...rest] = config.tasks[command].command.split(" ");
  const path = (name: string) => decodeURIComponent(new URL(name, ROOT).pathname);
  return [run, "--config", path("deno.json"), ...rest.map((word) => word === "main.ts" ? path(word) : word)];
}
