import { assertEquals } from "@std/assert";
import { reasonOf } from "../../client/link.ts";

Deno.test("what ends a connection is told as a sentence, whatever the system calls it", () => {
  const reasons = [
    new Deno.errors.ConnectionRefused("os error 111"),
    new Deno.errors.ConnectionReset("os error 104"),
    new Deno.errors.Interrupted("operation canceled"),
    new Deno.errors.TimedOut("os error 110"),
    new Deno.errors.UnexpectedEof("peer closed connection without sending TLS close_notify: https://example"),
    new Error("something else"),
    "a string.",
  ].map(reasonOf);
  assertEquals(reasons, [
    "Nothing answers at that address.",
    "The connection was reset.",
    "The connection was interrupted.",
    "The connection timed out.",
    "The server closed the connection.",
    "something else.",
    "a string.",
  ]);
});
