import { assertEquals, assertRejects } from "@std/assert";
import { enterRoom } from "../../client/entrance.ts";
import { ProtocolError } from "../../server/protocol/errors.ts";
import { leave, type Peer, ScriptedServer, startSession } from "./support.ts";

/** Refuses so many joins, and returns the passwords that they carried. */
async function refuse(peer: Peer, count: number): Promise<unknown[]> {
  const passwords = [];
  for (let i = 0; i < count; i++) {
    const join = await peer.expect("join");
    passwords.push(join["password"]);
    await peer.refuse(join, "wrong_password", `No ${i}.`);
  }
  return passwords;
}

Deno.test("a room's password is given only where the room asks for it", async () => {
  using server = new ScriptedServer();
  const started = startSession({ dial: server.dial });
  const { peer } = await server.welcome();
  const ask = () => Promise.reject(new Error("nobody is to be asked"));
  for (const [room, refused, password] of [["open", 0, undefined], ["tea", 1, "secret"]] as const) {
    const entering = enterRoom(started.session, room, { last: 7 }, { given: "secret", ask });
    assertEquals(await refuse(peer, refused), Array(refused).fill(undefined));
    const join = await peer.admit(0);
    assertEquals([join["room"], join["last"], join["password"]], [room, 7, password]);
    await entering;
  }
  await leave(started, peer);
});

Deno.test("where the given password is wrong, others are asked for, three at most", async () => {
  for (const given of ["given", null]) {
    using server = new ScriptedServer();
    const started = startSession({ dial: server.dial });
    const { peer } = await server.welcome();
    const told: string[] = [];
    const ask = (why: string) => Promise.resolve(`typed ${told.push(why)}`);
    const failed = assertRejects(() => enterRoom(started.session, "tea", {}, { given, ask }), ProtocolError);
    const first = given === null ? [undefined] : [undefined, given];
    assertEquals(await refuse(peer, first.length + 3), [...first, "typed 1", "typed 2", "typed 3"]);
    const last = first.length - 1;
    assertEquals((await failed).message, `No ${last + 3}.`);
    assertEquals(told, [last, last + 1, last + 2].map((i) => `No ${i}.`));
    await leave(started, peer);
  }
});
