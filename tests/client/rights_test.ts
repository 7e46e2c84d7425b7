import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  askable,
  askFor,
  fileToMake,
  fileToRead,
  outboxPath,
  reachable,
  unreadable,
  unwritable,
} from "../../client/rights.ts";
import { FakeRights } from "./terminal/fake_rights.ts";

/** Windows makes links for the privileged alone. */
const linked = Deno.build.os !== "windows";

/** A folder with `outbox/plain.txt`, `outbox/link.txt` to `secret.txt` beside it, and `folder-link` to another. */
async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    await Deno.mkdir(`${folder}/data/client/outbox`, { recursive: true });
    await Deno.mkdir(`${folder}/elsewhere`);
    await Deno.writeTextFile(`${folder}/data/client/outbox/plain.txt`, "");
    await Deno.writeTextFile(`${folder}/secret.txt`, "");
    await Deno.symlink(`${folder}/secret.txt`, `${folder}/data/client/outbox/link.txt`);
    await Deno.symlink(`${folder}/elsewhere`, `${folder}/data/folder-link`);
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a file of the outbox needs no question, but a link to elsewhere needs one for where it leads", {
  ignore: !linked,
}, async () => {
  await withFolder(async (folder) => {
    const rights = new FakeRights();
    rights.granted.push(`read ${folder}/data`);
    const plain = fileToRead(outboxPath(`${folder}/data`, "plain.txt", rights) ?? "");
    assertEquals([reachable(plain, rights), askable(rights, plain.rights)], [true, []]);
    const link = fileToRead(outboxPath(`${folder}/data`, "link.txt", rights) ?? "");
    assertEquals([reachable(link, rights), askable(rights, link.rights)], [false, link.rights]);
    await askFor(rights, link.rights);
    assertEquals([rights.asked, reachable(link, rights)], [[`read ${folder}/secret.txt`], true]);
    assertEquals(outboxPath(`${folder}/data`, "none.txt", rights), null);
  });
});

Deno.test(
  "a link outside is asked for first, and then where it leads; a no ends it",
  { ignore: !linked },
  async () => {
    await withFolder(async (folder) => {
      const named = `${folder}/data/client/outbox/link.txt`;
      for (const yes of [true, false]) {
        const rights = new FakeRights();
        rights.answer = () => yes;
        const file = fileToRead(named);
        await askFor(rights, file.rights);
        assertEquals(rights.asked, yes ? [`read ${named}`, `read ${folder}/secret.txt`] : [`read ${named}`]);
        assertEquals([reachable(file, rights), askable(rights, file.rights)], [yes, []]);
      }
    });
  },
);

Deno.test("a file to be made needs the rights to write and to look, where its folder leads", {
  ignore: !linked,
}, async () => {
  await withFolder(async (folder) => {
    const rights = new FakeRights();
    rights.granted.push(`read ${folder}/data`, `write ${folder}/data`);
    assertEquals(reachable(fileToMake(`${folder}/data/new.pdf`, rights), rights), true);
    const linked = fileToMake(`${folder}/data/folder-link/new.pdf`, rights);
    assertEquals([linked.path, reachable(linked, rights)], [`${folder}/elsewhere/new.pdf`, false]);
    const outside = fileToMake("/tmp/new.pdf", rights);
    await askFor(rights, outside.rights);
    assertEquals(rights.asked, ["read /tmp/new.pdf", "write /tmp/new.pdf"]);
  });
});

Deno.test("without the right it is said what to do, and that a no holds until the next start", async () => {
  const rights = new FakeRights();
  const [read, made] = [fileToRead("/etc/hostname"), fileToMake("../x.pdf", rights)];
  assertEquals(
    unreadable(read, "chat-data", rights),
    "The right to read /etc/hostname is missing. Put the file into chat-data/client/outbox/, or in a shell: " +
      "chat connect --send - --as hostname </etc/hostname",
  );
  rights.answer = () => false;
  await askFor(rights, [...read.rights, ...made.rights]);
  assertStringIncludes(
    unreadable(read, "chat-data", rights),
    "It was denied, and is asked for again after the next start.",
  );
  assertStringIncludes(unwritable(made, "chat-data", rights), "--get NAME --to - >../x.pdf");
  assertStringIncludes(
    unreadable(fileToRead("it's $(me)"), "chat-data"),
    Deno.build.os === "windows"
      ? `--as "it's $(me)" <"it's $(me)"`
      : "--as 'it'\\''s $(me)' <'it'\\''s $(me)'",
  );
});
