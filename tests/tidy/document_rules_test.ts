import { assert, assertEquals } from "@std/assert";
import {
  commandsAreDocumented,
  type Document,
  errorCodesAreDocumented,
  flagsAreDocumented,
  messagesAreDocumented,
} from "../../scripts/tidy/document_rules.ts";
import { integer, optional, string } from "../../server/protocol/shapes.ts";
import { said } from "./samples.ts";

const PROTOCOL: Document = {
  path: "P.md",
  text: [
    "# The protocol, where `nothing` is a row",
    "## Requests",
    "| request | members | of its `ok` |",
    "| --- | --- | --- |",
    "| `say` | `room`, `key`? (1-64 characters, `x`) | `list`: [{`a`, `b`?}], `more`? |",
    "| `bye` | | ; then the server closes |",
    "### Requests that come later",
    "| `put` | `room` | |",
    "## Events",
    "| `notice` | `text` |",
    "## Error codes",
    "| `timeout` | too late, see `muted` |",
    "| `muted` | quiet |",
  ].join("\n"),
};
const MESSAGES = {
  requests: {
    say: { asks: { room: string, key: optional(string) }, ok: { list: string, more: optional(integer(0)) } },
    bye: { asks: {}, ok: {} },
  },
  events: { notice: { text: string } },
};

Deno.test("documents that say what the code says are fine", () => {
  assertEquals(errorCodesAreDocumented(PROTOCOL, ["muted", "timeout"]), []);
  assertEquals(messagesAreDocumented(PROTOCOL, MESSAGES), []);
});

Deno.test("an error code that only the text or only the code has is found", () => {
  assertEquals(said(errorCodesAreDocumented(PROTOCOL, ["muted", "banned"])), [
    "P.md:12: the error code `timeout` is not in the code.",
    "P.md:1: the error code `banned` of the code has no row.",
  ]);
  assertEquals(errorCodesAreDocumented({ path: "P.md", text: "" }, ["muted"]).length, 1);
});

Deno.test("messages and members that only the text or only the code has are found", () => {
  const { requests: { say, bye }, events } = MESSAGES;
  const differing: readonly (readonly [Parameters<typeof messagesAreDocumented>[1], readonly string[]])[] = [
    [{ requests: { say }, events }, ["P.md:6: the request `bye` is not in the code."]],
    [{ requests: { say, bye, tell: bye }, events }, ["P.md:1: the request `tell` of the code has no row."]],
    [{ requests: { say, bye }, events: {} }, ["P.md:10: the event `notice` is not in the code."]],
    [{ requests: { say, bye }, events: { ...events, ping: {} } }, [
      "P.md:1: the event `ping` of the code has no row.",
    ]],
    [{ requests: { say, bye: { asks: { now: string }, ok: {} } }, events }, [
      "P.md:1: in `bye` the member `now` of the code has no row.",
    ]],
    [{ requests: { say: { ...say, asks: { room: string, key: string } }, bye }, events }, [
      "P.md:5: in `say` the member `key?` is not in the code.",
      "P.md:1: in `say` the member `key` of the code has no row.",
    ]],
    [{ requests: { say: { ...say, ok: { list: string } }, bye }, events }, [
      "P.md:5: in `say` the member `more?` is not in the code.",
    ]],
    [{ requests: { say, bye }, events: { notice: {} } }, [
      "P.md:10: in `notice` the member `text` is not in the code.",
    ]],
  ];
  for (const [messages, findings] of differing) {
    assertEquals(said(messagesAreDocumented(PROTOCOL, messages)), findings);
  }
});

Deno.test("a request that comes later and is there already is found", () => {
  const requests = { ...MESSAGES.requests, put: { asks: { room: string }, ok: {} } };
  const findings = said(messagesAreDocumented(PROTOCOL, { ...MESSAGES, requests }));
  assert(findings.some((finding) => finding.startsWith("P.md:8: the request `put` is there already")));
});

Deno.test("flags of the README that differ from the code's are found, in name, value or default", () => {
  const readme = {
    path: "README.md",
    text: "`--elsewhere`\n| `--port PORT` | 7037 | `--x` |\n| `--sync always\\|off` | |\n| `--quiet` | |",
  };
  const port = { name: "port", value: "PORT", help: "", default: "7037" };
  const rest = [{ name: "sync", value: "always|off", help: "" }, { name: "quiet", help: "" }];
  assertEquals(flagsAreDocumented(readme, [port, ...rest]), []);
  assertEquals(said(flagsAreDocumented(readme, [{ ...port, default: "80" }, ...rest])), [
    "README.md:2: the default of `--port PORT` is 80 in the code.",
  ]);
  assertEquals(said(flagsAreDocumented(readme, [{ ...port, value: "N" }, ...rest])), [
    "README.md:2: the flag `--port PORT` is not in the code.",
    "README.md:1: the flag `--port N` of the code has no row.",
  ]);
  assertEquals(said(flagsAreDocumented(readme, [port])).length, 2);
});

Deno.test("every command has its row in the README, with the words of its help", () => {
  const readme: Document = {
    path: "R.md",
    text: ["| `/bell off\\|all` | what calls you |", "| `/gone` | what was |"].join("\n"),
  };
  const bell = { usage: "/bell off|all", help: "what calls you" };
  assertEquals(said(commandsAreDocumented(readme, [bell])), [
    "R.md:2: the command `/gone` is not in the code.",
  ]);
  const others = [{ ...bell, help: "what rings" }, { usage: "/gone", help: "what was" }, {
    usage: "/new",
    help: "x",
  }];
  assertEquals(said(commandsAreDocumented(readme, others)), [
    "R.md:1: the command `/new` of the code has no row.",
    'R.md:1: the help of `/bell off|all` is "what rings" in the code.',
  ]);
});
