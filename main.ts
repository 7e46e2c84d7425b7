/** `chat`: dispatches to its commands. */

import { VERSION } from "./server/protocol/version.ts";

const HELP = `chat is a chat tool in one file.

usage:
  chat serve [flags]                  run a server
  chat connect [HOST[:PORT]] [flags]  talk to one
  chat --help | --version

chat serve --help and chat connect --help list the flags.`;

/** Runs the command that `args` name; returns the exit code. */
async function main([command, ...rest]: readonly string[]): Promise<number> {
  switch (command) {
    case "serve":
      return await (await import("./server/serve.ts")).serve(rest);
    case "connect":
      return await (await import("./client/connect.ts")).connect(rest);
    case "--help":
    case "-h":
    case "help":
      console.log(HELP);
      return 0;
    case "--version":
      console.log(`chat ${VERSION}`);
      return 0;
    default:
      console.error(
        command === undefined
          ? HELP
          : `chat: there is no command ${JSON.stringify(command)}. See chat --help.`,
      );
      return 2;
  }
}

Deno.exit(await main(Deno.args));
