import { assertEquals, assertLess, assertLessOrEqual } from "@std/assert";
import { encodeMessage } from "../../server/protocol/frames.ts";
import * as limits from "../../server/protocol/limits.ts";
import { parseName } from "../../server/protocol/names.ts";
import { cleanText, utf8Bytes } from "../../server/protocol/texts.ts";

/** Bytes of the frame that holds `message`; throws where it does not fit one. */
function frameBytes(message: object): number {
  return encodeMessage(message).length;
}

/** The bytes of a frame whose JSON is written with an escape for every character of its strings. */
function frameBytesEscaped(members: Readonly<Record<string, string>>): number {
  const escaped = Object.entries(members).map(([name, value]) => {
    const units = [...Array(value.length).keys()].map((i) => value.charCodeAt(i));
    return `"${name}":"${units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("")}"`;
  });
  return limits.FRAME_HEADER_BYTES + 1 + `{"id":${Number.MAX_SAFE_INTEGER},${escaped.join(",")}}`.length;
}

const FRAME = limits.FRAME_HEADER_BYTES + limits.FRAME_BYTES_MAX;
/** The letter that takes most bytes in JSON of those that cleaning leaves in a text. */
const COSTLY = "\\";
const LONGEST_NAME = COSTLY.repeat(limits.NAME_GRAPHEMES_MAX) + "\u0323".repeat(16);
const LONGEST_KEY = COSTLY.repeat(limits.KEY_CHARS_MAX);

Deno.test("the limits that the protocol promises have not moved", () => {
  assertEquals(
    [limits.FRAME_BYTES_MAX, limits.TEXT_BYTES_DEFAULT, limits.TEXT_BYTES_MAX, limits.TITLE_BYTES_MAX],
    [65_536, 4_096, 10_000, 200],
  );
  assertEquals([limits.NAME_GRAPHEMES_MAX, limits.NAME_BYTES_MAX, limits.KEY_CHARS_MAX], [32, 64, 64]);
  assertEquals([limits.JOIN_LAST_DEFAULT, limits.HISTORY_LIMIT_DEFAULT, limits.HISTORY_LIMIT_MAX], [
    50,
    50,
    200,
  ]);
  assertEquals([limits.NAMED_MEMBERS_MAX, limits.STATUS_PEOPLE_MAX, limits.KEYS_KEPT], [100, 1_000, 10_000]);
  assertEquals([limits.HELLO_TRIES_MAX, limits.HELLO_MS_MAX], [5, 10_000]);
  assertEquals([limits.SILENCE_MS_MAX, limits.STALL_MS_MAX], [90_000, 30_000]);
  assertEquals([limits.SESSION_MS_MAX, limits.ABSENCE_MS_MAX], [300_000, 10_000]);
});

Deno.test("no character that cleaning leaves in a text takes more of JSON than a backslash does, byte for byte", () => {
  for (let point = 1; point <= 0xffff; point++) {
    const letter = String.fromCharCode(point);
    const clean = point < 0xa0 ? cleanText(`x${letter}`, 8).slice(1) : letter.toWellFormed();
    const bytes = new TextEncoder().encode(clean).length;
    const inJson = new TextEncoder().encode(JSON.stringify(clean)).length - 2;
    assertLessOrEqual(inJson, 2 * bytes, `U+${point.toString(16)}`);
  }
});

Deno.test("the longest text that a room can hold fits the frames that it travels in, however it is escaped", () => {
  const text = COSTLY.repeat(limits.TEXT_BYTES_MAX);
  const entry = {
    seq: Number.MAX_SAFE_INTEGER,
    at: Number.MAX_SAFE_INTEGER,
    kind: "say",
    from: LONGEST_NAME,
  };
  frameBytes({ type: "entry", room: LONGEST_NAME, ...entry, text, key: LONGEST_KEY });
  frameBytes({ type: "direct", from: LONGEST_NAME, text, at: Number.MAX_SAFE_INTEGER });
  // A page of history that holds nothing but this entry.
  const entries = [{ ...entry, text, key: LONGEST_KEY }];
  frameBytes({ type: "ok", re: Number.MAX_SAFE_INTEGER, room: LONGEST_NAME, entries, more: true });

  const say = { type: "say", room: "r".repeat(limits.NAME_BYTES_MAX), text, key: LONGEST_KEY };
  assertLessOrEqual(frameBytesEscaped(say), FRAME);
});

