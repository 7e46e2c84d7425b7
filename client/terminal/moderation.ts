/**
 * What the commands do by which the owner of a room keeps order in it; each is about the room that is looked at. Each
 * throws `ProtocolError` where the server refuses, `UsageError` for a wrong argument.
 */

import { parseDuration, UsageError } from "../../server/protocol/flags.ts";
import { foldName } from "../../server/protocol/names.ts";
import { quoted } from "../../server/protocol/texts.ts";
import type { Face } from "./face.ts";
import { note } from "./messages.ts";
import { looking, type Scene } from "./scene.ts";

export async function kick(scene: Scene, argument: string): Promise<void> {
  const { name, rest } = personIn(argument, "/kick NAME [REASON]");
  const done = await scene.session.request("kick", { room: roomOf(scene), name, ...reasonIn(rest) });
  await scene.face.print(note(`${done.name} was sent out of #${done.room}.`));
}

export async function ban(scene: Scene, argument: string): Promise<void> {
  const { done, said } = await banned(scene, argument, "/ban", {});
  await scene.face.print(note(`${done.name} is banned from #${done.room}${said}.`));
}

export async function banAddress(scene: Scene, argument: string): Promise<void> {
  const { done, said } = await banned(scene, argument, "/ban-address", { address: true });
  await scene.face.print(
    note(
      `${done.name} is banned from #${done.room}${said}, and so is everybody at the same network address.`,
    ),
  );
}

async function banned(scene: Scene, argument: string, command: string, how: { readonly address?: true }) {
  const { name, rest } = personIn(argument, `${command} NAME [for TIME] [REASON]`);
  const { term, said, rest: reason } = termIn(rest);
  const members = { room: roomOf(scene), name, ban: true, ...how, ...term, ...reasonIn(reason) };
  return { done: await scene.session.request("kick", members), said };
}

export async function unban(scene: Scene, argument: string): Promise<void> {
  const name = onePersonIn(argument, "/unban NAME");
  const done = await scene.session.request("unban", { room: roomOf(scene), name });
  await scene.face.print(note(`${done.name} is not banned from #${done.room} any more.`));
}

export async function mute(scene: Scene, argument: string): Promise<void> {
  const usage = "/mute NAME [for TIME]";
  const { name, rest } = personIn(argument, usage);
  const { term, said, rest: more } = termIn(rest);
  if (more !== "") throw wrongUsage(usage);
  const done = await scene.session.request("mute", { room: roomOf(scene), name, ...term });
  await scene.face.print(note(`${done.name} is muted in #${done.room}${said}.`));
}

export async function unmute(scene: Scene, argument: string): Promise<void> {
  const name = onePersonIn(argument, "/unmute NAME");
  const done = await scene.session.request("unmute", { room: roomOf(scene), name });
  await scene.face.print(note(`${done.name} is not muted in #${done.room} any more.`));
}

export async function owner(scene: Scene, argument: string): Promise<void> {
  const name = onePersonIn(argument, "/owner NAME");
  const done = await scene.session.request("owner", { room: roomOf(scene), name });
  await scene.face.print(note(`${done.name} owns #${done.room} now.`));
}

export async function password(scene: Scene, argument: string): Promise<void> {
  const { session, face } = scene;
  const room = roomOf(scene);
  // It would stand on the screen, and come back with the key up.
  if (argument !== "") {
    throw new UsageError(
      "Write /password alone: it asks for the new one unseen. Do not use what you just wrote.",
    );
  }
  try {
    const chosen = await newPassword(face, room);
    if (chosen === null) return;
    await session.setPassword(room, chosen === "" ? null : chosen);
    await face.print(note(chosen === "" ? `#${room} has no password now.` : `#${room} has a new password.`));
  } finally {
    face.settle();
  }
}

/** Asked for twice, since nobody sees what they type; empty for none, null where it is declined. */
async function newPassword(face: Face, room: string): Promise<string | null> {
  const first = await face.ask({ prompt: `New password of #${room}, or nothing for none:`, secret: true });
  if (first === null || first === "") return first;
  const second = await face.ask({ prompt: "The same again:", secret: true });
  if (second === null || second === first) return second;
  throw new UsageError(`The two are not the same. The password of #${room} is as it was.`);
}

export async function closeRoom(scene: Scene): Promise<void> {
  const { session, face } = scene;
  const room = roomOf(scene);
  const typed = await face.ask({
    prompt: `This closes #${room} for everybody and for good. To do it, type the room's name:`,
  });
  if (typed === null || typed === "") return;
  if (foldName(typed.trim().replace(/^#/, "")) !== foldName(room)) {
    throw new UsageError(`${quoted(typed)} is not its name. #${room} stays open.`);
  }
  // That we are not in it any more is told as an event.
  await session.request("close", { room });
}

function roomOf({ conversation }: Scene): string {
  return looking(conversation).name;
}

/** Somebody's name, with or without `@`, and what stands behind it. */
function personIn(argument: string, usage: string): { readonly name: string; readonly rest: string } {
  const [, name = "", rest = ""] = /^@?(\S+)\s*([^]*)$/.exec(argument) ?? [];
  if (name === "") throw wrongUsage(usage);
  return { name, rest };
}

function onePersonIn(argument: string, usage: string): string {
  const { name, rest } = personIn(argument, usage);
  if (rest !== "") throw wrongUsage(usage);
  return name;
}

/** How long something holds. */
interface Term {
  /** As the protocol has it. */
  readonly term: { readonly for_ms?: number };
  /** As it was typed, to stand behind what is told of it: ` for 2h`. */
  readonly said: string;
  /** What stands behind it. */
  readonly rest: string;
}

/**
 * Reads `for TIME`. A reason may begin with "for" too, but not with what looks like a time: who writes `for 2hours`,
 * `2h` or nothing behind `for` does not mean for ever.
 */
function termIn(argument: string): Term {
  const [, first = "", second = "", rest = ""] = /^(\S*)\s*(\S*)\s*([^]*)$/.exec(argument) ?? [];
  if (parseDuration(first) !== null) throw new UsageError(`Write "for ${first}" for a time.`);
  const timed = first.toLowerCase() === "for" && /^(?:\d|$)/.test(second);
  if (!timed) return { term: {}, said: "", rest: argument };
  const ms = parseDuration(second);
  if (ms === null || ms === 0) {
    throw new UsageError(`Behind "for" stands a time like 30s, 10m, 2h or 3d, not ${quoted(second)}.`);
  }
  return { term: { for_ms: ms }, said: ` for ${second}`, rest };
}

function reasonIn(rest: string): { readonly reason?: string } {
  return rest === "" ? {} : { reason: rest };
}

function wrongUsage(usage: string): UsageError {
  return new UsageError(`Write ${usage}.`);
}
