/** Piped mode: each line of standard input is a message, each entry a line of standard output. */

import type { SessionEvent } from "./events.ts";
import { hourAndMinute } from "../server/protocol/times.ts";
import { entryLine } from "./lines.ts";
import { oneLine } from "./clean.ts";
import { runScript, type Script } from "./script.ts";

/** Runs the front end to its end; `room` is where the lines go. Resolves to the exit code, as `runScript`. */
export function runPipe(script: Script, room: string): Promise<number> {
  return runScript(script, {
    async take(line) {
      if (line.trim() !== "") await script.session.say(room, line);
    },
    show,
  });
}

function show(event: SessionEvent): string | null {
  if (event.is === "entry") return entryLine(event.event);
  if (event.is !== "direct") return null;
  const { at, from, text } = event.event;
  return `[${hourAndMinute(at)}] ${oneLine(from)} (to you alone): ${oneLine(text)}`;
}
