/** Files on their way, as rows of the dock: `↑ report.pdf  45%  12.3 of 27.0 MiB  3.1 MiB/s  0:05 left`. Pure. */

import { shownFileName } from "../file_names.ts";
import { isolated } from "./isolate.ts";
import type { Ruler } from "./ruler.ts";
import { dim, plain, type Span } from "./style.ts";

export interface TransferRow {
  readonly way: "put" | "get";
  readonly name: string;
  /** How far it is. */
  readonly figures: string;
}

/** More are counted. */
const ROWS_MAX = 3;
/** So much of a name is seen, whatever that leaves of the figures. */
const NAME_COLUMNS_MIN = 8;

/** The first of `transfers`, a row each, at most `most` rows with the one that counts the others. */
export function drawTransfers(
  transfers: readonly TransferRow[],
  columns: number,
  most: number,
  ruler: Ruler,
): readonly (readonly Span[])[] {
  const counts = transfers.length > Math.min(ROWS_MAX, most);
  const shown = transfers.slice(0, Math.max(0, Math.min(ROWS_MAX, counts ? most - 1 : most)));
  const others = `… ${transfers.length - shown.length} more`;
  return [
    ...shown.map((transfer) => drawTransfer(transfer, columns, ruler)),
    ...(counts && most > 0 ? [[dim(cut(others, columns, ruler))]] : []),
  ];
}

/** The name gives way to the figures, and is isolated: one from right to left takes none of them along. */
function drawTransfer({ way, name, figures }: TransferRow, columns: number, ruler: Ruler): readonly Span[] {
  const rest = `  ${figures}`;
  const left = columns - ruler.columns(ARROWS[way]) - ruler.columns(rest);
  const arrow = cut(ARROWS[way], columns, ruler);
  const room = columns - ruler.columns(arrow);
  const called = cut(shownFileName(name), Math.min(room, Math.max(NAME_COLUMNS_MIN, left)), ruler);
  const end = cut(rest, room - ruler.columns(called), ruler);
  return [dim(arrow), plain(isolated(called)), dim(end)];
}

const ARROWS = { put: "↑ ", get: "↓ " } as const;

/** As much of `text` as fits, with … where it is cut. */
function cut(text: string, columns: number, ruler: Ruler): string {
  const clusters = ruler.clusters(text);
  if (clusters.reduce((sum, cluster) => sum + cluster.columns, 0) <= columns) return text;
  if (columns < 1) return "";
  let left = columns - 1;
  const end = clusters.findIndex((cluster) => (left -= cluster.columns) < 0);
  return `${clusters.slice(0, end).map((cluster) => cluster.text).join("")}…`;
}
