/** The desk at which somebody sits: what is typed becomes what is said or done. */

import { stripControls, utf8Bytes } from "../../server/protocol/texts.ts";
import type { Clock } from "../clock.ts";
import type { Session } from "../session.ts";
import { type Command, COMMANDS, readTyped } from "./commands.ts";
import type { Sources } from "./completion.ts";
import type { Conversation } from "./conversation.ts";
import type { Chat } from "./face.ts";
import { Lag } from "./lag.ts";
import { complaint, pendingLine } from "./messages.ts";
import type { Notices } from "./notices.ts";
import type { Sending } from "./pending.ts";
import { lookingNowhere, needConnection, refusalOf, type Scene } from "./scene.ts";
import { sentPaths } from "./paths.ts";
import { statusLine } from "./status.ts";
import type { Span } from "./style.ts";
import type { TransferRow } from "./transfer_rows.ts";
import type { Line } from "./wrap.ts";

export interface DeskOptions {
  readonly scene: Scene;
  readonly notices: Notices;
  readonly clock: Clock;
  /** Paths that begin with a prefix, as far as we may look. */
  readonly paths: (prefix: string) => readonly string[];
}

/** How often the status line is looked at again: it counts seconds. */
const TICK_MS = 1_000;
/** A message that waits for less is no news while there is a connection. */
const PATIENCE_MS = 500;
/** Messages that may wait for the server. More are not taken, and stay where they are typed. */
const PENDING_MAX = 1_000;

export class Desk implements Chat {
  readonly sources: Sources;
  readonly #options: DeskOptions;
  readonly #session: Session;
  readonly #conversation: Conversation;
  readonly #lag: Lag;
  /** The last command that goes into another room; false where that did not come about. */
  #moved = Promise.resolve(true);
  #moving = 0;
  #sent: Promise<void> = Promise.resolve();
  #stopTicking: () => void = () => {};

