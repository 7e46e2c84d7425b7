/** Requests of a room's owner: what moderation.ts does, as it is asked for over the wire. */

import type { Asker, Handler } from "./handler.ts";
import type { House } from "./house.ts";
import {
  closeRoom,
  handOver,
  kick as expel,
  mute as silence,
  type Scene,
  setPassword,
  setTitle,
  unban as letBack,
  unmute as letSpeak,
} from "./moderation.ts";
import type { Room } from "./room.ts";

export const title: Handler<"title"> = async (house, asker, asked, room) => {
  const title = await setTitle(house, scene(asker, room), asked.title);
  return await noted(house, { room: room.name.shown, title });
};

export const kick: Handler<"kick"> = async (house, asker, asked, room) => {
  const { reason, ban, address, for_ms: forMs } = asked;
  const name = await expel(house, scene(asker, room), asked.name, { reason, ban, address, forMs });
  return await noted(house, { room: room.name.shown, name: name.shown });
};

export const unban: Handler<"unban"> = async (house, asker, asked, room) => {
  const name = await letBack(house, scene(asker, room), asked.name);
  return await noted(house, { room: room.name.shown, name: name.shown });
};

export const mute: Handler<"mute"> = async (house, asker, asked, room) => {
  const name = await silence(house, scene(asker, room), asked.name, asked.for_ms);
  return await noted(house, { room: room.name.shown, name: name.shown });
};

export const unmute: Handler<"unmute"> = async (house, asker, asked, room) => {
  const name = await letSpeak(house, scene(asker, room), asked.name);
  return await noted(house, { room: room.name.shown, name: name.shown });
};

export const owner: Handler<"owner"> = async (house, asker, asked, room) => {
  const name = await handOver(house, scene(asker, room), asked.name);
  return await noted(house, { room: room.name.shown, name: name.shown });
};

export const password: Handler<"password"> = async (house, asker, asked, room) => {
  await setPassword(house, scene(asker, room), asked.password, asker.client.network);
  return await noted(house, { room: room.name.shown });
};

export const close: Handler<"close"> = async (house, asker, _asked, room) => {
  await closeRoom(house, scene(asker, room));
  return await noted(house, { room: room.name.shown });
};

/** What is done has its line in the audit log before it is answered. */
async function noted<A>({ audited }: House, answer: A): Promise<{ readonly answer: A }> {
  await audited();
  return { answer };
}

function scene({ session }: Asker, room: Room): Scene {
  return { by: { name: session.name.shown, key: session.key }, room };
}
