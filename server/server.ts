/** A running server: its parts, built and owned here, and its end in order. */

import { randomBytes } from "node:crypto";
import { Client, type Reception, type Wire } from "./chat/client.ts";
import type { House } from "./chat/house.ts";
import { expireFiles } from "./chat/file_keeping.ts";
import { clientGone, takeFrame } from "./chat/requests.ts";
import { sentence } from "./chat/sanctions.ts";
import { type Clock, machineClock } from "./clock.ts";
import { type Claim, claim } from "./history/claim.ts";
import { machineDisk } from "./history/disk.ts";
import { Admission } from "./net/admission.ts";
import { type CheckedIdentity, givenIdentity, keptIdentity, machineNames } from "./net/certificate.ts";
import { Listener } from "./net/listener.ts";
import type { Acceptor } from "./net/socket.ts";
import { listenTcp } from "./net/tcp.ts";
import { openHouse } from "./opening.ts";
import { AuditLog } from "./operator/audit.ts";
import { Journal } from "./operator/journal.ts";
import type { ServeOptions, TlsOptions } from "./options.ts";
import { showFingerprint } from "./protocol/certificates.ts";
import { type ErrorCode, messageOf, ProtocolError } from "./protocol/errors.ts";
import { encodeMessage } from "./protocol/frames.ts";
import { PROTOCOL_VERSION } from "./protocol/limits.ts";
import { PLAIN_BINDING } from "./protocol/proofs.ts";
import { dateAndTime } from "./protocol/times.ts";
import { VERSION } from "./protocol/version.ts";

const JOURNAL_BYTES_MAX = 10 << 20;
const JOURNALS_KEPT = 5;
const CHECK_EVERY_MS = 1_000;
/** Comings and goings within this time are told together. */
const PRESENCE_EVERY_MS = 250;
/** How often the register hears of the names that are in use. */
const KEEP_NAMES_EVERY_MS = 3_600_000;
/** How often files are looked at that may have been kept for long enough. */
const EXPIRE_FILES_EVERY_MS = 3_600_000;
/** How long clients may take to be told of the end. */
const GOODBYE_MS_MAX = 2_000;

/** Refusals that tell the operator of a limit that was met; over their rate people are counted elsewhere. */
const LIMITS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "bad_frame",
  "file_too_large",
  "server_full",
  "storage_full",
  "text_too_long",
  "too_many_attempts",
  "too_many_connections",
  "too_many_rooms",
]);

export class Server {
  readonly house: House;
  readonly address: Deno.NetAddr;
  readonly #clock: Clock;
  readonly #listener: Listener;
  readonly #journal: Journal;
  readonly #auditLog: AuditLog;
  readonly #claim: Claim;
  readonly #accepting: Promise<void>;
  readonly #timers: readonly ReturnType<typeof setInterval>[];
  /** All who are connected, whether they have said hello or not. */
  readonly #clients = new Set<Client>();
  #tidying: Promise<void> | null = null;
  #expiring: Promise<void> | null = null;
  /** Nothing is taken from anybody any more. */
  #ending = false;

