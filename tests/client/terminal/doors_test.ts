import { assertEquals } from "@std/assert";
import { Sitting } from "./sitting.ts";

Deno.test("/create makes a room, and with joined one that shows people only what came after them", async () => {
  for (
    const [typed, wanted] of [
      ["/create", {}],
      ["/create #tea", { room: "tea" }],
      ["/create joined", { room: "joined" }],
      ["/create tea  joined", { room: "tea", history: "joined" }],
    ] as const
  ) {
    const { sitting, peer } = await Sitting.inLobby();
    await using _ = sitting;
    sitting.face.answer("");
    sitting.desk.take(typed);
    const { id: _id, type: _type, ...members } = await peer.expect("create");
    assertEquals(members, wanted);
  }
  const { sitting } = await Sitting.inLobby();
  await using _ = sitting;
  for (const typed of ["/create tea time", "/create tea Joined", "/create tea joined now"]) {
    sitting.desk.take(typed);
    await sitting.face.told(
      "! The name of a room has no spaces. Write /create ROOM, or /create ROOM joined.",
    );
  }
  assertEquals(sitting.face.questions, []);
});
