/** A running server: its parts, built and owned here, and its end in order. */

import { randomBytes } from "node:crypto";
import { Client, type Reception, type Wire } from "./chat/client.ts";
import type { House } from "./chat/house.ts";
import { Passwords } from "./chat/passwords.ts";
import { People } from "./chat/people.ts";
import type { Report } from "./chat/report.ts";
import { clientGone, takeFrame } from "./chat/requests.ts";
import { Rooms } from "./chat/rooms.ts";
import { Turns } from "./chat/turns.ts";
import { type Claim, claim } from "./history/claim.ts";
import { machineDisk } from "./history/disk.ts";
import { Listener } from "./net/listener.ts";
import { Journal } from "./operator/journal.ts";
import type { ServeOptions } from "./options.ts";
import { messageOf, ProtocolError } from "./protocol/errors.ts";
import { encodeMessage } from "./protocol/frames.ts";
import { PROTOCOL_VERSION } from "./protocol/limits.ts";
import { VERSION } from "./protocol/version.ts";

const SEGMENT_BYTES = 8 << 20;
const JOURNAL_BYTES_MAX = 10 << 20;
const JOURNALS_KEPT = 5;
/** Connections that have not said hello: enough that a newcomer has time to, however many silent ones come. */
const OPENING_MAX = 512;
const SEARCHES_AT_ONCE = 2;
const CHECK_EVERY_MS = 1_000;
/** Comings and goings within this time are told together. */
const PRESENCE_EVERY_MS = 250;
/** How long clients may take to be told of the end. */
const GOODBYE_MS_MAX = 2_000;

export class Server {
  readonly house: House;
  readonly address: Deno.NetAddr;
  readonly #listener: Listener;
  readonly #journal: Journal;
  readonly #claim: Claim;
  readonly #accepting: Promise<void>;
  readonly #timers: readonly ReturnType<typeof setInterval>[];
  /** All who are connected, whether they have said hello or not. */
  readonly #clients = new Set<Client>();
  #tidying: Promise<void> | null = null;
  /** Nothing is taken from anybody any more. */
  #ending = false;

  private constructor(
    { house, journal, claim, socket }: {
      house: House;
      journal: Journal;
      claim: Claim;
      socket: Deno.TcpListener;
    },
  ) {
    this.house = house;
    this.#journal = journal;
    this.#claim = claim;
    this.address = socket.addr;
    this.#listener = new Listener(socket, {
      // Setting the machine's clock must not end connections.
      now: () => performance.now(),
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      welcome: (wire) => this.#welcome(wire),
      openingMax: OPENING_MAX,
      refused: (error) => house.report("ERROR", `no connection was accepted: ${messageOf(error)}`),
    });
    this.#accepting = this.#listener.run();
    this.#timers = [
      setInterval(() => this.#check(), CHECK_EVERY_MS),
      setInterval(() => house.rooms.tellPresence(), PRESENCE_EVERY_MS),
    ];
  }

  /**
   * Claims the data folder and listens. `show` gets every line of the journal. Rejects, having released all, with
   * `ClaimError`, or with Deno's error where the address cannot be had or a permission is missing.
   */
  static async start(options: ServeOptions, show: (line: string) => void): Promise<Server> {
    const disk = machineDisk;
    const held = await claim(disk, options.data, options.sync ? "always" : "off");
    const path = `${held.folder}/server.log`;
    const journal = new Journal({
      disk,
      path,
      show,
      now: Date.now,
      bytesMax: JOURNAL_BYTES_MAX,
      kept: JOURNALS_KEPT,
    });
    try {
      const people = new People({ clientsMax: options.clientsMax, now: Date.now });
      const report: Report = (tag, text) => journal.write(tag, `${text} (${people.connected} connected)`);
      report(
        "STARTING",
        `chat ${VERSION} in ${options.data}${
          options.sync ? "" : ", --sync off: a power cut can take back messages"
        }`,
      );
      const rooms = await Rooms.open({
        disk,
        folder: `${held.folder}/rooms`,
        sync: options.sync,
        segmentBytes: SEGMENT_BYTES,
        generation: held.generation,
        doubtful: held.doubtful,
        report,
        now: Date.now,
      });
      await held.begin();
      const house: House = {
        people,
        rooms,
        passwords: new Passwords(),
        searches: new Turns(SEARCHES_AT_ONCE),
        report,
        now: Date.now,
        textBytesMax: options.textBytesMax,
        motd: options.motd,
      };
      const socket = Deno.listen({ hostname: options.host, port: options.port });
      const server = new Server({ house, journal, claim: held, socket });
      report("LISTENING", `on ${server.address.hostname}:${server.address.port}`);
      return server;
    } catch (error) {
      await journal.close();
      await held.release();
      throw error;
    }
  }

  /** Ends in order: tells everybody, waits until all is on disk, and gives the folder back. */
  async stop(why: string): Promise<void> {
    this.house.report("ENDING", why);
    for (const timer of this.#timers) clearInterval(timer);
    this.#listener.stop();
    await this.#accepting;
    const late = setTimeout(() => this.#listener.closeAll(), GOODBYE_MS_MAX);
    // What was said before this is stored and answered, what comes now is not taken.
    this.#ending = true;
    await this.house.rooms.settled();
    const notice = encodeMessage({ type: "notice", text: "The server is shutting down." });
    for (const client of this.#clients) client.send(notice);
    const message = "The server is shutting down. Connect again later.";
    this.#listener.dismissAll(new ProtocolError("shutting_down", message));
    // A search that somebody waits for may take longer than an end in order should.
    const overdue = Promise.withResolvers<void>();
    const last = setTimeout(overdue.resolve, 2 * GOODBYE_MS_MAX);
    await Promise.race([this.#listener.ended(), overdue.promise]);
    clearTimeout(last);
    clearTimeout(late);
    await this.#tidying;
    await this.house.rooms.close();
    await this.#journal.close();
    await this.#claim.release();
  }

  /** Notes a bug with its trace. The process cannot go on after it. */
  async fail(error: unknown): Promise<void> {
    this.house.report("ERROR", `a bug: ${error instanceof Error ? error.stack : error}`);
    await this.#journal.close();
  }

  #welcome(wire: Wire): Client {
    const client = new Client(wire, this.#reception);
    this.#clients.add(client);
    const nonce = randomBytes(32).toString("base64url");
    client.send(
      encodeMessage({ type: "greeting", protocol: [PROTOCOL_VERSION], server: `chat/${VERSION}`, nonce }),
    );
    return client;
  }

  readonly #reception: Reception = {
    taken: (client, frame) => this.#ending ? undefined : takeFrame(this.house, client, frame),
    gone: (client) => {
      this.#clients.delete(client);
      clientGone(this.house, client);
    },
  };

  #check(): void {
    this.#listener.check();
    this.house.people.expire();
    this.#tidying ??= this.house.rooms.tidy().finally(() => this.#tidying = null);
  }
}
