/** Names of files that come from elsewhere: what is left of them can be a file's name on Linux and on Windows. Pure. */

import { FILE_NAME_BYTES_MAX } from "./limits.ts";
import { utf8Bytes } from "./texts.ts";

/** Longer ones are cut before they are normalised, which takes quadratic time for a run of marks. */
const RAW_UNITS_MAX = 1_024;
/** An ending up to this size stays when a name is cut. */
const ENDING_BYTES_MAX = 20;

/** Controls, what turns a line around or is not seen, lone surrogates; white space is a space's. */
const UNSEEN = /(?!\s)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;
/** What Windows takes for something else in a name. */
const RESERVED = /[<>:"|?*]/g;
/** Windows' devices, whatever stands behind a dot (https://learn.microsoft.com/windows/win32/fileio/naming-a-file). */
const DEVICE = /^(con|prn|aux|nul|clock\$|conin\$|conout\$|(com|lpt)[0-9¹²³])\s*(\.|$)/i;

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/**
 * The file name that is left of `raw`: the last part of a path, without what is not seen, in at most
 * `FILE_NAME_BYTES_MAX` bytes. Null where nothing is left.
 */
export function safeFileName(raw: string): string | null {
  const cut = raw.slice(-RAW_UNITS_MAX).normalize("NFC");
  const [, last = ""] = /([^/\\]*)[/\\]*$/.exec(cut) ?? [];
  const seen = last.replace(UNSEEN, "").replace(/\s+/g, " ").replace(RESERVED, "_");
  // What stood apart may belong together now.
  const name = withoutEnd(seen.normalize("NFC").trimStart());
  if (name === "") return null;
  // What is left when a long name is cut may be a device's, too.
  return noDevice(shortened(noDevice(name), FILE_NAME_BYTES_MAX));
}

/** `name` with ` (n)` before its ending: what a second file of that name is called. */
export function numberedFileName(name: string, n: number): string {
  const { stem, ending } = parts(name);
  return `${stem} (${n})${ending}`;
}

function noDevice(name: string): string {
  return DEVICE.test(name) ? `_${name}` : name;
}

/** Windows leaves out dots and spaces at the end; a name of dots alone is none anywhere. */
function withoutEnd(name: string): string {
  return name.replace(/[.\s]+$/, "");
}

function parts(name: string): { readonly stem: string; readonly ending: string } {
  const dot = name.lastIndexOf(".");
  const ending = dot > 0 ? name.slice(dot) : "";
  return utf8Bytes(ending) <= ENDING_BYTES_MAX
    ? { stem: name.slice(0, name.length - ending.length), ending }
    : { stem: name, ending: "" };
}

/** Cut between letters, before the ending. */
function shortened(name: string, bytesMax: number): string {
  if (utf8Bytes(name) <= bytesMax) return name;
  const { stem, ending } = parts(name);
  let kept = "";
  let left = bytesMax - utf8Bytes(ending);
  for (const { segment } of graphemes.segment(stem)) {
    left -= utf8Bytes(segment);
    if (left < 0) break;
    kept += segment;
  }
  const short = withoutEnd(kept);
  // One letter of hundreds of marks leaves nothing before the ending.
  return short === "" ? `file${ending}` : short + ending;
}
