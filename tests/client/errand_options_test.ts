import { assert, assertEquals, assertThrows } from "@std/assert";
import { type Errand, parseConnectOptions } from "../../client/options.ts";
import { UsageError } from "../../server/protocol/flags.ts";

function errand(...args: readonly string[]): Errand | null {
  const options = parseConnectOptions(args);
  assert(options !== "help");
  return options.errand;
}

Deno.test("a file is sent from its path, or from standard input under a name", () => {
  assertEquals(errand("--send", "docs/report.pdf"), {
    is: "send",
    path: "docs/report.pdf",
    name: "report.pdf",
  });
  assertEquals(errand("--send", "-", "--as", "x.pdf"), { is: "send", path: null, name: "x.pdf" });
  assertEquals(errand("--send=-", "--as=x.pdf"), { is: "send", path: null, name: "x.pdf" });
  assertEquals(errand("--send", "a.pdf", "--as", "b.pdf"), { is: "send", path: "a.pdf", name: "b.pdf" });
  assertEquals(errand(), null);
});

Deno.test("a file is fetched to the downloads, to a path, or to standard output", () => {
  assertEquals(errand("--get", "12"), { is: "get", what: "12", to: "downloads" });
  assertEquals(errand("--get", "a.pdf", "--to", "b.pdf"), {
    is: "get",
    what: "a.pdf",
    to: { path: "b.pdf" },
  });
  assertEquals(errand("--get", "a.pdf", "--to", "-"), { is: "get", what: "a.pdf", to: "output" });
});

Deno.test("flags about files that do not go together are wrong usage", () => {
  for (
    const [args, says] of [
      [["--send", "-"], "give it one with --as NAME"],
      [["--send", "a", "--get", "b"], "two errands"],
      [["--as", "a"], "--as is for --send: give both."],
      [["--get", "a", "--as", "b"], "--as is for --send: give both."],
      [["--to", "a"], "--to is for --get: give both."],
      [["--send", "a", "--json"], "--send does one thing and ends: it does not go with --json."],
      [["--get", "a", "--follow"], "it does not go with --follow."],
      [["--get", "a", "--plain"], "it does not go with --plain."],
      [["--get", "a", "--last", "3"], "it does not go with --last."],
    ] as const
  ) assertThrows(() => parseConnectOptions(args), UsageError, says);
});
