import { assertEquals } from "@std/assert";
import { sentenceOf } from "../../client/lines.ts";
import { ProtocolError } from "../../server/protocol/errors.ts";
import { ScriptedServer, startSession } from "./support.ts";

Deno.test("being sent out of a room is told with one full stop, and a ban as one", async () => {
  using server = new ScriptedServer();
  const { session, events, ending } = startSession({ dial: server.dial });
  const { peer } = await server.welcome();
  for (
    const [how, sentence] of [
      [{ by: "Ada", banned: false }, "Ada removed you from #tea."],
      [{ by: "Ada", banned: false, reason: "spam" }, "Ada removed you from #tea: spam."],
      [{ by: "Ada", banned: false, reason: "Be kind. " }, "Ada removed you from #tea: Be kind."],
      [{ by: "Ada", banned: true, reason: "Why?" }, "Ada banned you from #tea: Why?"],
      [{ by: "Ada", banned: true, reason: "" }, "Ada banned you from #tea."],
      [{ by: "MAYA", banned: false, reason: "The room was closed." }, "You closed #tea."],
    ] as const
  ) {
    await peer.send({ type: "kicked", room: "tea", ...how });
    assertEquals(sentenceOf(await events.until("kicked")), sentence);
  }
  const left = session.leave();
  await peer.farewell();
  await left;
  await ending;
});

Deno.test("a room that has still to take us back is told with why and when it is asked again", () => {
  const error = new ProtocolError("too_many_attempts", "There were too many wrong passwords.", 60_000);
  assertEquals(
    sentenceOf({ is: "delayed", room: "tea", error, wait: 60_000 }),
    "#tea does not take us back yet, and is asked again in 60.0 s: There were too many wrong passwords.",
  );
});
