/** Somebody at a terminal in memory, with a chat that remembers what it is told. */

import type { Sources } from "../../../client/terminal/completion.ts";
import { DockedFace } from "../../../client/terminal/docked_face.ts";
import type { Chat } from "../../../client/terminal/face.ts";
import { plain, type Span } from "../../../client/terminal/style.ts";
import type { TransferRow } from "../../../client/terminal/transfer_rows.ts";
import { Tty } from "../../../client/terminal/tty.ts";
import type { Line } from "../../../client/terminal/wrap.ts";
import { HandClock, turn } from "../support.ts";
import { FakeDevice, type FakeDeviceOptions } from "./fake_device.ts";
import { FakeRights } from "./fake_rights.ts";
import { line } from "./screen_model.ts";

export class FakeChat implements Chat {
  readonly taken: string[] = [];
  readonly turned: (number | "unread")[] = [];
  readonly saw: string[] = [];
  refuses = false;
  left = 0;
  waiting: readonly string[] = [];
  moving: readonly TransferRow[] = [];
  readonly sources: Sources = {
    commands: ["/join", "/rooms"],
    names: () => ["Maya", "Tomás"],
    rooms: () => ["lobby"],
    paths: () => [],
    sent: () => [],
    files: () => [],
    transfers: () => [],
    argument: () => "room",
  };

  take(text: string): boolean {
    if (!this.refuses) this.taken.push(text);
    return !this.refuses;
  }

  turnTo(place: number): void {
    this.turned.push(place);
  }

  turnToUnread(): void {
    this.turned.push("unread");
  }

  leave(): void {
    this.left++;
  }

  seen(how: "key" | "focused" | "unfocused"): void {
    this.saw.push(how);
  }

  status(): readonly Span[] {
    return [plain("#lobby")];
  }

  pending(): readonly Line[] {
    return this.waiting.map(line);
  }

  transfers(): readonly TransferRow[] {
    return this.moving;
  }
}

export class Seat implements AsyncDisposable {
  readonly device: FakeDevice;
  readonly clock = new HandClock();
  readonly chat = new FakeChat();
  readonly rights = new FakeRights();
  readonly face: DockedFace;
  readonly #ran: Promise<void>;

  constructor(options?: FakeDeviceOptions) {
    this.device = new FakeDevice(options);
    const tty = new Tty(this.device, this.clock);
    const { rights } = this;
    this.face = new DockedFace({ tty, clock: this.clock, colours: true, os: "linux", rights });
    this.#ran = this.face.run();
  }

  /** With the chat attached, and the dock drawn. */
  static async taken(options?: FakeDeviceOptions): Promise<Seat> {
    const seat = new Seat(options);
    seat.face.attach(seat.chat);
    await turn();
    return seat;
  }

  /** Types what comes in one read, after the other, and looks at what stands there then. */
  async type(...reads: readonly string[]): Promise<readonly string[]> {
    for (const read of reads) {
      this.device.type(read);
      await turn();
    }
    return this.rows;
  }

  /** All that stands there. */
  get rows(): readonly string[] {
    return this.device.terminal.lines;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.face.close();
    this.device.end();
    await this.#ran;
  }
}
