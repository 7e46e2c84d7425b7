/** A screen as an SVG image: a window with its text on a grid of cells, whatever fonts there are. Pure. */

import { Ruler } from "../../../client/terminal/ruler.ts";
import type { Span, Style } from "../../../client/terminal/style.ts";
import type { Capture } from "./capture.ts";
import { GROUND, hexOf, INK } from "./palette.ts";

/** Pixels. A letter of most monospaced fonts is 0.6 of its size wide. */
const SIZE = 15;
const CELL = 9;
const LINE = 22;
const BASELINE = 16;
const PADDING = 18;
const BAR = 38;

const FONTS = "ui-monospace, 'SF Mono', Menlo, 'Cascadia Mono', Consolas, 'DejaVu Sans Mono', monospace";
const TITLE_FONTS = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif";
const EDGE = "#3d444d";
const BAR_GROUND = "#212830";
const TITLE_INK = "#9198a1";
const BUTTONS = ["#ff5f57", "#febc2e", "#28c840"];

/** A document of its own: it needs nothing from outside, so that it can stand in an `<img>`. */
export function drawingOf({ title, columns, rows, cursor }: Capture): string {
  const ruler = new Ruler();
  const width = columns * CELL + 2 * PADDING;
  const height = BAR + rows.length * LINE + 2 * PADDING;
  const block = { x: PADDING + cursor.column * CELL, y: topOf(cursor.row), width: CELL, height: LINE };
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">`,
    // Blanks count in a terminal. Browsers take this word for it, other programs the xml:space below.
    "<style>text { white-space: pre }</style>",
    ...frame(title, width, height),
    element("rect", { ...block, fill: INK, opacity: 0.7 }),
    `<g font-family="${FONTS}" font-size="${SIZE}" xml:space="preserve">`,
    ...rows.flatMap((spans, row) => drawnRow(spans, topOf(row), ruler)),
    "</g>",
    "</svg>",
    "",
  ].join("\n");
}

function topOf(row: number): number {
  return BAR + PADDING + row * LINE;
}

/** The window around the text, and its name for those who cannot see it. */
function frame(title: string, width: number, height: number): readonly string[] {
  const bar = `M.5 ${BAR}V10.5a10 10 0 0 1 10-10H${width - 10.5}a10 10 0 0 1 10 10V${BAR}z`;
  const outline = { x: 0.5, y: 0.5, width: width - 1, height: height - 1, rx: 10 };
  const words = { x: width / 2, y: 24, "text-anchor": "middle", "font-family": TITLE_FONTS, "font-size": 13 };
  return [
    element("title", {}, title),
    element("rect", { ...outline, fill: GROUND }),
    element("path", { d: bar, fill: BAR_GROUND }),
    element("rect", { ...outline, fill: "none", stroke: EDGE }),
    ...BUTTONS.map((fill, i) => element("circle", { cx: 22 + 20 * i, cy: 19, r: 6, fill })),
    element("text", { ...words, fill: TITLE_INK }, title),
  ];
}

/** What a row draws from `top` on: for each of its styles a ground, where it has one, and texts. */
function drawnRow(spans: readonly Span[], top: number, ruler: Ruler): readonly string[] {
  let left = PADDING;
  return spans.flatMap(({ text, style }) => {
    const start = left;
    const texts = piecesOf(text, ruler).flatMap((piece) => {
      const at = left;
      left += piece.columns * CELL;
      return piece.text.trim() === "" ? [] : [drawnPiece(piece, at, top + BASELINE, style)];
    });
    const ground = { x: start, y: top, width: left - start, height: LINE, fill: inkOf(style) };
    return style.reverse ? [element("rect", ground), ...texts] : texts;
  });
}

/** What is laid out as one: `wide` is a single cluster of two columns. */
interface Piece {
  readonly text: string;
  readonly columns: number;
  readonly wide: boolean;
}

const ISOLATES = /(\u2068[^\u2069]*\u2069?)/;

/**
 * The pieces of `text`, from left to right. Letters of one column stay together, and so does what runs from right to
 * left, so that they join as they should; fonts disagree about how broad wide clusters are, so each stands alone.
 */
function piecesOf(text: string, ruler: Ruler): readonly Piece[] {
  return text.split(ISOLATES).flatMap((part, i) => {
    if (i % 2 === 1) return [{ text: part, columns: ruler.columns(part), wide: false }];
    const pieces: Piece[] = [];
    for (const { text, columns } of ruler.clusters(part)) {
      const last = pieces.at(-1);
      if (columns > 1 || last === undefined || last.wide) pieces.push({ text, columns, wide: columns > 1 });
      else pieces.splice(-1, 1, { text: last.text + text, columns: last.columns + columns, wide: false });
    }
    return pieces;
  });
}

/** A piece in its cells: a wide one in their middle, any other stretched to them. */
function drawnPiece({ text, columns, wide }: Piece, left: number, y: number, style: Style): string {
  const width = columns * CELL;
  return element("text", {
    ...(wide
      ? { x: left + width / 2, y, "text-anchor": "middle" }
      : { x: left, y, textLength: width, lengthAdjust: "spacingAndGlyphs" }),
    fill: style.reverse ? GROUND : inkOf(style),
    ...(style.bold ? { "font-weight": "bold" } : {}),
    ...(style.dim ? { opacity: 0.6 } : {}),
  }, text);
}

function inkOf({ colour }: Style): string {
  return colour === undefined ? INK : hexOf(colour);
}

/** An element of the drawing. The attributes are our own, the text is anybody's. */
function element(name: string, attributes: Readonly<Record<string, string | number>>, text?: string): string {
  const head = [name, ...Object.entries(attributes).map(([key, value]) => `${key}="${value}"`)].join(" ");
  return text === undefined ? `<${head}/>` : `<${head}>${escaped(text)}</${name}>`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
