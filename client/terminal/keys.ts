/**
 * Bytes of a terminal's standard input become keys. Pure: the wait that tells the Escape key from what begins with
 * the same byte is the caller's.
 *
 * The grammar is that of ECMA-48, chapters 5.4 and 5.6. The keys are those of xterm ("PC-Style Function Keys" in
 * https://invisible-island.net/xterm/ctlseqs/ctlseqs.html), which VTE, tmux and Windows send as well, those of the
 * Linux console, those of rxvt, and `CSI u` (https://sw.kovidgoyal.net/kitty/keyboard-protocol).
 */

export type Key =
  /** Characters that were typed, as many as came together; no line break and no other control of ASCII. */
  | { readonly is: "text"; readonly text: string }
  /** A bracketed paste, with the controls in it. Line breaks are LF; `cut` where it was too long to be kept whole. */
  | { readonly is: "paste"; readonly text: string; readonly cut: boolean }
  /** `shift` is known of few keys, and not of every terminal. */
  | {
    readonly is: "press";
    readonly name: PressName;
    readonly ctrl: boolean;
    readonly alt: boolean;
    readonly shift: boolean;
  }
  | { readonly is: "focus"; readonly focused: boolean }
  /** Where the cursor stands, from 1: the answer to `CSI 6n`. Unasked it can be F3 with Shift or Ctrl. */
  | { readonly is: "position"; readonly row: number; readonly column: number };

const CHORDS = "abcdefghijklmnopqrstuvwxyz0123456789";

type CharacterOf<Text extends string> = Text extends `${infer First}${infer Rest}` ? First | CharacterOf<Rest>
  : never;

/** A letter or digit comes with Ctrl or Alt. CR is Enter, LF is Ctrl-J; BS is Ctrl and Backspace. */
export type PressName =
  | CharacterOf<typeof CHORDS>
  | ("enter" | "tab" | "escape" | "backspace" | "delete")
  | ("left" | "right" | "up" | "down" | "home" | "end" | "pageup" | "pagedown");

/** Bytes of a paste that are kept; of a longer one the rest is dropped. */
export const PASTE_BYTES_MAX = 256 * 1024;
/** A sequence with more parameters is read to its end and means nothing. */
export const SEQUENCE_BYTES_MAX = 64;
/** A string (OSC, DCS, SOS, PM or APC) that is longer is given up: what follows is keys again. */
export const STRING_BYTES_MAX = 4 * 1024;

const BEL = 0x07;
const ESC = 0x1b;

type State =
  /** Between keys. `split` where the last byte may be within a character. */
  | { readonly is: "ground"; readonly split: boolean }
  /** After ESC. `alt` after two: rxvt and PuTTY send one before a key that is itself a sequence, for Alt. */
  | { readonly is: "escape"; readonly alt: boolean }
  | Sequence
  /** In what means nothing to us: it ends after `left` bytes, or with BEL, or before ESC. */
  | { readonly is: "swallowing"; readonly left: number }
  | { readonly is: "paste"; readonly paste: Paste };

/** After `ESC [` (CSI) or `ESC O` (SS3). `params` has all that came since. */
interface Sequence {
  readonly is: "sequence";
  readonly opener: "[" | "O";
  readonly params: string;
  readonly alt: boolean;
}

/** What a byte does to a state. */
interface Step {
  readonly state: State;
  readonly key?: Key | null;
  /** The byte is no part of what came before it: it is looked at again, in the new state. */
  readonly again?: boolean;
}

const GROUND: State = { is: "ground", split: false };

export class KeyReader {
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  #state: State = GROUND;

  /** Whether a silence means something: then `flush` is due when no byte has come for some 50 ms. */
  get pending(): boolean {
    return this.#state.is === "ground" ? this.#state.split : this.#state.is !== "paste";
  }

  /** Takes bytes as they were read, split anywhere. What is not UTF-8 becomes U+FFFD; what means nothing, nothing. */
  feed(bytes: Uint8Array): Key[] {
    const keys: Key[] = [];
    for (let at = 0; at < bytes.length;) {
      if (this.#state.is === "paste") {
        at = this.#paste(this.#state.paste, bytes, at, keys);
        continue;
      }
      if (this.#state.is === "ground") at = this.#text(bytes, at, keys);
      const byte = bytes[at];
      if (byte === undefined) break;
      const { state, key = null, again = false } = next(this.#state, byte);
      this.#state = state;
      if (key !== null) keys.push(key);
      if (!again) at++;
    }
    return keys;
  }

  /** After a silence: an ESC was the Escape key; a character or sequence that has no end is dropped. A paste stays. */
  flush(): Key[] {
    const state = this.#state;
    if (!this.pending) return [];
    this.#state = GROUND;
    this.#decoder.decode();
    return state.is === "escape" ? [press("escape", state.alt ? ALT : 0)] : [];
  }

  /** Takes the characters from `at` to the next control, whose index it returns. */
  #text(bytes: Uint8Array, at: number, keys: Key[]): number {
    const found = bytes.subarray(at).findIndex(isControl);
    const end = found === -1 ? bytes.length : at + found;
    // What the end of `bytes` splits goes on in those that follow; what a control splits is no character.
    const stream = found === -1;
    const text = this.#decoder.decode(bytes.subarray(at, end), { stream });
    if (text !== "") keys.push({ is: "text", text });
    this.#state = { is: "ground", split: stream && (bytes[end - 1] ?? 0) >= 0x80 };
    return end;
  }

  #paste(paste: Paste, bytes: Uint8Array, at: number, keys: Key[]): number {
    const end = paste.take(bytes, at);
    if (paste.ended) {
      keys.push(paste.key());
      this.#state = GROUND;
    }
    return end;
  }
}

