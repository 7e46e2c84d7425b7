/** The plain listener that all connections come through. */

/**
 * Connections that the system keeps for us while we are busy. What does not fit has to knock again, after a second:
 * a storm of strangers must not cost a newcomer that.
 */
const BACKLOG = 4_096;

export function listenTcp(hostname: string, port: number): Deno.TcpListener {
  return Deno.listen({ hostname, port, tcpBacklog: BACKLOG });
}
