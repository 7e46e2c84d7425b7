/**
 * Every bound that the wire contract names, in one place. Units stand last in a name; `_MAX` is inclusive.
 * tests/protocol/limits_test.ts holds their relations to each other.
 */

/** The only version of the protocol so far. */
export const PROTOCOL_VERSION = 1;

/** Largest value of a frame's length: the kind byte and the body. */
export const FRAME_BYTES_MAX = 65_536;
/** Bytes of the length that stands before every frame. */
export const FRAME_HEADER_BYTES = 4;
/** Bytes of `transfer` and `offset` that open the body of a file chunk. */
export const CHUNK_HEADER_BYTES = 12;
/** Bytes of a file in one chunk: a message never waits behind more. */
export const CHUNK_BYTES_MAX = 61_440;
/** Bytes of a file that may be on their way: what a transfer takes of either side's memory, and of a slow line's time. */
export const WINDOW_BYTES = 8 * CHUNK_BYTES_MAX;
/** Transfers that one connection may have at once. */
export const TRANSFERS_MAX = 8;
/** How long a transfer may stand still. */
export const TRANSFER_IDLE_MS_MAX = 300_000;

/** What `limits.file` says unless the server's operator chose otherwise. */
export const FILE_BYTES_DEFAULT = 100 << 20;
/** Longest name of a file, with room for ` (12)` and the like within what file systems take. */
export const FILE_NAME_BYTES_MAX = 200;

/** What `limits.text` says unless the server's operator chose otherwise. */
export const TEXT_BYTES_DEFAULT = 4_096;
/** The most that an operator can choose. */
export const TEXT_BYTES_MAX = 10_000;
export const TITLE_BYTES_MAX = 200;

export const NAME_GRAPHEMES_MAX = 32;
export const NAME_BYTES_MAX = 64;
/** Longest query of a search: folding one of marks alone takes its time. */
export const QUERY_BYTES_MAX = 1_024;
/** Longest reason for which somebody is sent out of a room. */
export const REASON_BYTES_MAX = 200;
/** Longest password of a room or a server. scrypt takes any, a frame does not. */
export const PASSWORD_BYTES_MAX = 1_024;
/** Printable ASCII characters in the key that makes a `say` repeatable. */
export const KEY_CHARS_MAX = 64;
/** Characters of what somebody sent that a sentence repeats. */
export const QUOTED_CHARS_MAX = 64;
/** UTF-16 units of the sentence in an error; a longer one is cut. */
export const MESSAGE_CHARS_MAX = 1_000;
/** How many of a room's newest entries are searched for a repeated key, at least. */
export const KEYS_KEPT = 10_000;

/** Entries that a `join` starts back from the head where it says neither `after` nor `last`. */
export const JOIN_LAST_DEFAULT = 50;
export const HISTORY_LIMIT_DEFAULT = 50;
export const HISTORY_LIMIT_MAX = 200;

/** Rooms that one person is in: so many that `who` can name all that two people share, within one frame. */
export const ROOMS_JOINED_MAX = 256;
/** Rooms of up to this many members name them; larger ones give a count. */
export const NAMED_MEMBERS_MAX = 100;
/** People whom `status` still knows. */
export const STATUS_PEOPLE_MAX = 1_000;
/** A `hello` that was refused may be sent again on the same connection, so many times in all. */
export const HELLO_TRIES_MAX = 5;

/** Connections that one key may have at once. */
export const CONNECTIONS_PER_KEY_MAX = 8;
/** A name that its key has not used for so long is free again. */
export const NAME_UNUSED_MS_MAX = 90 * 86_400_000;

export const HELLO_MS_MAX = 10_000;
/** Silence after which the server asks for a sign of life. */
export const PING_AFTER_MS = 30_000;
/** Silence after which a connection ends with `timeout`. */
export const SILENCE_MS_MAX = 90_000;
/** How long bytes may wait without one being accepted. */
export const STALL_MS_MAX = 30_000;
/** How long a session can be taken up after its connection dropped. */
export const SESSION_MS_MAX = 300_000;
/** A connection that is back within this time was never announced as gone. */
export const ABSENCE_MS_MAX = 10_000;
