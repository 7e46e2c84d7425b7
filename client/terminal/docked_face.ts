/** The chat on a screen: messages, and under them a dock in which a draft is typed while they arrive. */

import { type Clock, within } from "../clock.ts";
import type { Right, Rights } from "../rights.ts";
import { edit } from "./bindings.ts";
import { Completion } from "./completion.ts";
import { type Dock, drawDock, type Input, inputColumns } from "./dock.ts";
import { Editor } from "./editor.ts";
import type { Chat, Face, Question } from "./face.ts";
import { type Key, KeyReader } from "./keys.ts";
import { complaint } from "./messages.ts";
import { type Call, codesOf } from "./notices.ts";
import { probe } from "./paint.ts";
import { Permits } from "./permits.ts";
import { Questions } from "./questions.ts";
import { PROBES, Ruler } from "./ruler.ts";
import { Screen } from "./screen.ts";
import { SentHistory } from "./sent.ts";
import { NEWS, type Span } from "./style.ts";
import type { Tty } from "./tty.ts";
import type { Line } from "./wrap.ts";

export interface DockedFaceOptions {
  readonly tty: Tty;
  readonly clock: Clock;
  readonly colours: boolean;
  readonly os: typeof Deno.build.os;
  readonly rights: Rights;
}

type Press = Key & { readonly is: "press" };

const PROMPT = "> ";
/** A byte that begins a key is the Escape key when nothing has followed for so long. */
const ESCAPE_MS = 50;
/** How long the terminal may take to say how wide it draws; what it says later counts from then on. */
const PROBE_MS = 150;
const LEAVE_HINT = "Press Ctrl-C again to leave the chat.";
const HINT_MS = 5_000;
/** How long the last lines may take. */
const CLOSE_MS = 2_000;
const SENT_MAX = { entries: 500, units: 256 * 1024 };

export class DockedFace implements Face {
  readonly showsState = true;
  readonly #options: DockedFaceOptions;
  readonly #ruler = new Ruler();
  readonly #screen: Screen;
  readonly #keys = new KeyReader();
  readonly #draft = new Editor();
  readonly #sent = new SentHistory(SENT_MAX);
  readonly #questions = new Questions();
  readonly #permits: Permits;
  readonly #probed = Promise.withResolvers<void>();
  #probes = [...PROBES];
  #chat: Chat | null = null;
  #completion: Completion | null = null;
  /** What is typed as the answer to the present question. */
  #answer = new Editor();
  #picked = 0;
  /** Said in place of the state until the next key. */
  #hint: string | null = null;
  #forgetHint: () => void = () => {};
  /** What is to be called for with the next update. */
  #call: Call | null = null;
  #flush: () => void = () => {};
  /** Resolves when the screen, once it has begun, is through. */
  readonly #drawing = Promise.withResolvers<void>();
  #unwatch: () => void = () => {};

