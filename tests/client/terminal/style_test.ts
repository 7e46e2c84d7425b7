import { assert, assertEquals, assertGreaterOrEqual } from "@std/assert";
import { begin, NAME_COLOURS, nameStyle } from "../../../client/terminal/style.ts";

/** The relative luminance of a colour of the palette's cube, 16 to 231 (WCAG 2.2; xterm's 256 colours). */
function luminance(index: number): number {
  const level = (digit: number) => digit === 0 ? 0 : 55 + 40 * digit;
  const cube = index - 16;
  const [red = 0, green = 0, blue = 0] = [Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6].map(
    (digit) => {
      const share = level(digit) / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    },
  );
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

Deno.test("every colour of a name can be read on black and on white", () => {
  for (const colour of NAME_COLOURS) {
    assert(colour >= 16 && colour < 232, `${colour} is not of the cube`);
    const own = luminance(colour);
    assertGreaterOrEqual((own + 0.05) / 0.05, 3.2, `${colour} on black`);
    assertGreaterOrEqual(1.05 / (own + 0.05), 3.2, `${colour} on white`);
  }
  assertEquals(new Set(NAME_COLOURS).size, NAME_COLOURS.length);
});

Deno.test("a name has one colour however it is written, and names share the colours evenly", () => {
  assertEquals(nameStyle("Maya"), nameStyle("MAYA"));
  assertEquals(nameStyle("Stra\u00dfe"), nameStyle("STRASSE"));
  const counts = new Map<number | undefined, number>();
  for (let i = 0; i < 2_000; i++) {
    const { colour } = nameStyle(`person${i}`);
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  assertEquals(counts.size, NAME_COLOURS.length);
  for (const [colour, count] of counts) assert(count > 50 && count < 150, `${colour}: ${count} of 2000`);
});

Deno.test("a style is one code, without its colour where there are no colours", () => {
  assertEquals(begin({ bold: true, dim: true, reverse: true, colour: 0 }, true), "\x1b[1;2;7;38;5;0m");
  assertEquals(begin({ reverse: true, colour: 31 }, false), "\x1b[7m");
  assertEquals(begin({ bold: false, colour: 31 }, false), "");
});
