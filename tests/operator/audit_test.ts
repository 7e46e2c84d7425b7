/** The audit log: one line for each thing that those did who may. */

import { assertEquals, assertMatch } from "@std/assert";
import fc from "fast-check";
import type { Act } from "../../server/chat/acts.ts";
import { machineDisk } from "../../server/history/disk.ts";
import { AuditLog, lineOf } from "../../server/operator/audit.ts";
import { fingerprint } from "../../server/protocol/proofs.ts";
import { dateAndTime } from "../../server/protocol/times.ts";
import { hostileText } from "../client/terminal/hostile_text.ts";
import { Folder } from "../support/server.ts";

const NOW = Date.UTC(2026, 10, 20, 12, 0, 5);
const MAYA = { name: "Maya", key: "A".repeat(43) };
const BO = { name: "Bo", key: "B".repeat(42) + "A", network: "192.0.2.7" };

Deno.test("a line says who did what to whom, where, until when and why", () => {
  const [maya, bo] = [fingerprint(MAYA.key), fingerprint(BO.key)];
  const cases: readonly (readonly [Act, string])[] = [
    [
      { deed: "BAN", by: MAYA, room: "tea", whom: BO, until: NOW, reason: "too loud" },
      `[BAN] room tea: Bo (key ${bo}, network 192.0.2.7) by Maya (key ${maya}) until ${
        dateAndTime(NOW)
      } because "too loud"`,
    ],
    [
      {
        deed: "BAN",
        by: "operator",
        room: null,
        whom: { name: null, key: null, network: "2001:db8::/64" },
        until: null,
      },
      "[BAN] server: network 2001:db8::/64 by operator for good",
    ],
    [
      { deed: "KICK", by: MAYA, room: "tea", whom: { name: "Client1", key: null } },
      `[KICK] room tea: Client1 (no key) by Maya (key ${maya})`,
    ],
    [
      { deed: "TITLE", by: MAYA, room: "tea", whom: null, title: "Tea & more" },
      `[TITLE] room tea: "Tea & more" by Maya (key ${maya})`,
    ],
    [
      { deed: "PASSWORD SET", by: "operator", room: "tea", whom: null },
      "[PASSWORD SET] room tea: by operator",
    ],
  ];
  for (const [act, line] of cases) assertEquals(lineOf(act), line);
});

Deno.test("acts stand in the file with their time, after those of earlier runs", async () => {
  await using folder = new Folder();
  const told: string[] = [];
  for (const name of ["Bo", "Zoe"]) {
    const audit = new AuditLog({
      disk: machineDisk,
      folder: folder.path,
      now: () => NOW,
      tell: (what) => void told.push(what),
    });
    audit.write({ deed: "KICK", by: "operator", room: null, whom: { name, key: null } });
    await audit.close();
  }
  const lines = (await Deno.readTextFile(`${folder.path}/audit.log`)).split("\n");
  assertEquals(lines, [
    `${dateAndTime(NOW)} [KICK] server: Bo (no key) by operator`,
    `${dateAndTime(NOW)} [KICK] server: Zoe (no key) by operator`,
    "",
  ]);
  assertEquals(told, []);
});

Deno.test("an audit log that cannot be written is told", async () => {
  await using folder = new Folder();
  const told: string[] = [];
  const disk = { ...machineDisk, append: () => Promise.reject(new Error("no space left")) };
  const audit = new AuditLog({
    disk,
    folder: folder.path,
    now: () => NOW,
    tell: (what) => void told.push(what),
  });
  audit.write({ deed: "RELEASE", by: "operator", room: null, whom: BO });
  await audit.close();
  assertEquals(told, [`${folder.path}/audit.log cannot be written: no space left`]);
});

Deno.test("no reason and no title can pass for another part of its line, or for a line", () => {
  const forged = 'x"\n2026-11-20 12:00:05 [BAN] server: Maya (no key) by operator because "';
  const texts = fc.oneof(hostileText(), fc.constant(forged), fc.string({ unit: "binary" }));
  fc.assert(
    fc.property(texts, texts, (reason, title) => {
      const line = lineOf({ deed: "TITLE", by: MAYA, room: "tea", whom: null, title, reason });
      // In quotes no quotation mark stands but an escaped one, and outside of them there is nothing from people.
      const [, ...parts] =
        /^\[TITLE\] room tea: ("(?:[^"\\]|\\.)*") by Maya \(key \S+\) because ("(?:[^"\\]|\\.)*")$/
          .exec(line) ?? [];
      assertEquals(parts.length, 2, line);
      assertEquals(line, line.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, ""));
    }),
    { numRuns: 500 },
  );
  assertMatch(lineOf({ deed: "KICK", by: "operator", room: "tea", whom: BO, reason: forged }), /\\"\\n2026/);
});
