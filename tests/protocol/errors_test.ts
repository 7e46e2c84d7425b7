import { assertEquals, assertInstanceOf } from "@std/assert";
import { MESSAGE_CHARS_MAX } from "../../server/protocol/limits.ts";
import { ERROR_CODES, isErrorCode, ProtocolError } from "../../server/protocol/errors.ts";

Deno.test("each code stands once, in the one spelling that all codes have", () => {
  assertEquals(new Set(ERROR_CODES).size, ERROR_CODES.length);
  for (const code of ERROR_CODES) assertEquals(/^[a-z]+(_[a-z]+)*$/.test(code), true, code);
});

Deno.test("a code is told from other strings", () => {
  for (const code of ERROR_CODES) assertEquals(isErrorCode(code), true, code);
  for (const other of ["", "Timeout", "timeout ", "toString", "__proto__", "length", "0"]) {
    assertEquals(isErrorCode(other), false, other);
  }
});

Deno.test("a refusal is an error with a code, a sentence, and when to try again where that is known", () => {
  const error = new ProtocolError("muted", "You are muted here.");
  assertInstanceOf(error, Error);
  assertEquals([error.name, error.code, error.message], ["ProtocolError", "muted", "You are muted here."]);
  assertEquals(error.retryMs, undefined);
  assertEquals(new ProtocolError("rate_limited", "Wait.", 250).retryMs, 250);
});

Deno.test("a sentence that is too long is cut, between characters", () => {
  const longest = "x".repeat(MESSAGE_CHARS_MAX);
  assertEquals(new ProtocolError("bad_request", longest).message, longest);
  for (const text of ["x", "😀", "x😀", '"', "\u0001"]) {
    const { message } = new ProtocolError("bad_request", text.repeat(60_000 / text.length));
    assertEquals([message.length, message.at(-1), message.isWellFormed()], [MESSAGE_CHARS_MAX, "…", true]);
  }
});
