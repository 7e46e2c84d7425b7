import { assertEquals } from "@std/assert";
import { pathsFrom, sentPaths } from "../../../client/terminal/paths.ts";
import { Folder } from "../../support/server.ts";

Deno.test("paths are those that begin so, in their order, with a slash behind folders", async () => {
  await using folder = new Folder();
  for (const name of ["bee.txt", "bear", "ant"]) await Deno.writeTextFile(`${folder.path}/${name}`, "");
  await Deno.mkdir(`${folder.path}/beds`);
  assertEquals(
    pathsFrom(`${folder.path}/be`),
    ["bear", "beds/", "bee.txt"].map((name) => `${folder.path}/${name}`),
  );
  assertEquals(pathsFrom(`${folder.path}/beds/`), []);
  assertEquals(pathsFrom(`${folder.path}/none/x`), []);
});

Deno.test("a name alone is completed from the outbox as well, where it needs no folder", () => {
  const there = ["data/client/outbox/a b.txt", "data/client/outbox/folder/", "abc/"];
  const paths = (prefix: string) => there.filter((path) => path.startsWith(prefix));
  assertEquals(sentPaths("a", "data", paths), ["a b.txt", "abc/"]);
  assertEquals(sentPaths("data/client/outbox/a", "data", paths), ["data/client/outbox/a b.txt"]);
});
