import { assertEquals, assertLessOrEqual, assertStringIncludes, assertThrows } from "@std/assert";
import {
  closestName,
  describeFlags,
  durationFlag,
  type Flag,
  integerFlag,
  parseDuration,
  parseFlags,
  UsageError,
} from "../../server/protocol/flags.ts";

const FLAGS: readonly Flag[] = [
  { name: "name", value: "NAME", help: "Your name." },
  { name: "port", value: "PORT", help: "The port to listen on.", default: "7037" },
  { name: "quiet", help: "Print nothing." },
  { name: "no-reconnect", help: "Stay disconnected once the connection is lost." },
  { name: "help", help: "Show this." },
];

function read(...args: string[]): { values: Record<string, string | true>; positional: readonly string[] } {
  const { values, positional } = parseFlags(args, FLAGS);
  return { values: Object.fromEntries(values), positional };
}

function values(name: string, value: string): ReadonlyMap<string, string | true> {
  return new Map([[name, value]]);
}

Deno.test("a flag's value stands behind an equals sign or in the next argument", () => {
  const wanted = { values: { name: "Maya", port: "0" }, positional: [] };
  assertEquals(read("--name=Maya", "--port", "0"), wanted);
  assertEquals(read("--name", "Maya", "--port=0"), wanted);
});

Deno.test("a flag that was not given has no value, not even its default", () => {
  assertEquals(read(), { values: {}, positional: [] });
});

Deno.test("positional arguments stay as they were typed, in order, between flags too", () => {
  assertEquals(read("007", "--quiet", "1e3", "", "-").positional, ["007", "1e3", "", "-"]);
});

Deno.test("what follows -- is positional, whatever it looks like", () => {
  assertEquals(read("a", "--", "--quiet", "0x10", "--", "--nmae"), {
    values: {},
    positional: ["a", "--quiet", "0x10", "--", "--nmae"],
  });
});

Deno.test("a value that starts with a dash is taken in the form with an equals sign only", () => {
  assertEquals(read("--name=-rf").values, { name: "-rf" });
  assertThrows(() => read("--name", "-rf"), UsageError);
  assertThrows(() => read("--name", "--quiet"), UsageError, "--name needs a value: --name NAME.");
});

Deno.test("a dash alone is a value of a flag that takes one, and an argument anywhere else", () => {
  assertEquals(read("--name", "-", "--quiet", "-"), {
    values: { name: "-", quiet: true },
    positional: ["-"],
  });
  assertEquals(read("-", "--", "--name", "-"), { values: {}, positional: ["-", "--name", "-"] });
});

Deno.test("a value may hold equals signs, spaces, line breaks and words that look like switches", () => {
  assertEquals(read("--name=a=b c\nd").values, { name: "a=b c\nd" });
  assertEquals(read("--name", "true").values, { name: "true" });
});

Deno.test("-h is --help", () => {
  assertEquals(read("-h").values, { help: true });
  assertEquals(read("--help").values, { help: true });
});

Deno.test("a flag whose name begins with no- is a flag of its own", () => {
  assertEquals(read("--no-reconnect", "example.org").values, { "no-reconnect": true });
});

Deno.test("wrong usage is refused with a sentence that says what would be right", () => {
  const wrong: readonly (readonly [readonly string[], string])[] = [
    [["--nmae", "x"], "There is no flag --nmae; the closest is --name."],
    [["--Quiet"], "There is no flag --Quiet; the closest is --quiet."],
    [["--prot=1"], "There is no flag --prot; the closest is --port."],
    [["--no-quiet"], "There is no flag --no-quiet; the closest is --quiet."],
    [["--no"], "There is no flag --no; the closest is --no-reconnect."],
    [["--reconnect"], "the closest is --no-reconnect."],
    [["-port", "1"], "There is no flag -port; the closest is --port."],
    [["-q"], "There is no flag -q"],
    [["-5"], "There is no flag -5"],
    [["--__proto__=1"], "There is no flag --__proto__"],
    [["--constructor.x=1"], "There is no flag --constructor.x"],
    [["--_=1"], "There is no flag --_"],
    [["--port"], "--port needs a value: --port PORT."],
    [["--port="], "--port needs a value"],
    [["--port", ""], "--port needs a value"],
    [["--port", "--", "1"], "--port needs a value"],
    [["--port", "1", "--port=1"], "--port stands twice; once is enough."],
    [["--quiet", "--quiet"], "--quiet stands twice"],
    [["--quiet=yes"], "--quiet takes no value."],
    [["--quiet", "false"], "--quiet takes no value."],
    [["--no-reconnect=1"], "--no-reconnect takes no value."],
  ];
  for (const [args, sentence] of wrong) {
    const error = assertThrows(() => read(...args), UsageError, sentence, args.join(" "));
    assertEquals(error.name, "UsageError");
  }
});

