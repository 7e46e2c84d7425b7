/** Figures of many measurements, and how they are printed. Pure. */

/** The value below which `share` (0 to 1) of `values` lie; NaN of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  const at = Math.min(sorted.length - 1, Math.floor(share * sorted.length));
  return sorted[at] ?? NaN;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** `1,234,567`. */
export function counted(n: number): string {
  return Math.round(n).toLocaleString("en");
}

/** A figure with about three digits that mean something: `1,234`, `12.3`, `0.456`. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return "-";
  if (value >= 100) return counted(value);
  return value.toFixed(value >= 10 ? 1 : value >= 1 ? 2 : 3);
}

/** `p50 0.41   p99 1.20   max 8.31 ms`. */
export function latencies(ms: readonly number[]): string {
  const [p50, p99, max] = [0.5, 0.99, 1].map((share) => figure(quantile(ms, share)));
  return `p50 ${p50}   p99 ${p99}   max ${max} ms`;
}