Deno.test("an operator can choose no text that a client could not send", () => {
  assertLessOrEqual(limits.TEXT_BYTES_DEFAULT, limits.TEXT_BYTES_MAX);
  // Six characters of JSON for each of ASCII; half a kilobyte for the rest of a say.
  assertLess(6 * limits.TEXT_BYTES_MAX + 1_000, limits.FRAME_BYTES_MAX);
});

Deno.test("the ok of a join with all names of a room fits a frame, with a title and the longest names", () => {
  const names = Array.from({ length: limits.NAMED_MEMBERS_MAX }, () => LONGEST_NAME);
  const title = COSTLY.repeat(limits.TITLE_BYTES_MAX);
  const most = Number.MAX_SAFE_INTEGER;
  const counts = { members: most, head: most, first: most, reset: false };
  frameBytes({ type: "ok", re: most, room: LONGEST_NAME, log: "x".repeat(64), title, names, ...counts });
});

Deno.test("a person in who with all rooms that one can be in fits a frame", () => {
  const rooms = Array.from({ length: limits.ROOMS_JOINED_MAX }, () => LONGEST_NAME);
  const most = Number.MAX_SAFE_INTEGER;
  const people = [{ name: LONGEST_NAME, rooms, connected: most, verified: false }];
  frameBytes({ type: "ok", re: most, people, more: true, next: most });
});

Deno.test("presence in a room that names its members fits a frame, if all of them come, go and are renamed", () => {
  const names = Array.from({ length: limits.NAMED_MEMBERS_MAX }, () => LONGEST_NAME);
  const renamed = names.map((name) => ({ from: name, to: name }));
  frameBytes({
    type: "presence",
    room: LONGEST_NAME,
    members: limits.NAMED_MEMBERS_MAX,
    joined: names,
    left: names,
    renamed,
  });
});

Deno.test("the longest password fits the request that carries it", () => {
  const password = "p".repeat(limits.PASSWORD_BYTES_MAX);
  const room = "r".repeat(limits.NAME_BYTES_MAX);
  assertLess(frameBytesEscaped({ type: "join", room, password }), FRAME);
});

Deno.test("the longest name that these tests count with can be had", () => {
  assertEquals(parseName(LONGEST_NAME, "name_invalid").shown, LONGEST_NAME);
  assertEquals(utf8Bytes(LONGEST_NAME), limits.NAME_BYTES_MAX);
});

Deno.test("a chunk's head fits a frame with room for bytes of the file", () => {
  assertLess(1 + limits.CHUNK_HEADER_BYTES, limits.FRAME_BYTES_MAX / 2);
  assertEquals(limits.CHUNK_HEADER_BYTES, 4 + 8);
});

Deno.test("silence is asked about well before it ends a connection, at least twice", () => {
  assertLessOrEqual(2 * limits.PING_AFTER_MS, limits.SILENCE_MS_MAX);
  assertLess(limits.HELLO_MS_MAX, limits.SILENCE_MS_MAX);
});

Deno.test("an absence that is not announced is far shorter than a session lives", () => {
  assertLess(10 * limits.ABSENCE_MS_MAX, limits.SESSION_MS_MAX);
  assertLess(limits.SILENCE_MS_MAX, limits.SESSION_MS_MAX);
});

Deno.test("keys are remembered for more entries than any page or join shows", () => {
  assertLess(limits.HISTORY_LIMIT_MAX, limits.KEYS_KEPT);
  assertLess(limits.JOIN_LAST_DEFAULT, limits.KEYS_KEPT);
  assertLessOrEqual(limits.HISTORY_LIMIT_DEFAULT, limits.HISTORY_LIMIT_MAX);
});
