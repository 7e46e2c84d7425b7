import { assertEquals } from "@std/assert";
import { isolated } from "../../../client/terminal/isolate.ts";

Deno.test("text with letters or digits that go from right to left is isolated, other text is not", () => {
  for (
    const text of ["שלום", "a ب", "٣", "ߊ", "ࠀ", "ܐ", "ހ", "ﷺ", "ﬡ", "\u{1e900}", "\u{10d00}", "\u{10840}"]
  ) {
    assertEquals(isolated(text), `\u2068${text}\u2069`);
  }
  for (const text of ["", "Maya", "日本", "👨‍👩‍👧", "Ελλάδα", "Мир", "नमस्ते", "๓", "⟨U+202E⟩"]) {
    assertEquals(isolated(text), text);
  }
});
