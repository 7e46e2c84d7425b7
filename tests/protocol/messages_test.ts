import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertLess,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { ProtocolError } from "../../server/protocol/errors.ts";
import {
  decodeFromClient,
  decodeFromServer,
  type FromClient,
  type FromServer,
} from "../../server/protocol/decoding.ts";
import { EVENTS, isAnswer, REQUESTS } from "../../server/protocol/messages.ts";
import { anyText, seeded } from "./random.ts";

/** As a greeting has it: 32 bytes in base64url. */
const NONCE = `${"-_zZ0".repeat(8)}nnA`;
const encoder = new TextEncoder();

function fromClient(json: string): FromClient {
  return decodeFromClient(encoder.encode(json));
}

function fromServer(json: string): FromServer {
  return decodeFromServer(encoder.encode(json));
}

/** Runs `decode` and returns the code it throws with. */
function codeThrown(decode: () => unknown, what: string): string {
  const error = assertThrows(decode, ProtocolError, undefined, what);
  return error.code;
}

Deno.test("every request is taken with all of its members, and with the required ones alone", () => {
  const requests: readonly string[] = [
    '{"type":"hello","id":1,"protocol":1,"name":"Maya","password":"p","key":"k","proof":"p","session":"s","client":"c"}',
    '{"type":"hello","id":1,"protocol":1}',
    '{"type":"rooms","id":9007199254740991,"page":0}',
    '{"type":"rooms","id":2}',
    '{"type":"create","id":3,"room":"tea","password":"p","title":"t","history":"joined"}',
    '{"type":"create","id":3}',
    '{"type":"join","id":4,"room":"tea","password":"p","after":0,"log":"x"}',
    '{"type":"join","id":4,"room":"tea","last":0}',
    '{"type":"join","id":4,"room":"tea"}',
    '{"type":"leave","id":5,"room":"tea"}',
    '{"type":"say","id":6,"room":"tea","text":"","key":" ~"}',
    '{"type":"say","id":6,"room":"tea","text":"hi"}',
    '{"type":"tell","id":7,"to":"Bo","text":"hi"}',
    '{"type":"name","id":8,"name":"Bo","key":"k","proof":"p"}',
    '{"type":"name","id":8,"name":"Bo"}',
    '{"type":"who","id":9,"room":"tea","page":3}',
    '{"type":"who","id":9}',
    '{"type":"status","id":10,"page":1}',
    '{"type":"history","id":11,"room":"tea","before":1,"limit":200}',
    '{"type":"history","id":11,"room":"tea","limit":1}',
    '{"type":"search","id":12,"room":"tea","query":"","before":9,"limit":1}',
    '{"type":"title","id":13,"room":"tea","title":""}',
    '{"type":"kick","id":14,"room":"tea","name":"Bo","reason":"r","ban":true,"address":false,"for_ms":1}',
    '{"type":"kick","id":14,"room":"tea","name":"Bo"}',
    '{"type":"unban","id":15,"room":"tea","name":"Bo"}',
    '{"type":"mute","id":16,"room":"tea","name":"Bo","for_ms":9007199254740991}',
    '{"type":"mute","id":16,"room":"tea","name":"Bo"}',
    '{"type":"unmute","id":17,"room":"tea","name":"Bo"}',
    '{"type":"owner","id":18,"room":"tea","name":"Bo"}',
    '{"type":"password","id":19,"room":"tea","password":null}',
    '{"type":"password","id":19,"room":"tea","password":"p"}',
    '{"type":"close","id":20,"room":"tea"}',
    '{"type":"files","id":21,"room":"tea","page":4}',
    '{"type":"files","id":21,"room":"tea"}',
    `{"type":"put","id":22,"room":"tea","name":"","size":0,"sha256":"${"0aF".repeat(21)}9","key":"k"}`,
    `{"type":"put","id":22,"room":"tea","name":"a","size":9007199254740991,"sha256":"${"0".repeat(64)}"}`,
    '{"type":"get","id":23,"room":"tea","file":1,"offset":0}',
    '{"type":"get","id":23,"room":"tea","file":1}',
    '{"type":"cancel","id":24,"transfer":4294967295}',
    '{"type":"remove","id":25,"room":"tea","file":7}',
    '{"type":"ping","id":14}',
    '{"type":"bye","id":15}',
  ];
  for (const json of requests) {
    assertEquals<unknown>(fromClient(json), { is: "request", request: JSON.parse(json) }, json);
  }
  const types = new Set(requests.map((json) => /"type":"(\w+)"/.exec(json)?.[1] ?? ""));
  assertEquals([...types].sort(), Object.keys(REQUESTS).sort());
});

