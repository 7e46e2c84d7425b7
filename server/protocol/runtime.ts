/** What the runtime can do. It stands here because both sides need it and this folder is what they share. */

/** The oldest Deno in which node's TLS was seen to hold up; 2.9.0 loses bytes, 2.4 shows no certificate. */
const FIRST = [2, 9, 6] as const;

/** Whether this is a Deno whose TLS is not up to what is asked of it here; see the places that do without. */
export function tlsIsOld(): boolean {
  const version = Deno.version.deno.split(".").map(Number);
  const differs = FIRST.findIndex((number, i) => number !== version[i]);
  return differs >= 0 && (version[differs] ?? 0) < (FIRST[differs] ?? 0);
}
