import { assertEquals } from "@std/assert";
import {
  checkSource,
  fileLength,
  functionLength,
  noAny,
  noBarrel,
  noCast,
  noEmptyCatch,
  noModuleState,
  noNonNull,
  protocolIsPure,
  SOURCE_RULES,
  type SourceRule,
} from "../../scripts/tidy/source_rules.ts";
import { source } from "./samples.ts";

function linesFound(rule: SourceRule, text: string, path = "server/chat/sample.ts"): readonly number[] {
  return checkSource(source(path, text), [rule]).map((finding) => finding.line);
}

/** That `rule` finds something in each of `bad`, in its last line, and nothing in any of `good`. */
function holds(rule: SourceRule, bad: readonly string[], good: readonly string[], path?: string): void {
  for (const text of bad) assertEquals(linesFound(rule, text, path), [text.split("\n").length], text);
  for (const text of good) assertEquals(linesFound(rule, text, path), [], text);
}

function body(lines: number): string {
  return "  work();\n".repeat(lines);
}

Deno.test("a file over 400 lines is found, one of 400 is not", () => {
  assertEquals(linesFound(fileLength, "x;\n".repeat(401)), [401]);
  assertEquals(linesFound(fileLength, "x;\n".repeat(400)), []);
});

Deno.test("a function over 60 lines is found, whatever kind it is", () => {
  const heads = [
    "function work() {",
    "export async function* work<T extends { a: string }>(a: T): AsyncIterable<{ b: T }> {",
    "const work = (a: string) => {",
    "const work = async ({ a }: { a: string }): Promise<void> => {",
    "function work(value: unknown): value is { a: string } {",
    "function work(): { a: string } | null {",
    "function work(): () => void {",
    "function work(f = (a: { b: 1 }) => a): [string, { a: 1 }] {",
  ];
  const members = [
    "#work() {",
    "async work(a: string): Promise<string[]> {",
    "get work(): string {",
    "constructor() {",
  ];
  for (const head of heads) {
    assertEquals(linesFound(functionLength, `\n${head}\n${body(59)}}`), [2], head);
    assertEquals(linesFound(functionLength, `\n${head}\n${body(58)}}`), [], head);
  }
  for (const head of members) {
    assertEquals(linesFound(functionLength, `class A {\n${head}\n${body(59)}}\n}`), [2], head);
    assertEquals(linesFound(functionLength, `class A {\n${head}\n${body(58)}}\n}`), [], head);
  }
});

Deno.test("a long table, loop, class or interface is no long function", () => {
  const shorter = "function work() {\n  work();\n}\n";
  const texts = [
    `const table = {\n${"  a: work(1),\n".repeat(80)}};`,
    `class A {\n${shorter.repeat(30).replaceAll("function ", "")}}`,
    `interface A {\n${"  work(a: string): { b: string };\n".repeat(80)}}`,
    `for (const a of b) {\n${body(80)}}`,
    `if (a(b)) {\n${body(80)}} else if (c) {\n${body(80)}}`,
    `declare function work(a: string): { b: string };\nclass A {\n${"  b = 1;\n".repeat(80)}}`,
  ];
  for (const text of texts) assertEquals(linesFound(functionLength, text), [], text.slice(0, 60));
});

Deno.test("mutable state at the top of a module is found", () => {
  holds(
    noModuleState,
    [
      "let a = 1;",
      "\nexport let a: string;",
      "var a;",
      "const a = new Map<string, { b: 1 }>();",
      "export const a: Set<string> = new Set();",
      "const a: string[] = [];",
      "const a: Record<string, string> = {};",
    ],
    [
      "function f() {\n  let a = 1;\n  const b = new Map();\n}",
      "for (let i = 0; i < 1; i++);",
      "const a = new Map([[1, 2]]);",
      "const a: ReadonlySet<string> = new Set(B);",
      "const a = [1] as const;\nconst b = { let: 1 };",
      "const a = () => [];",
      "// let a = 1;\nconst a = 'let b';",
      "class A {\n  #list = [];\n}",
    ],
  );
});

