/** What a Deno process still holds once its garbage is collected, asked for through its inspector. */

import { assert } from "@std/assert";
import { isObject } from "../../server/protocol/shapes.ts";
import { residentBytes, type ServeProcess } from "../support/server.ts";

/** What `ServeProcess` has to be started with. */
export const INSPECTED = ["-A", "--inspect=127.0.0.1:0"];

export interface Memory {
  /** Objects, and the bytes of buffers. */
  readonly live: number;
  /** All that the process has of the machine; null where there is no /proc. */
  readonly resident: number | null;
}

export class Inspector implements Disposable {
  readonly #socket: WebSocket;
  readonly #pid: number;
  #lastId = 0;

  private constructor(socket: WebSocket, pid: number) {
    this.#socket = socket;
    this.#pid = pid;
  }

  static async attach(server: ServeProcess): Promise<Inspector> {
    const [url = ""] = /ws:\S+/.exec(await server.line(/ws:\S+/)) ?? [];
    const socket = new WebSocket(url);
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = reject;
    });
    return new Inspector(socket, server.pid);
  }

  /** Collects the garbage and measures. */
  async memory(): Promise<Memory> {
    await this.#ask("HeapProfiler.collectGarbage");
    const { usedSize, backingStorageSize = 0 } = await this.#ask("Runtime.getHeapUsage");
    assert(typeof usedSize === "number" && typeof backingStorageSize === "number");
    const resident = Deno.build.os === "linux" ? await residentBytes(this.#pid) : null;
    return { live: usedSize + backingStorageSize, resident };
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }

  async #ask(method: string): Promise<Record<string, unknown>> {
    const id = ++this.#lastId;
    const answer = Promise.withResolvers<Record<string, unknown>>();
    this.#socket.onmessage = ({ data }) => {
      const message: unknown = JSON.parse(data);
      if (isObject(message) && message["id"] === id && isObject(message["result"])) {
        answer.resolve(message["result"]);
      }
    };
    this.#socket.onclose = () => answer.reject(new Error("the inspected process has ended"));
    this.#socket.send(JSON.stringify({ id, method }));
    return await answer.promise;
  }
}
