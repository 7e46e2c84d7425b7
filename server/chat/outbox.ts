/**
 * The outbox: what one client is sent that does not stand in a log (replies, presence, direct messages, pings),
 * in order.
 *
 * It is bounded in bytes by those who fill it: while it is `full`, the client's requests are not read (so no
 * replies come), presence waits, and a direct message is refused to its sender.
 */

import { joinFrames } from "../protocol/frames.ts";

const FULL_BYTES = 1 << 17;
/** The most that is handed out at once. */
const TAKE_BYTES = 1 << 16;

interface Item {
  readonly frame: Uint8Array;
  /** Called when the frame is on its way, before anything that is sent after it is chosen. */
  readonly sent: (() => void) | undefined;
}

export class Outbox {
  #items: Item[] = [];
  #bytes = 0;

  get empty(): boolean {
    return this.#items.length === 0;
  }

  get full(): boolean {
    return this.#bytes >= FULL_BYTES;
  }

  push(frame: Uint8Array, sent?: () => void): void {
    this.#items.push({ frame, sent });
    this.#bytes += frame.length;
  }

  /** The next frames, end to end; null where there are none. */
  take(): Uint8Array | null {
    const [first] = this.#items;
    if (first === undefined) return null;
    let count = 0;
    let size = 0;
    for (const { frame } of this.#items) {
      if (count > 0 && size + frame.length > TAKE_BYTES) break;
      size += frame.length;
      count++;
    }
    const items = this.#items;
    this.#items = items.slice(count);
    this.#bytes -= size;
    const frames = count === 1
      ? first.frame
      : joinFrames(items.slice(0, count).map(({ frame }) => frame), size);
    for (const { sent } of items.slice(0, count)) sent?.();
    return frames;
  }
}