Deno.test("members that nobody knows are ignored, those of Object.prototype too", () => {
  const strange = '"__proto__":{"id":1},"constructor":1,"hasOwnProperty":null,"x":[[]]';
  assertEquals(fromClient(`{"type":"ping","id":1,${strange}}`).is, "request");
  assertEquals(fromServer(`{"type":"notice","text":"x",${strange}}`).is, "event");
});

Deno.test("a member that is wrong is told to its sender by name, and the connection goes on", () => {
  const wrong: readonly (readonly [string, string])[] = [
    ['"type":"hello"', 'In hello, "protocol" must be an integer from 0 to'],
    ['"type":"hello","protocol":"1"', '"protocol"'],
    ['"type":"hello","protocol":1.5', '"protocol"'],
    ['"type":"hello","protocol":1,"name":null', '"name" must be a string.'],
    ['"type":"hello","protocol":1,"session":7', '"session"'],
    ['"type":"rooms","page":-1', '"page"'],
    ['"type":"create","room":0', '"room"'],
    ['"type":"create","password":null', '"password"'],
    ['"type":"create","history":"some"', '"history" must be "all" or "joined".'],
    ['"type":"join"', '"room"'],
    ['"type":"join","room":["tea"]', '"room"'],
    ['"type":"join","room":"tea","after":-1', '"after"'],
    ['"type":"join","room":"tea","after":9007199254740992', '"after"'],
    ['"type":"join","room":"tea","after":"1"', '"after"'],
    ['"type":"join","room":"tea","last":0.5', '"last"'],
    ['"type":"join","room":"tea","last":1e999', '"last"'],
    ['"type":"leave","room":{}', '"room"'],
    ['"type":"say","room":"tea"', '"text"'],
    ['"type":"say","room":"tea","text":true', '"text"'],
    ['"type":"say","room":"tea","text":"x","key":""', '"key" must be 1 to 64 printable ASCII characters.'],
    [`"type":"say","room":"tea","text":"x","key":"${"k".repeat(65)}"`, '"key"'],
    ['"type":"say","room":"tea","text":"x","key":"a\\u007f"', '"key"'],
    ['"type":"say","room":"tea","text":"x","key":"a\\n"', '"key"'],
    ['"type":"say","room":"tea","text":"x","key":"ä"', '"key"'],
    ['"type":"tell","to":"Bo"', '"text"'],
    ['"type":"name","name":false', '"name"'],
    ['"type":"who","room":1', '"room"'],
    ['"type":"history","room":"tea","before":0', '"before"'],
    ['"type":"history","room":"tea","limit":0', '"limit" must be an integer from 1 to 200.'],
    ['"type":"history","room":"tea","limit":201', '"limit"'],
    ['"type":"search","room":"tea"', '"query"'],
    ['"type":"title","room":"tea","title":null', '"title"'],
    ['"type":"kick","room":"tea"', '"name"'],
    ['"type":"kick","room":"tea","name":"Bo","ban":1', '"ban" must be true or false.'],
    ['"type":"kick","room":"tea","name":"Bo","for_ms":0', '"for_ms"'],
    ['"type":"password","room":"tea"', '"password" must be a string or null.'],
  ];
  for (const [members, sentence] of wrong) {
    const message = fromClient(`{"id":7,${members}}`);
    if (message.is !== "refused") throw new Error(`${members} was ${message.is}`);
    assertEquals([message.id, message.error.code], [7, "bad_request"], members);
    assertStringIncludes(message.error.message, sentence, members);
  }
});

Deno.test("the largest key is taken", () => {
  assertEquals(
    fromClient(`{"type":"say","id":1,"room":"r","text":"x","key":"${"k".repeat(64)}"}`).is,
    "request",
  );
});