  private constructor(
    options: ServeOptions,
    { clock, house, journal, auditLog, claim, socket }: {
      clock: Clock;
      house: House;
      journal: Journal;
      auditLog: AuditLog;
      claim: Claim;
      socket: Acceptor;
    },
  ) {
    this.house = house;
    this.#clock = clock;
    this.#journal = journal;
    this.#auditLog = auditLog;
    this.#claim = claim;
    this.address = socket.addr;
    // Setting the machine's clock must not end connections, nor lift a limit.
    const now = () => performance.now();
    const { perAddressMax, newPerAddressMax, limitPrivate, openingMax, frameBytesMax } = options;
    const limited = (limit: string) => house.tally.count(limit);
    const barred = (network: string) => {
      const ban = house.bans.findNetwork(network);
      return ban && sentence(ban, "banned from this server", house.now());
    };
    this.#listener = new Listener(socket, {
      now,
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      welcome: (wire) => this.#welcome(wire),
      admission: new Admission({ now, perAddressMax, newPerAddressMax, limitPrivate, barred, limited }),
      openingMax,
      frameBytesMax,
      limited,
      refused: (error) => house.report("ERROR", `no connection was accepted: ${messageOf(error)}`),
    });
    this.#accepting = this.#listener.run();
    this.#timers = [
      setInterval(() => this.#check(), CHECK_EVERY_MS),
      setInterval(() => house.rooms.tellPresence(), PRESENCE_EVERY_MS),
      setInterval(() => this.house.people.keepNames(), KEEP_NAMES_EVERY_MS),
      setInterval(() => this.#expireFiles(), EXPIRE_FILES_EVERY_MS),
    ];
    // A server that never runs for that long would keep them for ever.
    this.#expireFiles();
  }

  /**
   * Claims the data folder and listens. `password` is what everybody has to know, if anything; `show` gets every line
   * of the journal. Rejects, having released all, with `ClaimError`, or with Deno's error where the address cannot be
   * had or a permission is missing.
   */
  static async start(
    options: ServeOptions,
    password: string | null,
    show: (line: string) => void,
    clock = machineClock,
  ): Promise<Server> {
    const disk = machineDisk;
    const { now } = clock;
    const held = await claim(disk, options.data, options.sync ? "always" : "off");
    const path = `${held.folder}/server.log`;
    const journal = new Journal({
      disk,
      path,
      show,
      now,
      bytesMax: JOURNAL_BYTES_MAX,
      kept: JOURNALS_KEPT,
    });
    const auditLog = new AuditLog({
      disk,
      folder: held.folder,
      now,
      tell: (what) => journal.write("ERROR", what),
    });
    try {
      const risk = options.sync ? "" : ", --sync off: a power cut can take back messages";
      journal.write("STARTING", `chat ${VERSION} in ${options.data}${risk} (0 connected)`);
      const identity = await identityOf(options.tls, held.folder, now);
      const house = await openHouse(options, {
        disk,
        now,
        claim: held,
        password,
        binding: identity?.hash ?? PLAIN_BINDING,
        journal: (tag, text) => journal.write(tag, text),
        audit: (act) => auditLog.write(act),
        audited: async () => {
          await auditLog.written;
        },
      });
      await held.begin();
      const { host, port } = options;
      const socket = identity === null ? listenTcp(host, port) : await listenTls(host, port, identity);
      const server = new Server(options, { clock, house, journal, auditLog, claim: held, socket });
      house.report("LISTENING", `on ${server.address.hostname}:${server.address.port}`);
      if (identity !== null) house.report("CERTIFICATE", certificateLine(identity));
      return server;
    } catch (error) {
      await auditLog.close();
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
    await this.#expiring;
    await this.house.rooms.end();
    this.house.tally.tellAll();
    await this.#auditLog.close();
    await this.#journal.close();
    await this.#claim.release();
  }

  /** Notes a bug with its trace. The process cannot go on after it. */
  async fail(error: unknown): Promise<void> {
    this.house.report("ERROR", `a bug: ${error instanceof Error ? error.stack : error}`);
    await this.#journal.close();
  }

  #welcome(wire: Wire): Client {
    const nonce = randomBytes(32).toString("base64url");
    const client = new Client(wire, this.#reception, nonce);
    this.#clients.add(client);
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
    refused: (code) => {
      if (LIMITS.has(code)) this.house.tally.count(code);
    },
    timer: (ms, then) => this.#clock.timer(ms, then),
    now: () => performance.now(),
  };

  #expireFiles(): void {
    this.#expiring ??= expireFiles(this.house, () => !this.#ending).finally(() => this.#expiring = null);
  }

  #check(): void {
    this.#listener.check();
    for (const client of this.#clients) client.checkTransfers();
    this.house.people.expire();
    this.house.tally.tell();
    this.#tidying ??= this.house.rooms.tidy().finally(() => this.#tidying = null);
  }
}

/** Who the server shows that it is; null where it does not. `folder` is the server's own. */
async function identityOf(
  tls: TlsOptions | null,
  folder: string,
  now: () => number,
): Promise<CheckedIdentity | null> {
  if (tls === null) return null;
  if (tls.is === "given") return await givenIdentity({ certPath: tls.certFile, keyPath: tls.keyFile, now });
  return await keptIdentity({ folder: `${folder}/tls`, names: machineNames(), now });
}

function certificateLine({ hash, validUntil }: CheckedIdentity): string {
  return `its SHA-256 is ${showFingerprint(hash)}, and it is valid until ${dateAndTime(validUntil)}`;
}

/** What TLS needs is loaded where there is TLS: it takes 10 MiB. */
async function listenTls(hostname: string, port: number, identity: CheckedIdentity): Promise<Acceptor> {
  return (await import("./net/tls.ts")).listenTls({ hostname, port, identity });
}
