import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type Argument, Completion, type Sources } from "../../../client/terminal/completion.ts";

const PATHS = ["./src/", "./start.ts", "~/notes", "chat-data/client/", "/etc/"];

const SENT = ["a b.txt", "it's.txt", "./my files/", "./my files/x", "plain.txt"];

const ARGUMENTS: Readonly<Record<string, readonly Argument[]>> = {
  "/join": ["room"],
  "/msg": ["name", "text"],
  "/help": ["command"],
  "/open": ["path"],
  "/send": ["sent"],
  "/get": ["file"],
  "/cancel": ["transfer"],
};

function sources(names: readonly string[] = ["Maya", "Bob", "Marta"]): Sources {
  return {
    commands: ["/join", "/help", "/msg", "/history"],
    names: () => names,
    rooms: () => ["lobby", "longtalk", "0"],
    paths: (prefix) => PATHS.filter((path) => path.startsWith(prefix)),
    sent: (prefix) => SENT.filter((path) => path.startsWith(prefix)),
    files: () => ["report.pdf", "my photo.png", "Report of May.pdf"],
    transfers: () => ["report.pdf"],
    argument: (command, index) => ARGUMENTS[command]?.[index] ?? "text",
  };
}

/** What the draft becomes with each step; `|` is the cursor. */
function steps(marked: string, directions: readonly (1 | -1)[], from = sources()): string[] {
  const completion = new Completion(from);
  let draft = marked.replace("|", "");
  let cursor = marked.indexOf("|");
  return directions.map((direction) => {
    const found = completion.next(draft, cursor, direction);
    if (found === null) return "nothing";
    draft = draft.slice(0, found.from) + found.text + draft.slice(found.to);
    cursor = found.from + found.text.length;
    return `${draft.slice(0, cursor)}|${draft.slice(cursor)}`;
  });
}

function once(marked: string, from = sources()): string | undefined {
  return steps(marked, [1], from)[0];
}

Deno.test("a name at the start is addressed, elsewhere it is only written", () => {
  assertEquals(once("ma|"), "Maya: |");
  assertEquals(once("ask bo|"), "ask Bob |");
  assertEquals(once("first line\nbo|"), "first line\nBob |");
});

Deno.test("a name or room with its sigil keeps it", () => {
  assertEquals(once("@ma|"), "@Maya |");
  assertEquals(once("see #lo|"), "see #lobby |");
  assertEquals(once("/join #lon|"), "/join #longtalk |");
});

Deno.test("tab goes on to the next candidate and around, shift-tab goes back", () => {
  assertEquals(steps("ma|", [1, 1, 1, -1, -1]), [
    "Maya: |",
    "Marta: |",
    "Maya: |",
    "Marta: |",
    "Maya: |",
  ]);
  assertEquals(steps("ma|", [-1, -1, -1]), ["Marta: |", "Maya: |", "Marta: |"]);
});

Deno.test("a single candidate stays what it is on the next tab", () => {
  assertEquals(steps("bo|", [1, 1]), ["Bob: |", "Bob: |"]);
});

Deno.test("candidates keep the order of their source, and each name is offered once", () => {
  const from = sources(["Mia", "maya", "MIA", "Mia"]);
  assertEquals(steps("m|", [1, 1, 1], from), ["Mia: |", "maya: |", "Mia: |"]);
});

Deno.test("no word offers everybody, who spoke last first", () => {
  assertEquals(once("|"), "Maya: |");
  assertEquals(once("thanks |"), "thanks Maya |");
});

Deno.test("a slash at the start completes commands, two of them nothing", () => {
  assertEquals(steps("/h|", [1, 1]), ["/help |", "/history |"]);
  assertEquals(once(" /j|"), " /join |");
  assertEquals(once("//h|"), "nothing");
  assertEquals(once("//jo ma|"), "//jo Maya |");
});

Deno.test("an argument is completed to what its command takes", () => {
  assertEquals(once("/join l|"), "/join lobby |");
  assertEquals(once("/msg ma|"), "/msg Maya |");
  assertEquals(once("/msg Maya ask bo|"), "/msg Maya ask Bob |");
  assertEquals(once("/help j|"), "/help join |");
  assertEquals(once("/help /j|"), "/help /join |");
  assertEquals(once("/open ~|"), "/open ~/notes |");
});

