/** The command line of `chat serve`: what each flag comes to, what holds without it, and what is refused. */

import { assert, assertEquals, assertNotEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { parseServeOptions, SERVE_FLAGS, type ServeOptions } from "../server/options.ts";
import { describeFlags, UsageError } from "../server/protocol/flags.ts";

function options(...args: string[]): ServeOptions {
  const parsed = parseServeOptions(args);
  assert(parsed !== "help");
  return parsed;
}

function wrong(...args: string[]): string {
  return assertThrows(() => parseServeOptions(args), UsageError).message;
}

const DEFAULTS = options();
/** The flags of the budgets that have no flag for their burst. */
const RATES = {
  joins: "rate-joins",
  acts: "rate-acts",
  requests: "rate-requests",
  creates: "rate-creates",
  searches: "rate-searches",
  reads: "rate-reads",
};
/** Flag, option, least and most. */
const INTEGERS: readonly (readonly [string, keyof ServeOptions, number, number])[] = [
  ["port", "port", 0, 65_535],
  ["max-clients", "clientsMax", 1, 1_000_000],
  ["max-per-address", "perAddressMax", 1, 1_000_000],
  ["max-new-per-address", "newPerAddressMax", 1, 1_000_000],
  ["max-opening", "openingMax", 1, 1_000_000],
  ["max-frame", "frameBytesMax", 4_096, 65_536],
  ["max-text", "textBytesMax", 1, 10_000],
  ["max-names", "namesMax", 1, 1_000_000],
  ["max-names-per-key", "namesPerKeyMax", 1, 1_000_000],
  ["max-joined", "joinedMax", 1, 256],
  ["max-rooms", "roomsMax", 1, 1_000_000],
  ["max-own-rooms", "ownRoomsMax", 1, 1_000_000],
];

Deno.test("without flags the options are what the documents promise", () => {
  assertEquals(DEFAULTS, {
    host: "0.0.0.0",
    port: 7037,
    data: "chat-data",
    sync: true,
    idleExitMs: null,
    motd: "",
    quiet: false,
    tls: null,
    passwordFile: null,
    openNames: false,
    clientsMax: 1_000,
    perAddressMax: 16,
    newPerAddressMax: 60,
    limitPrivate: false,
    openingMax: 512,
    frameBytesMax: 65_536,
    textBytesMax: 4_096,
    fileBytesMax: 100 * 2 ** 20,
    filesBytesMax: 5 * 2 ** 30,
    keepFilesMs: 30 * 86_400_000,
    rates: {
      messages: { perSecond: 5, burst: 10 },
      joins: { perSecond: 2, burst: 300 },
      creates: { perSecond: 0.1, burst: 10 },
      searches: { perSecond: 1, burst: 20 },
      reads: { perSecond: 10, burst: 100 },
      acts: { perSecond: 0.5, burst: 30 },
      requests: { perSecond: 200, burst: 1_000 },
    },
    namesMax: 10_000,
    namesPerKeyMax: 5,
    joinedMax: 256,
    roomsMax: 10_000,
    ownRoomsMax: 50,
  });
});

Deno.test("every default that --help names is what holds without the flag", () => {
  const shown = describeFlags(SERVE_FLAGS).replace(/\s+/g, " ");
  for (const { name, default: value } of SERVE_FLAGS) {
    if (value === undefined) continue;
    assertEquals(options(`--${name}`, value), DEFAULTS, `--${name} ${value}`);
    assertStringIncludes(shown, `(default: ${value})`);
  }
});

Deno.test("every flag but --help changes something", () => {
  const values: Readonly<Record<string, string>> = {
    sync: "off",
    "max-file": "7MiB",
    "max-files": "7GiB",
    "keep-files": "7d",
    "idle-exit": "2m",
    rate: "7/s",
    burst: "11",
    "tls-cert": "chat-data/cert.pem",
    ...Object.fromEntries(Object.values(RATES).map((name) => [name, "7/s"])),
    ...Object.fromEntries(INTEGERS.map(([name, , , max]) => [name, String(max - 1)])),
    // Those whose most is what holds anyway.
    "max-frame": "5000",
    "max-joined": "7",
  };
  for (const { name, value } of SERVE_FLAGS) {
    if (name === "help") continue;
    const args = value === undefined ? [`--${name}`] : [`--${name}`, values[name] ?? "something"];
    // A certificate and its key go together.
    if (name === "tls-cert") args.push("--tls-key", "chat-data/key.pem");
    if (name === "tls-key") args.push("--tls-cert", "chat-data/cert.pem");
    assertNotEquals(options(...args), DEFAULTS, `--${name} changes nothing`);
  }
});

Deno.test("whole numbers are taken from the least to the most, and nothing else is", () => {
  for (const [flag, option, min, max] of INTEGERS) {
    for (const number of [min, max]) {
      assertEquals(options(`--${flag}`, String(number)), { ...DEFAULTS, [option]: number });
    }
    for (const bad of [String(min - 1), String(max + 1), "many", "1.5", "1e3", "0x10", " 7", ""]) {
      const sentence = wrong(`--${flag}=${bad}`);
      assert(sentence.startsWith(`--${flag} `) && sentence.endsWith("."), sentence);
      if (bad !== "") assertStringIncludes(sentence, `from ${min} to ${max}`);
    }
  }
});

Deno.test("rates are per second, minute or hour, or off", () => {
  const rate = (text: string) => options("--rate", text).rates.messages;
  assertEquals(rate("100/m"), { perSecond: 100 / 60, burst: 10 });
  assertEquals(rate("36/h"), { perSecond: 0.01, burst: 10 });
  assertEquals(rate("0.5/s"), { perSecond: 0.5, burst: 10 });
  assertEquals(rate("1/h")?.perSecond, 1 / 3_600);
  assertEquals(rate("1000000/s")?.perSecond, 1_000_000);
  assertEquals(rate("off"), null);
  assertEquals(options("--rate", "1/s", "--burst", "3").rates.messages, { perSecond: 1, burst: 3 });
  for (const [name, flag] of Object.entries(RATES)) {
    const { rates } = options(`--${flag}`, "off");
    assertEquals(rates, { ...DEFAULTS.rates, [name]: null });
  }
  const free = options("--rate", "off", "--rate-joins", "1/s").rates;
  const others = { creates: null, searches: null, reads: null, acts: null, requests: null };
  assertEquals(free, { messages: null, joins: { perSecond: 1, burst: 300 }, ...others }, "the others, too");
  const bad = [
    "5",
    "5/d",
    "/s",
    "-1/s",
    "0/s",
    "0.9/h",
    "1000001/s",
    `${"9".repeat(400)}/s`,
    "5/s ",
    "none",
    "1.e1/s",
  ];
  for (const flag of ["rate", ...Object.values(RATES)]) {
    for (const text of bad) {
      const sentence = wrong(`--${flag}=${text}`);
      assert(sentence.startsWith(`--${flag} is a rate like 5/s, 100/m or 20/h, `), sentence);
    }
  }
});

Deno.test("TLS is our own certificate, or one that is given with its key", () => {
  const given = ["--tls-cert", "chat-data/cert.pem", "--tls-key", "chat-data/key.pem"];
  const files = { is: "given", certFile: "chat-data/cert.pem", keyFile: "chat-data/key.pem" } as const;
  assertEquals(options("--tls").tls, { is: "own" });
  assertEquals(options(...given).tls, files);
  assertEquals(options("--tls", ...given).tls, files);
  for (const half of [given.slice(0, 2), given.slice(2), ["--tls", ...given.slice(2)]]) {
    assertEquals(wrong(...half), "--tls-cert and --tls-key go together: give both, or --tls alone.");
  }
});

Deno.test("texts and times are what they say", () => {
  assertEquals(options("--data", "here//").data, "here");
  assertEquals(options("--data", "/").data, "/");
  assertEquals(options("--sync", "off").sync, false);
  assertEquals(options("--idle-exit", "1h").idleExitMs, 3_600_000);
  assertEquals(options("--motd", "ü".repeat(5_000)).motd.length, 5_000);
  assertEquals(options("--password-file", "chat-data/password").passwordFile, "chat-data/password");
  assertEquals(wrong("--motd", "ü".repeat(5_001)), "--motd has at most 10000 bytes.");
  assertEquals(wrong("--sync", "never"), '--sync is "always" or "off", not "never".');
  assertStringIncludes(wrong("--idle-exit", "soon"), "--idle-exit is a time like");
});

Deno.test("what is no flag of it is refused with the closest, and nothing is taken twice", () => {
  assertEquals(wrong("7037"), 'chat serve takes no "7037", only flags.');
  assertStringIncludes(wrong("--max-client", "7"), "the closest is --max-clients");
  // A password on a command line can be read by everybody on the machine.
  assertEquals(wrong("--password", "green").includes("green"), false);
  assertEquals(wrong("--password=green").includes("green"), false);
  assertStringIncludes(wrong("--port", "1", "--port", "2"), "--port stands twice");
  assertStringIncludes(wrong("--open-names=yes"), "--open-names takes no value");
  assertStringIncludes(wrong("--password-file="), "--password-file needs a value");
});

Deno.test("help goes before everything that could be wrong beside it", () => {
  for (const args of [["--help"], ["-h"], ["--help", "--rate", "often"], ["--help", "7037"]]) {
    assertEquals(parseServeOptions(args), "help");
  }
});

Deno.test("sizes are taken in units, and one file is not more than all may be", () => {
  for (const [text, bytes] of [["0B", 0], ["1.5KiB", 1_536], ["3MiB", 3 << 20], ["2GiB", 2 ** 31]] as const) {
    assertEquals(options("--max-file", text).fileBytesMax, bytes);
  }
  assertEquals(options("--max-files", "7MiB").fileBytesMax, 7 << 20, "what is not said is no more than that");
  for (const bad of ["5", "5MB", "5 MiB", "-1B", "many", "", "9999999TiB"]) {
    assertStringIncludes(wrong(`--max-files=${bad}`), "--max-files ");
  }
  assertStringIncludes(wrong("--max-file", "6GiB"), "set both");
});

Deno.test("files are kept for a time, or for ever", () => {
  assertEquals(options("--keep-files", "12h").keepFilesMs, 12 * 3_600_000);
  assertEquals(options("--keep-files", "400d").keepFilesMs, 400 * 86_400_000);
  assertEquals(options("--keep-files", "off").keepFilesMs, null);
  for (const bad of ["0d", "12", "ever"]) assertStringIncludes(wrong("--keep-files", bad), "--keep-files ");
});
