/** Each request as the table in messages.ts has it: asked in full, asked in few words, and refused in every way. */

import { assert, assertEquals } from "@std/assert";
import type { ErrorCode } from "../../server/protocol/errors.ts";
import { REQUESTS, type RequestType } from "../../server/protocol/messages.ts";
import { TestKey } from "../support/keys.ts";
import type { Peer } from "../support/peer.ts";
import { House } from "../support/server.ts";

interface Case {
  /** The least that can be asked, and all that can be. */
  readonly least: object;
  readonly all: object;
  /** The members of the `ok` to the latter. */
  readonly ok: readonly string[];
  readonly refused: readonly (readonly [ErrorCode, object])[];
}

const LONG = "x".repeat(4_097);
/** An empty file, which is there as soon as it is put; and one whose only byte is never sent. */
const EMPTY = {
  name: "a",
  size: 0,
  sha256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
};
const UNSENT = { name: "a", size: 1, sha256: "0".repeat(64) };
const member = (rest: object = {}): (readonly [ErrorCode, object])[] => [
  ["no_such_room", { room: "nowhere", ...rest }],
  ["no_such_room", { room: "no room", ...rest }],
  ["no_such_room", { room: "", ...rest }],
  ["not_a_member", { room: "foreign", ...rest }],
];

/** For the owner, who is nobody here and in rooms of others. */
const owner = (rest: object = {}): (readonly [ErrorCode, object])[] => [
  ["no_such_room", { room: "nowhere", ...rest }],
  ["not_allowed", { room: "lobby", ...rest }],
  ["not_allowed", { room: "foreign", ...rest }],
];
const person: (readonly [ErrorCode, object])[] = [
  ...owner({ name: "Bob" }),
  ["no_such_person", { room: "den", name: "no name" }],
  ["bad_request", { room: "den" }],
  ["bad_request", { room: "den", name: null }],
];

/**
 * Ada asks; she is in `lobby` and `den`, which is locked and hers; Bob is there too, and in `foreign`. The lobby has
 * files 2 and 3 of hers and 4 of his, and her transfers 3 and 4 wait for bytes.
 */
