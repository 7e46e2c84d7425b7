import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Lines, play } from "./play.ts";
import { entry } from "./support.ts";

Deno.test("each line is said, empty ones are not, and the end waits for every acknowledgement and entry", async () => {
  const { code, out, err } = await play({ input: ["one", "", "  ", "two"] }, async (peer) => {
    await peer.admit(1, {}, entry(1, "before"));
    assertEquals((await peer.store(2))["text"], "one");
    await peer.store(3);
    // The entries come after the acknowledgements, and are shown nonetheless.
    await peer.send(entry(2, "one"), entry(3, "two"));
    await peer.farewell();
  });
  assertEquals([code, err], [0, []]);
  assertEquals(out, ["Ada: before", "Ada: one", "Ada: two"]);
});

Deno.test("what comes is cleaned and stays in its line", async () => {
  const { out } = await play({ input: [] }, async (peer) => {
    await peer.admit(1, {}, entry(1, "a\x1b[2J\nb\u202e"));
    await peer.farewell();
  });
  assertEquals(out, ["Ada: a␛[2J ⏎ b⟨U+202E⟩"]);
});

Deno.test("a line that is refused is told, and the exit code is 1", async () => {
  const { code, err } = await play({ input: ["hi"] }, async (peer) => {
    await peer.admit(0);
    await peer.refuse(await peer.expect("say"), "muted", "You are muted.");
    await peer.farewell();
  });
  assertEquals([code, err], [1, ["Not sent: You are muted. (hi)"]]);
});

Deno.test("a room that is refused is told, and the exit code is 1", async () => {
  const { code, err } = await play({ input: ["hi"] }, async (peer) => {
    await peer.refuse(await peer.expect("join"), "no_such_room", "There is no such room.");
    await peer.farewell();
  });
  assertEquals([code, err], [1, ["There is no such room."]]);
});

Deno.test("following stays after the input has ended, until a signal", async () => {
  const out = new Lines();
  const { code } = await play({ input: [], follow: true, out }, async (peer, stop) => {
    await peer.admit(0);
    await peer.send(entry(1));
    await out.until(1);
    stop();
    await peer.farewell();
  });
  assertEquals([code, out.all.length], [0, 1]);
});

Deno.test("a signal ends reading an input that has not ended, after what was read was acknowledged", async () => {
  let cancelled = false;
  const input = new ReadableStream<string>({
    start: (controller) => controller.enqueue("last words"),
    cancel: () => void (cancelled = true),
  });
  const { code } = await play({ input }, async (peer, stop) => {
    await peer.admit(0);
    const say = await peer.expect("say");
    stop();
    await peer.ok(say, { room: "lobby", seq: 1, at: 1 });
    await peer.send(entry(1));
    await peer.farewell();
  });
  assertEquals([code, cancelled], [0, true]);
});

Deno.test("a reader that goes away ends it quietly", async () => {
  const out = new Lines(1);
  const { code, err } = await play({ input: [], follow: true, out }, async (peer) => {
    await peer.admit(0);
    await peer.send(entry(1), entry(2), entry(3));
    await peer.farewell();
  });
  assertEquals([code, err, out.all.length], [0, [], 1]);
});

Deno.test("a connection that is cut off for good is told, with what may not have been sent", async () => {
  const { code, ending, err } = await play({ input: ["hi"], follow: true }, async (peer) => {
    await peer.admit(0);
    await peer.expect("say");
    peer.close();
  });
  assertEquals([code, ending.is], [1, "failed"]);
  assertStringIncludes(err.join("\n"), "connection was lost");
  assertStringIncludes(err.join("\n"), "hi");
});

Deno.test("JSON lines are requests, and replies and events come as on the wire", async () => {
  const input = [
    '{"type":"say","room":"lobby","text":"hi","id":70}',
    '{"type":"rooms"}',
    '{"type":"who","id":"x"}',
  ];
  const { code, out } = await play({ input, json: true }, async (peer) => {
    await peer.admit(0);
    assertEquals((await peer.store(1))["key"], "k1");
    await peer.send(entry(1));
    await peer.ok(await peer.expect("rooms"), { rooms: [], news: 1 });
    await peer.farewell();
  });
  assertEquals(code, 0);
  const lines = out.map((line): unknown => JSON.parse(line));
  const wrong = { type: "error", code: "bad_request", message: 'A who needs an "id": an integer from 1 to ' };
  assertEquals(lines.filter((line) => !JSON.stringify(line).includes("bad_request")), [
    { type: "ok", re: 70, room: "lobby", seq: 1, at: 1_000 },
    entry(1),
    { type: "ok", rooms: [], news: 1 },
  ]);
  const refused = out.find((line) => line.includes("bad_request")) ?? "";
  assertStringIncludes(refused, wrong.message.replaceAll('"', '\\"'));
});

Deno.test("a line that is no request gets an error line, and the rest goes on", async () => {
  const input = [
    "nonsense",
    "[1]",
    '{"type":"say","id":4}',
    '{"type":"dance","id":5}',
    '{"type":"hello","id":6,"protocol":1}',
  ];
  const { code, out } = await play({ input, json: true }, async (peer) => {
    await peer.admit(0);
    await peer.farewell();
  });
  assertEquals(code, 0);
  assertEquals(out.length, 5);
  const codes = out.map((line) => /"code":"(\w+)"/.exec(line)?.[1]).sort();
  assertEquals(codes, ["bad_request", "bad_request", "bad_request", "bad_request", "unknown_type"]);
  assertEquals(out.filter((line) => line.includes('"re":')).length, 3);
  assert(out.every((line) => line.startsWith('{"type":"error"')));
});

Deno.test("in JSON a refusal that passes says when, as on the wire", async () => {
  const { out } = await play({ input: ['{"type":"rooms","id":3}'], json: true }, async (peer) => {
    await peer.admit(0);
    await peer.refuse(await peer.expect("rooms"), "rate_limited", "Slower.", { retry_ms: 500 });
    await peer.farewell();
  });
  assertEquals(out, ['{"type":"error","re":3,"code":"rate_limited","message":"Slower.","retry_ms":500}']);
});

Deno.test("in JSON the answer to a join stands before the room's entries, and that to a leave after them", async () => {
  const input = ['{"type":"join","room":"tea","after":0,"id":1}', '{"type":"leave","room":"tea","id":2}'];
  const { out } = await play({ input, json: true }, async (peer) => {
    await peer.admit(0);
    await peer.admit(1, {}, entry(1, "x", "tea"));
    const leave = await peer.expect("leave");
    await peer.send(entry(2, "y", "tea"), { type: "ok", re: leave["id"], room: "tea" }, entry(3, "z", "tea"));
    await peer.farewell();
  });
  const kinds = out.map((line) => /"re":(\d)|"seq":(\d)/.exec(line)?.[0]);
  assertEquals(kinds, ['"re":1', '"seq":1', '"seq":2', '"re":2']);
});
