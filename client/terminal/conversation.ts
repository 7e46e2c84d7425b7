/**
 * The rooms that we are in, one of which is looked at: what happens becomes lines on the face, and what happens in
 * the other rooms is kept for when they are.
 */

import { foldName } from "../../server/protocol/names.ts";
import type { Clock } from "../clock.ts";
import type { SessionEvent } from "../events.ts";
import { joinedSentence } from "../lines.ts";
import { Wake } from "../wake.ts";
import type { Face } from "./face.ts";
import { PresenceFold } from "./fold.ts";
import {
  dayLine,
  directLine,
  entryLine,
  eventLines,
  kickedLines,
  note,
  type Regard,
  rule,
} from "./messages.ts";
import { type Heard, mentions, type Notices } from "./notices.ts";
import { Pending } from "./pending.ts";
import { type Kept, RoomView } from "./room_view.ts";
import type { Connection, UnreadRoom } from "./status.ts";
import type { Line } from "./wrap.ts";

export interface ConversationOptions {
  readonly face: Face;
  readonly clock: Clock;
  readonly notices: Notices;
  /** What we are called, once that is known. */
  readonly name: () => string | undefined;
}

/** People who wrote to us alone that are known for completion. */
const WRITERS_MAX = 20;

/** How long joins and leaves gather before they are told in one line. */
const FOLD_MS = 1_000;

type EventThat<Is extends SessionEvent["is"]> = SessionEvent & { readonly is: Is };

export class Conversation {
  readonly #options: ConversationOptions;
  readonly pending = new Pending();
  readonly #fold = new PresenceFold();
  #rooms: readonly RoomView[] = [];
  #current: RoomView | null = null;
  #connection: Connection = { is: "connecting" };
  #connected = false;
  /** Bytes that a message may have, as the server says. */
  #textBytesMax = Infinity;
  #writers: readonly string[] = [];
  /** Names of the rooms that were listed last. */
  listed: readonly string[] = [];
  #leaving = false;
  /** The day under which the last message stands. */
  #day = "";
  /** Rings when something that `until` may wait for has happened. */
  readonly #happened = new Wake();
  #over = false;
  /** Takes back the timer after which joins and leaves are told; null where none runs. */
  #unfold: (() => void) | null = null;

  constructor(options: ConversationOptions) {
    this.#options = options;
  }

  /** The room that is looked at. */
  get current(): RoomView | null {
    return this.#current;
  }

  /** In the order in which we came. */
  get rooms(): readonly RoomView[] {
    return this.#rooms;
  }

  get connection(): Connection {
    return this.#connection;
  }

  /** Whether the server ever took us. */
  get connected(): boolean {
    return this.#connected;
  }

  /** Whether requests can be asked now. */
  get online(): boolean {
    return this.#connection.is === "online";
  }

  /** Who wrote to us alone, the last one first. */
  get writers(): readonly string[] {
    return this.#writers;
  }

  get textBytesMax(): number {
    return this.#textBytesMax;
  }