Deno.test("the closest name counts a swap of neighbours as one edit", () => {
  assertEquals(closestName("prot", ["pro", "port"]), "pro");
  assertEquals(closestName("hsot", ["post", "host"]), "host");
  assertEquals(closestName("x", []), null);
});

Deno.test("the help of flags is aligned, has their defaults, and fits 80 columns", () => {
  const long = "a word after another until the line is over and goes on below where it began ".repeat(3)
    .trim();
  const help = describeFlags([
    { name: "port", value: "PORT", help: "The port.", default: "7037" },
    { name: "help", help: "Show this." },
    { name: "text", value: "TEXT", help: long },
    { name: "a-flag-that-is-far-too-long-for-its-column", value: "VALUE", help: "Its help stands below." },
  ]);
  assertStringIncludes(help, "  --port PORT  The port. (default: 7037)\n  -h, --help   Show this.\n");
  assertStringIncludes(help, "column VALUE\n               Its help stands below.\n");
  for (const line of help.split("\n")) assertLessOrEqual(line.length, 80, line);
  const text = help.slice(help.indexOf("  --text"), help.indexOf("  --a-flag"));
  for (const line of text.split("\n").slice(1, -1)) assertEquals(line.search(/\S/), 15);
  assertEquals(text.replace("--text TEXT", "").trim().split(/\s+/).join(" "), long);
});

Deno.test("a whole number is taken within its bounds, and is the fallback where it was not given", () => {
  assertEquals(integerFlag(new Map(), "port", 7037, 0, 65535), 7037);
  for (const [text, number] of [["0", 0], ["65535", 65535], ["007", 7]] as const) {
    assertEquals(integerFlag(values("port", text), "port", 1, 0, 65535), number);
  }
  assertEquals(integerFlag(values("n", "-3"), "n", 1, -5, 5), -3);
  for (const text of ["-1", "65536", "1.5", "1e3", "0x10", " 1", "x", "9".repeat(400)]) {
    assertThrows(
      () => integerFlag(values("port", text), "port", 1, 0, 65535),
      UsageError,
      "--port is a whole number from 0 to 65535",
      text,
    );
  }
});

Deno.test("a time is read with its unit, and is the fallback where it was not given", () => {
  assertEquals(durationFlag(new Map(), "idle-exit", 5), 5);
  for (
    const [text, ms] of [["500ms", 500], ["30s", 30_000], ["2m", 120_000], ["1h", 3_600_000], [
      "3d",
      259_200_000,
    ], ["0s", 0]] as const
  ) {
    assertEquals(durationFlag(values("idle-exit", text), "idle-exit", 1), ms);
  }
  for (const text of ["30", "s", "1.5s", "-1s", "1 s", "2M", "2w", "1h30m", ""]) {
    assertThrows(
      () => durationFlag(values("idle-exit", text), "idle-exit", 1),
      UsageError,
      "--idle-exit is a time like",
      text,
    );
  }
});

Deno.test("a time that no timer can wait is refused", () => {
  assertEquals(durationFlag(values("idle-exit", "24d"), "idle-exit", 1), 24 * 86_400_000);
  assertThrows(() => durationFlag(values("idle-exit", "25d"), "idle-exit", 1), UsageError, "at most 24d");
});

Deno.test("a time on its own may be longer than a timer waits, and is none where no number holds it", () => {
  assertEquals(parseDuration("400d"), 400 * 86_400_000);
  assertEquals(parseDuration("0ms"), 0);
  for (
    const text of [
      "",
      "30",
      "h",
      "1.5h",
      "-1h",
      "1 h",
      "1h ",
      "2w",
      "1H",
      `${"9".repeat(12)}d`,
      `${"9".repeat(400)}d`,
    ]
  ) {
    assertEquals(parseDuration(text), null, text);
  }
});
