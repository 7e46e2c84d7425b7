/**
 * A session: one person's stay on a server, over as many connections as it takes. It joins, says and asks, and
 * tells what happens as a stream of events; it draws nothing and knows no terminal.
 *
 * After a drop it connects again, takes up its session, joins its rooms after the last entry that it passed on, and
 * sends again, in order and with their keys, the `say`s that were not acknowledged. The server knows the keys, so
 * that each of them is one entry. Files that are on their way go on too.
 */

import { isErrorCode, ProtocolError } from "../server/protocol/errors.ts";
import { TEXT_BYTES_MAX } from "../server/protocol/limits.ts";
import type { Answer, Asked, Request, RequestType, ServerEvent } from "../server/protocol/messages.ts";
import { foldName } from "../server/protocol/names.ts";
import { cleanText } from "../server/protocol/texts.ts";
import { within } from "./clock.ts";
import type { Connection } from "./connection.ts";
import { type Ending, EventQueue, EVENTS_BYTES_MAX, type SessionEvent } from "./events.ts";
import { Joining } from "./joining.ts";
import { Lifeline, type LifelineOptions } from "./lifeline.ts";
import { Legs } from "./files/legs.ts";
import { Membership } from "./membership.ts";
import { Outbox, OUTBOX_BYTES_MAX, type Question } from "./outbox.ts";
import { answered, bodyOf, type Outcome, promised, refusal, type Settle, type Settled } from "./outcomes.ts";
import { Requests } from "./requests.ts";
import { type JoinOptions, Room } from "./room.ts";
import { Rooms } from "./rooms.ts";
import { type Keeping, Transfers } from "./transfers.ts";

export interface SessionOptions extends LifelineOptions {
  /** A key for a `say`, never the same twice. */
  readonly newKey: () => string;
  /** Where files that are being sent are remembered; nowhere without it. */
  readonly keeping?: Keeping;
}

/** What became of a `say`. */
export type Stored =
  | { readonly is: "stored"; readonly room: string; readonly seq: number; readonly at: number }
  | { readonly is: "refused"; readonly error: ProtocolError };

/** A `say` that is on its way. `stored` never rejects. */
export interface Said {
  readonly key: string;
  readonly stored: Promise<Stored>;
}

/** Requests that need nothing of the session but to be sent. */
export type PlainRequest = Exclude<
  RequestType,
  "hello" | "create" | "join" | "leave" | "say" | "name" | "password" | "bye"
>;

/** How long leaving waits for the server's word. */
const BYE_MS_MAX = 2_000;
/** What a reply in the stream of events is taken to weigh. */
const REPLY_BYTES = 1_024;

type State =
  | { readonly is: "offline" }
  /** The server took us; the rooms are being joined, and nothing else is sent yet. */
  | { readonly is: "entering"; readonly connection: Connection }
  | { readonly is: "online"; readonly connection: Connection }
  | { readonly is: "leaving" }
  | { readonly is: "ended"; readonly error: ProtocolError };

