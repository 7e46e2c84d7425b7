/** What columns a terminal gives to text, and where the text may be cut: between grapheme clusters (UAX #29). Pure. */

import stringWidth from "string-width";

/** What is seen as one letter, and is never cut. */
export interface Cluster {
  readonly text: string;
  readonly columns: number;
  /** Whether terminals agree on the columns. After a cluster where they do not, set the column of the cursor. */
  readonly sure: boolean;
}

/**
 * What terminals make of composed clusters. Each kind is drawn whole, as `string-width` measures it, or in parts, as
 * those do that give columns to code points: tmux 3.3a draws a thumb and beside it the colour of its skin.
 */
export type Kind = "modifier" | "presentation" | "keycap" | "joined" | "conjunct" | "spacing";

/** A sample of each kind that is wider or narrower in parts. (A flag is not: its two letters have its two columns.) */
export const PROBES: readonly { readonly kind: Kind; readonly sample: string }[] = [
  { kind: "modifier", sample: "👍🏽" },
  { kind: "presentation", sample: "❤️" },
  { kind: "keycap", sample: "1️⃣" },
  { kind: "joined", sample: "👨‍👩‍👧" },
  { kind: "conjunct", sample: "स्ते" },
  { kind: "spacing", sample: "का" },
];

/**
 * Letters between any two of which is a border: ASCII but for CR (CR LF is one cluster), and letters of Latin, Greek,
 * Cyrillic, Armenian, Hebrew, Arabic, kana, Han and Hangul that take no others into their clusters (UAX #29, table 3).
 * Most of what is written is of these, and to cut it needs no segmenter.
 */
const LONE = "\\0-\\f\\x0e-\\x7f\\u00a1-\\u00a8\\u00aa-\\u00ac\\u00b0-\\u02ff\\u0370-\\u0482\\u048a-\\u058f" +
  "\\u05be\\u05d0-\\u05f4\\u0620-\\u064a\\u1e00-\\u1fff\\u3000-\\u3029\\u3041-\\u3096\\u309b-\\u30ff" +
  "\\u3400-\\u9fff\\uac00-\\ud7a3\\uff01-\\uff9d";
const SIMPLE = new RegExp(`^[${LONE}]*$`);
/** What is not simple, with the simple letters that may be of its clusters: one before it and one after it. */
const INTRICATE = new RegExp(`[${LONE}]?(?:[^${LONE}]+[${LONE}]?)+`, "g");
const ASCII: readonly Cluster[] = Array.from({ length: 0x80 }, (_, code) => ({
  text: String.fromCharCode(code),
  columns: code < 0x20 || code === 0x7f ? 0 : 1,
  sure: true,
}));

/** What has no columns of its own. (`string-width` throws where a format character stands alone.) */
const NOTHING = /^[\p{M}\p{Cc}\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}]*$/u;
/** The width of a pictograph is up to the terminal's version of Unicode, that of private letters up to its font. */
const SURE = /^[^\p{Extended_Pictographic}\p{M}\p{C}\u1160-\u11ff\ud7b0-\ud7ff]$/u;
/** Vowels and finals that are drawn into the syllable's first letter, by every terminal. */
const JAMO = /[\u1160-\u11ff\ud7b0-\ud7ff]/;
const JOINER = "\u200d";
const EMOJI_STYLE = "\ufe0f";
const KEYCAP = "\u20e3";

/** Clusters that were measured are remembered, as measuring takes microseconds: so many, none longer than so. */
const KNOWN_MAX = 4_096;
const KNOWN_UNITS_MAX = 16;

export class Ruler {
  readonly #segmenter = new Intl.Segmenter();
  readonly #inParts = new Set<Kind>();
  readonly #known = new Map<string, Cluster>();
  /** Clusters of one letter of `LONE`, by its code: as many as are seen, of some 40,000. */
  readonly #lone = new Map<number, Cluster>();

  /** The clusters of `text`; joined they are `text`. Controls have no columns: clean the text first. */
  clusters(text: string): readonly Cluster[] {
    const clusters: Cluster[] = [];
    let done = 0;
    const all = SIMPLE.test(text) ? [] : text.matchAll(INTRICATE);
    for (const { 0: intricate, index } of all) {
      this.#pushSimple(clusters, text, done, index);
      for (const { segment } of this.#segmenter.segment(intricate)) clusters.push(this.#cluster(segment));
      done = index + intricate.length;
    }
    this.#pushSimple(clusters, text, done, text.length);
    return clusters;
  }

  columns(text: string): number {
    return this.clusters(text).reduce((sum, { columns }) => sum + columns, 0);
  }

  /**
   * Takes the answer of the terminal, which drew the sample of `kind` over `columns`. An answer that neither way of
   * drawing explains changes nothing. What was measured before is not true any more.
   */
  measured(kind: Kind, columns: number): void {
    const sample = PROBES.find((probe) => probe.kind === kind)?.sample ?? "";
    const inParts = new Set<Kind>([kind]);
    if (columns === columnsOf(sample, inParts)) this.#inParts.add(kind);
    else if (columns === columnsOf(sample, new Set())) this.#inParts.delete(kind);
    this.#known.clear();
  }

  #pushSimple(clusters: Cluster[], text: string, from: number, to: number): void {
    for (let i = from; i < to; i++) {
      const code = text.charCodeAt(i);
      clusters.push(ASCII[code] ?? this.#lone.get(code) ?? this.#newLone(code));
    }
  }

  #newLone(code: number): Cluster {
    const cluster = this.#cluster(String.fromCharCode(code));
    this.#lone.set(code, cluster);
    return cluster;
  }

  #cluster(text: string): Cluster {
    const known = (text.length === 1 ? ASCII[text.charCodeAt(0)] : undefined) ?? this.#known.get(text);
    if (known !== undefined) return known;
    const cluster = { text, columns: columnsOf(text, this.#inParts), sure: SURE.test(text) };
    if (text.length > KNOWN_UNITS_MAX) return cluster;
    if (this.#known.size >= KNOWN_MAX) this.#known.clear();
    this.#known.set(text, cluster);
    return cluster;
  }
}

/** The columns of one cluster: those of the whole, but for the kinds that are drawn in parts. */
function columnsOf(cluster: string, inParts: ReadonlySet<Kind>): number {
  const [first = "", ...others] = cluster;
  const widened = cluster.includes(KEYCAP) ? "keycap" : others[0] === EMOJI_STYLE ? "presentation" : null;
  let columns = widened !== null && inParts.has(widened) ? widthOf(first) : widthOf(cluster);
  others.forEach((letter, i) => {
    const kind = kindOf(letter, others[i - 1]);
    if (kind !== null && inParts.has(kind)) columns += widthOf(letter);
  });
  return columns;
}

/** The kind of cluster that `letter` makes of what stands before it; null where it adds nothing in parts either. */
function kindOf(letter: string, before: string | undefined): Kind | null {
  if (before === JOINER) return "joined";
  if (/^\p{Emoji_Modifier}/u.test(letter)) return "modifier";
  if (/^\p{Mc}/u.test(letter)) return "spacing";
  return /^\p{Lo}/u.test(letter) && !JAMO.test(letter) ? "conjunct" : null;
}

function widthOf(text: string): number {
  if (NOTHING.test(text)) return /\p{Mc}/u.test(text) ? 1 : 0;
  return stringWidth(text);
}
