/** Sizes of files as people read them. Pure. */

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"] as const;
const STEP = 1_024;

/** `999 B`, `1.2 MiB`, `340 MiB`: about three digits. */
export function showSize(bytes: number): string {
  const { power, digits } = scaleOf(bytes);
  return `${(bytes / STEP ** power).toFixed(digits)} ${UNITS[power]}`;
}

/** How much of the whole there is, in the unit of that: `12.3 of 27.0 MiB`. */
export function showPart(bytes: number, whole: number): string {
  const { power, digits } = scaleOf(whole);
  return `${(bytes / STEP ** power).toFixed(digits)} of ${showSize(whole)}`;
}

/** Which unit such a size is shown in, and with how many digits behind the point. */
function scaleOf(bytes: number): { readonly power: number; readonly digits: number } {
  for (let power = 0; power < UNITS.length; power++) {
    const value = bytes / STEP ** power;
    const digits = power > 0 && value < 99.95 ? 1 : 0;
    // What rounds up to the next unit is shown in that.
    if (Number(value.toFixed(digits)) < STEP) return { power, digits };
  }
  return { power: UNITS.length - 1, digits: 0 };
}