const CASES: { readonly [T in Exclude<RequestType, "hello">]: Case } = {
  rooms: { least: {}, all: { page: 0 }, ok: ["rooms"], refused: [["bad_request", { page: -1 }]] },
  create: {
    least: {},
    all: { room: "tea", password: "green", title: "Tea", history: "joined" },
    ok: ["room", "log", "head"],
    refused: [
      ["room_exists", { room: "LOBBY" }],
      ["room_exists", { room: "Foreign" }],
      ["room_invalid", { room: "two words" }],
      ["room_invalid", { room: "" }],
      ["text_too_long", { room: "x1", title: "x".repeat(201) }],
      ["bad_request", { room: "x2", password: "" }],
      ["bad_request", { room: "x3", password: "x".repeat(1_025) }],
      ["bad_request", { room: 7 }],
      ["bad_request", { room: "x4", history: "none" }],
    ],
  },
  join: {
    least: { room: "foreign" },
    all: { room: "locked", password: "secret", after: 0, log: "another" },
    ok: ["room", "log", "title", "members", "names", "head", "first", "reset"],
    refused: [
      ["no_such_room", { room: "nowhere" }],
      ["no_such_room", { room: "no room" }],
      ["wrong_password", { room: "shut" }],
      ["wrong_password", { room: "shut", password: "Secret" }],
      ["wrong_password", { room: "shut", password: "" }],
      ["wrong_password", { room: "shut", password: "x".repeat(60_000) }],
      ["bad_request", { room: "foreign", after: 0, last: 1 }],
      ["bad_request", { room: "foreign", after: -1 }],
      ["bad_request", { room: "foreign", last: -1 }],
      ["bad_request", { room: "foreign", last: 2 ** 53 }],
      ["bad_request", {}],
    ],
  },
  leave: { least: { room: "lobby" }, all: { room: "DEN" }, ok: ["room"], refused: member() },
  say: {
    least: { room: "lobby", text: "hi" },
    all: { room: "lobby", text: "hi", key: "k" },
    ok: ["room", "seq", "at"],
    refused: [
      ...member({ text: "hi" }),
      ["text_empty", { room: "lobby", text: "" }],
      ["text_empty", { room: "lobby", text: "\u0007\u009b\r" }],
      ["text_too_long", { room: "lobby", text: LONG }],
      ["text_too_long", { room: "lobby", text: "é".repeat(2_049) }],
      ["bad_request", { room: "lobby", text: "hi", key: "" }],
      ["bad_request", { room: "lobby", text: "hi", key: "k".repeat(65) }],
      ["bad_request", { room: "lobby", text: "hi", key: "é" }],
      ["bad_request", { room: "lobby", text: null }],
      ["bad_request", { room: "lobby" }],
    ],
  },
  tell: {
    least: { to: "Bob", text: "hi" },
    all: { to: "BOB", text: "hi" },
    ok: ["at"],
    refused: [
      ["no_such_person", { to: "Nobody", text: "hi" }],
      ["no_such_person", { to: "no name", text: "hi" }],
      ["text_empty", { to: "Bob", text: "" }],
      ["text_too_long", { to: "Bob", text: LONG }],
      ["bad_request", { to: "Bob" }],
    ],
  },
  name: {
    least: { name: "Ada" },
    all: { name: "ADA" },
    ok: ["name"],
    refused: [
      ["name_taken", { name: "bob" }],
      ["name_invalid", { name: "a b" }],
      ["name_invalid", { name: "" }],
      ["bad_proof", { name: "Ada", key: "A".repeat(43), proof: "A".repeat(86) }],
      ["bad_proof", { name: "Ada", key: "A" }],
      ["bad_request", {}],
      ["bad_request", { name: "Ada", key: 7 }],
    ],
  },
  who: {
    least: {},
    all: { room: "lobby", page: 0 },
    ok: ["people"],
    refused: [...member(), ["bad_request", { page: "0" }]],
  },
  status: { least: {}, all: { page: 0 }, ok: ["people"], refused: [["bad_request", { page: 0.5 }]] },
  history: {
    least: { room: "lobby" },
    all: { room: "lobby", before: 1, limit: 200 },
    ok: ["room", "entries", "more"],
    refused: [
      ...member(),
      ["bad_request", { room: "lobby", before: 0 }],
      ["bad_request", { room: "lobby", limit: 0 }],
      ["bad_request", { room: "lobby", limit: 201 }],
    ],
  },
  search: {
    least: { room: "lobby", query: "hi" },
    all: { room: "lobby", query: "hi", before: 1, limit: 1 },
    ok: ["room", "entries", "more"],
    refused: [
      ...member({ query: "hi" }),
      ["text_empty", { room: "lobby", query: "" }],
      ["text_too_long", { room: "lobby", query: "x".repeat(1_025) }],
      ["bad_request", { room: "lobby", query: "hi", limit: 201 }],
      ["bad_request", { room: "lobby" }],
    ],
  },
  title: {
    least: { room: "lobby", title: "" },
    all: { room: "den", title: "Den" },
    ok: ["room", "title"],
    refused: [
      ...member({ title: "T" }),
      ["text_too_long", { room: "lobby", title: "x".repeat(201) }],
      ["bad_request", { room: "lobby", title: null }],
    ],
  },
  kick: {
    least: { room: "den", name: "bob" },
    all: { room: "den", name: "Bob", reason: "Noise", ban: true, address: false, for_ms: 1_000 },
    ok: ["room", "name"],
    refused: [
      ...person,
      ["no_such_person", { room: "den", name: "Nobody" }],
      ["not_allowed", { room: "den", name: "Ada" }],
      ["text_too_long", { room: "den", name: "Bob", reason: "x".repeat(201) }],
      ["bad_request", { room: "den", name: "Bob", for_ms: 0 }],
      ["bad_request", { room: "den", name: "Bob", ban: "yes" }],
    ],
  },
  unban: {
    least: { room: "den", name: "outlaw" },
    all: { room: "DEN", name: "RASCAL" },
    ok: ["room", "name"],
    refused: [...person, ["no_such_person", { room: "den", name: "Bob" }]],
  },
  mute: {
    least: { room: "den", name: "Bob" },
    all: { room: "den", name: "Bob", for_ms: 1_000 },
    ok: ["room", "name"],
    refused: [
      ...person,
      ["not_allowed", { room: "den", name: "Ada" }],
      ["bad_request", { room: "den", name: "Bob", for_ms: -1 }],
    ],
  },
  unmute: {
    least: { room: "den", name: "outlaw" },
    all: { room: "den", name: "Rascal" },
    ok: ["room", "name"],
    refused: [...person, ["no_such_person", { room: "den", name: "Bob" }]],
  },
  owner: {
    least: { room: "den", name: "Ada" },
    all: { room: "den", name: "Cleo" },
    ok: ["room", "name"],
    refused: [
      ...person,
      ["not_allowed", { room: "den", name: "Bob" }],
      ["no_such_person", { room: "den", name: "Nobody" }],
    ],
  },
  password: {
    least: { room: "den", password: null },
    all: { room: "den", password: "other" },
    ok: ["room"],
    refused: [
      ...owner({ password: "x" }),
      ["bad_request", { room: "den" }],
      ["bad_request", { room: "den", password: "" }],
      ["bad_request", { room: "den", password: "x".repeat(1_025) }],
    ],
  },
  close: {
    least: { room: "hut" },
    all: { room: "DEN" },
    ok: ["room"],
    refused: owner(),
  },
  files: {
    least: { room: "lobby" },
    all: { room: "LOBBY", page: 3 },
    ok: ["files"],
    refused: [...member(), ["bad_request", { room: "lobby", page: -1 }]],
  },
  put: {
    least: { room: "lobby", ...EMPTY },
    all: { room: "LOBBY", ...EMPTY, key: "k" },
    ok: ["transfer", "offset", "window"],
    refused: [
      ...member(EMPTY),
      ["bad_request", { room: "lobby", ...EMPTY, name: "" }],
      ["bad_request", { room: "lobby", ...EMPTY, name: "../.." }],
      ["bad_request", { room: "lobby", ...EMPTY, size: -1 }],
      ["bad_request", { room: "lobby", ...EMPTY, size: 0.5 }],
      ["bad_request", { room: "lobby", ...EMPTY, sha256: "g".repeat(64) }],
      ["bad_request", { room: "lobby", ...EMPTY, sha256: "0".repeat(63) }],
      ["bad_request", { room: "lobby", ...EMPTY, key: "" }],
      ["bad_request", { room: "lobby", name: "a" }],
      ["file_too_large", { room: "lobby", ...EMPTY, size: 2 ** 40 }],
      ["key_reused", { room: "lobby", ...EMPTY, key: "said" }],
    ],
  },
  get: {
    least: { room: "lobby", file: 2 },
    all: { room: "LOBBY", file: 2, offset: 0 },
    ok: ["transfer", "name", "size", "sha256", "window"],
    refused: [
      ...member({ file: 1 }),
      ["no_such_file", { room: "lobby", file: 1 }],
      ["no_such_file", { room: "lobby", file: 99 }],
      ["bad_request", { room: "lobby", file: 0 }],
      ["bad_request", { room: "lobby", file: "2" }],
      ["bad_request", { room: "lobby", file: 2, offset: 1 }],
      ["bad_request", { room: "lobby", file: 2, offset: -1 }],
    ],
  },
  cancel: {
    least: { transfer: 3 },
    all: { transfer: 4 },
    ok: ["transfer"],
    refused: [
      ["no_such_transfer", { transfer: 1 }],
      ["bad_request", { transfer: -1 }],
      ["bad_request", { transfer: 2 ** 32 }],
      ["bad_request", {}],
    ],
  },
  remove: {
    least: { room: "lobby", file: 2 },
    all: { room: "LOBBY", file: 3 },
    ok: ["room", "file"],
    refused: [
      ...member({ file: 1 }),
      ["no_such_file", { room: "lobby", file: 1 }],
      ["not_allowed", { room: "lobby", file: 4 }],
      ["bad_request", { room: "lobby", file: 0 }],
    ],
  },
  ping: { least: {}, all: {}, ok: [], refused: [] },
  bye: { least: {}, all: {}, ok: [], refused: [] },
};

