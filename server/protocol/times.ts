/** Times as people read them. It stands here because both sides write such lines and this folder is what they share. */

/** Local date and time of `at` (milliseconds since 1970-01-01 UTC), as `2026-11-20 14:03:05`. */
export function dateAndTime(at: number): string {
  const date = new Date(at);
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${hourAndMinute(at)}:${two(date.getSeconds())}`;
}

/** Local time of day of `at` (milliseconds since 1970-01-01 UTC), as `14:03`. */
export function hourAndMinute(at: number): string {
  const date = new Date(at);
  return `${two(date.getHours())}:${two(date.getMinutes())}`;
}

function two(number: number): string {
  return String(number).padStart(2, "0");
}
