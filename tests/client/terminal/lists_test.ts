import { assertEquals } from "@std/assert";
import { personLine } from "../../../client/terminal/lists.ts";
import { plainText } from "../../../client/terminal/plain_face.ts";

Deno.test("somebody in a room is shown with the rooms that we share, and as unverified where no key vouches for the name", () => {
  const rooms = ["lobby", "tea"];
  const rows = [
    { name: "Ada", rooms, connected: 0, verified: true },
    { name: "Bo", rooms, connected: 0, verified: false },
    { name: "Cy", rooms: ["lobby"], connected: 0, verified: false },
  ].map((person) => plainText(personLine(person, "lobby")).replace(/\d\d:\d\d/, "--:--"));
  assertEquals(rows, [
    "  Ada  since --:--, also in #tea",
    "  Bo  since --:--, unverified, also in #tea",
    "  Cy  since --:--, unverified",
  ]);
});