const PASTE_END = new TextEncoder().encode("\x1b[201~");

/** A paste that is open. */
class Paste {
  readonly #bytes = new Uint8Array(PASTE_BYTES_MAX);
  #length = 0;
  #cut = false;
  /** How much of `PASTE_END` came last. */
  #matched = 0;

  get ended(): boolean {
    return this.#matched === PASTE_END.length;
  }

  /** Takes `bytes` from `at` to the end of the paste or their own; returns the index behind it. */
  take(bytes: Uint8Array, at: number): number {
    while (at < bytes.length && !this.ended) {
      if (bytes[at] === PASTE_END[this.#matched]) {
        this.#matched++;
        at++;
      } else if (this.#matched > 0) {
        this.#keep(PASTE_END.subarray(0, this.#matched));
        this.#matched = 0;
      } else {
        const escape = bytes.indexOf(ESC, at);
        const end = escape === -1 ? bytes.length : escape;
        this.#keep(bytes.subarray(at, end));
        at = end;
      }
    }
    return at;
  }

  #keep(part: Uint8Array): void {
    const kept = part.subarray(0, PASTE_BYTES_MAX - this.#length);
    this.#bytes.set(kept, this.#length);
    this.#length += kept.length;
    this.#cut ||= kept.length < part.length;
  }

  key(): Key {
    // Where the end was cut off within a character, streaming leaves that out.
    const text = new TextDecoder("utf-8", { ignoreBOM: true })
      .decode(this.#bytes.subarray(0, this.#length), { stream: this.#cut });
    return { is: "paste", text: text.replace(/\r\n?/g, "\n"), cut: this.#cut };
  }
}

/** Whether a byte, or a code point, is a control of ASCII. */
function isControl(code: number): boolean {
  return code < 0x20 || code === 0x7f;
}

function next(state: Exclude<State, { readonly is: "paste" }>, byte: number): Step {
  switch (state.is) {
    case "ground":
      return byte === ESC ? { state: { is: "escape", alt: false } } : { state, key: pressed(byte, 0) };
    case "escape":
      return afterEscape(state.alt, byte);
    case "sequence":
      return inSequence(state, byte);
    case "swallowing":
      if (byte === ESC) return { state: GROUND, again: true };
      return { state: byte === BEL || state.left === 1 ? GROUND : { ...state, left: state.left - 1 } };
  }
}

function afterEscape(alt: boolean, byte: number): Step {
  const letter = String.fromCharCode(byte);
  if (letter === "[" || letter === "O") return { state: { is: "sequence", opener: letter, params: "", alt } };
  // The first of the two was the Escape key.
  if (alt) return { state: { is: "escape", alt: false }, key: press("escape", 0), again: true };
  if (byte === ESC) return { state: { is: "escape", alt: true } };
  if ("]PX^_".includes(letter)) return swallow(STRING_BYTES_MAX);
  // With ESC \ ends a string, for which it need not be known whether there was one.
  if (letter === "\\") return { state: GROUND };
  // Alt with a character that is not ASCII is not told from Escape and then the character.
  if (byte >= 0x80) return { state: GROUND, key: press("escape", 0), again: true };
  return { state: GROUND, key: pressed(byte, ALT) };
}

function inSequence(sequence: Sequence, byte: number): Step {
  if (isControl(byte) || byte >= 0x80) return { state: GROUND, again: true };
  const { opener, params } = sequence;
  const letter = String.fromCharCode(byte);
  // rxvt ends with `$`, after one number; elsewhere that stands before the last byte.
  const ends = byte >= 0x40 || (letter === "$" && /^\d+$/.test(params));
  const over = params.length > SEQUENCE_BYTES_MAX;
  if (!ends) return { state: over ? sequence : { ...sequence, params: params + letter } };
  if (over) return { state: GROUND };
  switch (opener + params + letter) {
    case "[200~":
      return { state: { is: "paste", paste: new Paste() } };
    case "[I":
    case "[O":
      return { state: GROUND, key: { is: "focus", focused: letter === "I" } };
    case "[[": // F1 to F5 on the Linux console: a letter follows.
      return swallow(1);
    case "[M": // The mouse as X10 has it: button, column and row follow, none of them a control.
      return swallow(3);
    default:
      return { state: GROUND, key: keyOf(sequence, letter) };
  }
}

function swallow(left: number): Step {
  return { state: { is: "swallowing", left } };
}

/** Modifiers. In a sequence stands their sum plus 1. */
const SHIFT = 1;
const ALT = 2;
const CTRL = 4;
const META = 8;

type Names = Readonly<Record<string, PressName>>;

/** By the last byte. */
const CURSOR: Names = { A: "up", B: "down", C: "right", D: "left", H: "home", F: "end" };
/** With Shift behind CSI, with Ctrl behind SS3. */
const RXVT_CURSOR: Names = { a: "up", b: "down", c: "right", d: "left" };
/** By the first number. */
const EDITING: Names = { 1: "home", 3: "delete", 4: "end", 5: "pageup", 6: "pagedown", 7: "home", 8: "end" };
/** By the last byte, which is not `~` where rxvt tells modifiers. */
const EDITING_BITS: Readonly<Record<string, number>> = { "~": 0, "$": SHIFT, "^": CTRL, "@": SHIFT | CTRL };

/** The key of a sequence that ends with `letter`; null for one that means nothing to us. */
function keyOf({ opener, params, alt }: Sequence, letter: string): Key | null {
  // What begins with <, =, > or ? is no key; behind a colon stands what we did not ask for.
  if (!/^[\d;:]*$/.test(params)) return null;
  const numbers = params.split(";").map((number) => Number.parseInt(number, 10));
  const [first = 0, second = 0, third = 0] = numbers;
  const held = alt ? ALT : 0;
  switch (opener + letter) {
    case "[R":
      return first > 0 && second > 0 ? { is: "position", row: first, column: second } : null;
    case "[u":
      return coded(first, bitsOf(second) | held);
    case "[~":
    case "[$":
    case "[^":
    case "[@":
      // What xterm calls modifyOtherKeys.
      if (first === 27) return coded(third, bitsOf(second) | held);
      return named(EDITING[first], bitsOf(second) | (EDITING_BITS[letter] ?? 0) | held);
    case "[Z":
      return press("tab", bitsOf(second) | SHIFT | held);
    case "OM": // On the keypad.
      return press("enter", held);
    default:
      return named(CURSOR[letter], bitsOf(numbers.at(-1) ?? 0) | held) ??
        named(RXVT_CURSOR[letter], (opener === "[" ? SHIFT : CTRL) | held);
  }
}

/** The modifiers that a number in a sequence stands for; none where it is missing. */
function bitsOf(modifiers: number): number {
  return modifiers > 1 ? (modifiers - 1) & (SHIFT | ALT | CTRL | META) : 0;
}

function named(name: PressName | undefined, bits: number): Key | null {
  return name === undefined ? null : press(name, bits);
}

function press(name: PressName, bits: number): Key {
  const has = (bit: number) => (bits & bit) !== 0;
  return { is: "press", name, ctrl: has(CTRL), alt: has(ALT | META), shift: has(SHIFT) };
}

/** The key of a character that is told by its code point, since it came with modifiers. */
function coded(code: number, bits: number): Key | null {
  if (isControl(code)) return pressed(code, bits);
  const letter = code <= 0x10ffff ? String.fromCodePoint(code) : "";
  // C has the codes for private use, which keys without a character have, controls, and what is no character.
  if (!/^\P{C}$/u.test(letter)) return null;
  return (bits & ~SHIFT) === 0 ? { is: "text", text: letter } : chord(letter, bits);
}

/** The key of a byte of ASCII that is no character, or comes with Alt; null for one that means nothing to us. */
function pressed(byte: number, bits: number): Key | null {
  switch (byte) {
    case 0x08:
      return press("backspace", bits | CTRL);
    case 0x09:
      return press("tab", bits);
    case 0x0d:
      return press("enter", bits);
    case ESC:
      return press("escape", bits);
    case 0x7f:
      return press("backspace", bits);
    default:
      // Ctrl takes two bits off a letter.
      return byte < 0x20
        ? chord(String.fromCharCode(byte | 0x60), bits | CTRL)
        : chord(String.fromCharCode(byte), bits);
  }
}

function chord(letter: string, bits: number): Key | null {
  const name = letter.toLowerCase();
  return isChord(name) ? press(name, name === letter ? bits : bits | SHIFT) : null;
}

function isChord(name: string): name is CharacterOf<typeof CHORDS> {
  return name.length === 1 && CHORDS.includes(name);
}
