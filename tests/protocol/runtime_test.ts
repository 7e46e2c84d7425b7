/** Which runtimes are too old for what. */

import { assertEquals } from "@std/assert";
import { tlsIsOld } from "../../server/protocol/runtime.ts";

Deno.test("TLS is old before 2.9.1, whichever number is smaller", () => {
  const old = ["1.46.3", "2.4.2", "2.8.9", "2.9.0"];
  const fit = ["2.9.1", "2.9.6", "2.9.10", "2.10.0", "3.0.0", "2.9.6+abc"];
  for (const version of old) assertEquals(tlsIsOld(version), true, version);
  for (const version of fit) assertEquals(tlsIsOld(version), false, version);
});
