/** The status line: where we are, how the connection is, what waits. Pure. */

import { BAD, DIM, dim, NEWS, plain, type Span, STRONG } from "./style.ts";

export type Connection =
  | { readonly is: "connecting" }
  | { readonly is: "online" }
  /** The next try begins at `until`, a time of the clock that `statusLine` is given. */
  | { readonly is: "waiting"; readonly until: number; readonly reason: string }
  | { readonly is: "ended" };

export interface Status {
  readonly room: { readonly name: string; readonly members: number } | null;
  readonly connection: Connection;
  /** Other rooms with unread messages, and at which number each is to be had. */
  readonly unread: readonly UnreadRoom[];
  readonly lagMs: number;
  /** Messages that wait for the server. */
  readonly waiting: number;
}

export interface UnreadRoom {
  readonly place: number;
  readonly name: string;
  readonly count: number;
  readonly mentioned: boolean;
}

/** A lag that is worth being told. */
const LAG_MS_MIN = 500;

/** `#lobby  3 people  connected  lag 1.2 s  3 waiting  2:#ops(4)`, what matters most first: its end may be cut. */
export function statusLine({ room, connection, unread, lagMs, waiting }: Status, now: number): Span[] {
  const online = connection.is === "online";
  const parts: Span[][] = [
    [{ text: room === null ? "chat" : `#${room.name}`, style: { bold: true, reverse: true } }],
    ...(room === null ? [] : [[dim(room.members === 1 ? "1 person" : `${room.members} people`)]]),
    [connectionSpan(connection, now)],
    ...(online && lagMs > LAG_MS_MIN ? [[{ text: `lag ${seconds(lagMs)}`, style: NEWS }]] : []),
    ...(waiting === 0 ? [] : [[{ text: `${waiting} waiting`, style: NEWS }]]),
    ...unread.map(unreadSpans),
    ...(connection.is === "waiting" ? [[dim(connection.reason)]] : []),
  ];
  return parts.flatMap((part, i) => i === 0 ? part : [plain("  "), ...part]);
}

function connectionSpan(connection: Connection, now: number): Span {
  switch (connection.is) {
    case "connecting":
      return { text: "connecting…", style: NEWS };
    case "online":
      return { text: "connected", style: DIM };
    case "waiting": {
      const left = Math.max(0, Math.ceil((connection.until - now) / 1_000));
      return { text: `offline, trying again in ${left} s`, style: BAD };
    }
    case "ended":
      return { text: "disconnected", style: BAD };
    default:
      return connection satisfies never;
  }
}

function unreadSpans({ place, name, count, mentioned }: UnreadRoom): Span[] {
  return [dim(`${place}:`), {
    text: `#${name}(${count})`,
    style: mentioned ? { ...NEWS, bold: true } : STRONG,
  }];
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
