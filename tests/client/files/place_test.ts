import { assertEquals, assertRejects } from "@std/assert";
import { Place } from "../../../client/files/place.ts";
import { bytesOf, inFolder, namesIn } from "./support.ts";

Deno.test("across disks a file is copied into its place, and there is one of it then", async () => {
  await inFolder(async (folder) => {
    const bytes = bytesOf(600_000);
    await Deno.writeFile(`${folder}/part`, bytes);
    const place = await Place.take(`${folder}/here`);
    await place.fill(
      `${folder}/part`,
      () => Promise.reject(new Error("Invalid cross-device link (os error 18)")),
    );
    assertEquals(await Deno.readFile(`${folder}/here`), bytes);
    assertEquals(await namesIn(folder), ["here"]);
  });
});

Deno.test("where a file cannot be put into its place, the name is free again and the part as it was", async () => {
  await inFolder(async (folder) => {
    await Deno.writeFile(`${folder}/part`, bytesOf(10));
    const place = await Place.take(`${folder}/here`);
    await assertRejects(
      () => place.fill(`${folder}/part`, () => Promise.reject(new Error("no"))),
      Error,
      "no",
    );
    assertEquals(await namesIn(folder), ["part"]);
  });
});