Deno.test("any is found where it is a type", () => {
  holds(
    noAny,
    [
      "let a: any;",
      "f<any>();",
      "type A = Record<string,\nany>;",
      "const a: any[] = b;",
      "function f(a: any) {}",
    ],
    [
      "await Promise.any([a]);",
      "AbortSignal.any(a);",
      "const a = { any: 1 };",
      "// any\nconst a = 'any';",
      "anything;",
    ],
  );
});

Deno.test("a cast is found, as const and renames are none", () => {
  holds(
    noCast,
    [
      "const a = b as string;",
      "f(b() as unknown);",
      "const a = (b) as { c: 1 };",
      "const a = [1] as readonly number[];",
      "f(c, { a: b as C });",
      "const a = `${b as C}`;",
      "const a = b as 'c';",
    ],
    [
      "const a = [1] as const;",
      'import { a as b } from "c";',
      'import type { a as b, c as d } from "c";',
      'import e, { a as b } from "c";',
      'import * as a from "b";',
      "export { a as b };",
      'export * as a from "b";',
      "type A<T> = { [K in keyof T as `x${K}`]: T[K] };",
      "a.as(b);",
      "// b as string\nconst a = 'b as string';",
      "const a = { b: 1 } satisfies C;",
    ],
  );
});

Deno.test("a claim that something is there is found, a negation is none", () => {
  holds(
    noNonNull,
    ["a!.b;", "f()!;", "a[0]!;", "a = b!;", "class A {\n  b!: string; }"],
    [
      "if (!a) b();",
      "a = !b && !c;",
      "a != b;",
      "a !== b;",
      "return !a;",
      "f(!a, [!b]);",
      "a = b ? !c : !d;",
      "'a!';",
    ],
  );
});

Deno.test("an empty catch is found, one that says why is not", () => {
  holds(
    noEmptyCatch,
    [
      "try { a(); } catch {}",
      "try { a(); } catch (error) { }",
      "a().catch(() => {});",
      "a().catch((e) => { });",
    ],
    [
      "try { a(); } catch { b(); }",
      "try { a(); } catch {\n  // It is closed already.\n}",
      "a().catch(() => {\n  // It is closed already.\n});",
      "a().catch(log);",
      "a().catch((error) => ({}));",
    ],
  );
});

Deno.test("what is not pure is found in the protocol, and only there", () => {
  const bad = [
    "Deno.args;",
    "console.log(1);",
    "\nnew Date();",
    "setTimeout(f, 1);",
    "a = performance.now();",
  ];
  const good = [
    "a.console;",
    "new Date(at);",
    "const a = { Date: 1 };",
    "// Deno\nconst a = 'Deno';",
    "const date = 1;",
  ];
  holds(protocolIsPure, bad, good, "server/protocol/sample.ts");
  holds(protocolIsPure, [], bad, "server/chat/sample.ts");
});

Deno.test("a file that only re-exports is found", () => {
  const bad = [
    'export * from "./a.ts";',
    'export { a, type b } from "a";\nexport type { c } from "b";',
    'import { a } from "b";\nexport { a };',
  ];
  for (const text of bad) assertEquals(linesFound(noBarrel, text), [1], text);
  holds(noBarrel, [], [
    "",
    'import "./a.ts";',
    "export const a = 1;",
    'export * from "a";\nexport const b = 1;',
    "const a = 1;\nexport { a };",
  ]);
});

Deno.test("all the rules run over each file", () => {
  const text = "let a: any = b as C;\nb!;\ntry { c(); } catch {}\n";
  assertEquals(checkSource(source("client/a.ts", text), SOURCE_RULES).map((finding) => finding.line), [
    1,
    1,
    1,
    2,
    3,
  ]);
  assertEquals(checkSource(source("client/a.ts", 'export * from "b";'), SOURCE_RULES).length, 1);
  const long = `function f() {\n${body(401)}}\n`;
  assertEquals(checkSource(source("client/a.ts", long), SOURCE_RULES).map((finding) => finding.line), [
    401,
    1,
  ]);
  assertEquals(checkSource(source("server/protocol/a.ts", "Deno.pid;"), SOURCE_RULES).length, 1);
});