Deno.test("an unknown type with an id is refused with unknown_type, one without an id is ignored", () => {
  const types = ["launch", "entry", "ok", "", "Say", "say ", "__proto__", "constructor", "toString"];
  for (const type of types) {
    const message = fromClient(JSON.stringify({ type, id: 3 }));
    if (message.is !== "refused") throw new Error(`${type} was ${message.is}`);
    assertEquals([message.id, message.type, message.error.code], [3, type, "unknown_type"]);
    for (const id of [undefined, 0, -1, 1.5, 2 ** 53, "3", null, [3]]) {
      assertEquals(fromClient(JSON.stringify({ type, id })), { is: "ignored", type });
    }
  }
  assertEquals(fromClient('{"type":"pong"}'), { is: "ignored", type: "pong" });
});

Deno.test("a known request without a valid id ends the connection, since no reply could name it", () => {
  for (
    const id of ["", ',"id":0', ',"id":-1', ',"id":1.5', ',"id":9007199254740992', ',"id":"1"', ',"id":null']
  ) {
    for (const type of Object.keys(REQUESTS)) {
      const message = fromClient(`{"type":"${type}"${id}}`);
      assert(message.is === "unanswerable", `${type}${id}`);
      assertEquals([message.type, message.error.code], [type, "bad_request"], `${type}${id}`);
    }
  }
});

Deno.test("what is not a JSON object with a string type is a bad_frame, from either side", () => {
  const bad: readonly (readonly [string, Uint8Array])[] = [
    ...[
      "",
      " ",
      "null",
      "7",
      '"ping"',
      "true",
      "[]",
      '[{"type":"ping","id":1}]',
      "{}",
      '{"type":1,"id":1}',
      '{"type":null}',
      '{"type":["ping"]}',
      '{"__proto__":{"type":"ping"},"id":1}',
      '{"type":"ping","id":1',
      '{"type":"ping","id":1}x',
      '{"type":"ping","id":1}{"type":"ping","id":2}',
      "{'type':'ping'}",
      '{"type":"ping","id":1,}',
      '{"type":"ping","id":NaN}',
      '{"type":"a\nb"}',
      '\ufeff{"type":"ping","id":1}',
    ].map((json) => [json, encoder.encode(json)] as const),
    ["a byte that is no UTF-8", new Uint8Array([...encoder.encode('{"type":"'), 0xff, 0x22, 0x7d])],
    ["an overlong slash", new Uint8Array([...encoder.encode('{"type":"'), 0xc0, 0xaf, 0x22, 0x7d])],
    ["a surrogate in UTF-8", new Uint8Array([...encoder.encode('{"type":"'), 0xed, 0xa0, 0x80, 0x22, 0x7d])],
    ["a character cut short", new Uint8Array([...encoder.encode('{"type":"'), 0xe2, 0x82, 0x22, 0x7d])],
    ["UTF-16", new Uint8Array([...'{"type":"ping"}'].flatMap((letter) => [letter.charCodeAt(0), 0]))],
  ];
  for (const [what, body] of bad) {
    assertEquals(codeThrown(() => decodeFromClient(body), what), "bad_frame", what);
    assertEquals(codeThrown(() => decodeFromServer(body), what), "bad_frame", what);
  }
});

Deno.test("white space around an object and escapes in it are JSON like any other", () => {
  assertEquals<unknown>(fromClient(' \r\n\t{ "id" : 1e0 , "\\u0074ype" : "p\\u0069ng" }\n'), {
    is: "request",
    request: { type: "ping", id: 1 },
  });
});

Deno.test("of a member that stands twice the last one counts", () => {
  assertEquals<unknown>(fromClient('{"type":"bye","id":1,"type":"ping","id":2}'), {
    is: "request",
    request: { type: "ping", id: 2 },
  });
});

