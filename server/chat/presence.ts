/** Who is in a room, and what has changed of that. Pure. */

import type { Person } from "./person.ts";

/** The people in a room with their names, as they were at one time. */
export type Listing = ReadonlyMap<Person, string>;

/** The members of a `presence` that name people. */
export interface Changes {
  readonly joined?: readonly string[];
  readonly left?: readonly string[];
  readonly renamed?: readonly { readonly from: string; readonly to: string }[];
}

/** What makes `after` of `before`, leaving out what is about `but`; null where that is nothing. */
export function changesBetween(before: Listing, after: Listing, but: Person | null): Changes | null {
  const joined: string[] = [];
  const left: string[] = [];
  const renamed: { from: string; to: string }[] = [];
  for (const [who, to] of after) {
    const from = before.get(who);
    if (who === but || from === to) continue;
    if (from === undefined) joined.push(to);
    else renamed.push({ from, to });
  }
  for (const [who, name] of before) if (who !== but && !after.has(who)) left.push(name);
  if (joined.length + left.length + renamed.length === 0) return null;
  return {
    ...(joined.length > 0 ? { joined } : {}),
    ...(left.length > 0 ? { left } : {}),
    ...(renamed.length > 0 ? { renamed } : {}),
  };
}

/** What somebody knows of who is in a room: a list that is never changed, or where it was too long, its length. */
export interface Known {
  readonly listing: Listing | null;
  readonly size: number;
}
