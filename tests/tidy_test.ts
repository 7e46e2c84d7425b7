import { assertEquals } from "@std/assert";
import { tidy } from "../scripts/tidy.ts";
import { said } from "./tidy/samples.ts";

Deno.test("the project itself is tidy", async () => {
  assertEquals(said(await tidy(new URL("../", import.meta.url))), []);
});
