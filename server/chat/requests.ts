/**
 * What people ask, from the frame to the answer. One table says who handles a request and how; decoding, order and
 * refusals are taken care of here, once, for all of them.
 */

import { type Chunk, readChunk } from "../protocol/chunks.ts";
import { ProtocolError } from "../protocol/errors.ts";
import { type Frame, KIND_CHUNK } from "../protocol/frames.ts";
import { HELLO_TRIES_MAX } from "../protocol/limits.ts";
import { decodeFromClient, type FromClient } from "../protocol/decoding.ts";
import type { Request, RequestOf } from "../protocol/messages.ts";
import type { Expense } from "./budgets.ts";
import type { Client } from "./client.ts";
import { cancel, files, get, put, remove } from "./files.ts";
import type { Asker, Handler, Pending, Reply } from "./handler.ts";
import { hello } from "./hello.ts";
import type { House } from "./house.ts";
import { history, rooms, search, status, who } from "./lookups.ts";
import { create, join, leave, say } from "./membership.ts";
import { close, kick, mute, owner, password, title, unban, unmute } from "./ownership.ts";
import { bye, name, ping, tell } from "./personal.ts";
import { grant, type Later, RULES } from "./rules.ts";

const HANDLERS: { readonly [T in Later]: Handler<T> } = {
  rooms,
  create,
  join,
  leave,
  say,
  tell,
  name,
  who,
  status,
  history,
  search,
  title,
  kick,
  unban,
  mute,
  unmute,
  owner,
  password,
  close,
  ping,
  bye,
  files,
  put,
  get,
  cancel,
  remove,
};

/** The flags that set the budgets. */
const FLAGS: Readonly<Record<Expense, string>> = {
  messages: "rate",
  joins: "rate-joins",
  creates: "rate-creates",
  searches: "rate-searches",
  reads: "rate-reads",
  acts: "rate-acts",
  requests: "rate-requests",
};

/** Bytes of a file that cost no more than the frame that they came in. */
const FREE_BYTES_MIN = 4_000;

const OPTIONS: ReadonlySet<string> = new Set(["join", "create", "bye"]);

/**
 * Takes a frame from `client`. A promise says when the next one may be taken. What cannot be answered ends the
 * connection with an `error`.
 */
export function takeFrame(house: House, client: Client, frame: Frame): void | Promise<void> {
  const { standing } = client;
  try {
    if (standing.is === "over") return;
    if (standing.is === "opening") return open(house, client, standing.refusals, frame);
    // After `bye` nothing is taken, also while its answer still waits to be sent.
    if (standing.session.contact !== client) return;
    return take(house, { client, session: standing.session }, frame);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    client.dismiss(error.code, error.message);
  }
}

/** The connection of `client` is gone, or about to go: its session can be taken up over another one. */
export function clientGone({ people, report }: House, client: Client): void {
  const { standing } = client;
  if (standing.is !== "open" || standing.session.contact !== client) return;
  people.drop(standing.session);
  report("LEFT", `${standing.session.name.shown} from ${client.address}, connection lost`);
}

function open(
  house: House,
  client: Client,
  refusals: number,
  { kind, body }: Frame,
): void | Promise<void> {
  const message: FromClient = kind === KIND_CHUNK ? { is: "ignored", type: "chunk" } : decodeFromClient(body);
  if (message.is === "received" || message.is === "ignored" || typeOf(message) !== "hello") {
    throw new ProtocolError("hello_expected", "The first request is hello. Connect again and send it.");
  }
  if (message.is === "unanswerable") throw message.error;
  return message.is === "refused"
    ? refuseHello(client, refusals, message.id, message.error)
    : sayHello(house, client, refusals, message.request);
}

async function sayHello(house: House, client: Client, refusals: number, request: Request): Promise<void> {
  if (request.type !== "hello") return;
  try {
    client.answer(request.id, await hello(house, client, request));
  } catch (error) {
    refuseHello(client, refusals, request.id, error);
  }
}

function typeOf(message: FromClient & { readonly is: "request" | "refused" | "unanswerable" }): string {
  return message.is === "request" ? message.request.type : message.type;
}

function refuseHello(client: Client, refusals: number, id: number, error: unknown): void {
  refuseOrThrow(client, id, error);
  if (refusals + 1 >= HELLO_TRIES_MAX) client.finish();
  else if (client.standing.is === "opening") client.standing = { is: "opening", refusals: refusals + 1 };
}

function take(house: House, asker: Asker, frame: Frame): void | Promise<void> {
  const { kind, body } = frame;
  const message = kind === KIND_CHUNK ? readChunk(body) : decodeFromClient(body);
  const waitMs = isFree(house, asker, message) ? 0 : tooSoon(house, asker, "requests");
  if (waitMs > 0) return later(asker, waitMs, () => take(house, asker, frame));
  return "bytes" in message ? takeChunk(asker, message) : takeMessage(house, asker, message);
}

function takeChunk({ client }: Asker, chunk: Chunk): void | Promise<void> {
  if (!client.transfers.take(chunk)) client.transfers.unknown(chunk.transfer);
  return client.relieved;
}

/** What is on no budget: coming back to where one is, as after a drop, and files, unless they come in crumbs. */
function isFree(house: House, asker: Asker, message: FromClient | Chunk): boolean {
  const { client } = asker;
  if ("bytes" in message) {
    return message.bytes.length >= FREE_BYTES_MIN && client.transfers.takes(message.transfer);
  }
  if (message.is === "received") {
    return client.transfers.news(message.transfer, message.offset) >= FREE_BYTES_MIN;
  }
  return isReturn(house, asker, message);
}

