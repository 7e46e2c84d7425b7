/**
 * What people ask, from the frame to the answer. One table says who handles a request and how; decoding, order and
 * refusals are taken care of here, once, for all of them.
 */

import { ProtocolError } from "../protocol/errors.ts";
import { encodeMessage, type Frame, KIND_CHUNK } from "../protocol/frames.ts";
import { HELLO_TRIES_MAX } from "../protocol/limits.ts";
import { decodeFromClient, type FromClient, type RequestOf, type RequestType } from "../protocol/messages.ts";
import type { Client } from "./client.ts";
import type { Asker, Handler, Pending, Reply } from "./handler.ts";
import { hello } from "./hello.ts";
import type { House } from "./house.ts";
import { history, rooms, search, status, who } from "./lookups.ts";
import { create, join, leave, say, title } from "./membership.ts";
import { bye, name, ping, tell } from "./person.ts";

/** Every request that is made after `hello`. */
type Later = Exclude<RequestType, "hello">;

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
  ping,
  bye,
};

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

function open(house: House, client: Client, refusals: number, { kind, body }: Frame): void {
  const message: FromClient = kind === KIND_CHUNK ? { is: "ignored", type: "chunk" } : decodeFromClient(body);
  const type = message.is === "request" ? message.request.type : message.type;
  if (type !== "hello" || message.is === "ignored") {
    throw new ProtocolError("hello_expected", "The first request is hello. Connect again and send it.");
  }
  if (message.is === "unanswerable") throw message.error;
  const id = message.is === "refused" ? message.id : message.request.id;
  try {
    if (message.is === "refused") throw message.error;
    if (message.request.type === "hello") client.answer(id, hello(house, client, message.request));
  } catch (error) {
    refuseOrThrow(client, id, error);
    if (refusals + 1 >= HELLO_TRIES_MAX) client.finish();
    else client.standing = { is: "opening", refusals: refusals + 1 };
  }
}

function take(house: House, asker: Asker, { kind, body }: Frame): void | Promise<void> {
  const { client } = asker;
  if (kind === KIND_CHUNK) {
    client.send(noTransfer(body));
    return client.relieved;
  }
  const message = decodeFromClient(body);
  if (message.is === "ignored") return;
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
  const { id } = request;
  const handler: Handler<T> = HANDLERS[request.type];
  let reply: Reply<T> | Promise<Reply<T>> | Pending<T>;
  try {
    reply = handler(house, asker, request);
  } catch (error) {
    refuseInOrder(client, id, request.type, error);
    return client.relieved;
  }
  if (reply instanceof Promise) return answerLater(client, id, reply);
  if ("later" in reply) {
    const answered = client.answers.say();
    reply.later.then(
      (answer) => answered(() => client.answer(id, answer)),
      (error) => answered(() => refuseOrThrow(client, id, error)),
    );
    return reply.hold === null ? client.relieved : reply.hold.then(() => client.relieved);
  }
  client.answer(id, reply.answer, reply.sent);
  return client.relieved;
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
  await client.relieved;
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

/** The answer to a chunk of a transfer: there are none. */
function noTransfer(chunk: Uint8Array): Uint8Array {
  const transfer = new DataView(chunk.buffer, chunk.byteOffset).getUint32(0);
  const message = `There is no transfer ${transfer}.`;
  return encodeMessage({ type: "failed", transfer, code: "no_such_transfer", message });
}
