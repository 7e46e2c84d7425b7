/** What the tests of the rules are made of. */

import type { Finding, Source } from "../../scripts/tidy/finding.ts";

export function source(path: string, text: string, ...imports: string[]): Source {
  return { path, text, imports: imports.map((path, i) => ({ path, line: i + 1 })) };
}

/** Findings as they are printed. */
export function said(findings: readonly Finding[]): readonly string[] {
  return findings.map(({ path, line, says }) => `${path}:${line}: ${says}`);
}
