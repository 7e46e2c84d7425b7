/** The project's sources and what they import, as Deno itself resolves it. */

import {
  hasShape,
  integer,
  isObject,
  listOf,
  object,
  optional,
  string,
} from "../../server/protocol/shapes.ts";
import type { Finding, Import, Source } from "./finding.ts";

const FOLDERS = ["server/", "client/", "scripts/", "tests/"];

const resolved = optional(object({
  specifier: optional(string),
  span: object({ start: object({ line: integer(0) }) }),
}));
const dependency = object({ specifier: string, code: resolved, type: resolved });
const graphShape = {
  modules: listOf(object({
    specifier: string,
    error: optional(string),
    dependencies: optional(listOf(dependency)),
  })),
};

/** Every TypeScript file of the project, and a finding for each one that cannot be read as a module. */
export async function readSources(
  root: URL,
): Promise<{ readonly sources: readonly Source[]; readonly broken: readonly Finding[] }> {
  const paths = ["main.ts", ...(await Promise.all(FOLDERS.map((folder) => filesUnder(root, folder)))).flat()]
    .sort();
  const graph = await moduleGraph(root, paths.filter((path) => !path.endsWith(".d.ts")));
  const sources = await Promise.all(paths.map(async (path) => ({
    path,
    text: await Deno.readTextFile(new URL(path, root)),
    imports: graph.imports.get(path) ?? [],
  })));
  return { sources, broken: graph.broken };
}

async function filesUnder(root: URL, folder: string): Promise<string[]> {
  const files: string[] = [];
  for await (const entry of Deno.readDir(new URL(folder, root))) {
    const path = `${folder}${entry.name}`;
    if (entry.isDirectory) files.push(...await filesUnder(root, `${path}/`));
    else if (path.endsWith(".ts")) files.push(path);
  }
  return files;
}

/** Asks `deno info` once, about a module that imports all of `paths`. */
async function moduleGraph(
  root: URL,
  paths: readonly string[],
): Promise<
  { readonly imports: ReadonlyMap<string, readonly Import[]>; readonly broken: readonly Finding[] }
> {
  const all = paths.map((path) => `import ${JSON.stringify(new URL(path, root).href)};`).join("");
  const { success, stdout, stderr } = await new Deno.Command("deno", {
    args: ["info", "--json", `data:application/typescript,${encodeURIComponent(all)}`],
    cwd: root,
  }).output();
  if (!success) throw new Error(`deno info failed: ${new TextDecoder().decode(stderr)}`);
  const graph: unknown = JSON.parse(new TextDecoder().decode(stdout));
  if (!isObject(graph) || !hasShape(graphShape, graph)) throw new Error("deno info gave an unknown shape");

  const imports = new Map<string, readonly Import[]>();
  const broken: Finding[] = [];
  for (const module of graph.modules) {
    const path = pathIn(root, module.specifier);
    if (module.error !== undefined) broken.push({ path, line: 1, says: module.error });
    imports.set(
      path,
      (module.dependencies ?? []).map(({ specifier, code, type }) => ({
        path: pathIn(root, code?.specifier ?? type?.specifier ?? specifier),
        line: ((code ?? type)?.span.start.line ?? 0) + 1,
      })),
    );
  }
  return { imports, broken };
}

/** `specifier` as a path from the root; as it is where it lies elsewhere. */
function pathIn(root: URL, specifier: string): string {
  return specifier.startsWith(root.href) ? specifier.slice(root.href.length) : specifier;
}
