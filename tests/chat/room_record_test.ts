/** The record of a room: what is written is read, what is older is understood, what is damaged is not. */

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { parseRoomRecord, type RoomRecord } from "../../server/chat/room_record.ts";

const SANCTION = { name: "Bo", look: "bo", key: null, network: null, by: "Olga", at: 1, until: 2 };
const RECORD: RoomRecord = {
  room: "tea",
  log: "abc",
  title: "Tea",
  password: { algorithm: "scrypt-32768-8-1", salt: "c2FsdA==", hash: "aGFzaA==" },
  owner: "key",
  history: "joined",
  banned: [{ ...SANCTION, reason: "spam" }],
  muted: [{ ...SANCTION, name: null, look: null, key: "other", network: "192.0.2.7", until: null }],
  created: 1_760_000_000_000,
  closed: null,
};

/** What a restart makes of a value. */
function reread(value: unknown): RoomRecord | null {
  return parseRoomRecord(JSON.parse(JSON.stringify(value)));
}

Deno.test("a record is read as it was written", () => {
  for (const change of [{}, { password: null, owner: null, history: "all" }, { closed: 5 }, { banned: [] }]) {
    const record = { ...RECORD, ...change };
    assertEquals<unknown>(reread(record), record);
  }
  const sanction = fc.record({
    name: fc.option(fc.string()),
    look: fc.option(fc.string()),
    key: fc.option(fc.string()),
    network: fc.option(fc.string()),
    by: fc.string(),
    at: fc.nat(),
    until: fc.option(fc.nat()),
  });
  const lists = fc.record({ banned: fc.array(sanction), muted: fc.array(sanction), title: fc.string() });
  fc.assert(
    fc.property(lists, (change) => assertEquals(reread({ ...RECORD, ...change }), { ...RECORD, ...change })),
  );
});

Deno.test("a record from before there were owners is one of an open house: nobody's, with all to be seen", () => {
  const { room, log, title, password, created } = RECORD;
  assertEquals(reread({ room, log, title, password, created }), {
    ...RECORD,
    owner: null,
    history: "all",
    banned: [],
    muted: [],
    closed: null,
  });
});

Deno.test("what is not quite a record is none", () => {
  const wrong: readonly object[] = [
    { room: undefined },
    { room: 7 },
    { log: null },
    { title: null },
    { password: undefined },
    { password: "green" },
    { password: { ...RECORD.password, algorithm: "md5" } },
    { password: { ...RECORD.password, algorithm: "scrypt-32768-8-10" } },
    { password: { algorithm: "scrypt-32768-8-1", salt: "c2FsdA==" } },
    { owner: 7 },
    { history: "none" },
    { history: null },
    { banned: null },
    { banned: {} },
    { banned: [{}] },
    { banned: [{ ...SANCTION, until: -1 }] },
    { banned: [{ ...SANCTION, at: "now" }] },
    { muted: [{ ...SANCTION, by: undefined }] },
    { muted: [null] },
    { created: undefined },
    { created: -1 },
    { created: 0.5 },
    { closed: true },
    { closed: "yesterday" },
  ];
  for (const change of wrong) {
    assertEquals(reread({ ...RECORD, ...change }), null, JSON.stringify(change));
  }
  for (const value of [null, [], "record", 7, true, {}, [RECORD]]) assertEquals(reread(value), null);
});
