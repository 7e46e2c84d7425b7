/**
 * Windows' console: what is typed and what is drawn, where `Deno.stdin` and `Deno.stdout` do not do.
 */

import { ReadStream } from "node:tty";

/**
 * The keyboard, by way of Node's terminals: they take the console's own records of keys and make UTF-8 and escape
 * sequences of them, in every mode. `Deno.stdin` gives what is typed in the console's code page, where most letters
 * are question marks, and leaves the arrow keys to what the console makes of them.
 */
export class ConsoleKeyboard {
  /** Node's terminals have always begun the next read. */
  readonly readsOnDemand = false;
  readonly #stream = new ReadStream(0);
  readonly #typed: AsyncIterator<Uint8Array> = this.#stream[Symbol.asyncIterator]();

  async read(): Promise<Uint8Array | null> {
    const typed = await this.#typed.next();
    return typed.done ? null : asElsewhere(typed.value);
  }

  setRaw(on: boolean): void {
    this.#stream.setRawMode(on);
  }
}

const BS = 0x08;
const CR = 0x0d;
const ESC = 0x1b;
const DEL = 0x7f;
const PASTE = {
  begin: [...new TextEncoder().encode("\x1b[200~")],
  end: [...new TextEncoder().encode("\x1b[201~")],
};

/**
 * What was typed on Windows, as other terminals send it: there the key Backspace is BS, and with Ctrl DEL. Nor does
 * the console say what is pasted; but who types has not typed on when Enter is read.
 */
export function asElsewhere(typed: Uint8Array): Uint8Array {
  const bytes = typed.map((byte) => byte === BS ? DEL : byte === DEL ? BS : byte);
  const enter = bytes.indexOf(CR);
  const pasted = enter !== -1 && enter < bytes.length - 1 && !bytes.includes(ESC);
  return pasted ? new Uint8Array([...PASTE.begin, ...bytes, ...PASTE.end]) : bytes;
}

/** An escape sequence, a line break, or a character: what must come out in one piece. */
// deno-lint-ignore no-control-regex -- escape sequences begin with a control.
const PIECE = /\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b\[[0-?]*[ -/]*[@-~]|\x1b.|\r\n|./gsu;

/** Keep the cursor's place and go back to it (DECSC, DECRC). */
const KEEP = "\x1b7";
const BACK = "\r\x1b8";

/** Where the console's bytes go. */
export interface ConsoleSink {
  write(bytes: Uint8Array): Promise<number>;
  writeSync(bytes: Uint8Array): number;
}

/**
 * The screen, also where the console does not read escape sequences itself but hands them on, as Wine's does. Such a
 * one takes them for characters in a grid as wide as the window: it breaks a row where it thinks that it is full, and
 * forgets what stands before a return to the row's start in the same write. So writes end before both. A console that
 * reads them draws the same.
 */
export class ConsoleScreen {
  readonly #sink: ConsoleSink;
  readonly #columns: () => number;
  readonly #decoder = new TextDecoder();
  readonly #encoder = new TextEncoder();
  /** How full such a console thinks that the row is, in UTF-16 units. */
  #units = 0;

  constructor(sink: ConsoleSink, columns: () => number) {
    this.#sink = sink;
    this.#columns = columns;
  }

  /** Writes all of `bytes`, which are whole characters and whole escape sequences. */
  async write(bytes: Uint8Array): Promise<number> {
    for (const part of this.#cut(bytes)) {
      for (let done = 0; done < part.length;) done += await this.#sink.write(part.subarray(done));
    }
    return bytes.length;
  }

  writeSync(bytes: Uint8Array): number {
    for (const part of this.#cut(bytes)) {
      for (let done = 0; done < part.length;) done += this.#sink.writeSync(part.subarray(done));
    }
    return bytes.length;
  }

  /** Begins a part before each return to the row's start, and where the row would be full. */
  #cut(bytes: Uint8Array): readonly Uint8Array[] {
    const units = this.#columns() - KEEP.length;
    const parts: string[] = [];
    let part = "";
    const begin = (next: string) => {
      parts.push(part);
      part = next;
      this.#units = next.length - 1;
    };
    for (const [piece] of this.#decoder.decode(bytes).matchAll(PIECE)) {
      if (piece === "\r") {
        begin(piece);
        continue;
      }
      const breaks = piece === "\r\n";
      if (!breaks && this.#units + piece.length >= units) {
        part += KEEP;
        begin(BACK);
      }
      part += piece;
      this.#units = breaks ? 0 : this.#units + piece.length;
    }
    return [...parts, part].filter((text) => text !== "").map((text) => this.#encoder.encode(text));
  }
}
