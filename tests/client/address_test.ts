import { assertEquals, assertThrows } from "@std/assert";
import { parseAddress, showAddress } from "../../client/address.ts";
import { UsageError } from "../../server/protocol/flags.ts";

Deno.test("an address is a host with a port or without, IPv6 too", () => {
  const cases: [string, string, number][] = [
    ["127.0.0.1", "127.0.0.1", 7037],
    ["chat.example:80", "chat.example", 80],
    ["[::1]:7000", "::1", 7000],
    ["[::1]", "::1", 7037],
    ["::1", "::1", 7037],
  ];
  for (const [text, hostname, port] of cases) assertEquals(parseAddress(text), { hostname, port });
});

Deno.test("what is no address is wrong usage", () => {
  for (const text of ["", "host:", "host:x", "host:0", "host:65536", "a b", "[::1]x", ":7037"]) {
    assertThrows(() => parseAddress(text), UsageError, "is no address", text);
  }
});

Deno.test("an address is shown as --allow-net takes it", () => {
  assertEquals(showAddress({ hostname: "::1", port: 7037 }), "[::1]:7037");
  assertEquals(showAddress({ hostname: "localhost", port: 1 }), "localhost:1");
});