Deno.test("what looks like a path is completed to one, and a folder can be gone into", () => {
  assertEquals(steps("look at ./s|", [1, 1]), ["look at ./src/|", "look at ./start.ts |"]);
  assertEquals(once("in chat-data/c|"), "in chat-data/client/|");
  assertEquals(once("in /e|"), "in /etc/|");
  const asked: string[] = [];
  const tree: Sources = {
    ...sources(),
    paths: (prefix) => {
      asked.push(prefix);
      return prefix === "./" ? ["./src/"] : ["./src/a.ts"];
    },
  };
  assertEquals(steps("x ./|", [1, 1], tree), ["x ./src/|", "x ./src/a.ts |"]);
  assertEquals(asked, ["./", "./src/"]);
});

Deno.test("no second space comes before one that is there", () => {
  assertEquals(once("ask bo| first"), "ask Bob| first");
  assertEquals(once("bo| come"), "Bob:| come");
});

Deno.test("case, width and accents make no difference, in any script", () => {
  const from = sources(["ÉMILE", "Όμηρος", "Борис", "말로", "Ｍａｙａ", "Straße", "มายา"]);
  const pairs = [["em", "ÉMILE"], ["éM", "ÉMILE"], ["όΜ", "Όμηρος"], ["БОР", "Борис"], ["마", "말로"], [
    "STRASS",
    "Straße",
  ], ["มา", "มายา"]];
  for (const [typed, name] of pairs) assertEquals(once(`${typed}|`, from), `${name}: |`);
  assertEquals(once("may|", from), "Ｍａｙａ: |");
  assertEquals(once("ม็|", from), "nothing");
});

Deno.test("what no name may be is never offered", () => {
  const hostile = ["Max\x1b[2J", "Max\n/quit", "Max Power", "Max\u202e", "M".repeat(70_000), "\u200bMax", ""];
  assertEquals(once("m|", sources(hostile)), "nothing");
  assertEquals(once("|", sources(hostile)), "nothing");
});

Deno.test("where nothing fits, nothing changes", () => {
  assertEquals(once("xyz|"), "nothing");
  assertEquals(once("\u200b|"), "nothing");
  assertEquals(once(`${"m".repeat(10_000)}|`), "nothing");
});

Deno.test("any other key, or another draft, begins anew", () => {
  const completion = new Completion(sources());
  assertEquals(completion.next("ma", 2, 1)?.text, "Maya: ");
  completion.end();
  assertEquals(completion.next("Maya: ", 6, 1), { from: 6, to: 6, text: "Maya " });
  assertEquals(completion.next("Maya: bo", 8, 1), { from: 6, to: 8, text: "Bob " });
  assertEquals(completion.next("Maya: Bob ", 6, 1), { from: 6, to: 6, text: "Maya " });
});

Deno.test("only the word before the cursor is replaced, by what is at hand, and back is the way forth", () => {
  const draft = fc.string({ unit: fc.constantFrom(..."mab/@#. \n~é") });
  fc.assert(fc.property(draft, fc.nat(), fc.nat(5), (text, place, count) => {
    const cursor = place % (text.length + 1);
    const marked = `${text.slice(0, cursor)}|${text.slice(cursor)}`;
    const forth = steps(marked, Array(count + 2).fill(1));
    if (forth[0] === "nothing") return;
    const first = new Completion(sources()).next(text, cursor, 1);
    assert(first !== null && first.to === cursor && !/\s/.test(text.slice(first.from, cursor)));
    if (first.text.endsWith("/")) return;
    const back = steps(marked, [...Array(count + 2).fill(1), -1]);
    assertEquals(back.at(-1), forth.at(-2));
  }));
});

Deno.test("paths to be sent are completed one after another, and what has spaces is written so that it is one path", () => {
  assertEquals(once("/send a|"), "/send a\\ b.txt |");
  assertEquals(once("/send plain.txt it|"), "/send plain.txt it\\'s.txt |");
  assertEquals(once('/send "a b|'), "/send a\\ b.txt |");
  assertEquals(steps("/send ./my|", [1, 1]), ["/send ./my\\ files/|", "/send ./my\\ files/x |"]);
  assertEquals(once("/send a\\ b.txt |"), "/send a\\ b.txt a\\ b.txt |");
  assertEquals(once("/send none|"), "nothing");
});

Deno.test("a file of the room is completed by its whole name, with its spaces, in any case of its letters", () => {
  assertEquals(steps("/get rep|", [1, 1]), ["/get report.pdf |", "/get Report of May.pdf |"]);
  assertEquals(once("/get my ph|"), "/get my photo.png |");
  assertEquals(once("/cancel |"), "/cancel report.pdf |");
});
