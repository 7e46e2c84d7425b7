/** A moment, about a tenth of a millisecond, in which the event loop rests and takes in what has come from outside. */

/** A round trip to another thread takes about 35 us. Timers take 1 ms at least, and while an immediate waits the loop does not look. */
const ROUND_TRIPS = 3;
const NOTHING = new Uint8Array(1);

export async function gather(): Promise<void> {
  for (let i = 0; i < ROUND_TRIPS; i++) await crypto.subtle.digest("SHA-256", NOTHING);
}
