import { assertEquals, assertRejects } from "@std/assert";
import { makeFolders } from "../../client/folders.ts";

// Windows makes links for the privileged alone.
Deno.test("a folder that is a symbolic link is not used, and nothing is written beside it", {
  ignore: Deno.build.os === "windows",
}, async () => {
  const data = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${data}/real`);
    await Deno.symlink(`${data}/real`, `${data}/client`);
    await assertRejects(() => makeFolders(data, `${data}/client`), Error, "is a symbolic link");
    const names = (await Array.fromAsync(Deno.readDir(data))).map(({ name }) => name);
    assertEquals(names.sort(), ["client", "real"]);
  } finally {
    await Deno.remove(data, { recursive: true });
  }
});
