/** Sizes of files as people read them. Pure. */

const UNITS = ["KiB", "MiB", "GiB", "TiB"] as const;
const STEP = 1_024;

/** `999 B`, `1.2 MiB`, `340 MiB`: about three digits. */
export function showSize(bytes: number): string {
  if (bytes < STEP) return `${bytes} B`;
  let value = bytes / STEP;
  for (const unit of UNITS) {
    const shown = value.toFixed(value < 99.95 ? 1 : 0);
    // What rounds up to the next unit is shown in that.
    if (Number(shown) < STEP || unit === "TiB") return `${shown} ${unit}`;
    value /= STEP;
  }
  return `${bytes} B`;
}