export class Session {
  readonly #options: SessionOptions;
  readonly #lifeline: Lifeline;
  readonly #events = new EventQueue(EVENTS_BYTES_MAX);
  readonly #outbox = new Outbox(OUTBOX_BYTES_MAX);
  readonly #requests: Requests;
  readonly #rooms = new Rooms(this.#events);
  readonly #joining: Joining;
  readonly #membership: Membership;
  readonly #legs: Legs;
  /** The files that come and go. */
  readonly transfers: Transfers;
  readonly #stop = new AbortController();
  #state: State = { is: "offline" };

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#requests = new Requests(this.#outbox, options.clock);
    this.#joining = new Joining({
      rooms: this.#rooms,
      requests: this.#requests,
      clock: options.clock,
      push: (event) => this.#events.push(event),
      answered: () => this.#outbox.ring(),
    });
    this.#lifeline = new Lifeline(options, {
      reply: (re, outcome) => this.#outbox.answer(re, outcome),
      event: (event, bytes) => this.#take(event, bytes),
      chunk: (chunk) => this.#legs.chunk(chunk),
      room: () => this.#events.room(),
      ping: () => this.#outbox.ahead({ type: "ping", members: {}, settle: () => {} }),
      push: (event) => this.#tell(event),
      tell: (connection, type, members) => this.#requests.tell(connection, type, members),
      enter: (connection) => this.#enterAll(connection),
      send: (connection) => this.#send(connection),
      dropped: () => this.#dropped(),
    }, this.#stop.signal);
    this.#membership = new Membership({
      rooms: this.#rooms,
      lifeline: this.#lifeline,
      key: options.identity?.key,
      ask: (type, members, settle) => this.#ask(type, members, "unsent", answered(settle)),
      parted: (room) => {
        this.#events.push({ is: "parted", room });
        this.#outbox.ring();
      },
      misnamed: (error) => {
        if (this.#state.is === "online") this.#state.connection.close(error.message, error);
      },
    });
    this.#legs = new Legs(this.#outbox, this.#requests);
    const { clock, random, newKey, keeping = null } = options;
    const push = (event: SessionEvent) => this.#tell(event);
    this.transfers = new Transfers({ legs: this.#legs, clock, random, newKey, keeping, push });
  }

  /** What we are called, as far as we know. */
  get name(): string | undefined {
    return this.#lifeline.name;
  }

  /** Whether it is over; all that is asked is refused then. */
  get ended(): boolean {
    return this.#state.is === "ended";
  }

  /** How many `say`s the server has not acknowledged. */
  get unacknowledged(): number {
    return this.#outbox.says;
  }

  /**
   * All that happens, in order, for one consumer. While it is slow nothing is read from the server; a request that
   * is awaited inside this loop can therefore wait for itself.
   */
  events(): AsyncIterable<SessionEvent> {
    return this.#events;
  }

  /** Connects, and stays until `leave` or for good. To be called once; whoever made the session awaits it. */
  async run(): Promise<Ending> {
    const ending = await this.#lifeline.run();
    const error = endedError(ending);
    this.#state = { is: "ended", error };
    await this.transfers.end(error);
    this.#outbox.end(error);
    this.#rooms.end({ is: "refused", error });
    this.#events.push({ is: "ended", ending });
    this.#events.end();
    return ending;
  }

  /**
   * Asks the server. Rejects with `ProtocolError`: the server's, or `timeout` where no answer came in 30 seconds or
   * the connection was lost after it was sent. Before there is a connection it waits, within that time.
   */
  request<T extends PlainRequest>(type: T, members: Asked<T>): Promise<Answer<T>> {
    return promised(type, (settle) => this.#ask(type, members, "unsent", answered(settle)));
  }

  /** Joins a room, or moves on in one; its entries follow as events. Waits for a connection as long as it takes. */
  join(room: string, options: JoinOptions): Promise<Answer<"join">> {
    return promised("join", (settle) => this.#join(room, options, settle));
  }

  /** Makes a room, in which we are then. */
  create(options: Asked<"create">): Promise<Answer<"create">> {
    return promised("create", (settle) => this.#membership.create(options, settle));
  }

  /** Leaves a room. */
  part(room: string): Promise<Answer<"leave">> {
    return promised("leave", (settle) => this.#membership.part(room, settle));
  }

  /** Takes another name. */
  rename(name: string): Promise<Answer<"name">> {
    return promised("name", (settle) => this.#membership.rename(name, settle));
  }

  /** Locks a room with another password, or with none where it is null. */
  setPassword(room: string, password: string | null): Promise<Answer<"password">> {
    return promised("password", (settle) => this.#membership.setPassword(room, password, settle));
  }

  /**
   * Says `text`, exactly once, over any number of connections. Resolves when there is room to keep it until it is
   * acknowledged; what becomes of it is told by `stored`, and as an event.
   */
  async say(room: string, text: string): Promise<Said> {
    await this.#outbox.room();
    const key = this.#options.newKey();
    const stored = Promise.withResolvers<Stored>();
    this.#say({ room, text, key }, (outcome) => {
      if (outcome.is === "ok") {
        const { room, seq, at } = bodyOf("say", outcome.body);
        this.#events.push({ is: "stored", room, key, seq, at });
        stored.resolve({ is: "stored", room, seq, at });
      } else {
        this.#events.push({ is: "refused", room, key, text, error: outcome.error }, text.length);
        stored.resolve(outcome);
      }
    });
    return { key, stored: stored.promise };
  }

  /**
   * Passes a request on for a program that speaks the protocol itself; its outcome comes as the event `reply` with
   * `re`. Resolves when there is room to keep it. The `id` in the request is not used.
   */
  async forward(request: Request, re: number | null): Promise<void> {
    await this.#outbox.room();
    const settle = (outcome: Outcome) => this.#events.push({ is: "reply", re, outcome }, REPLY_BYTES);
    switch (request.type) {
      case "hello":
        return settle(refusal("bad_request", "The client has said hello already."));
      case "create":
        return this.#membership.create(request, settle);
      case "join":
        return this.#join(request.room, request, settle);
      case "leave":
        return this.#membership.part(request.room, settle);
      case "name":
        return this.#membership.rename(request.name, settle);
      case "password":
        return this.#membership.setPassword(request.room, request.password, settle);
      case "say": {
        const { room, text, key = this.#options.newKey() } = request;
        return this.#say({ room, text, key }, settle);
      }
      case "bye":
        settle({ is: "ok", body: { type: "ok" } });
        return await this.leave();
      default:
        return this.#ask(request.type, request, "unsent", answered(settle));
    }
  }

  /**
   * Waits until everything that was said and asked is answered, and the entries up to that have come as events; or
   * until the session has ended.
   */
  async drained(): Promise<void> {
    await this.#outbox.drained();
    await this.#rooms.caughtUp();
  }

  /** Leaves with `bye`, waiting for the server's word at most 2 seconds, and ends the session. */
  async leave(): Promise<void> {
    const state = this.#state;
    if (state.is === "leaving" || state.is === "ended") return;
    this.#state = { is: "leaving" };
    this.#lifeline.leaving = true;
    this.transfers.stop(endedError({ is: "left" }));
    this.#events.lift();
    if (state.is === "entering" || state.is === "online") {
      await within(this.#options.clock, BYE_MS_MAX, this.#requests.tell(state.connection, "bye", {}));
    }
    this.#stop.abort();
  }

  #tell(event: SessionEvent): void {
    if (event.is === "connected") {
      const { file, frame } = event.answer.limits;
      this.transfers.bytesMax = file;
      this.#legs.frameBytesMax = frame;
    }
    if (event.is === "transfer" && event.end.is === "put") this.#rooms.expect(event.end.room, event.end.seq);
    this.#events.push(event);
  }

  #take(event: ServerEvent, bytes: number): void {
    switch (event.type) {
      case "entry":
        return this.#rooms.take(event, bytes);
      case "presence":
        return this.#events.push({ is: "presence", event }, bytes);
      case "direct":
        return this.#events.push({ is: "direct", event }, bytes);
      case "notice":
        return this.#events.push({ is: "notice", event }, bytes);
      case "kicked": {
        this.#rooms.leave(event.room);
        const own = this.name !== undefined && foldName(event.by) === foldName(this.name);
        return this.#events.push({ is: "kicked", event, own }, bytes);
      }
      case "greeting":
      case "ping":
        return;
      case "received":
      case "done":
      case "failed":
        return this.#legs.take(event);
      default:
        return event satisfies never;
    }
  }

  /** Asks, in order after what waits, and gives up after 30 seconds. */
  #ask(type: RequestType, members: object, keep: Question["keep"], settle: (settled: Settled) => void): void {
    if (this.#state.is === "ended") return settle({ is: "refused", error: this.#state.error });
    this.#requests.ask(type, members, keep, settle);
  }

  /** A `say` has no limit in time: it waits for the server, and for the next connection. */
  #say(say: { readonly room: string; readonly text: string; readonly key: string }, settle: Settle): void {
    if (this.#state.is === "ended") return settle({ is: "refused", error: this.#state.error });
    try {
      const members = { ...say, text: cleanText(say.text, TEXT_BYTES_MAX) };
      const stored = answered((outcome) => {
        if (outcome.is === "ok") this.#rooms.expect(say.room, bodyOf("say", outcome.body).seq);
        settle(outcome);
      });
      this.#outbox.add({ type: "say", members, room: say.room, keep: "always", settle: stored });
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      settle({ is: "refused", error });
    }
  }

  #join(name: string, options: JoinOptions, settle: Settle): void {
    if (this.#state.is === "ended") return settle({ is: "refused", error: this.#state.error });
    const room = new Room(name, options, settle);
    if (!this.#rooms.want(room)) {
      return settle(refusal("bad_request", `An earlier join of "${name}" is not answered yet.`));
    }
    // Where there is no connection, the next one joins the room when it opens.
    if (this.#state.is === "online") this.#joining.ask(room);
  }

  /** Joins all rooms on a new connection, before anything that waits is sent. */
  async #enterAll(connection: Connection): Promise<void> {
    if (this.#state.is === "offline") this.#state = { is: "entering", connection };
    await this.#joining.enterAll(connection);
    if (this.#state.is !== "entering") return;
    this.#state = { is: "online", connection };
    this.#legs.connected(connection);
  }

  /** Sends what waits until the connection ends. */
  async #send(connection: Connection): Promise<void> {
    while (!connection.ended) {
      const delays = (room: string) => this.#rooms.delays(room);
      const frame = this.#state.is === "online" ? this.#outbox.take(delays) : null;
      if (frame === null) await this.#outbox.added();
      else await connection.send(frame);
    }
  }

  #dropped(): void {
    if (this.#state.is !== "leaving") this.#state = { is: "offline" };
    this.#rooms.drop();
    this.#legs.drop();
    this.#outbox.drop();
  }
}

/** What requests come to that the end of the session leaves open, or that come after it. */
function endedError(ending: Ending): ProtocolError {
  if (ending.is === "left") return new ProtocolError("timeout", "The session has ended.");
  return new ProtocolError(isErrorCode(ending.code) ? ending.code : "timeout", ending.reason);
}