async function scene(house: House): Promise<Peer> {
  const bob = await house.member("Bob");
  await bob.ask("create", { room: "foreign" });
  await bob.ask("create", { room: "locked", password: "secret", title: "Locked" });
  await bob.ask("create", { room: "shut", password: "secret" });
  const ada = await house.member("Ada", "lobby", new TestKey());
  await ada.ask("say", { room: "lobby", text: "first", key: "said" });
  for (const peer of [ada, ada, bob]) {
    await peer.ask("put", { room: "lobby", ...EMPTY });
    await peer.event("done");
  }
  for (const sha256 of ["0".repeat(64), "1".repeat(64)]) {
    await ada.ask("put", { room: "lobby", ...UNSENT, sha256 });
  }
  await ada.ask("create", { room: "hut" });
  await ada.ask("create", { room: "den", password: "secret" });
  for (const name of ["Outlaw", "Rascal"]) {
    await ada.ask("kick", { room: "den", name, ban: true });
    await ada.ask("mute", { room: "den", name });
  }
  await bob.ask("join", { room: "den", password: "secret" });
  await house.keyed(new TestKey(), "Cleo");
  return ada;
}

for (const type of Object.keys(REQUESTS)) {
  if (!isLater(type)) continue;
  const { least, all, ok, refused } = CASES[type];
  Deno.test(`${type} is answered as the table says, and refused with a code that fits`, async () => {
    await using house = await House.start();
    const ada = await scene(house);
    for (const [code, members] of refused) {
      const what = `${type} ${JSON.stringify(members).slice(0, 80)}`;
      assertEquals(await ada.refusal(type, members), code, what);
    }
    if (type !== "bye") await ada.ask(type, least);
    const answer = Object.keys(await ada.ask(type, all)).filter((name) => !["type", "re"].includes(name));
    assertEquals(answer.toSorted(), ok.toSorted());
  });
}

function isLater(type: string): type is keyof typeof CASES {
  // `hello`, which comes before all of them, is in opening_test.ts.
  if (type === "hello") return false;
  assert(Object.hasOwn(CASES, type), `${type} has no case here`);
  return true;
}
