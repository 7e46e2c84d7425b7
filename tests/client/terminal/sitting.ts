/** Somebody at a desk: a session with a scripted server, its conversation, and a face that remembers. */

import type { Session } from "../../../client/session.ts";
import { Conversation } from "../../../client/terminal/conversation.ts";
import { Courier } from "../../../client/terminal/courier.ts";
import { Desk } from "../../../client/terminal/desk.ts";
import { Doors } from "../../../client/terminal/doors.ts";
import { dayLine } from "../../../client/terminal/messages.ts";
import { Notices } from "../../../client/terminal/notices.ts";
import { plainText } from "../../../client/terminal/plain_face.ts";
import type { Scene } from "../../../client/terminal/scene.ts";
import { type HandClock, type Peer, ScriptedServer, startSession } from "../support.ts";
import { FakeFace } from "./fake_face.ts";
import { FakeRights } from "./fake_rights.ts";

/** Above the scripted server's entries. */
export const DAY = plainText(dayLine(1_000));

export class Sitting implements AsyncDisposable {
  readonly face = new FakeFace();
  readonly server = new ScriptedServer();
  readonly session: Session;
  readonly clock: HandClock;
  readonly conversation: Conversation;
  readonly courier: Courier;
  readonly rights = new FakeRights();
  readonly scene: Scene;
  readonly desk: Desk;
  /** The folder of all data; a test that writes there names one. */
  data = "chat-data";
  /** How often it was asked to leave. */
  left = 0;
  readonly #over: Promise<unknown>;

  private constructor() {
    const { session, clock, ending } = startSession({ dial: this.server.dial });
    const { face } = this;
    const notices = new Notices("mentions", clock.now());
    const bell: Scene["bell"] = {
      get now() {
        return notices.bell;
      },
      set(bell) {
        notices.bell = bell;
        return Promise.resolve(null);
      },
    };
    this.session = session;
    this.clock = clock;
    this.conversation = new Conversation({ face, clock, notices, name: () => session.name });
    const looking = () => this.conversation.current?.name ?? null;
    this.courier = new Courier({ face, clock, looking });
    const doors = new Doors({ session, conversation: this.conversation, face, last: 50 });
    const data = () => this.data;
    const left = () => this.left > 0;
    this.scene = {
      session,
      conversation: this.conversation,
      doors,
      face,
      bell,
      courier: this.courier,
      rights: this.rights,
      get data() {
        return data();
      },
      leave: () => this.left++,
      get left() {
        return left();
      },
    };
    this.desk = new Desk({ scene: this.scene, notices, clock, paths: () => [] });
    this.#over = Promise.all([this.conversation.listen(session.events()), ending]);
  }

  /** With the server's side of the connection, over which we were welcomed. */
  static async begin(): Promise<{ readonly sitting: Sitting; readonly peer: Peer }> {
    const sitting = new Sitting();
    const { peer } = await sitting.server.welcome();
    await sitting.face.told("Connected as Maya.");
    return { sitting, peer };
  }

  /** In `#lobby`, alone; what was said of that is not kept. */
  static async inLobby(
    ...entries: readonly object[]
  ): Promise<{ readonly sitting: Sitting; readonly peer: Peer }> {
    const { sitting, peer } = await Sitting.begin();
    await sitting.enter(peer, "lobby", ...entries);
    return { sitting, peer };
  }

  /** Joins a room with so many entries, which are shown. */
  async enter(peer: Peer, room: string, ...entries: readonly object[]): Promise<void> {
    const joining = this.scene.doors.join(room);
    await peer.admit(entries.length, {}, ...entries);
    await joining;
    await this.face.told(`You are in #${room}`);
  }

  /** Loses the connection and gets another. */
  async reconnect(peer: Peer): Promise<Peer> {
    peer.close();
    await this.face.until(() => this.conversation.connection.is === "waiting");
    this.clock.advance(100);
    return (await this.server.welcome({ resumed: true })).peer;
  }

  get status(): string {
    return this.desk.status().map(({ text }) => text).join("");
  }

  get pending(): readonly string[] {
    return this.desk.pending().map(plainText);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const leaving = this.session.leave();
    this.server[Symbol.dispose]();
    await leaving;
    await this.#over;
  }
}