  constructor(options: DockedFaceOptions) {
    this.#options = options;
    const { tty, clock, colours, rights } = options;
    this.#permits = new Permits(rights);
    this.#screen = new Screen({
      canvas: { size: () => tty.size, write: (text) => tty.write(text) },
      ruler: this.#ruler,
      colours,
      clock,
      dock: (size) => drawDock(this.#dock(), size, this.#ruler),
      signals: () => this.#takeCall(),
    });
  }

  attach(chat: Chat): void {
    this.#chat = chat;
    this.#completion = new Completion(chat.sources);
    this.update();
  }

  print(...lines: readonly Line[]): Promise<void> {
    return this.#screen.print(lines);
  }

  async ask(question: Question): Promise<string | null> {
    const asked = this.#questions.ask(question);
    this.settle();
    const answer = await asked;
    this.update();
    return answer;
  }

  settle(): void {
    this.#takeAll(this.#questions.settle());
  }

  async permit(wanted: readonly Right[]): Promise<void> {
    if (this.#options.tty.readsOnDemand) await this.#permits.ask(wanted);
  }

  cancel(): void {
    this.#questions.cancel();
    this.#forget();
  }

  update(): void {
    this.#screen.update();
  }

  clear(): void {
    this.#screen.clear();
  }

  call(call: Call): void {
    // One alert says that there is something to see; more wait for nobody.
    this.#call = { title: call.title, alert: call.alert ?? this.#call?.alert ?? null };
    this.#screen.update();
  }

  #takeCall(): string {
    const call = this.#call;
    this.#call = null;
    return call === null ? "" : codesOf(call, this.#options.os);
  }

  async run(): Promise<void> {
    const { tty, clock } = this.#options;
    tty.enter();
    this.#unwatch = tty.watch({
      resized: () => this.#screen.resized(),
      continued: () => this.#screen.lower(),
    });
    await tty.write(probe(this.#probes.map(({ sample }) => sample)));
    const reading = this.#read();
    await within(clock, PROBE_MS, this.#probed.promise);
    this.#drawing.resolve(this.#screen.run());
    await reading;
    this.#chat?.leave();
    this.cancel();
  }

  async close(): Promise<void> {
    this.cancel();
    this.#permits.cancel();
    this.#flush();
    this.#forgetHint();
    this.#probed.resolve();
    this.#screen.close();
    // A terminal that takes nothing any more is left as it is.
    await within(this.#options.clock, CLOSE_MS, this.#drawing.promise);
    this.#unwatch();
    this.#options.tty.restore();
  }

  /** Until the end of input. */
  async #read(): Promise<void> {
    const { tty, clock } = this.#options;
    for (let bytes = await tty.read(); bytes !== null; bytes = await tty.read()) {
      this.#flush();
      const keys = this.#keys.feed(bytes);
      this.#permits.during(() => this.#takeAll(keys));
      await this.#settlePermits();
      if (this.#keys.pending) {
        this.#flush = clock.timer(ESCAPE_MS, () => this.#takeAll(this.#keys.flush()));
      }
    }
  }

  /** Lets the runtime ask for rights, with the terminal as it was found; nothing is read until that is over. */
  async #settlePermits(): Promise<void> {
    const { tty } = this.#options;
    if (!this.#permits.waiting) return;
    await this.#screen.lift();
    // Where it was closed meanwhile, nobody waits any more, and the terminal is no longer ours.
    if (!this.#permits.waiting) return;
    tty.restore();
    await this.#permits.settle();
    if (this.#screen.open) tty.enter();
    this.#screen.lower();
  }

  #takeAll(keys: readonly Key[]): void {
    for (const key of keys) {
      if (!this.#questions.hold(key)) this.#take(key);
    }
    this.#screen.hurry();
  }

  #take(key: Key): void {
    switch (key.is) {
      case "position":
        return this.#measured(key.column - 1);
      case "focus":
        return this.#chat?.seen(key.focused ? "focused" : "unfocused");
      case "text":
        this.#typed();
        return this.#insert(key.text);
      case "paste":
        this.#typed();
        if (key.cut) return this.#tooLong();
        return this.#insert(key.text);
      case "press":
        return this.#press(key);
      default:
        return key satisfies never;
    }
  }

  /** The terminal has drawn the next sample so wide. */
  #measured(columns: number): void {
    const kind = this.#probes.shift()?.kind;
    if (kind !== undefined) this.#ruler.measured(kind, columns);
    if (this.#probes.length === 0) this.#probed.resolve();
  }

  /** Another key than Tab: the next Tab begins anew. */
  #typed(): void {
    this.#completion?.end();
    this.#seen();
  }

  /** Somebody is at the keys: what was said for the last one is over. */
  #seen(): void {
    this.#hint = null;
    this.#chat?.seen("key");
  }

  #insert(text: string): void {
    const asking = this.#questions.current;
    if (asking === null) {
      if (!this.#draft.insert(text)) this.#tooLong();
      return;
    }
    this.#answer.insert(text.replace(/\n+$/, "").replaceAll("\n", " "));
    this.#pick(asking);
  }

  /** The option whose number has been typed is the picked one. */
  #pick({ options = [] }: Question): void {
    const number = Number(this.#answer.text);
    this.#picked = Number.isInteger(number) && number >= 1 && number <= options.length ? number - 1 : 0;
  }

  #tooLong(): void {
    void this.print(complaint("That is too long for a message, and was not pasted."));
  }

  #press(press: Press): void {
    const hinted = this.#hint === LEAVE_HINT;
    if (press.name === "tab" && this.#questions.current === null) return this.#complete(press.shift ? -1 : 1);
    this.#typed();
    if (press.name === "z" && press.ctrl) return this.#suspend();
    if (press.name === "l" && press.ctrl) return this.#screen.redraw();
    if (this.#questions.current !== null) return this.#pressAnswer(press, this.#questions.current);
    this.#pressDraft(press, hinted);
  }

  #pressDraft(press: Press, hinted: boolean): void {
    const { name, ctrl, alt } = press;
    const columns = inputColumns(this.#options.tty.size.columns, PROMPT, this.#ruler);
    if (name === "enter" && !alt) return this.#enter();
    if (name === "enter" || (name === "j" && ctrl)) return this.#insert("\n");
    if (name === "c" && ctrl) return this.#cancel(hinted);
    if (name === "d" && ctrl && this.#draft.text === "") return this.#chat?.leave();
    if (alt && name === "a") return this.#chat?.turnToUnread();
    if (alt && /^[1-9]$/.test(name)) return this.#chat?.turnTo(Number(name));
    if (name === "up" && !this.#draft.up(columns, this.#ruler)) {
      return this.#recall(this.#sent.older(this.#draft.text));
    }
    if (name === "down" && !this.#draft.down(columns, this.#ruler)) return this.#recall(this.#sent.newer());
    edit(this.#draft, press);
  }

  #pressAnswer(press: Press, question: Question): void {
    const { options = [], secret = false } = question;
    const { name, ctrl } = press;
    const { text } = this.#answer;
    if (name === "enter") {
      const answer = secret ? text : text.trim();
      this.#answered(answer === "" && options.length > 0 ? String(this.#picked + 1) : answer);
    } else if (ctrl && (name === "c" || (name === "d" && text === ""))) {
      this.#answered(null);
    } else if (name === "escape") {
      if (text !== "" || question.root === true) this.#forget();
      else this.#answered(null);
    } else if (options.length > 0 && (name === "up" || name === "down")) {
      this.#answer.clear();
      this.#picked = (this.#picked + (name === "up" ? options.length - 1 : 1)) % options.length;
    } else {
      edit(this.#answer, press);
      this.#pick(question);
    }
  }

  #answered(answer: string | null): void {
    this.#questions.answer(answer);
    this.#forget();
  }

  /** The next answer begins anew. */
  #forget(): void {
    this.#answer = new Editor();
    this.#picked = 0;
  }

  #enter(): void {
    const { text } = this.#draft;
    if (this.#chat?.take(text) !== true) return;
    if (text.trim() !== "") this.#sent.add(text);
    this.#draft.clear();
  }

  /** Clears the draft; where there is none, leaves the second time. */
  #cancel(hinted: boolean): void {
    if (this.#draft.text !== "") {
      this.#draft.clear();
      this.#sent.reset();
    } else if (hinted) {
      this.#chat?.leave();
    } else {
      this.#say(LEAVE_HINT);
    }
  }

  #recall(text: string | null): void {
    if (text !== null) this.#draft.set(text);
  }

  #complete(direction: 1 | -1): void {
    this.#seen();
    const found = this.#completion?.next(this.#draft.text, this.#draft.cursor, direction) ?? null;
    if (found !== null) this.#draft.replace(found.from, found.to, found.text);
  }

  #suspend(): void {
    const { tty } = this.#options;
    if (tty.canSuspend) void this.#screen.lift().then(() => tty.suspend());
    else this.#say("The chat cannot be stopped with Ctrl-Z here.");
  }

  /** For a moment, or until the next key. */
  #say(hint: string): void {
    this.#hint = hint;
    this.#forgetHint();
    this.#forgetHint = this.#options.clock.timer(HINT_MS, () => {
      this.#hint = null;
      this.update();
    });
  }

  #dock(): Dock {
    const hint: readonly Span[] | null = this.#hint === null ? null : [{ text: this.#hint, style: NEWS }];
    return {
      transfers: this.#chat?.transfers() ?? [],
      pending: this.#chat?.pending() ?? [],
      status: hint ?? this.#chat?.status() ?? [],
      input: this.#input(),
    };
  }

  #input(): Input {
    const asking = this.#questions.current;
    const { text, cursor } = asking === null ? this.#draft : this.#answer;
    return {
      text,
      cursor,
      prompt: asking === null ? PROMPT : `${asking.prompt} `,
      secret: asking?.secret ?? false,
      options: asking?.options ?? [],
      picked: this.#picked,
    };
  }
}
