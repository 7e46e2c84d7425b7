/** Names that look alike: what an eye takes for the same, although the letters are others. */

// Its data alone: the pattern that it makes of it takes 10 MiB.
import confusables from "unhomoglyph/data.json" with { type: "json" };
import { fold, type Name } from "../protocol/names.ts";

/** Three passes settle every character there is; what characters do to each other may take more. */
const PASSES_MAX = 8;

/** For each character that looks like another, the one that stands for all that do. */
const PROTOTYPES: ReadonlyMap<string, string> = new Map(Object.entries(confusables));

/**
 * What two names that look alike have in common; not meant to be read or shown. It is the skeleton of Unicode's
 * TR39 (each character replaced by the one that stands for all that look like it), taken of the name as it is shown,
 * since `I` looks like `l` and `i` does not; then case-folded, since a name may be shown in any case; and again,
 * until nothing changes.
 */
export function lookOf({ shown }: Name): string {
  let look = shown.replace(/\p{Default_Ignorable_Code_Point}/gu, "");
  for (let pass = 0; pass < PASSES_MAX; pass++) {
    const next = fold(skeleton(look));
    if (next === look) break;
    look = next;
  }
  return look;
}

function skeleton(text: string): string {
  const prototypes = Array.from(text.normalize("NFD"), (letter) => PROTOTYPES.get(letter) ?? letter);
  return prototypes.join("").normalize("NFD");
}