function takeMessage(house: House, asker: Asker, message: FromClient): void | Promise<void> {
  const { client } = asker;
  if (message.is === "received") client.transfers.received(message.transfer, message.offset);
  if (message.is === "ignored" || message.is === "received") return;
  if (message.is === "unanswerable") throw message.error;
  const id = message.is === "refused" ? message.id : message.request.id;
  if (!client.answers.expect(id)) {
    throw new ProtocolError("bad_request", `Request ${id} is not answered yet; take another id.`);
  }
  if (message.is === "refused") {
    refuseInOrder(client, id, message.type, message.error);
    return client.relieved;
  }
  if (message.request.type === "hello") {
    client.refuse(id, new ProtocolError("bad_request", "You have said hello already."));
    return client.relieved;
  }
  tellChoice(house, asker, message.request.type);
  return handle(house, asker, message.request);
}

function handle<T extends Later>(house: House, asker: Asker, request: RequestOf<T>): void | Promise<void> {
  const { client } = asker;
  const { id, type } = request;
  const handler: Handler<T> = HANDLERS[type];
  let reply: Reply<T> | Promise<Reply<T>> | Pending<T>;
  const room = roomOf(request);
  const waitMs = RULES[type].expense === "messages" ? tooSoon(house, asker, "messages") : 0;
  if (waitMs > 0) return later(asker, waitMs, () => handle(house, asker, request));
  try {
    charge(house, asker, type, room);
    reply = handler(house, asker, request, grant(house, asker.session, type, room));
  } catch (error) {
    refuseInOrder(client, id, type, error);
    return client.relieved;
  }
  if (reply instanceof Promise) return next(client, answerLater(client, id, reply));
  if ("later" in reply) {
    const answered = client.answers.say();
    reply.later.then(
      (answer) => answered(() => client.answer(id, answer)),
      (error) => answered(() => refuseOrThrow(client, id, error)),
    );
    return reply.hold === null ? client.relieved : next(client, reply.hold);
  }
  client.answer(id, reply.answer, reply.sent);
  return client.relieved;
}

function roomOf(request: object): string | undefined {
  return "room" in request && typeof request.room === "string" ? request.room : undefined;
}

/** When the next frame of `client` may be taken: after `busy`, and when it takes what it was sent. */
async function next(client: Client, busy: Promise<void>): Promise<void> {
  await busy;
  await client.relieved;
}

/**
 * What is read too soon is neither refused nor overtaken: it waits, before it is taken and not after, or each new
 * connection of a person would have one more.
 */
async function later({ client }: Asker, ms: number, go: () => void | Promise<void>): Promise<void> {
  await client.pause(ms);
  if (!client.gone) await go();
}

/** Charges what waits where it comes too soon: gives 0, or charges nothing and gives for how many milliseconds. */
function tooSoon(
  { tally }: House,
  { session: { person } }: Asker,
  expense: "messages" | "requests",
): number {
  const waitMs = person.budgets.of(expense)?.take() ?? 0;
  if (waitMs > 0) tally.count(FLAGS[expense]);
  return waitMs;
}

/** Whether somebody comes back to where they are, as after a drop: that costs nothing. */
function isReturn(house: House, asker: Asker, message: FromClient): boolean {
  if (message.is !== "request" || message.request.type !== "join") return false;
  return isThere(house, asker, message.request.room);
}

function isThere({ rooms }: House, { session }: Asker, room: string): boolean {
  return rooms.find(room)?.member(session) !== undefined;
}

/** Charges a request that is refused where it is too much. Throws `ProtocolError` `rate_limited`. */
function charge(house: House, asker: Asker, type: Later, room: string | undefined): void {
  const { expense } = RULES[type];
  if (expense === null || expense === "messages") return;
  if (type === "join" && room !== undefined && isThere(house, asker, room)) return;
  const waitMs = asker.session.person.budgets.of(expense)?.take() ?? 0;
  if (waitMs === 0) return;
  house.tally.count(FLAGS[expense]);
  const message = `That is too much at once. Try again in ${Math.ceil(waitMs / 1_000)} s.`;
  throw new ProtocolError("rate_limited", message, waitMs);
}

async function answerLater<T extends Later>(
  client: Client,
  id: number,
  reply: Promise<Reply<T>>,
): Promise<void> {
  try {
    const { answer, sent } = await reply;
    client.answer(id, answer, sent);
  } catch (error) {
    refuseOrThrow(client, id, error);
  }
}

/** A `say` is answered after those before it, also where it is refused at once. */
function refuseInOrder(client: Client, id: number, type: string, error: unknown): void {
  if (type === "say") client.answers.say()(() => refuseOrThrow(client, id, error));
  else refuseOrThrow(client, id, error);
}

function refuseOrThrow(client: Client, id: number, error: unknown): void {
  if (!(error instanceof ProtocolError)) throw error;
  client.refuse(id, error);
}

/** The operator is told the first thing that somebody chooses to do. */
function tellChoice({ report }: House, { client, session }: Asker, type: Later): void {
  if (client.chosen || !OPTIONS.has(type)) return;
  client.chosen = true;
  report("OPTION SELECTED", `${type} by ${session.name.shown}`);
}
