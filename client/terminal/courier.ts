/**
 * The files that this client brings to rooms and fetches from them: while they are on their way they are rows of the
 * dock, and what becomes of them is a line of the chat.
 */

import { UsageError } from "../../server/protocol/flags.ts";
import { shownFileName } from "../file_names.ts";
import type { Clock } from "../clock.ts";
import { transferSentence } from "../lines.ts";
import { Progress } from "../progress.ts";
import type { Transfer, TransferEnd } from "../files/transfer.ts";
import type { Face } from "./face.ts";
import { complaint, note } from "./messages.ts";
import type { TransferRow } from "./transfer_rows.ts";
import type { Line } from "./wrap.ts";

export interface CourierOptions {
  readonly face: Face;
  readonly clock: Clock;
  /** The name of the room that is looked at. */
  readonly looking: () => string | null;
}

/** How often the rows are looked at again, while there are any. */
const TICK_MS = 250;

export class Courier {
  readonly #options: CourierOptions;
  readonly #under = new Map<Transfer, Progress>();
  /** Names of the files that were listed last, for completion. */
  listed: readonly string[] = [];
  #stopTicking: (() => void) | null = null;
  /** What was under way when we left; null before that. */
  #stopped: readonly Transfer[] | null = null;

  constructor(options: CourierOptions) {
    this.#options = options;
  }

  /** Shows `transfer`, and sees it to its end. */
  begin(transfer: Transfer): void {
    const { clock, face } = this.#options;
    this.#under.set(transfer, new Progress(clock));
    if (!face.showsState) {
      const verb = transfer.way === "put" ? "Sending" : "Getting";
      void face.print(note(`${verb} ${shownFileName(transfer.name)}.`));
    }
    void transfer.ended.then((end) => this.#ended(transfer, end));
    this.#stopTicking ??= clock.timer(TICK_MS, () => this.#tick());
    face.update();
  }

  /** In the order in which they were begun. */
  get rows(): readonly TransferRow[] {
    return [...this.#under].map(([transfer, progress]) => {
      const { way, name } = transfer;
      return { way, name, figures: progress.figures(transfer) };
    });
  }

  /** Names of what is under way, for completion. */
  get names(): readonly string[] {
    return [...this.#under.keys()].map(({ name }) => shownFileName(name));
  }

  /**
   * Cancels what is called so, by name or number; what is under way, where nothing is said and it is alone. Throws
   * `UsageError` where it is not clear what is meant.
   */
  cancel(which: string): void {
    const all = [...this.#under.keys()];
    if (all.length === 0) throw new UsageError("No file is on its way.");
    const meant = all.filter(({ number, name }) =>
      which === "" || String(number) === which || shownFileName(name) === which
    );
    const [transfer, ...others] = meant;
    if (transfer !== undefined && others.length === 0) return transfer.cancel();
    const list = (meant.length > 0 ? meant : all).map(({ number, name }) =>
      `${number} ${shownFileName(name)}`
    );
    const wrong = meant.length > 0 ? "Which one?" : `No file "${which}" is on its way.`;
    throw new UsageError(`${wrong} /cancel NUMBER stops one of ${list.join(", ")}.`);
  }

  /** We leave: what stops by that is told in one line, which this returns; null where there is nothing to tell. */
  leave(): Line | null {
    this.#stopTicking?.();
    this.#stopTicking = null;
    this.#stopped ??= [...this.#under.keys()];
    const names = this.#stopped.map(({ name }) => shownFileName(name)).join(", ");
    if (names === "") return null;
    const those = this.#stopped.length === 1 ? "it goes" : "they go";
    return complaint(`Not done: ${names}. Sent or got again, ${those} on from where this stopped.`);
  }

  async #ended(transfer: Transfer, end: TransferEnd): Promise<void> {
    this.#under.delete(transfer);
    if (this.#stopped === null) {
      const line = this.#endLine(transfer, end);
      if (line !== null) await this.#options.face.print(line);
    }
    this.#options.face.update();
  }

  /** Null where the room shows it by itself. */
  #endLine(transfer: Transfer, end: TransferEnd): Line | null {
    if (end.is === "put" && this.#options.looking() === end.room) return null;
    const sentence = transferSentence({ is: "transfer", transfer, end });
    if (sentence === null) return note(`${shownFileName(transfer.name)} was cancelled.`);
    return end.is === "failed" ? complaint(sentence) : note(sentence);
  }

  #tick(): void {
    this.#stopTicking = null;
    if (this.#under.size === 0) return;
    for (const [transfer, progress] of this.#under) progress.sample(transfer);
    this.#stopTicking = this.#options.clock.timer(TICK_MS, () => this.#tick());
    this.#options.face.update();
  }
}
