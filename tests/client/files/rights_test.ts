/** What the program may use, as it is with the rights of the compiled one: `chat-data` alone. */

import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { ProtocolError } from "../../../server/protocol/errors.ts";
import { needRead, needWrite } from "../../../client/files/rights.ts";

const RIGHTS_MODULE = new URL("../../../client/files/rights.ts", import.meta.url).href;

/** What `needRead` and `needWrite` say of paths in a folder that `prepare` made, with the right to its chat-data. */
async function judged(asked: readonly (readonly ["needRead" | "needWrite", string])[]): Promise<string[]> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${folder}/chat-data/client/outbox`, { recursive: true });
    await Deno.mkdir(`${folder}/secret`);
    await Deno.writeTextFile(`${folder}/secret/file`, "");
    await Deno.writeTextFile(`${folder}/chat-data/client/outbox/file`, "");
    await Deno.symlink("file", `${folder}/chat-data/client/outbox/inside`);
    await Deno.symlink(`${folder}/secret/file`, `${folder}/chat-data/client/outbox/outside`);
    await Deno.symlink(`${folder}/secret`, `${folder}/chat-data/client/away`);
    const script = `
      import * as rights from ${JSON.stringify(RIGHTS_MODULE)};
      for (const [need, path] of ${JSON.stringify(asked)}) {
        try { await rights[need](path); console.log("granted"); } catch (error) { console.log(error.code ?? error); }
      }`;
    await Deno.writeTextFile(`${folder}/script.ts`, script);
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--no-check",
        "--no-prompt",
        "--allow-read=chat-data",
        "--allow-write=chat-data",
        "script.ts",
      ],
      cwd: folder,
      env: { NO_COLOR: "1" },
    }).output();
    assertEquals(new TextDecoder().decode(stderr), "");
    return new TextDecoder().decode(stdout).trim().split("\n");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a file is read where the right to it reaches, and not through a symbolic link that leads further", async () => {
  const outbox = "chat-data/client/outbox";
  assertEquals(
    await judged([
      ["needRead", `${outbox}/file`],
      ["needRead", `${outbox}/inside`],
      ["needRead", `${outbox}/nothing`],
      ["needRead", "secret/file"],
      ["needRead", "chat-data/../secret/file"],
      ["needRead", `${outbox}/outside`],
      ["needRead", "chat-data/client/away/file"],
    ]),
    ["granted", "granted", "granted", "not_allowed", "not_allowed", "not_allowed", "not_allowed"],
  );
});

Deno.test("a file is made where the right to it reaches, and not in a folder that a symbolic link leads to", async () => {
  assertEquals(
    await judged([
      ["needWrite", "chat-data/client/outbox/new"],
      ["needWrite", "new"],
      ["needWrite", "chat-data/client/away/new"],
    ]),
    ["granted", "not_allowed", "not_allowed"],
  );
});

Deno.test("a right that is missing is told with what to do instead", {
  permissions: { read: false, write: false },
}, async () => {
  const read = await assertRejects(() => needRead("/home/maya/report.pdf"), ProtocolError);
  assertStringIncludes(read.message, "/home/maya/report.pdf");
  assertStringIncludes(read.message, "chat-data/client/outbox/");
  assertStringIncludes(read.message, "--send - --as NAME");
  const write = await assertRejects(() => needWrite("/home/maya/report.pdf"), ProtocolError);
  assertStringIncludes(write.message, "chat-data/client/downloads/");
});
