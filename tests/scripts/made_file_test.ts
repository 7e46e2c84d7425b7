import { assert, assertEquals } from "@std/assert";
import { hashOf, makeFile } from "../../scripts/support/made_file.ts";
import { inTemporaryFolder } from "../../scripts/support/server_process.ts";

Deno.test("a made file has its size and its hash, and is the same for the same seed alone", () =>
  inTemporaryFolder(async (folder) => {
    const size = (1 << 20) + 17;
    const first = await makeFile(`${folder}/first`, size, 1);
    const again = await makeFile(`${folder}/again`, size, 1);
    const other = await makeFile(`${folder}/other`, size, 2);
    assertEquals((await Deno.stat(first.path)).size, size);
    assertEquals(await hashOf(first.path), first.sha256);
    assertEquals(again.sha256, first.sha256);
    assert(other.sha256 !== first.sha256);
    assertEquals(await hashOf(`${folder}/none`), null);
  }));
