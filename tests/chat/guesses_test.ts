/** Who gets into a locked room while its password is guessed. */

import { assertEquals } from "@std/assert";
import { joinFrom } from "../../scripts/support/guesser.ts";
import { TestKey } from "../support/keys.ts";
import { House } from "../support/server.ts";

const DEN = { room: "den", password: "swordfish" };

Deno.test("during a flood of guesses, who was a member with the same key gets in, and so does a newcomer from elsewhere", async () => {
  await using house = await House.start();
  const [owner, regular] = [new TestKey(), new TestKey()];
  await (await house.keyed(owner, "Olga")).ask("create", DEN);
  const before = await house.keyed(regular, "Rita");
  await before.ask("join", DEN);
  await before.ask("bye");
  const guesser = await house.enter("Guesser");
  const guesses = [];
  for (let i = 0; i < 6; i++) guesses.push(await guesser.refusal("join", { ...DEN, password: `guess ${i}` }));
  assertEquals(guesses, [...Array(5).fill("wrong_password"), "too_many_attempts"]);

  const stranger = await house.keyed(new TestKey(), "Stan");
  assertEquals(await stranger.refusal("join", DEN), "too_many_attempts");
  const back = await house.keyed(regular, "Rita");
  assertEquals((await back.ask("join", DEN)).room, DEN.room);
  assertEquals((await (await house.keyed(owner, "Olga")).ask("join", DEN)).room, DEN.room);

  // Elsewhere a machine has one loopback address.
  if (Deno.build.os !== "linux") return;
  const address = { hostname: "127.0.0.1", port: house.port };
  const wrong = { ...DEN, password: "a guess" };
  assertEquals(await joinFrom("127.0.0.2", address, wrong), "wrong_password");
  assertEquals(await joinFrom("127.0.0.2", address, DEN), "too_many_attempts");
  assertEquals(await joinFrom("127.0.0.3", address, DEN), "ok");
});

Deno.test("the password of the server is throttled the same way, and who has a name there gets in", async () => {
  await using house = await House.start({ password: DEN.password });
  const key = new TestKey();
  const known = await house.connect();
  await known.keyedHello(key, "Rita", { password: DEN.password });
  const guesses = [];
  for (let i = 0; i < 6; i++) {
    const guesser = await house.connect();
    guesses.push(await guesser.refusal("hello", { protocol: 1, password: `guess ${i}` }));
  }
  assertEquals(guesses, [...Array(5).fill("wrong_password"), "too_many_attempts"]);
  const stranger = await house.connect();
  const right = { protocol: 1, password: DEN.password };
  assertEquals(await stranger.refusal("hello", right), "too_many_attempts");
  const back = await house.connect();
  assertEquals((await back.keyedHello(key, "Rita", { password: DEN.password })).name, "Rita");
});
