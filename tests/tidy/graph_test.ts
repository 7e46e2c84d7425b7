import { assertEquals } from "@std/assert";
import { readSources } from "../../scripts/tidy/graph.ts";

const FILES = {
  "main.ts": 'import "./server/a.ts";\nimport type { B } from "./client/b.ts";\nexport type C = B;\n',
  "server/a.ts": 'import "./missing.ts";\nawait import("../client/b.ts");\n',
  "client/b.ts": "export type B = 1;\n",
  "client/note.txt": "not a source",
  "scripts/types.d.ts": "declare const D: 1;\n",
  "tests/deep/down/c_test.ts": 'export * from "../../../main.ts";\n',
};

Deno.test("the module graph has every source with its imports, of types and at run time too", async () => {
  const folder = await Deno.makeTempDir();
  try {
    for (const [path, text] of Object.entries(FILES)) {
      await Deno.mkdir(`${folder}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
      await Deno.writeTextFile(`${folder}/${path}`, text);
    }
    const { sources, broken } = await readSources(new URL(`file://${folder}/`));
    assertEquals(sources.map(({ path, imports }) => ({ path, imports })), [
      { path: "client/b.ts", imports: [] },
      { path: "main.ts", imports: [{ path: "server/a.ts", line: 1 }, { path: "client/b.ts", line: 2 }] },
      { path: "scripts/types.d.ts", imports: [] },
      {
        path: "server/a.ts",
        imports: [{ path: "server/missing.ts", line: 1 }, { path: "client/b.ts", line: 2 }],
      },
      { path: "tests/deep/down/c_test.ts", imports: [{ path: "main.ts", line: 1 }] },
    ]);
    assertEquals(
      sources.map(({ path, text }) => [path, text]).sort(),
      Object.entries(FILES).filter(([path]) => path.endsWith(".ts")).sort(),
    );
    assertEquals(broken.map(({ path }) => path), ["server/missing.ts"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