Deno.test("JSON nested as deeply as a frame can hold it is read without harm", () => {
  const depth = 30_000;
  const nested = "[".repeat(depth) + "]".repeat(depth);
  assertEquals(fromClient(`{"type":"ping","id":1,"x":${nested}}`).is, "request");
  assertEquals(fromClient(`{"type":"ping","id":${nested},"x":1}`.replace("ping", "x")).is, "ignored");
  assertEquals(fromClient(`{"type":"say","id":1,"room":${nested},"text":""}`).is, "refused");
  assertEquals(codeThrown(() => fromClient("[".repeat(65_000)), "unclosed"), "bad_frame");
  const objects = `${'{"a":'.repeat(9_000)}1${"}".repeat(9_000)}`;
  assertEquals(fromClient(`{"type":"ping","id":1,"x":${objects}}`).is, "request");
});

Deno.test("the refusal of the longest unknown type is short all the same", () => {
  for (const type of ["x".repeat(65_000), '"'.repeat(32_000), "\u0001".repeat(10_000), "😀".repeat(16_000)]) {
    const message = fromClient(JSON.stringify({ type, id: 1 }));
    if (message.is !== "refused") throw new Error(message.is);
    assertLess(message.error.message.length, 500);
  }
});

Deno.test("every event is taken with all of its members", () => {
  const events: readonly string[] = [
    `{"type":"greeting","protocol":[1,2],"server":"chat/0.1.0","nonce":"${NONCE}"}`,
    '{"type":"entry","room":"r","seq":1,"at":0,"kind":"say","from":"Bo","text":"hi","key":"k"}',
    '{"type":"entry","room":"r","seq":1,"at":0,"kind":"title","from":"Bo","title":""}',
    '{"type":"entry","room":"r","seq":1,"at":0,"kind":"later","from":"Bo","colour":"green"}',
    `{"type":"entry","room":"r","seq":1,"at":0,"kind":"file","from":"Bo","file":1,"name":"a","size":0,"sha256":"${
      "0".repeat(64)
    }","key":"k"}`,
    '{"type":"entry","room":"r","seq":2,"at":0,"kind":"removed","from":"Bo","file":1,"name":"a"}',
    '{"type":"received","transfer":0,"offset":0}',
    '{"type":"done","transfer":1}',
    '{"type":"done","transfer":1,"room":"r","file":1,"seq":1}',
    '{"type":"presence","room":"r","members":0}',
    '{"type":"presence","room":"r","members":1,"joined":["a"],"left":[],"renamed":[{"from":"a","to":"b"}]}',
    '{"type":"direct","from":"Bo","text":"hi","at":1}',
    '{"type":"notice","text":"x"}',
    '{"type":"kicked","room":"r","by":"Bo","reason":"x","banned":false}',
    '{"type":"failed","transfer":1,"code":"file_mismatch","message":"x"}',
    '{"type":"ping"}',
  ];
  for (const json of events) {
    assertEquals<unknown>(fromServer(json), { is: "event", event: JSON.parse(json) }, json);
  }
  const types = new Set(events.map((json) => /"type":"(\w+)"/.exec(json)?.[1] ?? ""));
  assertEquals([...types].sort(), Object.keys(EVENTS).sort());
});

Deno.test("an event that is not as the protocol says is a bad_frame, an unknown one is ignored", () => {
  const bad: readonly string[] = [
    '{"type":"entry","room":"r","seq":0,"at":0,"kind":"say","from":"Bo"}',
    '{"type":"entry","room":"r","seq":1,"at":0.5,"kind":"say","from":"Bo"}',
    '{"type":"entry","room":"r","seq":1,"at":0,"kind":"say","from":"Bo","text":null}',
    '{"type":"presence","room":"r","members":1,"joined":"a"}',
    '{"type":"presence","room":"r","members":1,"joined":["a",1]}',
    '{"type":"presence","room":"r","members":1,"renamed":[{"from":"a"}]}',
    '{"type":"presence","room":"r","members":1,"renamed":[["a","b"]]}',
    `{"type":"greeting","protocol":[0],"server":"s","nonce":"${NONCE}"}`,
    ...["", "n", `${NONCE}A`, `${NONCE.slice(1)}=`, `${NONCE.slice(1)}\\n`].map((nonce) =>
      `{"type":"greeting","protocol":[1],"server":"s","nonce":"${nonce}"}`
    ),
    '{"type":"kicked","room":"r","by":"Bo","banned":0}',
    '{"type":"notice"}',
  ];
  for (const json of bad) assertEquals(codeThrown(() => fromServer(json), json), "bad_frame", json);
  assertEquals(fromServer('{"type":"weather"}'), { is: "ignored", type: "weather" });
  assertEquals(fromServer('{"type":"toString"}'), { is: "ignored", type: "toString" });
});

