/** Lists that are cut where a frame is full. Pure. */

import { FRAME_BYTES_MAX } from "../protocol/limits.ts";
import { utf8Bytes } from "../protocol/texts.ts";

/** What a reply may hold, less what stands around its list. */
const LIST_BYTES_MAX = FRAME_BYTES_MAX - 4_096;

/** What an item takes of a list, with its comma. */
function itemBytes(item: object): number {
  return utf8Bytes(JSON.stringify(item)) + 1;
}

/** How many of `items` fit a frame, from the first on. */
export function fitting(items: readonly object[]): number {
  let bytes = 0;
  let count = 0;
  for (const item of items) {
    bytes += itemBytes(item);
    if (bytes > LIST_BYTES_MAX) break;
    count++;
  }
  return count;
}

/** A list that goes on on another page. */
export interface Page<T> {
  readonly list: readonly T[];
  /** What the reply says of the rest. */
  readonly rest: { readonly more?: true; readonly next?: number };
}

/**
 * As many of `items` as fit a frame, each with the number that a page may begin with: `rest.next` is the number of
 * the first that did not fit. Items come in the order of their numbers, those before `page` left out already.
 */
export async function fillPage<T extends object>(
  items: AsyncIterable<readonly [number, T]> | Iterable<readonly [number, T]>,
): Promise<Page<T>> {
  const list: T[] = [];
  let bytes = 0;
  for await (const [number, item] of items) {
    bytes += itemBytes(item);
    if (bytes > LIST_BYTES_MAX) return { list, rest: { more: true, next: number } };
    list.push(item);
  }
  return { list, rest: {} };
}
