/**
 * Transcripts of real conversations: one JSON object a line, in order,
 *
 *     {"from":"nick","kind":"say|action|join|leave|rename","text":"…"}
 *
 * where the text of a `rename` is the new name. Other members are not looked at.
 */

import { parseName } from "../../server/protocol/names.ts";
import { ProtocolError } from "../../server/protocol/errors.ts";
import { hasShape, isObject, matching, string } from "../../server/protocol/shapes.ts";

export interface TranscriptLine {
  readonly from: string;
  readonly kind: string;
  readonly text: string;
}

const shape = {
  from: string,
  kind: matching(/^(say|action|join|leave|rename)$/, "say, action, join, leave or rename"),
  text: string,
};

/** Throws `SyntaxError`, with the number of the line, where one is not of that shape. */
export function parseTranscript(text: string): TranscriptLine[] {
  return text.split("\n").flatMap((line, i) => {
    if (line.trim() === "") return [];
    const parsed = parsedOrNull(line);
    if (isObject(parsed) && hasShape(shape, parsed)) return [parsed];
    throw new SyntaxError(`line ${i + 1} is no line of a transcript`);
  });
}

function parsedOrNull(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Names of speakers that the protocol allows, each speaker's own: the same for the same transcript every time. */
export class Cast {
  readonly #names = new Map<string, string>();
  readonly #taken = new Set<string>();

  /** What `speaker` is called: as in the transcript where that is a name and nobody else's. */
  name(speaker: string): string {
    const known = this.#names.get(speaker);
    if (known !== undefined) return known;
    const number = this.#names.size + 1;
    const replaced = speaker.replace(/[^\p{L}\p{M}\p{N}\p{P}\p{S}]/gu, "_");
    const name = [speaker, replaced, `${replaced.slice(0, 12)}~${number}`, `speaker~${number}`]
      .find((candidate) => this.#take(candidate));
    if (name === undefined) throw new Error(`no name was found for ${JSON.stringify(speaker)}`);
    this.#names.set(speaker, name);
    return name;
  }

  /** How many speakers were named, and how many of them otherwise than in the transcript. */
  get size(): { readonly speakers: number; readonly renamed: number } {
    const renamed = [...this.#names].filter(([speaker, name]) => speaker !== name).length;
    return { speakers: this.#names.size, renamed };
  }

  #take(candidate: string): boolean {
    try {
      const { folded, shown } = parseName(candidate, "name_invalid");
      if (shown !== candidate || this.#taken.has(folded) || isReserved(folded)) return false;
      this.#taken.add(folded);
      return true;
    } catch (error) {
      if (error instanceof ProtocolError) return false;
      throw error;
    }
  }
}

/** What seats are called while nobody sits in them, and what a server calls those without a name. */
function isReserved(folded: string): boolean {
  return /^(seat-|client)\d+$/.test(folded);
}
