import { assertEquals } from "@std/assert";
import { tokensOf } from "../../scripts/tidy/tokens.ts";

Deno.test("strings, templates, regular expressions and comments are told from code", () => {
  const texts = (code: string) => tokensOf(code).list.map((token) => token.text);
  assertEquals(texts("a = \"x /* {\" + '//'; // {"), ["a", "=", '"x /* {"', "+", "'//'", ";"]);
  assertEquals(texts("f(`a${b + `${c}`}d`)"), [
    "f",
    "(",
    "`a",
    "${",
    "b",
    "+",
    "`",
    "${",
    "c",
    "}",
    "`",
    "}",
    "d`",
    ")",
  ]);
  assertEquals(texts("`\\`${'}'}$`"), ["`\\`", "${", "'}'", "}", "$`"]);
  assertEquals(texts('x = /[/{]\\/"/u; y = a / b / c; z = (1) / 2;').slice(2, 4), ['/[/{]\\/"/u', ";"]);
  assertEquals(texts("return /{/.test(a[1] / 2)").slice(0, 3), ["return", "/{/", "."]);
  assertEquals(tokensOf("/* 1\n2 */ `3\n` x").list.map((token) => token.line), [2, 3]);
});

Deno.test("a bracket knows the one that closes it, and every token the one that it stands in", () => {
  const { list, parent, close } = tokensOf("f({ a: `${[1]}` });");
  assertEquals([...close].map(([open, end]) => `${list[open]?.text}${list[end]?.text}`).sort(), [
    ...["${}", "()", "[]", "{}"],
  ]);
  assertEquals(list.map((token, i) => `${list[parent[i] ?? -1]?.text ?? ""} ${token.text}`).slice(6, 10), [
    ...["{ ${", "${ [", "[ 1", "${ ]"],
  ]);
});
