/** `chat serve`: options in, a server run until it is told to end, an exit code out. */

import { messageOf } from "./protocol/errors.ts";
import { ClaimError } from "./history/claim.ts";
import { CertificateError } from "./net/certificate.ts";
import { Screen } from "./operator/screen.ts";
import { runConsole } from "./operator/console.ts";
import { parseServeOptions, SERVE_FLAGS, type ServeOptions } from "./options.ts";
import { describeFlags, UsageError } from "./protocol/flags.ts";
import { SecretError, serverPassword } from "./secret.ts";
import { Server } from "./server.ts";

const HELP = `chat serve runs a server.

usage: chat serve [flags]

${describeFlags(SERVE_FLAGS).trimEnd()}

On a terminal it takes commands; "help" lists them. Ctrl-C ends it in order.

examples:
  chat serve
  chat serve --port 7100 --motd "Be kind." --idle-exit 1h

exit codes: 0 ended in order, 1 could not start or failed, 2 wrong usage`;

/** How long the last lines may take to be shown; on a stopped terminal they never are. */
const SCREEN_MS_MAX = 500;
/** How often it is asked whether everybody has been gone for long enough. */
const IDLE_CHECK_MS = 250;

/** Runs the command; returns its exit code. */
export async function serve(args: readonly string[]): Promise<number> {
  let options: ServeOptions | "help";
  try {
    options = parseServeOptions(args);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`chat serve: ${error.message} See chat serve --help.`);
    return 2;
  }
  if (options === "help") {
    console.log(HELP);
    return 0;
  }
  // Before it listens: whoever is told that it does may end it at once.
  const signal = nextSignal();
  const screen = new Screen(Deno.stdout);
  const print = (text: string) => screen.print(text);
  let server: Server;
  try {
    const password = await serverPassword(options.passwordFile);
    server = await Server.start(options, password, options.quiet ? () => {} : print);
  } catch (error) {
    console.error(`chat serve: ${whyNotStarted(error, options)}`);
    return 1;
  }
  // Accepted sockets go on without it. From here on nothing may open a socket: it would ask on the terminal.
  await Deno.permissions.revoke({ name: "net" });
  stopOnBugs(server);
  await server.stop(await untilEnd(server, options, print, signal));
  await Promise.race([screen.written, new Promise((resolve) => setTimeout(resolve, SCREEN_MS_MAX))]);
  return 0;
}

/** Resolves, with its name, when a signal comes that ends a server in order. */
function nextSignal(): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const signals: Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT", "SIGBREAK"] : ["SIGINT", "SIGTERM"];
  let first: { readonly signal: Deno.Signal; readonly at: number } | null = null;
  for (const signal of signals) {
    Deno.addSignalListener(signal, () => {
      const now = performance.now();
      first ??= { signal, at: now };
      // Whoever asks twice does not want to wait for the end in order.
      if (signal !== first.signal || now - first.at > ECHO_MS_MAX) Deno.exit(1);
      resolve(signal);
    });
  }
  return promise;
}

/** One Ctrl-C can come twice: from the terminal, and passed on by `deno task`, which it goes to as well. */
const ECHO_MS_MAX = 100;

/** Resolves, with the reason, when the server is to end. */
async function untilEnd(
  server: Server,
  { idleExitMs }: ServeOptions,
  print: (text: string) => void,
  signal: Promise<string>,
): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  void signal.then(resolve);
  const idle = setInterval(() => {
    const since = server.house.people.quietSince;
    if (idleExitMs !== null && since !== null && Date.now() - since >= idleExitMs) {
      resolve("nobody is connected");
    }
  }, IDLE_CHECK_MS);
  const ending = new AbortController();
  const close = () => resolve("closed from the console");
  const input = Deno.stdin.isTerminal() ? Deno.stdin.readable : null;
  const reading = input === null
    ? Promise.resolve()
    : runConsole({ house: server.house, input, print, close, signal: ending.signal });
  const why = await promise;
  clearInterval(idle);
  ending.abort();
  await reading;
  return why;
}

/** A bug ends the process, its trace in the journal: going on with a state that nobody foresaw would be worse. */
function stopOnBugs(server: Server): void {
  const stop = (event: Event, bug: unknown) => {
    event.preventDefault();
    console.error("chat serve: stopped by a bug; server.log holds its trace. Please report it.");
    void server.fail(bug).finally(() => Deno.exit(1));
  };
  globalThis.addEventListener("unhandledrejection", (event) => stop(event, event.reason));
  globalThis.addEventListener("error", (event) => stop(event, event.error));
}

function whyNotStarted(error: unknown, { host, port, data }: ServeOptions): string {
  if (
    error instanceof ClaimError || error instanceof SecretError || error instanceof CertificateError
  ) return error.message;
  if (error instanceof Deno.errors.AddrInUse) {
    return `port ${port} of ${host} is taken by another program. Stop it, or choose another with --port.`;
  }
  if (error instanceof Deno.errors.NotCapable) return `a permission is missing: ${error.message}.`;
  const reason = messageOf(error);
  if (error instanceof Deno.errors.PermissionDenied && port > 0 && port < 1_024) {
    return `port ${port} or the folder ${data} is not yours to use (${reason}). Choose a --port above 1023 and a --data that you can write.`;
  }
  return `it could not start: ${reason}. Is ${host} an address of this machine, and can ${data} be written?`;
}
