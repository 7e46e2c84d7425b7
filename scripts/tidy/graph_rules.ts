/** The rules over the module graph: which room of the house may import which, and that nothing runs in circles. */

import type { Finding, Source } from "./finding.ts";

/** Files that match `from` import no file of the project that matches `to`. */
interface Wall {
  readonly from: RegExp;
  readonly to: RegExp;
  readonly says: string;
}

const WALLS: readonly Wall[] = [
  {
    from: /^main\.ts$/,
    to: /^(?!server\/serve\.ts$|client\/connect\.ts$|server\/protocol\/version\.ts$)/,
    says: "main.ts imports the two commands and the version, nothing else",
  },
  {
    from: /^server\/protocol\//,
    to: /^(?!server\/protocol\/)/,
    says: "the protocol imports nothing but itself",
  },
  { from: /^server\//, to: /^client\//, says: "the server imports nothing of the client" },
  {
    from: /^client\//,
    to: /^server\/(?!protocol\/)/,
    says: "of the server the client imports the protocol alone",
  },
  {
    from: /^server\/history\//,
    to: /^(?!server\/(history|protocol)\/)/,
    says: "the history knows nothing above it",
  },
  {
    from: /^server\/files\//,
    to: /^(?!server\/(files|history|protocol)\/|server\/turns\.ts$)/,
    says: "files know the log and the disk, and nothing of the chat",
  },
  { from: /^server\/chat\//, to: /^server\/net\//, says: "the chat knows no sockets" },
  {
    from: /^server\/net\//,
    to: /^server\/chat\//,
    says: "sockets know nothing of the chat: it is handed to them",
  },
  {
    from: /^server\/operator\//,
    to: /^server\/net\//,
    says: "the operator acts through requests, never on sockets",
  },
  {
    from: /^client\/terminal\//,
    to: /^client\/(pipe\.ts|gui\/)/,
    says: "front ends know nothing of each other",
  },
  {
    from: /^client\/pipe\.ts/,
    to: /^client\/(terminal|gui)\//,
    says: "front ends know nothing of each other",
  },
  {
    from: /^client\/gui\//,
    to: /^client\/(pipe\.ts|terminal\/)/,
    says: "front ends know nothing of each other",
  },
  {
    from: /^(server|client)\//,
    to: /^(main|server\/serve|client\/connect)\.ts$/,
    says: "parts know nothing of the command that builds them",
  },
  {
    from: /^(main\.ts|server\/|client\/)/,
    to: /^(tests|scripts)\//,
    says: "the program does without tests and scripts",
  },
];

export function importsKeepToTheirRooms(sources: readonly Source[]): readonly Finding[] {
  const known = new Set(sources.map((source) => source.path));
  return sources.flatMap((source) =>
    source.imports.flatMap(({ path, line }) =>
      WALLS.filter(({ from, to }) => known.has(path) && from.test(source.path) && to.test(path))
        .map(({ says }) => ({ path: source.path, line, says: `it imports ${path}, but ${says}.` }))
    )
  );
}

const SESSION = "client/session.ts";
const FRONT_END = /^client\/(terminal\/|pipe\.ts|gui\/)/;

/** The session draws nothing, and so nothing that it imports may, however far away. */
export function sessionReachesNoFrontEnd(sources: readonly Source[]): readonly Finding[] {
  return [...reachable(sources, SESSION)].filter((path) => FRONT_END.test(path)).map((path) => ({
    path: SESSION,
    line: 1,
    says: `it reaches ${path} by its imports, but the session knows no front end.`,
  }));
}

/** The files of the project that `from` imports, directly or through others, and itself. */
export function reachable(sources: readonly Source[], from: string): ReadonlySet<string> {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const reached = new Set<string>();
  const waiting = [from];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const source = byPath.get(path);
    if (source === undefined || reached.has(path)) continue;
    reached.add(path);
    waiting.push(...source.imports.map((one) => one.path));
  }
  return reached;
}

/** One finding for each import that closes a circle. */
export function noCycles(sources: readonly Source[]): readonly Finding[] {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const done = new Set<string>();
  const findings: Finding[] = [];
  const visit = (source: Source, way: readonly string[]): void => {
    const here = [...way, source.path];
    for (const { path, line } of source.imports) {
      const target = byPath.get(path);
      if (target === undefined || done.has(path)) continue;
      const start = here.indexOf(path);
      if (start === -1) visit(target, here);
      else {
        const circle = [...here.slice(start), path].join(" → ");
        findings.push({ path: source.path, line, says: `imports run in a circle: ${circle}.` });
      }
    }
    done.add(source.path);
  };
  for (const source of sources) {
    if (!done.has(source.path)) visit(source, []);
  }
  return findings;
}
