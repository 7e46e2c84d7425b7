/** Lists on the operator's terminal. */

import { oneLine } from "./escaped.ts";

/** Rows as aligned columns, two spaces apart; each is one line, whatever stands in it. */
export function table(rows: readonly (readonly string[])[]): string {
  const lines = rows.map((row) => row.map(oneLine));
  const widths: number[] = [];
  for (const row of lines) row.forEach((cell, i) => widths[i] = Math.max(widths[i] ?? 0, [...cell].length));
  const padded = (cell: string, i: number) => cell + " ".repeat((widths[i] ?? 0) - [...cell].length);
  return lines.map((row) => row.map(padded).join("  ").trimEnd()).join("\n");
}
