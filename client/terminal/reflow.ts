/**
 * Where rows stand after the window's width has changed. Terminals break a row that has become too long, and join
 * it again when it fits; a cluster that does not fit into what is left of a row moves to the next whole. Pure.
 */

import type { Place } from "./draft.ts";

/**
 * How many rows stand above the cursor's at the width `columns`, from the first of `rows` on: what was drawn, each
 * row as the columns of its clusters. `cursor` is where it stood when they were drawn.
 */
export function rowsAbove(rows: readonly (readonly number[])[], cursor: Place, columns: number): number {
  let above = 0;
  for (const row of rows.slice(0, cursor.row)) above += breaks(row, columns) + 1;
  return above + breaks(upTo(rows[cursor.row] ?? [], cursor.column), columns);
}

/** How often a row is broken. */
function breaks(row: readonly number[], columns: number): number {
  let count = 0;
  let column = 0;
  for (const cluster of row) {
    if (column > 0 && column + cluster > columns) {
      count++;
      column = 0;
    }
    column += cluster;
  }
  return count;
}

/** The clusters up to the one that the cursor is on; a cursor behind the last one stays with it. */
function upTo(row: readonly number[], column: number): readonly number[] {
  let at = 0;
  const end = row.findIndex((cluster) => {
    at += cluster;
    return at > column;
  });
  return end === -1 ? row : row.slice(0, end + 1);
}
