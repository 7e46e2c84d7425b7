/** Which runtimes are too old for what, and what they say. */

import { assertEquals } from "@std/assert";
import { diskIsFull, tlsIsOld } from "../../server/protocol/runtime.ts";

Deno.test("TLS is old before 2.9.1, whichever number is smaller", () => {
  const old = ["1.46.3", "2.4.2", "2.8.9", "2.9.0"];
  const fit = ["2.9.1", "2.9.6", "2.9.10", "2.10.0", "3.0.0", "2.9.6+abc"];
  for (const version of old) assertEquals(tlsIsOld(version), true, version);
  for (const version of fit) assertEquals(tlsIsOld(version), false, version);
});

Deno.test("a disk is full by the system's code, or by its number in what is said", () => {
  const full = [28, 112, 122].map((number) => new Error(`It failed (os error ${number})`));
  const coded = ["ENOSPC", "EDQUOT"].map((code) => Object.assign(new Error("It failed"), { code }));
  for (const error of [...full, ...coded]) assertEquals(diskIsFull(error), true, String(error));
  const others = [new Error("It failed (os error 5)"), new Error("28"), "ENOSPC", undefined];
  for (const error of others) assertEquals(diskIsFull(error), false, String(error));
});