  get unread(): readonly UnreadRoom[] {
    return this.#rooms.map(({ name, unread, mentioned }, i) => ({
      place: i + 1,
      name,
      count: unread,
      mentioned,
    })).filter(({ count }) => count > 0);
  }

  find(name: string): RoomView | null {
    const folded = foldName(name);
    return this.#rooms.find((room) => room.folded === folded) ?? null;
  }

  /** Shows events until the last. */
  async listen(events: AsyncIterable<SessionEvent>): Promise<void> {
    for await (const event of events) await this.#take(event);
    this.#unfold?.();
    this.#over = true;
    this.#happened.ring();
  }

  /** Waits until something is so, or nothing more is to be waited for. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds() && !this.#over && !this.#leaving) await this.#happened.wait();
  }

  /** We leave the chat: nobody waits any more, and what is refused from here on is not told one by one. */
  leave(): void {
    this.#leaving = true;
    this.#happened.ring();
  }

  /** Entries as lines, with the days between them. */
  linesOf(kept: readonly Kept[]): readonly Line[] {
    return kept.flatMap(({ entry, regard }) => [...this.#dayLines(entry.at), entryLine(entry, regard)]);
  }

  /** What an entry is to us that we have not sent just now. */
  regard(entry: Kept["entry"]): Regard {
    if (this.#isUs(entry.from)) return "own";
    return mentions(entry.text ?? "", this.#options.name() ?? "") ? "mention" : "other";
  }

  #isUs(name: string): boolean {
    return foldName(name) === foldName(this.#options.name() ?? "");
  }

  async #take(event: SessionEvent): Promise<void> {
    switch (event.is) {
      case "connecting":
      case "waiting":
      case "connected":
      case "lost":
      case "ended":
        await this.#link(event);
        break;
      case "joined":
        await this.#joined(event);
        break;
      case "reset":
        this.find(event.room)?.reset();
        this.pending.left(event.room);
        await this.#tell(event);
        break;
      case "parted":
        this.#gone(event.room);
        await this.#turnToLast();
        break;
      case "barred":
        await this.#goneUnasked(event.room, eventLines(event));
        break;
      case "kicked":
        await this.#goneUnasked(event.event.room, kickedLines(event));
        break;
      case "entry":
        return await this.#entry(event.event);
      case "presence":
        this.#presence(event.event);
        break;
      case "direct":
        await this.#direct(event.event);
        break;
      case "stored":
        this.#stored(event);
        break;
      case "refused":
        this.pending.done(event.key);
        if (!this.#leaving) await this.#tell(event);
        break;
      case "delayed":
      case "notice":
      case "unkept":
        await this.#tell(event);
        break;
      case "reply":
      // Told by whoever shows it on its way.
      case "transfer":
        break;
      default:
        event satisfies never;
    }
    this.#happened.ring();
    this.#options.face.update();
  }

  async #link(event: EventThat<"connecting" | "waiting" | "connected" | "lost" | "ended">): Promise<void> {
    const told = event.is !== "waiting" || !this.#connected;
    switch (event.is) {
      case "connecting":
        this.#connection = { is: "connecting" };
        break;
      case "waiting": {
        const until = this.#options.clock.now() + event.wait;
        this.#connection = { is: "waiting", until, reason: event.reason };
        break;
      }
      case "connected":
        this.#connection = { is: "online" };
        this.#connected = true;
        this.#textBytesMax = event.answer.limits.text;
        break;
      case "lost":
        this.#connection = { is: "connecting" };
        break;
      case "ended":
        this.#connection = { is: "ended" };
        break;
      default:
        event satisfies never;
    }
    if (told) await this.#tell(event);
  }

  async #joined(event: EventThat<"joined">): Promise<void> {
    const { room, missed, answer } = event;
    const known = this.find(room);
    const view = known ?? new RoomView(room, answer.head, answer.title ?? "");
    view.title = answer.title ?? "";
    if (answer.reset) view.since = answer.head;
    view.entered(answer.members, answer.names ?? []);
    if (known === null) {
      this.#rooms = [...this.#rooms, view];
      await this.turnTo(view, joinedSentence(event));
    } else if (missed !== null && missed > 0 && view === this.#current) {
      await this.#print([rule(`new since you left: ${messages(missed)} while you were away`)]);
    }
  }

  /**
   * Looks at a room that we are in: shows what came while another one was looked at, with a few messages before it.
   */
  async turnTo(view: RoomView, sentence?: string): Promise<void> {
    if (view === this.#current) return;
    const presence = this.#presenceLines();
    this.#look(view);
    this.#day = "";
    const { seen, unread, dropped } = view.reopen();
    const older = dropped === 0 ? [] : [note(`${dropped} older ones are had with /history.`)];
    const count = dropped + unread.length;
    await this.#print([
      ...presence,
      sentence === undefined ? rule(nameOf(view)) : note(sentence),
      ...this.linesOf(seen),
      ...(count === 0 ? [] : [rule(`new since you left: ${messages(count)}`)]),
      ...older,
      ...this.linesOf(unread),
    ]);
    this.#options.face.update();
  }

  /** We are no longer in the room. */
  #gone(name: string): void {
    const view = this.find(name);
    this.pending.left(name);
    this.#rooms = this.#rooms.filter((room) => room !== view);
    if (this.#current === view) this.#look(null);
  }

  async #turnToLast(): Promise<void> {
    const last = this.#rooms.at(-1);
    if (this.#current === null && last !== undefined) await this.turnTo(last);
  }

  /** Others took us out of the room. No other one is looked at by itself: what is half typed was not for that. */
  async #goneUnasked(room: string, lines: readonly Line[]): Promise<void> {
    const looked = this.#current === this.find(room);
    this.#gone(room);
    const others = this.#rooms.map((one) => `/room #${one.name}`).join(", ");
    await this.#print([
      ...this.#presenceLines(),
      ...lines,
      ...(looked && others !== "" ? [note(`You look at no room now. Go on with ${others}.`)] : []),
    ]);
  }

  #look(view: RoomView | null): void {
    this.#current = view;
    this.#options.face.call(this.#options.notices.enter(view?.name ?? null));
  }

  async #entry(entry: EventThat<"entry">["event"]): Promise<void> {
    const view = this.find(entry.room);
    if (view === null) return;
    const sent = entry.key !== undefined && this.pending.done(entry.key);
    const regard = sent ? "sent" : this.regard(entry);
    const shown = view === this.#current;
    const kept = { entry, regard };
    view.add(kept, shown);
    if (shown) {
      await this.#print([...this.#presenceLines(), ...this.linesOf([kept])]);
    } else {
      this.#options.face.update();
    }
    if (entry.seq <= view.since || regard === "sent" || regard === "own") return;
    const is = regard === "mention" ? "mention" : "message";
    this.#heard({ is, room: entry.room, from: entry.from, text: entry.text ?? "" });
  }

  async #direct({ at, from, text }: EventThat<"direct">["event"]): Promise<void> {
    this.#writers = [from, ...this.#writers.filter((name) => name !== from)].slice(0, WRITERS_MAX);
    await this.#print([directLine(at, from, "you", text)]);
    this.#heard({ is: "direct", from, text });
  }

  #presence(event: EventThat<"presence">["event"]): void {
    const view = this.find(event.room);
    view?.changed(event);
    if (view === null || view !== this.#current) return;
    this.#fold.add(event);
    this.#unfold ??= this.#options.clock.timer(FOLD_MS, () => {
      void this.#print(this.#presenceLines());
    });
  }

  /** Who came and went since it was told last. */
  #presenceLines(): readonly Line[] {
    this.#unfold?.();
    this.#unfold = null;
    const told = this.#fold.take();
    return told === null ? [] : [note(told)];
  }

  #stored({ room, key }: EventThat<"stored">): void {
    this.pending.stored(key);
    if (this.find(room) === null) this.pending.left(room);
  }

  /** A sentence for what happened, where there is one. */
  async #tell(event: SessionEvent): Promise<void> {
    const lines = eventLines(event);
    if (lines.length > 0) await this.#print([...this.#presenceLines(), ...lines]);
  }

  #heard(message: Heard): void {
    const call = this.#options.notices.heard(message, this.#options.clock.now());
    if (call !== null) this.#options.face.call(call);
  }

  #dayLines(at: number): readonly Line[] {
    const day = new Date(at).toDateString();
    if (day === this.#day) return [];
    this.#day = day;
    return [dayLine(at)];
  }

  #print(lines: readonly Line[]): Promise<void> {
    return this.#options.face.print(...lines);
  }
}

function messages(count: number): string {
  return count === 1 ? "1 message" : `${count} messages`;
}

function nameOf({ name, title }: RoomView): string {
  return title === "" ? `#${name}` : `#${name}  "${title}"`;
}