Deno.test("a reply names its request, and an error without one ends the connection", () => {
  const ok = fromServer('{"type":"ok","re":7,"room":"r"}');
  assertEquals<unknown>(ok, { is: "ok", re: 7, body: { type: "ok", re: 7, room: "r" } });

  const refused = fromServer('{"type":"error","re":7,"code":"rate_limited","message":"m","retry_ms":250}');
  if (refused.is !== "refused") throw new Error(refused.is);
  assertInstanceOf(refused.error, ProtocolError);
  assertEquals([refused.re, refused.error.code, refused.error.message, refused.error.retryMs], [
    ...[7, "rate_limited", "m", 250],
  ]);

  const ending = fromServer('{"type":"error","code":"timeout","message":"m"}');
  if (ending.is !== "ending") throw new Error(ending.is);
  assertEquals([ending.error.code, ending.error.retryMs], ["timeout", undefined]);
});

Deno.test("a code from a newer server is a refusal like bad_request, its sentence is kept", () => {
  for (const code of ["no_such_code", "__proto__", ""]) {
    const refused = fromServer(JSON.stringify({ type: "error", re: 1, code, message: "m" }));
    if (refused.is !== "refused") throw new Error(refused.is);
    assertEquals([refused.error.code, refused.error.message], ["bad_request", "m"]);
  }
});

Deno.test("a reply that names no request, or an error without its members, is a bad_frame", () => {
  const bad: readonly string[] = [
    '{"type":"ok"}',
    '{"type":"ok","re":0}',
    '{"type":"ok","re":"7"}',
    '{"type":"error","re":7,"code":"timeout"}',
    '{"type":"error","re":7,"message":"m"}',
    '{"type":"error","re":null,"code":"timeout","message":"m"}',
    '{"type":"error","re":7,"code":7,"message":"m"}',
    '{"type":"error","re":7,"code":"rate_limited","message":"m","retry_ms":-1}',
  ];
  for (const json of bad) assertEquals(codeThrown(() => fromServer(json), json), "bad_frame", json);
});

Deno.test("an ok is judged by the request that it answers", () => {
  const say = { type: "ok", re: 1, room: "r", seq: 1, at: 0 };
  assertEquals(isAnswer("say", say), true);
  assertEquals(isAnswer("say", { ...say, seq: 0 }), false);
  assertEquals(isAnswer("say", { type: "ok", re: 1 }), false);
  assertEquals(isAnswer("ping", { type: "ok", re: 1 }), true);
  const person = { name: "a", connected: 1, disconnected: null };
  assertEquals(isAnswer("status", { people: [person, { ...person, disconnected: 2 }] }), true);
  assertEquals(isAnswer("status", { people: [{ name: "a", connected: 1 }] }), false);
  assertEquals(isAnswer("history", { room: "r", entries: [null], more: false }), false);
  assertEquals(
    isAnswer("hello", { protocol: 1, name: "a", session: "s", resumed: false, limits: [] }),
    false,
  );
});

Deno.test("any JSON is a request, a refusal, ignored, or a ProtocolError: nothing else (seed 3)", () => {
  const random = seeded(3);
  const types = Object.keys(REQUESTS);
  const pieces = ["{", "}", "[", "]", ",", ":", '"type"', '"id"', "1", "null", '"room"', '"text"', '"', "\\"];
  for (let i = 0; i < 20_000; i++) {
    const piece = () =>
      random() < 0.1
        ? anyText(random, 3)
        : random() < 0.2
        ? JSON.stringify(types[Math.floor(random() * types.length)])
        : pieces[Math.floor(random() * pieces.length)] ?? "";
    const json = Array.from({ length: Math.floor(random() * 12) }, piece).join("");
    for (const decode of [fromClient, fromServer]) {
      try {
        decode(`{"type":"ping"${json}`);
      } catch (error) {
        assertInstanceOf(error, ProtocolError);
      }
    }
  }
});
