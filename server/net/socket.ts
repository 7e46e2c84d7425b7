/** What a connection needs of a socket, whether there is TLS on it or not. */

/** One connection to a peer; `Deno.TcpConn` and `Deno.TlsConn` are that. */
export interface Socket {
  readonly remoteAddr: Deno.NetAddr;
  /** Bytes read, or null at the end. Rejects when the socket is closed meanwhile. */
  read(into: Uint8Array): Promise<number | null>;
  /** Bytes taken, which can be fewer than given. */
  write(bytes: Uint8Array): Promise<number>;
  /** Ends our side alone, once all is written. */
  closeWrite(): Promise<void>;
  /** Ends both sides, whatever is under way. */
  close(): void;
  /** Says that small writes need not wait for each other; throws where the peer is gone, on some systems. */
  setNoDelay?(noDelay: boolean): void;
  /** Where there is TLS: resolves when it is agreed on. Reads and writes wait for that by themselves. */
  handshake?(): Promise<unknown>;
}

/** What hands out the connections that peers make; `Deno.TcpListener` is that. */
export interface Acceptor {
  readonly addr: Deno.NetAddr;
  accept(): Promise<Socket>;
  /** Accepts no more; an `accept` that waits rejects. */
  close(): void;
}
