/** Requests about files: `files`, `put`, `get`, `cancel`, `remove`. */

import type { FileEntry } from "../files/catalogue.ts";
import { Download } from "../files/download.ts";
import type { Put } from "../files/room_files.ts";
import type { Appended } from "../history/group_commit.ts";
import type { NewFile } from "../history/lines.ts";
import { ProtocolError } from "../protocol/errors.ts";
import { safeFileName } from "../protocol/file_names.ts";
import { WINDOW_BYTES } from "../protocol/limits.ts";
import type { Asked } from "../protocol/messages.ts";
import { quoted } from "../protocol/texts.ts";
import type { Asker, Handler, Reply } from "./handler.ts";
import type { House } from "./house.ts";
import type { Member } from "./member.ts";
import { removeFile } from "./moderation.ts";
import { fillPage } from "./pages.ts";
import type { Room } from "./room.ts";
import { grant } from "./rules.ts";

export const files: Handler<"files"> = async (_house, _asker, { page = 0 }, { room, member }) => {
  const found = await room.files();
  function* describe() {
    for (const { file, name, size, sha256, from, at } of found.list(Math.max(page, member.first))) {
      yield [file, { file, name, size, sha256, from, at }] as const;
    }
  }
  const { list, rest } = await fillPage(describe());
  return { answer: { files: list, ...rest } };
};

export const put: Handler<"put"> = async (house, asker, asked, { room, member, log }) => {
  const { transfers } = asker.client;
  const entry = entryOf(house, asker, asked);
  const repeated = await log.repeated(entry);
  const transfer = transfers.number();
  const found = await room.files();
  const done = ({ seq }: Appended) => transfers.done(transfer, { room: room.name.shown, file: seq, seq });
  const whole = { transfer, offset: entry.size, window: WINDOW_BYTES };
  // Everybody can see the key, and repeat it: whoever does has put nothing.
  if (repeated !== null) return { answer: whole, sent: () => done(repeated) };
  const approve = approval(house, asker, "put", room);
  const failed = (error: ProtocolError) => transfers.failed(transfer, error);
  const wanted: Put = {
    entry,
    owner: asker.session.key ?? `guest ${asker.session.name.folded}`,
    first: member.first,
    approve: () => {
      approve();
      return asker.session.person.author;
    },
    received: (offset) => transfers.moved(transfer, offset),
    stored: (appended) => {
      const by = asker.session.name.shown;
      house.report("FILE", `${quoted(entry.name)}, ${entry.size} bytes, in ${room.name.shown} by ${by}`);
      member.notePut(appended.seq);
      done(appended);
    },
    failed,
  };
  const upload = await found.upload(wanted);
  if (upload === null) {
    return { answer: whole, sent: () => void found.add(wanted) };
  }
  transfers.add(transfer, { is: "upload", upload, may: approve });
  const answer = { transfer, offset: upload.offset, window: WINDOW_BYTES };
  return { answer, sent: () => upload.start() };
};

export const get: Handler<"get"> = async (house, asker, asked, { room, member }): Promise<Reply<"get">> => {
  const { transfers } = asker.client;
  const { file, offset = 0 } = asked;
  const found = await room.files();
  const entry = found.find(file, member.first);
  const { name, size, sha256 } = entry;
  if (offset > size) throw new ProtocolError("bad_request", `The file has ${size} bytes, and no more.`);
  const transfer = transfers.number();
  const answer = { transfer, name, size, sha256, window: WINDOW_BYTES };
  if (offset === size) return { answer, sent: () => transfers.done(transfer, {}) };
  const approve = approval(house, asker, "get", room);
  const download = new Download({
    file: await found.read(entry),
    size,
    offset,
    transfer,
    now: house.uptime,
    ready: () => transfers.ready(transfer),
    failed: (error) => transfers.failed(transfer, found.unreadable(entry, error)),
  });
  transfers.add(transfer, {
    is: "download",
    download,
    may: () => {
      approve();
      found.find(file, member.first);
    },
  });
  return { answer, sent: () => download.start() };
};

export const cancel: Handler<"cancel"> = (_house, { client }, { transfer }) => {
  client.transfers.cancel(transfer);
  return { answer: { transfer } };
};

export const remove: Handler<"remove"> = async (house, asker, { file }, { room, member }) => {
  const { session } = asker;
  refuseOthers(room, member, (await room.files()).find(file, member.first));
  const approve = approval(house, asker, "remove", room);
  await removeFile(house, { by: { name: session.name.shown, key: session.key }, room }, file, (entry) => {
    approve();
    refuseOthers(room, member, entry);
  });
  await house.audited();
  return { answer: { room: room.name.shown, file } };
};

/** Throws `ProtocolError` `not_allowed` where somebody else put the file, and the room is not the member's. */
function refuseOthers(room: Room, member: Member, { file, by }: FileEntry): void {
  const { key, person: { fingerprint } } = member.session;
  // A guest's name may be another's by now.
  const own = by === undefined ? member.hasPut(file) : by === fingerprint;
  if (own || room.isOwner(key)) return;
  throw new ProtocolError("not_allowed", "A file is removed by who put it, or by the room's owner.");
}

/** What the log is to say of the file. Throws `ProtocolError`: `file_too_large`, `bad_request`. */
function entryOf({ fileBytesMax }: House, { session }: Asker, asked: Asked<"put">): NewFile {
  const { size, sha256, key } = asked;
  if (fileBytesMax === 0) throw new ProtocolError("file_too_large", "This server takes no files.");
  if (size > fileBytesMax) {
    const message = `The file has ${size} bytes; ${fileBytesMax} is the most that this server takes.`;
    throw new ProtocolError("file_too_large", message);
  }
  const name = safeFileName(asked.name);
  if (name === null) {
    throw new ProtocolError(
      "bad_request",
      `No file can be called ${quoted(asked.name)}. Give it another name.`,
    );
  }
  return {
    kind: "file",
    ...session.person.author,
    name,
    size,
    sha256: sha256.toLowerCase(),
    ...(key === undefined ? {} : { key }),
  };
}

/** Throws `ProtocolError` when the asker may not do `what` in `room` any more, which takes its time. */
function approval(house: House, { session }: Asker, what: "put" | "get" | "remove", room: Room): () => void {
  return () => {
    if (grant(house, session, what, room.name.shown).room === room) return;
    throw new ProtocolError("no_such_room", `The room #${room.name.shown} was closed.`);
  };
}
