import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { bytesOf, chunkFrame, described, inFolder } from "../files/support.ts";
import { type Peer, turn } from "../support.ts";
import { Sitting } from "./sitting.ts";

interface Listed {
  readonly file: number;
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Answers the next `files` with these. */
async function list(peer: Peer, files: readonly Listed[], more: object = {}): Promise<void> {
  const rows = files.map(({ file, name, bytes }) => ({
    file,
    from: "Ada",
    at: 1_000,
    ...described(bytes, name),
  }));
  await peer.ok(await peer.expect("files"), { files: rows, ...more });
}

/** Answers the next `get` with all of the file; resolves to its number. */
async function give(peer: Peer, { name, bytes }: Listed): Promise<unknown> {
  const get = await peer.expect("get");
  await peer.ok(get, { transfer: 1, window: 1_000_000, ...described(bytes, name) });
  await peer.raw(chunkFrame(1, 0, bytes));
  await peer.expect("received");
  await peer.send({ type: "done", transfer: 1 });
  return get["file"];
}

const REPORT: Listed = { file: 12, name: "my report.pdf", bytes: bytesOf(2_048) };
const PHOTO: Listed = { file: 3, name: "photo.png", bytes: bytesOf(10) };

Deno.test("/files lists the files of the room, the newest last, from all pages, and serves completion", async () => {
  const { sitting, peer } = await Sitting.inLobby();
  await using _ = sitting;
  for (const typed of ["/files", "/files list"]) {
    sitting.desk.take(typed);
    await list(peer, [REPORT], { more: true, next: 5 });
    await list(peer, [{ ...PHOTO, name: "../pho\x1bto.png" }]);
    const rows = (await sitting.face.told("/get NAME")).map((row) => row.replace(/ {2}\d{4}-.*/, ""));
    assertEquals(rows, [
      "── files of #lobby: 2 ──",
      "     3  photo.png  10 B  Ada",
      "    12  my report.pdf  2.0 KiB  Ada",
      "* /get NAME or number fetches one, /send PATH puts one here.",
    ]);
  }
  assertEquals(sitting.desk.sources.files(), ["my report.pdf", "photo.png"]);
  sitting.desk.take("/files of mine");
  await sitting.face.told("! Write /files");
});

Deno.test("/get fetches by number or name, and a name behind as stands among the downloads", async () => {
  await inFolder(async (data) => {
    const { sitting, peer } = await Sitting.inLobby();
    await using _ = sitting;
    sitting.data = data;
    for (
      const [typed, path] of [
        ["/get 12", "my report.pdf"],
        ["/get my report.pdf", "my report (1).pdf"],
        ['/get "my report.pdf" as other.pdf', "other.pdf"],
        ["/get my report.pdf as '../an other.pdf'", null],
      ] as const
    ) {
      sitting.desk.take(typed);
      if (path === null) {
        await sitting.face.told("! The right to read and write ../an other.pdf is missing.");
        continue;
      }
      await list(peer, [REPORT, PHOTO]);
      assertEquals(await give(peer, REPORT), 12);
      await sitting.face.told(`(2.0 KiB): ${data}/client/downloads/${path}`);
      assertEquals(await Deno.readFile(`${data}/client/downloads/${path}`), REPORT.bytes);
    }
    assertEquals(sitting.face.permits, [[], [], [], [
      { name: "read", path: "../an other.pdf" },
      { name: "write", path: "../an other.pdf" },
    ]]);
  });
});

Deno.test("/get as a path that is granted makes that file, and never writes over one", async () => {
  await inFolder(async (folder) => {
    const { sitting, peer } = await Sitting.inLobby();
    await using _ = sitting;
    sitting.data = `${folder}/data`;
    await Deno.mkdir(sitting.data);
    sitting.rights.granted.push(`read ${folder}`, `write ${folder}`);
    for (const told of [`(10 B): ${folder}/x.png`, `${folder}/x.png is there already`]) {
      sitting.desk.take(`/get photo.png as ${folder}/x.png`);
      await list(peer, [PHOTO]);
      const get = told.startsWith("(") ? give(peer, PHOTO) : Promise.resolve();
      await sitting.face.told(told);
      await get;
    }
    assertEquals(await Deno.readFile(`${folder}/x.png`), PHOTO.bytes);
  });
});

Deno.test("what /get cannot mean is told", async () => {
  const { sitting, peer } = await Sitting.inLobby();
  await using _ = sitting;
  for (
    const [typed, told] of [
      ["/get", "! Which file? Write its name or number."],
      ["/get a as b c", "! Write /get NAME as PATH, and put quotes"],
      ["/get a as ~/b", "! ~ is not known here"],
      ["/remove", "! Which file?"],
      ["/cancel", "! No file is on its way."],
      ["/send", "! Which file? Write /send PATH"],
      ["/send 'a", "! The quote ' is not closed."],
    ] as const
  ) {
    sitting.desk.take(typed);
    await sitting.face.told(told);
  }
  sitting.desk.take("/get none.pdf");
  await list(peer, [PHOTO]);
  await sitting.face.told('! There is no file "none.pdf" in #lobby.');
});

Deno.test("/send puts files in the room: from the outbox by their names alone, others by their paths", async () => {
  await inFolder(async (data) => {
    const { sitting, peer } = await Sitting.inLobby();
    await using _ = sitting;
    sitting.data = data;
    sitting.rights.granted.push(`read ${data}`);
    await Deno.mkdir(`${data}/client/outbox`, { recursive: true });
    await Deno.writeFile(`${data}/client/outbox/a b.txt`, bytesOf(5));
    await Deno.writeFile(`${data}/c.txt`, bytesOf(6));
    sitting.desk.take(`/send "a b.txt" ${data}/c.txt none.txt`);
    await sitting.face.told("! The right to read none.txt is missing.");
    const puts = [await peer.expect("put"), await peer.expect("put")];
    const names = puts.map((put) => `${put["name"]}, ${put["size"]} for #${put["room"]}`).sort();
    assertEquals(names, ["a b.txt, 5 for #lobby", "c.txt, 6 for #lobby"]);
    assertEquals(sitting.desk.transfers().map(({ name }) => name).sort(), ["a b.txt", "c.txt"]);
    for (const put of puts) await peer.refuse(put, "not_allowed", "You may not.");
    await sitting.face.told('! The file "');
    await sitting.face.told('! The file "');
    assertEquals(sitting.desk.transfers(), []);
  });
});

Deno.test("rights are asked for in the very turn in which a command is typed, and only where it can be done", async () => {
  const { sitting, peer } = await Sitting.inLobby();
  await using _ = sitting;
  const asked = (typed: string) => {
    sitting.face.permits.length = 0;
    sitting.desk.take(typed);
    return sitting.face.permits.flat().map(({ name, path }) => `${name} ${path}`);
  };
  assertEquals(asked("/send /etc/hostname ./x"), ["read /etc/hostname", "read ./x"]);
  assertEquals(asked("/get 3 as ./x"), ["read ./x", "write ./x"]);
  assertEquals(asked("/send 'a"), []);
  assertEquals(asked("/files"), []);
  await list(peer, []);
  sitting.desk.take("/join ops");
  assertEquals(asked("/send /etc/hostname"), ["read /etc/hostname"]);
  await peer.admit(0);
  await sitting.face.told("You are in #ops");
  peer.close();
  await sitting.face.until(() => sitting.conversation.connection.is === "waiting");
  assertEquals(asked("/send /etc/hostname"), []);
  await sitting.face.told("! There is no connection now.");
});

Deno.test("in no room nothing is asked for", async () => {
  const { sitting } = await Sitting.begin();
  await using _ = sitting;
  sitting.desk.take("/send /etc/hostname");
  await sitting.face.told("! You are in no room");
  assertEquals(sitting.face.permits, []);
});

Deno.test("/remove takes back the file that is meant", async () => {
  const { sitting, peer } = await Sitting.inLobby();
  await using _ = sitting;
  sitting.desk.take("/remove my report.pdf");
  await list(peer, [PHOTO, REPORT]);
  const remove = await peer.expect("remove");
  assertEquals([remove["room"], remove["file"]], ["lobby", 12]);
  await peer.refuse(remove, "not_allowed", "It is not yours.");
  await sitting.face.told("! It is not yours.");
});

Deno.test("/cancel stops what is on its way, also without a connection", async () => {
  await inFolder(async (data) => {
    const { sitting, peer } = await Sitting.inLobby();
    await using _ = sitting;
    sitting.data = data;
    sitting.desk.take("/get 3");
    await list(peer, [PHOTO]);
    await peer.expect("get");
    peer.close();
    await sitting.face.until(() => sitting.conversation.connection.is === "waiting");
    assertStringIncludes(sitting.desk.transfers()[0]?.figures ?? "", "waiting");
    assert(sitting.desk.take("/cancel photo.png"));
    await sitting.face.told("* photo.png was cancelled.");
    await turn();
    assertEquals(sitting.desk.transfers(), []);
  });
});
