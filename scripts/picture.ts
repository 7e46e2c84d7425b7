/**
 * `deno task picture`: draws the picture at the top of the README from a real run: a server, four people at terminals
 * of tmux, and what one of them sees in the end.
 */

import { type Address, showAddress } from "../client/address.ts";
import { drawingOf } from "./support/picture/drawing.ts";
import { type Terminal, Terminals } from "./support/picture/terminals.ts";
import { programArguments } from "./support/program.ts";
import { type ServerProcess, withServer } from "./support/server_process.ts";

const PICTURE = new URL("../client/terminal/picture.svg", import.meta.url);
const SIZE = { columns: 84, rows: 12 };

/** Plays the scene and draws its end. Throws where something does not show on a screen that should. */
export function takePicture(): Promise<string> {
  return withServer({}, async (server, address) => {
    await using terminals = await Terminals.open(`${server.folder}/tmux`, SIZE);
    const maya = await scene(async (name) => {
      const folder = `${server.folder}/${name}`;
      await Deno.mkdir(folder);
      const terminal = await terminals.run(connecting(name, address), folder);
      await terminal.shows("connected");
      return terminal;
    }, server);
    return drawingOf(await maya.capture());
  });
}

/** The command with which somebody called `name` connects, in colour whatever is set here. */
function connecting(name: string, address: Address): readonly string[] {
  const chat = [Deno.execPath(), ...programArguments("connect"), showAddress(address)];
  return ["env", "-u", "NO_COLOR", ...chat, "--name", name, "--room", "lobby"];
}

/** How a market day is arranged, up to the moment of the picture. Returns the terminal that it shows. */
async function scene(connect: (name: string) => Promise<Terminal>, server: ServerProcess): Promise<Terminal> {
  const tomás = await connect("Tomás");
  const maya = await connect("Maya");
  await maya.enter("/create release");
  await maya.shows("Password of #release");
  await maya.enter("");
  await maya.shows("#release  1 person");
  await tomás.enter("/join release");
  await tomás.shows("#release  2 people");
  await maya.enter("/room lobby");
  await maya.shows("── #lobby ──");
  await maya.enter("Hi all! Who is coming to the market tomorrow?");
  await maya.shows("✓");
  await tomás.enter("/room lobby");
  await tomás.shows("market tomorrow?");
  await tomás.enter("¡Yo! Y llevo la guitarra 🎸");
  await maya.shows("guitarra");
  const noa = await connect("Noa");
  const yuki = await connect("由紀");
  await maya.shows("由紀 joined");
  await noa.enter("שלום! אני מביאה חומוס ופיתות");
  await maya.shows("חומוס");
  await yuki.enter("おにぎりを作ります 🍙 何個いりますか？");
  await maya.shows("🍙");
  await tomás.enter("Maya: a las diez en la fuente, ¿vale? Si llueve, nos vemos en el café de la esquina.");
  await maya.shows("esquina");
  await tomás.enter("/room release");
  await tomás.shows("#release  2 people");
  await tomás.enter("v0.1.0 is ready for a last look");
  await maya.shows("#release(1)");
  // The server sleeps, so that a message can be seen on its way.
  Deno.kill(server.pid, "SIGSTOP");
  await maya.enter("Ten it is! 由紀, six for me, please");
  await maya.type("Who has a blanket for");
  await maya.shows("blanket for");
  return maya;
}

if (import.meta.main) await Deno.writeTextFile(PICTURE, await takePicture());