  constructor(options: DeskOptions) {
    const { scene, clock, paths } = options;
    this.#options = options;
    this.#session = scene.session;
    this.#conversation = scene.conversation;
    this.#lag = new Lag(clock, () => scene.session.request("ping", {}));
    this.sources = {
      commands: COMMANDS.map((command) => `/${command.name}`),
      names: () => this.#names(),
      rooms: () => [...this.#conversation.rooms.map((room) => room.name), ...this.#conversation.listed],
      paths,
      sent: (prefix) => sentPaths(prefix, scene.data, paths),
      files: () => scene.courier.listed,
      transfers: () => scene.courier.names,
      argument: (typed, index) =>
        COMMANDS.find(({ name }) => `/${name}` === typed.toLowerCase())?.takes[index] ?? "text",
    };
  }

  /** Keeps the status line true until `close`. */
  open(): void {
    this.#stopTicking = this.#options.clock.timer(TICK_MS, () => this.#tick());
  }

  close(): void {
    this.#stopTicking();
  }

  /** Waits until all that was said is stored and shown, or cannot be now. */
  async drained(): Promise<void> {
    const { connection, pending } = this.#conversation;
    if (connection.is !== "online" && pending.all.length === 0) return;
    await this.#moved;
    await this.#sent;
    await this.#session.drained();
  }

  take(typed: string): boolean {
    const read = readTyped(typed);
    switch (read.is) {
      case "nothing":
        return true;
      case "wrong":
        this.#complain(read.sentence);
        return false;
      case "command":
        void this.run(read.command, read.argument);
        return true;
      case "text":
        return this.#say(read.text);
      default:
        return read satisfies never;
    }
  }

  turnTo(place: number): void {
    const room = this.#conversation.rooms[place - 1];
    if (room !== undefined) void this.#conversation.turnTo(room);
  }

  turnToUnread(): void {
    const { unread } = this.#conversation;
    const next = unread.find(({ mentioned }) => mentioned) ?? unread[0];
    if (next !== undefined) this.turnTo(next.place);
  }

  leave(): void {
    this.#options.scene.leave();
  }

  seen(how: "key" | "focused" | "unfocused"): void {
    const call = this.#options.notices.seen(how, this.#options.clock.now());
    if (call !== null) this.#options.scene.face.call(call);
  }

  status(): readonly Span[] {
    const { current, connection, unread, pending } = this.#conversation;
    const now = this.#options.clock.now();
    const patience = connection.is === "online" ? PATIENCE_MS : 0;
    const waiting = pending.all.filter(({ since }) => now - since >= patience).length;
    return statusLine({ room: current, connection, unread, lagMs: this.#lag.ms, waiting }, now);
  }

  pending(): readonly Line[] {
    const room = this.#conversation.current?.name;
    const name = this.#session.name ?? "";
    return this.#conversation.pending.all.filter((sending) => sending.room === null || sending.room === room)
      .map(({ text }) => pendingLine(name, text));
  }

  transfers(): readonly TransferRow[] {
    return this.#options.scene.courier.rows;
  }

  /** Whether it could be taken; where not, it is told why. */
  #say(text: string): boolean {
    const { current, textBytesMax, pending } = this.#conversation;
    const bytes = utf8Bytes(stripControls(text));
    if (bytes > textBytesMax) {
      this.#complain(`The message has ${bytes} bytes, and ${textBytesMax} is the most. Send it in parts.`);
      return false;
    }
    if (pending.all.length >= PENDING_MAX) {
      this.#complain(`${PENDING_MAX} messages wait for the server. Send this one when some are through.`);
      return false;
    }
    if (current === null && this.#moving === 0) {
      this.#complain(`Nobody would read it. ${lookingNowhere(this.#conversation)}`);
      return false;
    }
    const sending = pending.add(text, this.#options.clock.now());
    if (this.#moving === 0) this.#send(sending);
    else void this.#moved.then((there) => there ? this.#send(sending) : this.#giveUp(sending));
    return true;
  }

  /** Into the room that is looked at now. */
  #send(sending: Sending): void {
    const { current } = this.#conversation;
    if (current === null) return this.#giveUp(sending);
    sending.room = current.name;
    this.#options.scene.face.update();
    this.#sent = this.#sent.then(() => this.#give(current.name, sending));
  }

  #giveUp(sending: Sending): void {
    this.#conversation.pending.remove(sending);
    this.#complain(`Not sent: ${sending.text}`);
  }

  /** Gives a message to the session, after those before it. */
  async #give(room: string, sending: Sending): Promise<void> {
    const { key, stored } = await this.#session.say(room, sending.text);
    sending.key = key;
    // It may have been refused before it had a key.
    void stored.then(({ is }) => {
      if (is === "refused") this.#conversation.pending.remove(sending);
    });
  }

  /** Goes into another room by `go`; what is said meanwhile waits for it. Resolves when that is through. */
  async move(go: () => Promise<void>): Promise<void> {
    const done = this.#afterMoves(async () => {
      await this.#sent;
      await go();
    });
    this.#moving++;
    this.#moved = done.finally(() => this.#moving--);
    await this.#moved;
  }

  /** Waits until we are where we were going. */
  async settled(): Promise<void> {
    while (this.#moving > 0) await this.#moved;
  }

  /** Runs a command, now or when it is known which room it is about. */
  run(command: Command, argument: string): Promise<unknown> {
    const { run, about, offline } = command;
    // At once, and before anything is awaited: see `Command.asks`.
    const permitted = this.#permit(command, argument);
    const act = async () => {
      if (offline !== true) needConnection(this.#options.scene);
      await permitted;
      await run(this.#options.scene, argument);
    };
    if (about === "another room") return this.move(act);
    return about === "this room" ? this.#afterMoves(act) : this.#act(act);
  }

  /** Nobody is asked for what cannot be done now: `run` says why. */
  #permit({ about, asks }: Command, argument: string): Promise<void> {
    const { current, online } = this.#conversation;
    const nowhere = about === "this room" && current === null && this.#moving === 0;
    if (asks === undefined || !online || nowhere) return Promise.resolve();
    try {
      const { scene } = this.#options;
      return scene.face.permit(asks(scene, argument));
    } catch (error) {
      // What is wrong with the argument is told by `run`.
      refusalOf(error);
      return Promise.resolve();
    }
  }

  async #afterMoves(act: () => Promise<void>): Promise<boolean> {
    if (this.#moving > 0) await this.#moved;
    return await this.#act(act);
  }

  /** What goes wrong is told. Says whether nothing did. */
  async #act(act: () => Promise<void>): Promise<boolean> {
    try {
      await act();
      return true;
    } catch (error) {
      const reason = refusalOf(error);
      // What ended the session is told as an event.
      if (!this.#session.ended) this.#complain(reason);
      return false;
    }
  }

  /** For completion: who spoke here last, then who wrote to us alone. Not we ourselves. */
  #names(): readonly string[] {
    const { current, writers } = this.#conversation;
    return [...current?.names ?? [], ...writers].filter((name) => name !== this.#session.name);
  }

  #complain(sentence: string): void {
    void this.#options.scene.face.print(complaint(sentence));
  }

  #tick(): void {
    this.open();
    if (this.#conversation.connection.is === "online") this.#lag.tick();
    else this.#lag.reset();
    this.#options.scene.face.update();
  }
}
